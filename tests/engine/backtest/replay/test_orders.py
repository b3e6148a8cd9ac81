"""Orders that are told when somebody looks are those that the registry folds at once."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import (
    AccountId,
    ClientOrderId,
    CorrelationId,
    EventId,
    InstrumentId,
    StrategyId,
    TradeId,
    VenueOrderId,
)
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.orders import Order, OrderIntent, OrderType, Side
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.backtest.replay.orders import OrderEntry, ReplayedOrders
from ares_desktop.engine.trading.registry import OrderRegistry

NAME = ClientOrderId("alpha-000001")
D = Decimal


def an_intent(quantity: int = 10, **fields: Any) -> OrderIntent:
    return OrderIntent(
        client_order_id=NAME,
        strategy=StrategyId("alpha"),
        account=AccountId("A"),
        instrument=InstrumentId("X.Y"),
        side=Side.BUY,
        quantity=D(quantity),
        created_at=from_ns(0),
        **fields,
    )


def a_fill(number: int, quantity: int, price: int) -> e.OrderFilled:
    return e.OrderFilled(
        fill=Fill(
            trade_id=TradeId(f"t{number}"),
            client_order_id=NAME,
            strategy=StrategyId("alpha"),
            account=AccountId("A"),
            instrument=InstrumentId("X.Y"),
            side=Side.BUY,
            quantity=D(quantity),
            price=D(price),
            at=from_ns(number * 1000),
            commission=D("0.1") * quantity,
        )
    )


def an_event(kind: str, number: int, quantity: int) -> Any:  # noqa: PLR0911 - one for each kind
    at = from_ns(number * 1000)
    match kind:
        case "accepted":
            return e.OrderAccepted(client_order_id=NAME, venue_order_id=VenueOrderId(f"V{number}"), at=at)
        case "filled":
            return a_fill(number, quantity, 100 + quantity)
        case "triggered":
            return e.OrderTriggered(client_order_id=NAME, at=at)
        case "updated":
            return e.OrderUpdated(client_order_id=NAME, at=at, quantity=D(quantity), limit_price=D(90 + quantity))
        case "cancel":
            return e.CancelRequested(client_order_id=NAME, at=at)
        case "cancel rejected":
            return e.CancelRejected(client_order_id=NAME, reason="no", at=at)
        case "rejected":
            return e.OrderRejected(client_order_id=NAME, reason="bad", at=at)
        case "expired":
            return e.OrderExpired(client_order_id=NAME, at=at)
        case _:
            return e.OrderCanceled(client_order_id=NAME, at=at, reason="gone")


kinds = st.sampled_from(
    ["accepted", "filled", "triggered", "updated", "cancel", "cancel rejected", "rejected", "expired", "canceled"]
)


def by_registry(intent: OrderIntent, payloads: list[Any]) -> list[Order | None]:
    """Return the order after each event as the live fold has it."""
    registry = OrderRegistry()
    orders = []
    for sequence, payload in enumerate((e.OrderSubmitted(intent=intent, at=from_ns(0)), *payloads), start=1):
        registry.apply(
            e.JournalEvent(
                sequence=sequence,
                id=EventId(""),
                at=from_ns(0),
                cause=EventId(""),
                correlation=CorrelationId(""),
                payload=payload,
            )
        )
        orders.append(registry.get(NAME))
    return orders


@given(st.lists(st.tuples(kinds, st.integers(1, 12)), max_size=7), st.randoms(use_true_random=False))
def test_an_order_is_at_each_of_its_events_what_the_registry_says(steps: list[tuple[str, int]], chance: Any) -> None:
    intent = an_intent(type=OrderType.LIMIT, limit_price=D(100))
    payloads = [an_event(kind, number, quantity) for number, (kind, quantity) in enumerate(steps, start=1)]
    expected = by_registry(intent, payloads)
    entry = OrderEntry(intent, from_ns(0))
    entry.events.extend(payloads)
    looks = list(range(1, len(expected) + 1))
    chance.shuffle(looks)
    for count in looks:
        assert entry.upto(count) == expected[count - 1]


def test_an_order_that_was_filled_whole_is_told_without_folding() -> None:
    payloads = [an_event("accepted", 1, 0), a_fill(2, 10, 101)]
    entry = OrderEntry(an_intent(), from_ns(0))
    entry.events.extend(payloads)
    assert entry.upto(3) == by_registry(an_intent(), payloads)[-1]
    assert entry.upto(1).filled == 0
    assert entry.upto(3) == by_registry(an_intent(), payloads)[-1]


def test_a_denied_order_is_kept_with_its_reason_and_works_nowhere() -> None:
    orders = ReplayedOrders()
    order = orders.deny(e.OrderDenied(intent=an_intent(), reason=DenyReason.BUYING_POWER, detail="no", at=from_ns(5)))
    assert order is not None
    assert orders.get(NAME) == order
    assert orders.working() == ()
    assert [item.reason for item in orders.denials()] == [DenyReason.BUYING_POWER]
    assert orders.orders() == (order,)
