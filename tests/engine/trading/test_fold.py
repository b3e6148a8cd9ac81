"""The whole state as a fold of the journal: properties over any sequence of events."""

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, StrategyId, TradeId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.orders import OrderState, Side
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, TradingState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.trading.fold import Fold
from tests.engine.trading.books_builders import (
    AAPL,
    NOW,
    PAPER,
    TREND,
    a_fill,
    a_flow,
    accepted,
    events,
    submitted,
)

ORDERS = [ClientOrderId(f"trend-{number:06d}") for number in range(1, 4)]
TRADES = [TradeId(f"t{number}") for number in range(8)]

orders = st.sampled_from(ORDERS)
amounts = st.integers(1, 12).map(Decimal)


def trade(order: ClientOrderId, trade_id: TradeId, number: int) -> Fill:
    """Return the one execution that this id can mean: ids are unique at a venue."""
    side = Side.BUY if ORDERS.index(order) % 2 else Side.SELL
    return a_fill(str(number % 5 + 1), str(90 + number), f"{order}:{trade_id}", client_order_id=order, side=side)


executions = st.builds(trade, orders, st.sampled_from(TRADES), st.just(0)).map(
    lambda fill: trade(fill.client_order_id, TradeId(fill.trade_id.partition(":")[2]), hash_of(fill.trade_id))
)


def hash_of(text: str) -> int:
    return sum(text.encode())


def named(kind: type, **fields: object) -> st.SearchStrategy[e.Payload]:
    return orders.map(lambda order: kind(client_order_id=order, at=NOW, **fields))


payloads: st.SearchStrategy[e.Payload] = st.one_of(
    orders.map(submitted),
    orders.map(accepted),
    executions.map(lambda fill: e.OrderFilled(fill=fill)),
    st.builds(lambda fill, amount: e.CommissionReported(fill=fill, commission=amount, at=NOW), executions, amounts),
    named(e.OrderTriggered),
    named(e.OrderRejected, reason="no"),
    named(e.CancelRequested),
    named(e.CancelRejected, reason="no"),
    named(e.OrderCanceled),
    named(e.OrderExpired),
    named(e.UpdateRequested, quantity=Decimal(6)),
    named(e.OrderUpdated, quantity=Decimal(6)),
    named(e.UpdateRejected, reason="no"),
    named(e.OrderOutcomeUnknown, reason="no"),
    amounts.map(lambda amount: a_flow(str(amount))),
)
histories = st.lists(payloads, max_size=60).map(events)


def folded(history: list[e.JournalEvent], fold: Fold | None = None) -> Fold:
    fold = fold or Fold()
    for event in history:
        fold.apply(event)
    return fold


def picture(fold: Fold) -> bytes:
    """Return everything that a fold holds, comparable."""
    return fold.encode()


@given(histories)
def test_no_history_of_events_raises_or_leaves_an_order_in_two_places(history: list[e.JournalEvent]) -> None:
    registry = folded(history).registry
    working = {order.id for order in registry.working()}
    for order in registry.orders():
        assert order.is_working == (order.id in working)
        assert order.state in OrderState


def filled_since_submitted(history: list[e.JournalEvent], order: ClientOrderId) -> Decimal:
    """Return what the trades of an order add up to, those that came before the order itself left out."""
    known, seen, total = False, set(), Decimal(0)
    for event in history:
        payload = event.payload
        if isinstance(payload, e.OrderSubmitted):
            known = known or payload.intent.client_order_id == order
        elif isinstance(payload, e.OrderFilled) and payload.fill.client_order_id == order:
            total += payload.fill.quantity if known and payload.fill.trade_id not in seen else 0
            seen.add(payload.fill.trade_id)
    return total


@given(histories)
def test_fills_add_up_to_orders_and_positions_and_the_ledger_balances(history: list[e.JournalEvent]) -> None:
    fold = folded(history)
    fills = fold.registry.fills()
    assert len({(fill.account, fill.trade_id) for fill in fills}) == len(fills)
    for order in fold.registry.orders():
        assert order.filled == filled_since_submitted(history, order.id)
    signed = sum((fill.signed_quantity for fill in fills), Decimal(0))
    assert fold.ledger.position(PAPER, TREND, AAPL).quantity == signed == fold.ledger.net(PAPER, AAPL)
    assert fold.ledger.commission(PAPER, TREND) == sum((fill.commission for fill in fills), Decimal(0))
    assert fold.ledger.check()


@given(histories, st.data())
def test_delivering_anything_twice_changes_nothing(history: list[e.JournalEvent], data: st.DataObject) -> None:
    once = folded(history)
    again = Fold()
    for position, event in enumerate(history):
        again.apply(event)
        if position and data.draw(st.booleans()):
            again.apply(history[data.draw(st.integers(0, position))])
    assert picture(again) == picture(once)


@given(histories)
def test_the_same_trades_in_new_events_change_no_position_and_no_cash(history: list[e.JournalEvent]) -> None:
    fold = folded(history)
    cash, positions = fold.ledger.account_cash(PAPER), fold.ledger.positions()
    repeats = [event.payload for event in history if isinstance(event.payload, e.OrderFilled)]
    folded(events(repeats, start=len(history) + 1), fold)
    assert (fold.ledger.account_cash(PAPER), fold.ledger.positions()) == (cash, positions)


@given(histories, st.integers(0, 60))
def test_a_snapshot_and_the_tail_give_the_same_state(history: list[e.JournalEvent], cut: int) -> None:
    whole = folded(history)
    restored = Fold.decode(folded(history[:cut]).encode())
    assert restored is not None
    assert picture(folded(history, restored)) == picture(whole)


@settings(max_examples=20)
@given(st.binary(max_size=200))
def test_a_snapshot_that_is_none_is_left_aside(content: bytes) -> None:
    assert Fold.decode(content) is None


def test_a_snapshot_of_another_version_is_left_aside() -> None:
    version, state = msgspec.msgpack.decode(Fold().encode())
    assert Fold.decode(msgspec.msgpack.encode((version + 1, state))) is None


def test_the_newest_trading_state_of_each_scope_counts() -> None:
    def paused(scope: str, state: TradingState) -> e.TradingStateSet:
        return e.TradingStateSet(scope=scope, state=state, reason="", source="cli", at=NOW)

    fold = folded(
        events(
            [
                paused(ALL_SCOPE, TradingState.PAUSED),
                paused("strategy:trend", TradingState.REDUCING),
                paused(ALL_SCOPE, TradingState.ACTIVE),
            ]
        )
    )
    assert {scope: item.state for scope, item in fold.states.items()} == {
        ALL_SCOPE: TradingState.ACTIVE,
        "strategy:trend": TradingState.REDUCING,
    }


def test_the_kill_switch_stays_engaged_until_a_person_releases_it() -> None:
    report = KillSwitchReport(engaged=True, reason="drill", orders_canceled=3)
    history = events([e.KillSwitchEngaged(report=report), e.KillSwitchReleased(source="cli", at=NOW)])
    assert folded(history[:1]).kill_switch == report
    released = folded(history).kill_switch
    assert (released.engaged, released.orders_canceled) == (False, 3)


def test_instances_limits_and_the_session_follow_their_newest_event() -> None:
    def instance(name: str, weight: str) -> StrategyInstance:
        return StrategyInstance(
            name=StrategyId(name),
            file="trend.py",
            account=AccountId("PAPER"),
            instruments=(AAPL,),
            weight=Decimal(weight),
        )

    limits = ScopeLimits(max_open_orders=3)
    history = events(
        [
            e.SessionStarted(version="0.1.0", pid=1, at=NOW),
            e.InstanceSaved(instance=instance("trend", "0.1"), source="cli", at=NOW),
            e.InstanceSaved(instance=instance("trend", "0.2"), source="cli", at=NOW),
            e.InstanceSaved(instance=instance("cnr", "0.2"), source="cli", at=NOW),
            e.InstanceRemoved(name=StrategyId("cnr"), source="cli", at=NOW),
            e.LimitsChanged(scope=ALL_SCOPE, limits=limits, source="cli", at=NOW),
        ]
    )
    fold = folded(history)
    assert fold.instances == {"trend": instance("trend", "0.2")}
    assert fold.limits == {ALL_SCOPE: limits}
    assert fold.session_open
    assert not folded(events([e.SessionStopped(at=NOW)], start=7), fold).session_open
    again = Fold.decode(fold.encode())
    assert again is not None
    assert (again.instances, again.limits) == (fold.instances, fold.limits)


def test_what_an_event_changed_is_told() -> None:
    fill = a_fill("10", commission=Decimal(1))
    history = events(
        [submitted(), e.OrderFilled(fill=fill), e.OrderFilled(fill=fill), e.SessionStopped(at=NOW)],
    )
    fold = Fold()
    told = [fold.apply(event) for event in history]
    assert [applied.order.state if applied.order else None for applied in told] == [
        OrderState.SUBMITTED,
        OrderState.FILLED,
        None,
        None,
    ]
    assert [applied.fill for applied in told] == [None, fill, None, None]
