"""Orders as a fold of events."""

from decimal import Decimal

import pytest

from ares_desktop.domain import events as e
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.trading.registry import OrderRegistry
from tests.engine.trading.books_builders import (
    AAPL,
    NOW,
    PAPER,
    TREND,
    a_fill,
    accepted,
    an_intent,
    events,
    submitted,
)

ORDER = ClientOrderId("trend-000001")


def registry_after(*payloads: e.Payload) -> OrderRegistry:
    registry = OrderRegistry()
    for event in events(payloads):
        registry.apply(event)
    return registry


def order_after(*payloads: e.Payload) -> Order:
    order = registry_after(*payloads).get(ORDER)
    assert order is not None
    return order


def filled(quantity: str, price: str = "100", trade: str = "t1", **fields: object) -> e.OrderFilled:
    return e.OrderFilled(fill=a_fill(quantity, price, trade, **fields))


def test_partial_fills_add_up_to_a_filled_order_at_their_average_price() -> None:
    order = order_after(submitted(), accepted(), filled("4", "100"), filled("6", "110", "t2", commission=Decimal(1)))
    assert (order.state, order.filled, order.average_price) == (OrderState.FILLED, Decimal(10), Decimal(106))
    assert (order.commission, order.venue_order_id, order.remaining) == (Decimal(1), "v1", Decimal(0))


def test_a_fill_after_a_cancel_is_believed() -> None:
    order = order_after(submitted(), e.OrderCanceled(client_order_id=ORDER, at=NOW, reason="asked"), filled("4"))
    assert (order.state, order.filled, order.reason) == (OrderState.CANCELED, Decimal(4), "asked")


def test_more_filled_than_ordered_is_counted_and_noted() -> None:
    registry = registry_after(submitted(), filled("10"), filled("3", trade="t2"))
    order = registry.get(ORDER)
    assert order is not None
    assert (order.state, order.filled) == (OrderState.FILLED, Decimal(13))
    assert [anomaly.detail for anomaly in registry.anomalies] == ["13 filled of 10"]


def test_a_refused_cancel_leaves_the_order_as_it_was() -> None:
    order = order_after(
        submitted(),
        accepted(),
        filled("4"),
        e.CancelRequested(client_order_id=ORDER, at=NOW),
        e.CancelRejected(client_order_id=ORDER, reason="too late", at=NOW),
    )
    assert (order.state, order.reason) == (OrderState.PARTIALLY_FILLED, "too late")


def test_a_change_that_the_broker_made_is_the_order_s_new_intent() -> None:
    order = order_after(
        submitted(),
        accepted(),
        e.UpdateRequested(client_order_id=ORDER, at=NOW, quantity=Decimal(5)),
        e.OrderUpdated(client_order_id=ORDER, at=NOW, quantity=Decimal(5), limit_price=Decimal(99)),
    )
    assert (order.state, order.intent.quantity, order.intent.limit_price) == (
        OrderState.ACCEPTED,
        Decimal(5),
        Decimal(99),
    )


def test_an_unknown_outcome_is_settled_by_later_news() -> None:
    unknown = e.OrderOutcomeUnknown(client_order_id=ORDER, reason="no reply", at=NOW)
    assert order_after(submitted(), unknown).is_working
    assert order_after(submitted(), unknown, accepted()).state is OrderState.ACCEPTED
    assert order_after(submitted(), unknown, filled("10")).state is OrderState.FILLED


def test_news_of_an_order_that_was_never_submitted_is_an_anomaly() -> None:
    registry = registry_after(accepted(), filled("10"))
    assert registry.get(ORDER) is None
    assert [anomaly.event for anomaly in registry.anomalies] == ["OrderAccepted", "OrderFilled"]
    assert registry.has_trade(PAPER, a_fill().trade_id)


def test_an_event_that_the_table_does_not_foresee_changes_nothing() -> None:
    registry = registry_after(submitted(), filled("10"), e.OrderCanceled(client_order_id=ORDER, at=NOW))
    order = registry.get(ORDER)
    assert order is not None
    assert order.state is OrderState.FILLED
    assert [(anomaly.state, anomaly.event) for anomaly in registry.anomalies] == [(OrderState.FILLED, "OrderCanceled")]


def test_a_later_commission_replaces_the_one_of_the_fill_once() -> None:
    fill = a_fill("10", commission=Decimal(1))
    report = e.CommissionReported(fill=fill, commission=Decimal("1.25"), at=NOW)
    registry = registry_after(submitted(), e.OrderFilled(fill=fill), report, report)
    order = registry.get(ORDER)
    assert order is not None
    assert order.commission == Decimal("1.25")
    assert [item.commission for item in registry.fills()] == [Decimal("1.25")]


def test_a_commission_that_comes_before_its_fill_counts() -> None:
    fill = a_fill("10", commission=Decimal(0))
    report = e.CommissionReported(fill=fill, commission=Decimal("1.25"), at=NOW)
    assert order_after(submitted(), report, e.OrderFilled(fill=fill)).commission == Decimal("1.25")


def test_a_denied_order_is_kept_with_its_reason() -> None:
    denied = e.OrderDenied(intent=an_intent(), reason=DenyReason.PRICE_COLLAR, detail="20 % away", at=NOW)
    registry = registry_after(denied)
    order = registry.get(ORDER)
    assert order is not None
    assert (order.state, order.reason_code, order.reason) == (OrderState.DENIED, "PRICE_COLLAR", "20 % away")
    assert [item.reason for item in registry.denials()] == [DenyReason.PRICE_COLLAR]


def test_a_denial_for_a_taken_id_does_not_touch_the_order_that_has_it() -> None:
    denied = e.OrderDenied(intent=an_intent(), reason=DenyReason.DUPLICATE_ORDER_ID, detail="taken", at=NOW)
    registry = registry_after(submitted(), denied)
    order = registry.get(ORDER)
    assert order is not None
    assert order.state is OrderState.SUBMITTED
    assert len(registry.denials()) == 1
    assert not registry.anomalies


def test_working_orders_are_found_by_strategy_instrument_and_account() -> None:
    other = InstrumentId("MSFT.SMART")
    registry = registry_after(
        submitted("trend-000001"),
        submitted("trend-000002", instrument=other),
        submitted("cnr-000001", strategy=StrategyId("cnr")),
        submitted("trend-000003"),
        e.OrderCanceled(client_order_id=ClientOrderId("trend-000003"), at=NOW),
    )

    def ids(**which: object) -> list[str]:
        return [order.id for order in registry.working(**which)]  # type: ignore[arg-type]

    assert ids() == ["trend-000001", "trend-000002", "cnr-000001"]
    assert ids(strategy=TREND) == ["trend-000001", "trend-000002"]
    assert ids(instrument=AAPL) == ["trend-000001", "cnr-000001"]
    assert ids(strategy=TREND, instrument=other, account=PAPER) == ["trend-000002"]
    assert ids(account="OTHER") == []


def test_the_last_sequence_counts_denied_orders_and_survives_gaps() -> None:
    denied = e.OrderDenied(intent=an_intent("trend-000009"), reason=DenyReason.REDUCE_ONLY, detail="", at=NOW)
    registry = registry_after(submitted("trend-000003"), denied, submitted("trend-000004"))
    assert registry.last_sequence(TREND) == 9
    assert registry.last_sequence(StrategyId("cnr")) == 0


@pytest.mark.parametrize("copies", [1, 3])
def test_orders_come_oldest_first_whether_they_are_working_or_not(copies: int) -> None:
    payloads: list[e.Payload] = [submitted("trend-000001"), submitted("trend-000002"), filled("10")]
    payloads.append(submitted("trend-000003"))
    registry = OrderRegistry()
    for event in events(payloads):
        for _ in range(copies):
            registry.apply(event)
    assert [order.id for order in registry.orders()] == ["trend-000001", "trend-000002", "trend-000003"]
