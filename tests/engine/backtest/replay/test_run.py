"""What a backtest does with a strategy, and what it tells."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest

from ares_desktop.api import SMA, Bar, Bracket, Fill, Order, Params, Quote, Strategy, TradeTick, param
from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.market import BarSpec, from_ns, to_ns
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.risk import DenyReason, RiskLimits
from ares_desktop.domain.simulation import SlippageModel
from ares_desktop.engine.backtest.replay.run import PreparedData, run_backtest
from tests.engine.backtest.replay.builders import (
    ACME,
    BEGIN,
    MINUTE,
    PLAIN,
    a_pair,
    a_spec,
    an_instance,
    an_instrument,
    bars,
    quotes,
    run,
    trades,
    wander,
)

D = Decimal
BETA = an_instrument("BETA.SIM")


class Cross(Strategy):
    class Params(Params):
        fast: int = param(3)
        slow: int = param(8)

    def on_start(self) -> None:
        self.fast, self.slow = SMA(self.params.fast), SMA(self.params.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self.fast.update(bar.close), self.slow.update(bar.close)
        if self.slow.ready:
            self.context.target(bar.instrument, 10 if fast > slow else -10)


class Heard(Cross):
    """The same strategy, heard the long way: it listens to its orders and fills."""

    def on_order(self, order: Order) -> None:
        self.context.record(f"order {order.state}", float(order.filled))

    def on_fill(self, fill: Fill) -> None:
        self.context.record("fill", float(fill.price))


class Waiting(Cross):
    """The same strategy with a handler that may wait."""

    async def on_bar(self, bar: Bar) -> None:  # type: ignore[override]
        super().on_bar(bar)


class Living(Cross):
    """The same strategy with a life of its own."""

    async def run_strategy(self) -> None:
        async for event in self.context.events():
            self.dispatch(event)


class Buyer(Strategy):
    """Buys ten of each instrument at its first bar."""

    def on_bar(self, bar: Bar) -> None:
        if not self.context.position(bar.instrument).quantity and not self.context.orders(bar.instrument):
            self.context.buy(bar.instrument, 10)


def told(outcome: BacktestOutcome) -> dict[str, Any]:
    """Return what must be equal of two runs, without what was recorded on the way."""
    spared = {"seconds", "records", "spec"}
    values = {name: getattr(outcome, name) for name in outcome.__struct_fields__ if name not in spared}
    for name in ("curve", "books", "gross", "net"):
        value = values[name]
        curves = value if isinstance(value, tuple) else (value,)
        values[name] = [
            b"".join(np.ascontiguousarray(getattr(item, key)).tobytes() for key in ("ts", "equity", "drawdown", "twr"))
            if hasattr(item, "equity")
            else item.tobytes()
            for item in curves
        ]
    return values


@pytest.mark.parametrize("other", [Heard, Waiting, Living])
def test_the_quick_way_and_every_long_one_lead_to_the_same(other: type[Strategy]) -> None:
    series = bars(wander(400), spread=0.05)
    quick, slow = run(Cross, series), run(other, series)
    assert len(quick.fills) > 20
    assert told(quick) == told(slow)


def test_an_idle_strategy_beside_it_changes_nothing_but_the_way() -> None:
    series = bars(wander(300), spread=0.05)
    alone = an_instance("alpha", capital=D(500_000))
    beside = an_instance("beta", capital=D(500_000), instruments=(ACME.id,))
    one = run_backtest(a_spec(alone), (series,), {alone.name: Cross})
    two = run_backtest(a_spec(alone, beside), (series,), {alone.name: Cross, beside.name: Strategy})
    assert one.fills == two.fills
    assert one.orders == two.orders
    assert one.books[0].equity.tobytes() == two.books[0].equity.tobytes()


def test_equal_runs_are_equal_bit_for_bit_also_on_data_that_was_prepared_once() -> None:
    series = bars(wander(500), spread=0.1)
    data = PreparedData((series,))
    spec = a_spec()
    runs = [run_backtest(spec, source, {spec.strategies[0].name: Cross}) for source in (data, data, (series,))]
    assert told(runs[0]) == told(runs[1]) == told(runs[2])


def test_a_market_order_fills_at_the_next_open_and_the_books_follow() -> None:
    outcome = run(Buyer, bars([100.0, 101.0, 103.0, 102.0]))
    (fill,) = outcome.fills
    assert (fill.price, fill.quantity, fill.at) == (D("100.0"), D(10), BEGIN + timedelta(minutes=2))
    assert outcome.reference == (100.0,)
    assert outcome.orders[0].state is OrderState.FILLED
    assert outcome.curve.equity.tolist() == [1_000_000.0, 1_000_010.0, 1_000_030.0, 1_000_020.0]
    assert outcome.books[0].equity.tolist() == outcome.curve.equity.tolist()
    assert outcome.curve.drawdown[-1] == pytest.approx(-10 / 1_000_030)
    assert outcome.curve.twr[-1] == pytest.approx(20 / 1_000_000)
    assert outcome.gross.tolist() == outcome.net.tolist()
    assert outcome.gross[-1] == pytest.approx(1020 / 1_000_020)
    assert outcome.events == 4


def test_costs_and_the_price_without_slippage_are_told() -> None:
    settings = msgspec.structs.replace(PLAIN, costs="retail", slippage_model=SlippageModel.BPS, slippage=10.0)
    outcome = run(Buyer, bars([100.0, 100.0, 100.0]), simulation=settings)
    (fill,) = outcome.fills
    assert (fill.price, outcome.reference, fill.commission) == (D("100.1000"), (100.0,), D("1.00"))
    assert outcome.curve.equity[-1] == pytest.approx(1_000_000 - 1.0 - 1.0)


def test_several_strategies_share_the_cash_but_not_their_books() -> None:
    one, two = an_instance("one", weight=D("0.3")), an_instance("two", capital=D(1000))
    outcome = run_backtest(a_spec(one, two), (bars([100.0, 100.0, 110.0]),), {one.name: Buyer, two.name: Buyer})
    assert [fill.strategy for fill in outcome.fills] == ["one", "two"]
    assert [curve.equity.tolist()[-1] for curve in outcome.books] == [300_100.0, 1_100.0]
    assert outcome.curve.equity[-1] == 1_000_200.0
    assert {position.strategy: position.quantity for position in outcome.positions} == {"one": D(10), "two": D(10)}


def test_series_are_merged_in_time_order_and_prices_carried_on() -> None:
    heard: list[tuple[str, int]] = []

    class Listener(Buyer):
        def on_bar(self, bar: Bar) -> None:
            heard.append((bar.instrument, bar.end_ns))
            super().on_bar(bar)

    outcome = run(Listener, bars([10.0, 11.0, 12.0]), bars([20.0, 22.0], BETA, first=1))
    minute = [to_ns(BEGIN) + number * MINUTE for number in range(4)]
    assert heard[:3] == [("ACME.SIM", minute[1]), ("ACME.SIM", minute[2]), ("BETA.SIM", minute[2])]
    assert heard[3:] == [("ACME.SIM", minute[3]), ("BETA.SIM", minute[3])]
    assert outcome.curve.ts.tolist() == minute[1:]
    assert outcome.curve.equity.tolist() == [1_000_000.0, 1_000_010.0, 1_000_020.0 + 20.0]


def test_quotes_and_trades_are_delivered_and_made_into_bars() -> None:
    seen: dict[str, int] = {"quote": 0, "trade": 0, "bar": 0}

    class Ticks(Strategy):
        def on_quote(self, quote: Quote) -> None:
            seen["quote"] += 1
            if seen["quote"] == 3:
                self.context.buy(quote.instrument, 5)

        def on_trade(self, tick: TradeTick) -> None:
            seen["trade"] += 1

        def on_bar(self, bar: Bar) -> None:
            assert bar.end_ns - bar.start_ns == 60_000_000_000
            seen["bar"] += 1

    instance = an_instance(bar_spec="1m")
    outcome = run(Ticks, quotes([100.0] * 150), trades([50.0] * 150, BETA), strategies=(instance,))
    assert seen["quote"] == seen["trade"] == 150
    assert seen["bar"] == 4
    assert [fill.price for fill in outcome.fills] == [D("100.01")]


def test_a_start_leaves_older_data_to_the_warm_up_and_the_history() -> None:
    warm: list[float] = []

    class Warm(Strategy):
        def on_start(self) -> None:
            self.context.warm_up(3)
            self.first = True

        def on_bar(self, bar: Bar) -> None:
            if self.context.warming:
                warm.append(bar.close)
                assert self.context.buy(bar.instrument, 1).state is OrderState.DENIED
            elif self.first:
                self.first = False
                known = self.context.bars(bar.instrument, 100)
                assert known.close.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
                past = self.context.history(bar.instrument, "1m", BEGIN, BEGIN + timedelta(days=9))
                assert past.close.tolist() == known.close.tolist()

    outcome = run(
        Warm,
        bars([float(n) for n in range(1, 10)]),
        start=BEGIN + timedelta(minutes=6),
        end=BEGIN + timedelta(minutes=8),
    )
    assert warm == [3.0, 4.0, 5.0]
    assert outcome.events == 3
    assert not outcome.orders


@pytest.mark.parametrize("extra", [(), (bars([5.0] * 60, BETA),)], ids=["quick", "merged"])
def test_nothing_of_the_future_can_be_seen(extra: tuple[Any, ...]) -> None:
    class Curious(Strategy):
        def on_bar(self, bar: Bar) -> None:
            now = to_ns(self.context.now)
            assert now == bar.end_ns
            later = BEGIN + timedelta(days=99)
            for found in (
                self.context.bars(bar.instrument, 1000),
                self.context.history(bar.instrument, "1m", BEGIN - timedelta(days=1), later),
                self.context.history(bar.instrument, BarSpec.parse("5m"), BEGIN - timedelta(days=1), later),
            ):
                assert not len(found) or found.end[-1] <= now

    run(Curious, bars(wander(60)), *extra)


def test_timers_records_logs_and_messages_are_told_at_their_time() -> None:
    class Speaker(Strategy):
        def on_start(self) -> None:
            self.context.schedule("tick", "every 3m")

        def on_timer(self, name: str) -> None:
            self.context.record(name, 1.0)
            self.context.publish("news", {"at": self.context.now.minute})

    class Hearer(Strategy):
        def on_start(self) -> None:
            self.context.subscribe("news")

        def on_message(self, topic: str, payload: Any) -> None:
            self.context.log.info(f"{topic} {payload['at']}")  # noqa: G004 - the strategy's own log

    one, two = an_instance("one", weight=D("0.1")), an_instance("two", weight=D("0.1"))
    outcome = run_backtest(a_spec(one, two), (bars([1.0] * 7),), {one.name: Speaker, two.name: Hearer})
    assert [(record.name, from_ns(record.ts).minute) for record in outcome.records] == [("tick", 3), ("tick", 6)]
    assert [(line.strategy, line.text) for line in outcome.logs] == [("two", "news 3"), ("two", "news 6")]


def test_a_timer_is_due_on_the_quick_way_too() -> None:
    class Timed(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.end.minute == 2:
                self.context.schedule("soon", "every 5m")

        def on_timer(self, name: str) -> None:
            self.context.buy(ACME.id, 1, reason=name)

    outcome = run(Timed, bars([10.0] * 12))
    assert [order.intent.created_at.minute for order in outcome.orders] == [5, 10]


def test_a_bracket_is_an_entry_and_its_exits() -> None:
    class Bracketed(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.end.minute == 1:
                self.context.buy(bar.instrument, 4, bracket=Bracket(stop=D(95), target=D(110)))

    outcome = run(Bracketed, bars([100.0, 101.0, 104.0, 112.0, 112.0]))
    assert [(order.id, order.state.value) for order in outcome.orders] == [
        ("alpha-000001", "FILLED"),
        ("alpha-000001:stop", "CANCELED"),
        ("alpha-000001:target", "FILLED"),
    ]
    assert [fill.price for fill in outcome.fills] == [D("100.0"), D(110)]


def test_what_the_gate_refuses_is_told_with_its_reason() -> None:
    class Greedy(Strategy):
        def on_bar(self, bar: Bar) -> None:
            self.handle = self.context.buy(bar.instrument, 100_000)

        def on_order(self, order: Order) -> None:
            assert self.handle.state is OrderState.DENIED

    outcome = run(Greedy, bars([100.0, 100.0]), limits=RiskLimits())
    assert {item.reason for item in outcome.denials} == {DenyReason.BUYING_POWER}
    assert [order.state for order in outcome.orders] == [OrderState.DENIED] * 2


class Sizer(Strategy):
    """Puts half of its equity into the foreign share."""

    def on_bar(self, bar: Bar) -> None:
        if bar.instrument == "SAP.SIM" and not self.context.position(bar.instrument).quantity:
            self.handle = self.context.target_weight(bar.instrument, "0.5")
            self.context.record("sized", float(self.handle is not None))


SAP = an_instrument("SAP.SIM", currency="EUR")


def test_foreign_money_counts_at_the_rate_of_the_day() -> None:
    pair = a_pair()
    instance = an_instance(instruments=(SAP.id,))
    outcome = run(
        Sizer, bars([1.25, 1.25, 1.25, 1.5], pair), bars([200.0, 200.0, 200.0, 210.0], SAP), strategies=(instance,)
    )
    (fill,) = outcome.fills
    assert (fill.quantity, fill.currency) == (D(2000), "EUR")
    # The share was bought with euros that the account did not have: it gained, the debt grew with the rate.
    expected = 1_000_000 - 400_000 * 1.5 + 2000 * 210.0 * 1.5
    assert outcome.curve.equity.tolist() == [1_000_000.0, 1_000_000.0, 1_000_000.0, pytest.approx(expected)]
    assert outcome.gross[-1] == pytest.approx(2000 * 210 * 1.5 / expected)


def test_without_a_rate_nothing_is_sized_and_the_gate_says_why() -> None:
    class Stubborn(Sizer):
        def on_bar(self, bar: Bar) -> None:
            super().on_bar(bar)
            self.context.buy(bar.instrument, 1)

    outcome = run(Stubborn, bars([200.0, 200.0], SAP))
    assert {record.value for record in outcome.records} == {0.0}
    assert [item.reason for item in outcome.denials] == [DenyReason.NO_FX_RATE] * 2
    assert not outcome.fills


def test_a_holding_without_a_rate_is_unknown_and_never_worth_its_number() -> None:
    pair = a_pair()
    first = bars([1.25] * 5, pair)
    columns = {name: column.copy() for name, column in first.columns.items()}
    columns["close"][:] = np.nan
    unknown = msgspec.structs.replace(first, columns=columns)
    instance = an_instance(instruments=(SAP.id,))
    outcome = run(Sizer, unknown, bars([200.0] * 5, SAP), strategies=(instance,))
    assert not outcome.fills
    assert outcome.curve.equity.tolist() == [1_000_000.0] * 5
