"""What befalls holders by itself is theirs: dividends and splits change their books, not their capital."""

from decimal import Decimal

import msgspec
import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.engine.backtest.replay.run import run_backtest
from tests.engine.backtest.replay.builders import ACME, BEGIN, MINUTE, PLAIN, a_spec, an_instance, bars, run

D = Decimal


class Holder(Strategy):
    """Buys ten at its first bar and tells what it has."""

    def on_bar(self, bar: Bar) -> None:
        held = self.context.position(bar.instrument).quantity
        if not held and not self.context.orders(bar.instrument):
            self.context.buy(bar.instrument, 10)
        self.context.record("held", float(held))
        self.context.record("equity", float(self.context.equity))


class Watcher(Strategy):
    """Holds nothing."""


def played(kind: ActionKind, value: float, closes: list[float], minute: int = 3) -> BacktestOutcome:
    action = MarketAction(ACME.id, to_ns(BEGIN) + minute * MINUTE, kind, value)
    series = bars(closes)
    return run(Holder, msgspec.structs.replace(series, actions=(action,)))


def test_a_dividend_is_paid_to_the_book_that_holds() -> None:
    outcome = played(ActionKind.DIVIDEND, 0.5, [100.0] * 6)
    (entry,) = outcome.cash
    assert (entry.kind, entry.amount, entry.strategy, entry.instrument) == ("dividend", D("5.0"), "alpha", ACME.id)
    assert outcome.curve.equity.tolist() == [1_000_000.0] * 3 + [1_000_005.0] * 3
    assert outcome.books[0].equity.tolist() == outcome.curve.equity.tolist()
    assert outcome.curve.twr[-1] == pytest.approx(5e-6)
    assert [record.value for record in outcome.records if record.name == "equity"][-1] == 1_000_005.0


def test_a_split_changes_units_and_nothing_else() -> None:
    outcome = played(ActionKind.SPLIT, 2.0, [100.0, 100.0, 100.0, 50.0, 50.0])
    assert [record.value for record in outcome.records if record.name == "held"][-1] == 20.0
    assert outcome.positions[0].quantity == D(20)
    assert outcome.curve.equity[-1] == 1_000_000.0
    assert [record.value for record in outcome.records if record.name == "equity"][-1] == 1_000_000.0


def test_a_borrow_fee_is_a_cost_of_who_sold_short() -> None:
    settings = msgspec.structs.replace(PLAIN, borrow_rate=0.365)

    class Short(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if not self.context.position(bar.instrument).quantity and not self.context.orders():
                self.context.sell(bar.instrument, 100)

    one, two = an_instance("one", weight=D("0.5")), an_instance("two", weight=D("0.5"))
    series = bars([100.0] * (24 * 60))
    outcome = run_backtest(a_spec(one, two, simulation=settings), (series,), {one.name: Short, two.name: Watcher})
    assert {entry.kind for entry in outcome.cash} == {"borrow"}
    assert {entry.strategy for entry in outcome.cash} == {"one"}
    paid = float(sum(entry.amount for entry in outcome.cash))
    assert paid < 0
    assert outcome.books[0].equity[-1] == pytest.approx(500_000 + paid)
    assert outcome.books[1].equity[-1] == 500_000
    assert len(outcome.reference) == len(outcome.fills)
