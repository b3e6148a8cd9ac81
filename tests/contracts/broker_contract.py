"""What every broker adapter must do, written against the port alone.

A test module subclasses :class:`BrokerContract` and provides the fixture ``venue``.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Protocol, TypeVar

import pytest

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError, ClientIdInUseError
from ares_desktop.domain.events import (
    CancelRejected,
    CashFlowRecorded,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderUpdated,
    PositionMoved,
    UpdateRejected,
)
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId, InstrumentId, StrategyId, client_order_id
from ares_desktop.domain.orders import OrderIntent, OrderState, OrderType, Side, TimeInForce
from ares_desktop.engine.ports.broker import Broker, BrokerEvent, BrokerSession, PlayMoney

E = TypeVar("E")
PATIENCE_S = 10.0


class Venue(Protocol):
    """What a test needs around the adapter."""

    @property
    def broker(self) -> Broker:
        """A session that is not connected yet."""

    @property
    def instrument(self) -> InstrumentId:
        """A liquid instrument whose price is 100 until it is moved."""

    def another(self, *, same_client: bool) -> Broker:
        """Return a second session to the same account."""

    async def move(self, price: float) -> None:
        """Trade the market at ``price``."""


class Ear:
    """Keeps a broker's events and waits for one of a kind."""

    def __init__(self, broker: Broker) -> None:
        self.events: list[BrokerEvent] = []
        self._news = asyncio.Event()
        broker.on_event(self._hear)

    def _hear(self, event: BrokerEvent) -> None:
        self.events.append(event)
        self._news.set()

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def hear(self, kind: type[E], accept: Callable[[E], bool] = lambda _: True) -> E:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [event for event in self.all(kind) if accept(event)]
                if found:
                    return found[-1]
                self._news.clear()
                await self._news.wait()


_numbers = count(1)


def an_intent(venue: Venue, side: Side = Side.BUY, **changes: Any) -> OrderIntent:
    strategy = StrategyId("contract")
    fields = {
        "client_order_id": client_order_id(strategy, next(_numbers)),
        "strategy": strategy,
        "account": venue.broker.account,
        "instrument": venue.instrument,
        "side": side,
        "quantity": Decimal(10),
        "created_at": datetime.now(UTC),
        "tif": TimeInForce.GTC,
        **changes,
    }
    return OrderIntent(**fields)


def a_far_limit(venue: Venue, **changes: Any) -> OrderIntent:
    return an_intent(venue, type=OrderType.LIMIT, limit_price=Decimal(95), **changes)


class BrokerContract:
    """The suite."""

    @pytest.fixture
    async def ear(self, venue: Venue) -> Ear:
        ear = Ear(venue.broker)
        await venue.broker.connect()
        await venue.move(100)
        return ear

    async def test_it_names_itself(self, venue: Venue, ear: Ear) -> None:
        assert venue.broker.name
        assert venue.broker.account
        assert OrderType.MARKET in venue.broker.capabilities.order_types
        assert ear.all(BrokerSession)[0].connected

    async def test_connecting_and_disconnecting_twice_is_harmless(self, venue: Venue, ear: Ear) -> None:
        await venue.broker.connect()
        await venue.broker.disconnect()
        await venue.broker.disconnect()
        assert not ear.all(BrokerSession)[-1].connected

    async def test_calls_without_a_session_fail(self, venue: Venue) -> None:
        for call in (venue.broker.orders, venue.broker.positions, venue.broker.balance, venue.broker.fills):
            with pytest.raises(BrokerError):
                await call()
        with pytest.raises(BrokerError):
            await venue.broker.submit([an_intent(venue)])

    async def test_a_client_id_belongs_to_one_living_session(self, venue: Venue, ear: Ear) -> None:
        with pytest.raises(ClientIdInUseError):
            await venue.another(same_client=True).connect()
        assert ear.all(BrokerSession)[-1].connected
        await venue.broker.balance()

    async def test_an_order_is_accepted_filled_and_booked(self, venue: Venue, ear: Ear) -> None:
        intent = an_intent(venue)
        await venue.broker.submit([intent])
        accepted = await ear.hear(OrderAccepted)
        assert accepted.client_order_id == intent.client_order_id
        await venue.move(101)
        fill = (await ear.hear(OrderFilled)).fill
        assert (fill.client_order_id, fill.quantity, fill.side) == (intent.client_order_id, Decimal(10), Side.BUY)
        assert (fill.strategy, fill.account, fill.instrument) == (intent.strategy, intent.account, intent.instrument)
        assert list(await venue.broker.fills()) == [fill]
        (position,) = await venue.broker.positions()
        assert (position.instrument, position.quantity) == (venue.instrument, Decimal(10))
        report = await venue.broker.order(intent.client_order_id)
        assert report is not None
        assert (report.state, report.filled) == (OrderState.FILLED, Decimal(10))
        assert report.venue_order_id == accepted.venue_order_id

    async def test_cash_pays_for_what_was_bought(self, venue: Venue, ear: Ear) -> None:
        before = await venue.broker.balance()
        await venue.broker.submit([an_intent(venue)])
        await venue.move(101)
        fill = (await ear.hear(OrderFilled)).fill
        after = await venue.broker.balance()
        paid = before.cash[fill.currency] - after.cash[fill.currency]
        assert paid == fill.notional + fill.commission
        assert after.sequence > before.sequence
        assert (await ear.hear(BrokerAccount)).cash == after.cash

    async def test_fills_can_be_asked_for_since_a_time(self, venue: Venue, ear: Ear) -> None:
        await venue.broker.submit([an_intent(venue)])
        await venue.move(101)
        fill = (await ear.hear(OrderFilled)).fill
        assert list(await venue.broker.fills(fill.at)) == [fill]
        assert list(await venue.broker.fills(datetime.now(UTC) + timedelta(days=1))) == []

    async def test_an_account_that_nothing_was_booked_to_has_no_bookings(self, venue: Venue, ear: Ear) -> None:
        await venue.broker.submit([an_intent(venue)])
        await venue.move(101)
        await ear.hear(OrderFilled)
        assert list(await venue.broker.bookings()) == []
        assert list(await venue.broker.bookings(datetime.now(UTC) - timedelta(days=1))) == []

    async def test_what_a_person_decides_about_play_money_is_booked_once(self, venue: Venue, ear: Ear) -> None:
        broker = venue.broker
        if not isinstance(broker, PlayMoney):
            pytest.skip("its money is real")
        before = await broker.balance()
        at = datetime.now(UTC)
        flow = CashFlowRecorded(
            account=broker.account,
            strategy=UNASSIGNED,
            currency=before.currency,
            amount=Decimal("250.25"),
            kind="deposit",
            at=at,
            key="contract-1",
        )
        await broker.decide(flow)
        await broker.decide(flow)
        assert ear.all(CashFlowRecorded) == [flow]
        assert (await ear.hear(BrokerAccount)).cash == (await broker.balance()).cash
        assert (await broker.balance()).cash[before.currency] == before.cash[before.currency] + flow.amount
        assert list(await broker.bookings()) == [flow]

    async def test_a_holding_that_changes_its_book_stays_with_the_account(self, venue: Venue, ear: Ear) -> None:
        broker = venue.broker
        if not isinstance(broker, PlayMoney):
            pytest.skip("its books are its own")
        entry = an_intent(venue)
        await broker.submit([entry])
        await venue.move(101)
        await ear.hear(OrderFilled)
        taker = StrategyId("taker")
        move = PositionMoved(
            account=broker.account,
            instrument=venue.instrument,
            giver=entry.strategy,
            taker=taker,
            quantity=Decimal(4),
            cost=Decimal(400),
            currency="USD",
            multiplier=Decimal(1),
            kind="split",
            move="contract-2",
            source="test",
            at=datetime.now(UTC),
        )
        await broker.decide(move)
        assert [position.quantity for position in await broker.positions()] == [10]
        leave = an_intent(venue, Side.SELL, strategy=taker, quantity=Decimal(4), reduce_only=True)
        await broker.submit([leave])
        await venue.move(102)
        sold = await ear.hear(OrderFilled, lambda event: event.fill.client_order_id == leave.client_order_id)
        assert sold.fill.quantity == 4

    async def test_a_known_id_is_not_executed_twice(self, venue: Venue, ear: Ear) -> None:
        intent = an_intent(venue)
        await venue.broker.submit([intent])
        await venue.broker.submit([intent])
        await venue.move(101)
        await ear.hear(OrderFilled)
        await venue.broker.submit([intent])
        await venue.move(102)
        assert len(await venue.broker.fills()) == 1
        assert len(await venue.broker.positions()) == 1

    async def test_a_working_order_is_listed_until_it_is_canceled(self, venue: Venue, ear: Ear) -> None:
        intent = a_far_limit(venue)
        await venue.broker.submit([intent])
        await ear.hear(OrderAccepted)
        states = {report.intent.client_order_id: report.state for report in await venue.broker.orders()}
        assert states[intent.client_order_id] is OrderState.ACCEPTED
        await venue.broker.cancel([intent.client_order_id])
        canceled = await ear.hear(OrderCanceled)
        assert canceled.client_order_id == intent.client_order_id
        report = await venue.broker.order(intent.client_order_id)
        assert report is not None
        assert report.state is OrderState.CANCELED

    async def test_many_orders_are_canceled_in_one_call(self, venue: Venue, ear: Ear) -> None:
        intents = [a_far_limit(venue) for _ in range(20)]
        await venue.broker.submit(intents)
        await venue.broker.cancel([intent.client_order_id for intent in intents])
        names = {intent.client_order_id for intent in intents}
        await ear.hear(OrderCanceled, lambda event: event.client_order_id == intents[-1].client_order_id)
        assert {event.client_order_id for event in ear.all(OrderCanceled)} == names

    async def test_canceling_what_does_not_work_is_rejected(self, venue: Venue, ear: Ear) -> None:
        await venue.broker.cancel([ClientOrderId("never-was")])
        assert (await ear.hear(CancelRejected)).client_order_id == "never-was"

    async def test_an_order_that_never_was_is_reported_as_none(self, venue: Venue, ear: Ear) -> None:
        del ear
        assert await venue.broker.order(ClientOrderId("never-was")) is None

    async def test_a_working_order_is_changed(self, venue: Venue, ear: Ear) -> None:
        intent = a_far_limit(venue)
        await venue.broker.submit([intent])
        await venue.broker.update(intent.client_order_id, limit_price=Decimal(96), quantity=Decimal(7))
        await ear.hear(OrderUpdated)
        report = await venue.broker.order(intent.client_order_id)
        assert report is not None
        assert (report.intent.limit_price, report.intent.quantity) == (Decimal(96), Decimal(7))
        await venue.broker.update(ClientOrderId("never-was"), quantity=Decimal(1))
        assert (await ear.hear(UpdateRejected)).client_order_id == "never-was"

    async def test_a_defective_order_is_rejected_with_a_reason(self, venue: Venue, ear: Ear) -> None:
        intent = an_intent(venue, instrument=InstrumentId("NOTHING.NOWHERE"))
        await venue.broker.submit([intent])
        rejected = await ear.hear(OrderRejected)
        assert rejected.client_order_id == intent.client_order_id
        assert rejected.reason

    async def test_exits_of_a_bracket_wait_and_cancel_each_other(self, venue: Venue, ear: Ear) -> None:
        if not venue.broker.capabilities.brackets:
            pytest.skip("the broker has no brackets")
        entry = an_intent(venue)
        shared: dict[str, Any] = {"parent": entry.client_order_id, "oco_group": "exits", "reduce_only": True}
        stop = an_intent(venue, Side.SELL, type=OrderType.STOP, stop_price=Decimal(90), **shared)
        target = an_intent(venue, Side.SELL, type=OrderType.LIMIT, limit_price=Decimal(110), **shared)
        await venue.broker.submit([entry, stop, target])
        await venue.move(100)
        await ear.hear(OrderFilled, lambda event: event.fill.client_order_id == entry.client_order_id)
        await venue.move(111)
        await ear.hear(OrderFilled, lambda event: event.fill.client_order_id == target.client_order_id)
        await ear.hear(OrderCanceled, lambda event: event.client_order_id == stop.client_order_id)
        assert list(await venue.broker.positions()) == []

    async def test_orders_work_on_and_fill_while_nobody_is_connected(self, venue: Venue, ear: Ear) -> None:
        intent = a_far_limit(venue)
        await venue.broker.submit([intent])
        await ear.hear(OrderAccepted)
        other = venue.another(same_client=False)
        await other.connect()
        await venue.broker.disconnect()
        reports = {report.intent.client_order_id: report for report in await other.orders()}
        assert reports[intent.client_order_id].state is OrderState.ACCEPTED
        await other.disconnect()
        await venue.broker.connect()
        await venue.move(94)
        await ear.hear(OrderFilled, lambda event: event.fill.client_order_id == intent.client_order_id)

    async def test_another_session_sees_the_whole_account(self, venue: Venue, ear: Ear) -> None:
        other = venue.another(same_client=False)
        listener = Ear(other)
        await other.connect()
        intent = a_far_limit(venue)
        await venue.broker.submit([intent])
        await listener.hear(OrderAccepted)
        await other.cancel([intent.client_order_id])
        await ear.hear(OrderCanceled)
        await other.disconnect()
