"""Reports of real replays: what the trips tell adds up to what the equity curve tells."""

import random
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pytest
from msgspec.structs import replace

from ares_desktop.api import Bar, Strategy
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestOutcome
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.backtest.analysis.figures import trial_figures
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.replay.builders import a_spec, an_instance, an_instrument, bars, run, wander

COSTLY = SimulationSettings(
    account=BACKTEST_ACCOUNT, costs="retail", slippage=3.0, borrow_rate=0.05, interest_rate=0.05
)


class Restless(Strategy):
    """Wants another quantity now and then, long or short, and rests orders beside the market."""

    def on_start(self) -> None:
        self._random = random.Random(self.context.name)  # noqa: S311 - a game of chance

    def on_bar(self, bar: Bar) -> None:
        choice = self._random.random()
        if choice < 0.15:
            self.context.target(bar.instrument, self._random.randint(-40, 40), reason="a whim")
        elif choice < 0.25 and not self.context.orders(bar.instrument):
            limit = self.context.round_price(bar.instrument, bar.close * 0.999)
            self.context.buy(bar.instrument, 5, limit=limit, tif="GTC")


DATA = (bars(wander(600), spread=0.1), bars(wander(600, seed=3, start=50), an_instrument("OTHER.SIM"), spread=0.1))


@pytest.fixture(scope="module")
def outcome() -> BacktestOutcome:
    first, second = (an_instance(name, weight=Decimal("0.5")) for name in ("one", "two"))
    spec = a_spec(first, second, simulation=COSTLY)
    return run_backtest(spec, DATA, {first.name: Restless, second.name: Restless})


def test_profits_of_trips_and_cash_entries_are_the_change_of_equity(outcome: BacktestOutcome) -> None:
    report = make_report(outcome, DATA)
    entries = float(sum(entry.amount for entry in outcome.cash))
    cash = float(outcome.spec.simulation.starting_cash)
    assert len(report.trips) > 20
    assert sum(trip.pnl for trip in report.trips) + entries == pytest.approx(float(outcome.curve.equity[-1]) - cash)
    assert report.figures.commission == pytest.approx(sum(trip.commission for trip in report.trips))
    assert report.figures.slippage > 0
    assert trial_figures(outcome) == report.figures


class Keeper(Strategy):
    """Buys once, and sells everything near the end."""

    quantity: ClassVar[int]

    def on_start(self) -> None:
        self._bars = 0

    def on_bar(self, bar: Bar) -> None:
        self._bars += 1
        if self._bars == 5:
            self.context.buy(bar.instrument, self.quantity)
        elif self._bars == 35:
            self.context.flatten(bar.instrument)


@pytest.mark.parametrize("quantity", [30, 7])
@pytest.mark.parametrize("ratio", [2.0, 1.5, 1 / 3, 0.1])
def test_a_position_over_a_split_of_the_data_is_one_trip(ratio: float, quantity: int) -> None:
    """Of 7 units a fraction is paid out at the price of the split, of 30 none."""
    Keeper.quantity = quantity
    prices = np.array([round(60 + row / 10, 2) for row in range(40)])
    prices[20:] /= ratio
    whole = bars(prices.round(6).tolist())
    opens = whole.columns["open"].copy()
    opens[20] = prices[20]
    columns = {**whole.columns, "open": opens, "high": np.maximum(opens, prices), "low": np.minimum(opens, prices)}
    split = MarketAction(whole.instrument.id, int(whole.starts[20]), ActionKind.SPLIT, ratio)
    data = replace(whole, columns=columns, actions=(split,))
    outcome = run(Keeper, data)
    (trip,) = make_report(outcome, (data,), findings=False).trips
    change = float(outcome.curve.equity[-1]) - float(outcome.spec.simulation.starting_cash)
    assert trip.closed
    assert trip.pnl == pytest.approx(change, abs=0.01)
    assert trip.worst == pytest.approx(0.0, abs=0.003)
    if quantity == 30:
        assert trip.pnl == pytest.approx(quantity * 3, rel=0.02)
        assert trip.best == pytest.approx(3 / 60.4, rel=0.05)
    assert trial_figures(outcome, (data,)) == make_report(outcome, (data,), findings=False).figures


def test_each_strategy_s_trips_are_the_change_of_its_own_book(outcome: BacktestOutcome) -> None:
    report = make_report(outcome, DATA)
    for curve in outcome.books:
        own = sum(trip.pnl for trip in report.trips if trip.strategy == curve.book)
        entries = float(sum(entry.amount for entry in outcome.cash if entry.strategy == curve.book))
        assert own + entries == pytest.approx(float(curve.equity[-1]) - 500_000)
        assert report.by_strategy[curve.book].final_equity == pytest.approx(500_000 + own + entries)


def test_excursions_reach_at_least_entry_and_exit_and_stay_within_the_data(outcome: BacktestOutcome) -> None:
    series: dict[str, Series] = {item.instrument.id: item for item in DATA}
    for trip in make_report(outcome, DATA, findings=False).trips:
        made = trip.direction * (trip.exit_price / trip.entry_price - 1)
        assert trip.worst <= min(made, 0) + 1e-9
        assert trip.best >= max(made, 0) - 1e-9
        column = series[trip.instrument].columns
        lowest, highest = float(np.min(column["low"])) * 0.999, float(np.max(column["high"])) * 1.001
        for extreme in (trip.worst, trip.best):
            assert lowest <= trip.entry_price * (1 + trip.direction * extreme) <= highest
