"""What happens to holdings without a trade reaches the books, the curve and the outcome of a backtest."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.orders import OrderPurpose, OrderState
from ares_desktop.domain.simulation import SlippageModel
from ares_desktop.engine.data.series import Series
from tests.engine.backtest.replay.builders import ACME, BEGIN, MINUTE, PLAIN, an_instrument, bars, run

D = Decimal
HOUR = 60 * MINUTE


class Holder(Strategy):
    """Buys ten units with the first bar."""

    def on_bar(self, bar: Bar) -> None:
        if bar.start_ns == to_ns(BEGIN):
            self.context.buy(bar.instrument, 10)


class Short(Strategy):
    """Sells ten units short with the first bar."""

    def on_bar(self, bar: Bar) -> None:
        if bar.start_ns == to_ns(BEGIN):
            self.context.sell(bar.instrument, 10)


def a_market(*actions: tuple[int, ActionKind, float], prices: list[float]) -> Series:
    series = bars(prices, step=HOUR)
    starts = series.starts.tolist()
    found = tuple(MarketAction(ACME.id, starts[row], kind, value) for row, kind, value in actions)
    return msgspec.structs.replace(series, actions=found)


def test_a_dividend_is_in_the_books_and_in_the_return() -> None:
    prices = [100.0] * 6
    paid = run(Holder, a_market((3, ActionKind.DIVIDEND, 1.5), prices=prices))
    [entry] = paid.cash
    assert (entry.kind, entry.amount, entry.strategy, entry.instrument) == ("dividend", D("15"), "alpha", ACME.id)
    start = float(PLAIN.starting_cash)
    assert float(paid.curve.equity[-1]) == pytest.approx(start + 15)
    assert float(paid.books[0].equity[-1]) == pytest.approx(start + 15)
    assert float(paid.curve.twr[-1]) == pytest.approx(15 / start)


def test_a_split_leaves_the_curve_as_it_was() -> None:
    split = run(Holder, a_market((3, ActionKind.SPLIT, 2.0), prices=[100.0, 100, 100, 50, 50, 50]))
    assert split.positions[0].quantity == D(20)
    assert float(split.curve.equity.min()) >= float(PLAIN.starting_cash) - 1e-6


def test_a_short_position_pays_its_borrow_fee_by_the_night() -> None:
    settings = msgspec.structs.replace(PLAIN, borrow_rate=0.36)
    outcome = run(Short, bars([100.0] * 40, step=HOUR), simulation=settings)
    assert [(entry.kind, entry.amount) for entry in outcome.cash] == [("borrow", D("-1"))] * 2
    assert float(outcome.curve.equity[-1]) == pytest.approx(float(PLAIN.starting_cash) - 2)


def test_funding_and_nights_are_charged_at_the_newest_price_however_long_no_order_worked() -> None:
    prices = [100.0, 100, 110, 120, 130, 140]
    funded = run(Holder, a_market((5, ActionKind.FUNDING, 0.001), prices=prices))
    assert [entry.amount for entry in funded.cash] == [D("-1.3")]
    settings = msgspec.structs.replace(PLAIN, borrow_rate=0.36)
    rising = [100.0 + row for row in range(40)]
    borrowed = run(Short, bars(rising, step=HOUR), simulation=settings)
    ends = bars(rising, step=HOUR).ts.tolist()
    for entry in borrowed.cash:
        row = max(row for row, end in enumerate(ends) if end <= to_ns(entry.at))
        assert entry.amount == D(str(-10 * rising[row] * 0.36 / 360)).quantize(D("1E-6"))
    assert len(borrowed.cash) == 2


def test_a_position_in_futures_rolls_with_orders_that_the_outcome_shows() -> None:
    ends = (BEGIN + timedelta(days=d) for d in (3, 90))
    near, far = (
        an_instrument(name, asset_class=AssetClass.FUTURE, root="ES", expiry=end.replace(hour=0), margin_rate=D("0.1"))
        for name, end in zip(("ESH26.SIM", "ESM26.SIM"), ends, strict=True)
    )

    class Near(Holder):
        def on_bar(self, bar: Bar) -> None:
            if bar.instrument == near.id:
                super().on_bar(bar)

    settings = msgspec.structs.replace(PLAIN, roll_days=1)
    outcome = run(Near, bars([100.0] * 60, near, step=HOUR), bars([102.0] * 60, far, step=HOUR), simulation=settings)
    own = [order for order in outcome.orders if order.intent.purpose is OrderPurpose.VENUE]
    assert [(order.intent.instrument, order.state) for order in own] == [
        (near.id, OrderState.FILLED),
        (far.id, OrderState.FILLED),
    ]
    assert len(outcome.reference) == len(outcome.fills) == 3
    assert {position.instrument: position.quantity for position in outcome.positions if position.quantity} == {
        far.id: D(10)
    }


def test_random_slippage_follows_the_seed_of_the_run() -> None:
    settings = msgspec.structs.replace(PLAIN, slippage_model=SlippageModel.RANDOM, slippage=50.0)
    one, same, other = (
        run(Holder, bars([100.0] * 6, step=HOUR), simulation=settings, seed=seed).fills[0].price for seed in (1, 1, 2)
    )
    assert one == same != other
