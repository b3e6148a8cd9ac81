"""Submitting, changing, canceling, asking, and going on from a saved state."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ares_desktop.domain.events import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderUpdated,
    UpdateRejected,
)
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId
from ares_desktop.domain.orders import OrderState, OrderType, Side, TimeInForce
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.simulation.book import KEEP_ENDED
from ares_desktop.engine.simulation.simulated import SimulatedBroker
from ares_desktop.engine.simulation.state import BrokerState
from tests.engine.simulation.builders import (
    MINUTE,
    OPEN_NS,
    PLAIN,
    SPY,
    Desk,
    a_bar,
    a_quote,
    an_instrument,
    only,
    plain,
)

D = Decimal


def a_desk(**settings: Any) -> Desk:
    desk = Desk(plain(**settings))
    desk.market(a_bar(0, 100))
    return desk


def update(desk: Desk, order: ClientOrderId, **changes: Any) -> Any:
    exact = {name: Decimal(str(value)) for name, value in changes.items()}
    (event,) = desk.broker.update(order, desk.broker.clock_ns, **exact)
    return event


def test_a_second_submit_of_a_known_id_changes_nothing_and_reports_its_state() -> None:
    desk = a_desk()
    intent = desk.intent(Side.BUY, 10, type=OrderType.LIMIT, limit_price=90)
    first = desk.submit(intent)
    again = desk.submit(msgspec.structs.replace(intent, quantity=D(99)))
    assert first == again
    desk.broker.cancel([intent.client_order_id], desk.broker.clock_ns)
    kinds = [type(event) for event in desk.submit(intent)]
    assert kinds == [OrderAccepted, OrderCanceled]
    assert len(desk.broker.orders()) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instrument": InstrumentId("XXX.Y")}, "not known"),
        ({"account": AccountId("LIVE")}, "account"),
        ({"quantity": D(0)}, "positive"),
        ({"quantity": D("0.5")}, "multiple of 1"),
        ({"type": OrderType.LIMIT}, "needs a limit price"),
        ({"type": OrderType.STOP}, "needs a stop price"),
        ({"type": OrderType.TRAILING_STOP}, "needs a trailing distance"),
        ({"type": OrderType.LIMIT, "limit_price": D(-1)}, "must be positive"),
    ],
)
def test_a_defective_order_is_rejected_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    desk = a_desk()
    intent = msgspec.structs.replace(desk.intent(Side.BUY, 10), **changes)
    (event,) = desk.submit(intent)
    assert isinstance(event, OrderRejected)
    assert reason in event.reason
    assert [type(event) for event in desk.submit(intent)] == [OrderRejected]


def test_an_index_is_not_traded() -> None:
    desk = Desk(PLAIN, an_instrument(tradable=False))
    assert "can't be traded" in desk.reason(desk.buy(1))


def test_a_changed_price_and_quantity_count_from_the_next_event() -> None:
    desk = a_desk()
    order = desk.buy(10, limit_price=90)
    event = update(desk, order, limit_price=99, quantity=5)
    assert isinstance(event, OrderUpdated)
    desk.market(a_bar(1, 100, 100, 98))
    assert desk.fills() == [(D(5), D(99))]


def test_a_change_that_makes_no_sense_is_rejected_and_changes_nothing() -> None:
    desk = a_desk(volume_share=0.1)
    order = desk.buy(10, limit_price=100)
    desk.market(a_bar(1, 100, volume=50))
    for changes in ({"quantity": 5}, {"quantity": "7.5"}, {"stop_price": 90}, {"limit_price": 0}):
        assert isinstance(update(desk, order, **changes), UpdateRejected)
    assert isinstance(update(desk, order, quantity=10_000_000), UpdateRejected)
    assert isinstance(update(desk, ClientOrderId("gone"), quantity=1), UpdateRejected)
    desk.market(a_bar(2, 100))
    assert desk.fills(order) == [(D(5), D(100)), (D(5), D(100))]
    assert isinstance(update(desk, order, quantity=20), UpdateRejected)


def test_a_cancel_ends_what_works_and_is_rejected_for_what_does_not() -> None:
    desk = a_desk()
    order = desk.buy(10, limit_price=90)
    (event,) = desk.broker.cancel([order], desk.broker.clock_ns)
    assert isinstance(event, OrderCanceled)
    refused = desk.broker.cancel([order, ClientOrderId("gone")], desk.broker.clock_ns)
    assert [type(event) for event in refused] == [CancelRejected, CancelRejected]
    desk.market(a_bar(1, 80))
    assert desk.fills() == []


def test_fills_are_followed_by_position_and_account() -> None:
    desk = a_desk()
    desk.buy(10)
    events = desk.market(a_bar(1, 100))
    assert only(events, NetPosition) == desk.broker.positions()
    assert events[-1] == desk.broker.balance()
    desk.sell(10)
    assert only(desk.market(a_bar(2, 100)), NetPosition)[0].quantity == 0
    assert desk.broker.positions() == []


def test_a_market_order_takes_the_last_price_of_a_silent_market() -> None:
    desk = a_desk()
    order, limit = desk.buy(10), desk.buy(10, limit_price=200)
    desk.broker.fill_waiting(lambda _: False)
    assert desk.state(order) is OrderState.ACCEPTED
    desk.broker.fill_waiting(lambda intent: intent.instrument == SPY)
    assert desk.state(order) is OrderState.FILLED
    assert desk.state(limit) is OrderState.ACCEPTED
    desk.market(a_quote(60_001, 99, 101))
    order = desk.sell(10)
    desk.broker.fill_waiting(lambda _: True)
    assert desk.broker.fills()[-1].price == D(99)


def test_a_market_that_begins_anew_ends_day_orders_and_matches_others_again() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.market(a_bar(1, 100))
    stop = desk.sell(10, stop_price=90, reduce_only=True)
    day = desk.buy(10, limit_price=50, tif=TimeInForce.DAY)
    year = 365 * 24 * 60
    desk.broker.rewind(OPEN_NS - year * MINUTE)
    assert desk.state(day) is OrderState.EXPIRED
    assert desk.broker.balance().equity == D(1_000_000)
    desk.market(a_bar(-year, 80))
    assert desk.fills(stop) == [(D(10), D(80))]


def test_a_broker_goes_on_from_a_snapshot_as_if_nothing_had_happened() -> None:
    desk = a_desk(costs="retail")
    desk.bracket(10, stop=95, target=105)
    desk.sell(5, trail=2)
    desk.market(a_bar(1, 100, 101, 99.5))
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(desk.broker.snapshot()), type=BrokerState)
    copy = Desk(broker=SimulatedBroker(plain(costs="retail"), state=state))
    assert copy.broker.orders() == desk.broker.orders()
    assert copy.broker.balance() == desk.broker.balance()
    rest = [a_bar(2, 100, 103, 98), a_bar(3, 100, 100, 90)]
    assert copy.market(*rest) == desk.market(*rest)
    assert copy.broker.positions() == desk.broker.positions()


def test_what_changed_is_told_once_to_whoever_saves_it() -> None:
    broker = SimulatedBroker(PLAIN, saved=True)
    desk = Desk(broker=broker)
    order = desk.buy(10, limit_price=101)
    changes = broker.take_changes()
    assert [item.intent.client_order_id for item in changes.orders] == [order]
    assert [item.id for item in changes.instruments] == [SPY]
    desk.market(a_bar(0, 100), a_bar(1, 100))
    changes = broker.take_changes()
    assert [fill.trade_id for fill in changes.fills] == ["P-000001"]
    assert changes.holdings[0].position.quantity == D(10)
    assert changes.cash == {"USD": D(999_000)}
    assert not broker.take_changes()


def test_a_trailing_stop_that_moved_is_saved_when_asked_for() -> None:
    broker = SimulatedBroker(PLAIN, saved=True)
    desk = Desk(broker=broker)
    desk.market(a_bar(0, 100))
    order = desk.sell(10, trail=3)
    broker.take_changes(drifted=True)
    desk.market(a_bar(1, 104))
    assert not broker.take_changes().orders
    (saved,) = broker.take_changes(drifted=True).orders
    assert (saved.intent.client_order_id, saved.stop) == (order, 101.0)
    assert not broker.take_changes(drifted=True)


def test_orders_that_ended_long_ago_are_found_in_the_archive() -> None:
    first = a_desk()
    old = first.buy(10, limit_price=90)
    first.broker.cancel([old], first.broker.clock_ns)
    kept = first.broker.snapshot().orders[0]
    broker = SimulatedBroker(PLAIN, archive=lambda name: kept if name == old else None)
    desk = Desk(broker=broker)
    assert desk.state(old) is OrderState.CANCELED
    desk.buy(0)
    for _ in range(KEEP_ENDED):
        desk.buy(0)
    assert len(broker.orders()) == KEEP_ENDED


def test_a_state_that_an_older_version_saved_still_loads() -> None:
    desk = Desk()
    desk.market(a_bar(0, 100))
    desk.buy(10)
    desk.market(a_bar(1, 100))
    order = desk.sell(10, limit_price=110)
    saved = msgspec.to_builtins(desk.broker.snapshot())
    for name in ("own_orders", "bookings", "night_ns", "month", "traded"):
        del saved["counters"][name]
    for item in saved["orders"]:
        del item["extra"], item["discount"]
    for item in saved["instruments"]:
        del item["expiry"], item["root"]
    desk.broker = SimulatedBroker(PLAIN, state=msgspec.convert(saved, BrokerState))
    desk.market(a_bar(2, 110, 111))
    assert desk.state(order) is OrderState.FILLED
    assert desk.broker.balance().equity == Decimal(1_000_100)
