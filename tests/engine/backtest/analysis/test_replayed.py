"""Reports of real replays: what the trips tell adds up to what the equity curve tells."""

import random
from decimal import Decimal

import numpy as np
import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestOutcome
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.backtest.analysis.figures import trial_figures
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.replay.builders import a_spec, an_instance, an_instrument, bars, wander

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
