"""Our books follow the broker's over restarts, lost sessions and lost messages."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.events import CarryBooked, OrderFilled, OrderSubmitted, PositionSplit, Reconciled
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId
from ares_desktop.domain.monitoring import ConnectionState
from ares_desktop.domain.orders import OrderPurpose, Side
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.engine.ports.broker import BrokerSession
from ares_desktop.engine.trading.reconcile import NEVER_ARRIVED
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_flow, an_intent, submitted
from tests.engine.trading.desk import Desk, ObedientBroker

OpenDesk = Callable[..., Awaitable[Desk]]


async def funded(desk: Desk) -> Desk:
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    return desk


async def test_an_order_that_never_arrived_is_rejected_after_a_restart(open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.recorder.record(submitted())
    await desk.close()
    again = await open_desk(ObedientBroker())
    order = again.fold.registry.get(ClientOrderId("trend-000001"))
    assert order is not None
    assert (order.state.value, order.reason) == ("REJECTED", NEVER_ARRIVED)


async def test_fills_while_we_were_away_are_found_again(open_desk: OpenDesk) -> None:
    broker = ObedientBroker()
    desk = await funded(await open_desk(broker))
    await desk.buy()
    await desk.close()
    broker.fill(ClientOrderId("trend-000001"))
    again = await open_desk(broker)
    assert again.state() == "FILLED"
    assert again.fold.ledger.position(PAPER, TREND, AAPL).quantity == 10
    assert again.link.discrepancies == {}


def a_booking(broker: ObedientBroker, payload: CarryBooked | PositionSplit) -> None:
    """Book at the venue without telling."""
    broker.booked.append(payload)
    if isinstance(payload, CarryBooked):
        broker.cash += payload.amount
    else:
        broker.held[AAPL] += payload.after - payload.before


def a_dividend(key: str, at: datetime, amount: int = 5) -> CarryBooked:
    return CarryBooked(
        account=PAPER,
        strategy=TREND,
        instrument=AAPL,
        kind="dividend",
        amount=Decimal(amount),
        currency="USD",
        key=key,
        at=at,
    )


async def test_bookings_while_we_were_away_are_found_once_and_in_their_time(open_desk: OpenDesk) -> None:
    broker = ObedientBroker()
    desk = await funded(await open_desk(broker))
    await desk.buy()
    broker.fill(ClientOrderId("trend-000001"), Decimal(4))
    await desk.settled()
    a_booking(broker, told := a_dividend("B-1", NOW))
    broker.tell(told)
    await desk.close()
    split: dict[str, Any] = {
        "numerator": 2,
        "denominator": 1,
        "cash": Decimal(0),
        "price": Decimal(50),
        "currency": "USD",
    }
    later = NOW + timedelta(hours=1)
    a_booking(
        broker,
        PositionSplit(
            account=PAPER,
            strategy=TREND,
            instrument=AAPL,
            before=Decimal(4),
            after=Decimal(8),
            key="B-2",
            at=later,
            **split,
        ),
    )
    a_booking(broker, a_dividend("B-3", later, 7))
    order = ClientOrderId("trend-000001")
    report = broker.book[order]
    intent = replace(report.intent, quantity=Decimal(16))
    broker.book[order] = replace(report, intent=intent, updated_at=later)
    broker.price, broker.at = Decimal(50), later + timedelta(minutes=1)
    broker.fill(order)
    assert broker.held[AAPL] == 20

    again = await open_desk(broker)
    assert again.link.discrepancies == {}
    assert again.fold.ledger.net(PAPER, AAPL) == 20
    assert again.state() == "FILLED"
    assert await again.link.reconcile() == ()
    payloads = [event.payload for event in again.journal.read()]
    assert [item.key for item in payloads if isinstance(item, CarryBooked)] == ["B-1", "B-3"]
    facts = [type(item).__name__ for item in payloads if isinstance(item, OrderFilled | CarryBooked | PositionSplit)]
    assert facts == ["OrderFilled", "CarryBooked", "PositionSplit", "CarryBooked", "OrderFilled"]
    assert again.fold.registry.anomaly_count == 0


async def test_an_order_of_the_venues_own_while_we_were_away_is_known_before_its_trade(open_desk: OpenDesk) -> None:
    broker = ObedientBroker(fills_at_once=True)
    desk = await funded(await open_desk(broker))
    await desk.buy()
    await desk.close()
    order = an_intent("venue-000001", side=Side.SELL, purpose=OrderPurpose.VENUE, reason="settled at expiry")
    await broker.submit([order])
    broker.forgotten = {order.client_order_id}
    again = await open_desk(broker)
    assert again.state("venue-000001") == "FILLED"
    assert again.fold.ledger.position(PAPER, TREND, AAPL).quantity == 0
    assert again.fold.registry.anomaly_count == 0
    assert again.link.discrepancies == {}


async def test_a_fill_told_twice_counts_once(open_desk: OpenDesk) -> None:
    desk = await funded(await open_desk(ObedientBroker(fills_at_once=True)))
    await desk.buy()
    desk.broker.tell(OrderFilled(fill=desk.broker.executions[0]))
    await desk.link.reconcile()
    await desk.settled()
    assert desk.fold.ledger.net(PAPER, AAPL) == 10


async def test_lost_messages_are_made_good_by_reconciliation(open_desk: OpenDesk) -> None:
    desk = await funded(await open_desk(ObedientBroker(fills_at_once=False)))
    await desk.buy()
    desk.broker.deaf = True
    desk.broker.fill(ClientOrderId("trend-000001"), Decimal(4))
    assert desk.state() == "ACCEPTED"
    assert await desk.link.reconcile() == ()
    assert desk.state() == "PARTIALLY_FILLED"


async def test_a_difference_is_listed_until_it_is_gone(desk: Desk) -> None:
    told: list[Discrepancy] = []
    desk.link.on_discrepancy(told.append)
    desk.broker.held[AAPL] = Decimal(3)
    found = await desk.link.reconcile()
    assert [(item.kind, item.item, item.ours, item.broker) for item in found] == [("position", AAPL, "0", "3")]
    desk.broker.held.clear()
    assert await desk.link.reconcile() == ()
    assert [item.resolved for item in told] == [False, True]


async def test_an_order_that_this_profile_did_not_place_is_shown(desk: Desk) -> None:
    desk.broker.deaf = True
    await desk.broker.submit([an_intent("foreign-000001")])
    found = await desk.link.reconcile()
    assert [item.kind for item in found] == ["order"]


@pytest.mark.parametrize("deaf", [False, True])
async def test_what_somebody_else_traded_is_unassigned_whatever_strategy_it_names(desk: Desk, deaf: bool) -> None:
    await funded(desk)
    desk.broker.deaf = deaf
    foreign = an_intent("foreign-000001")
    await desk.broker.submit([foreign])
    desk.broker.fill(foreign.client_order_id)
    await desk.link.settled()
    await desk.link.reconcile()
    ledger = desk.recorder.fold.ledger
    assert ledger.position(PAPER, UNASSIGNED, AAPL).quantity == foreign.quantity
    assert not ledger.position(PAPER, foreign.strategy, AAPL).quantity


async def test_a_failed_answer_changes_nothing(desk: Desk) -> None:
    rows = sum(1 for _ in desk.journal.read())
    desk.broker.fails = BrokerError("line is dead")
    with pytest.raises(BrokerError):
        await desk.link.reconcile()
    assert sum(1 for _ in desk.journal.read()) == rows


async def test_an_order_on_its_way_is_not_taken_for_lost(desk: Desk) -> None:
    await desk.recorder.record(OrderSubmitted(intent=an_intent(), at=desk.clock.now()))
    await desk.link.reconcile()
    assert desk.state() == "SUBMITTED"


async def test_nothing_is_traded_while_the_session_is_lost_and_all_is_well_after_it(desk: Desk) -> None:
    await funded(desk)
    desk.broker.tell(BrokerSession(connected=False, detail="unplugged"))
    await desk.buy()
    assert desk.state() == "DENIED"
    await desk.link.reconnect()
    assert desk.link.status.state is ConnectionState.RECONCILED
    await desk.buy("trend-000002")
    assert desk.state("trend-000002") == "ACCEPTED"


async def test_an_order_that_was_lost_with_its_session_is_settled_once_there_is_another(desk: Desk) -> None:
    await funded(desk)
    desk.broker.fails = BrokerTimeoutError("the connection was lost before it answered")
    await desk.buy()
    assert desk.state() == "UNKNOWN"
    desk.broker.fails = None
    desk.broker.tell(BrokerSession(connected=False, detail="unplugged"))
    await desk.link.reconnect()
    assert desk.state() == "REJECTED"


async def test_a_broker_that_is_away_at_the_start_is_tried_again(open_desk: OpenDesk) -> None:
    broker = ObedientBroker(fails=BrokerError("closed"))
    with pytest.raises(BrokerError):
        await open_desk(broker)
    broker.fails = None


async def test_what_the_broker_says_waits_for_a_journal_that_fails(desk: Desk) -> None:
    await funded(desk)
    await desk.buy()
    append = desk.recorder.append
    failures = 0

    async def fail_once(*drafts: object) -> object:
        nonlocal failures
        if failures == 0:
            failures += 1
            await desk.journal.close()
            try:
                return await append(*drafts)  # type: ignore[arg-type]
            finally:
                desk.journal._writer = None
                desk.journal.open()
        return await append(*drafts)  # type: ignore[arg-type]

    desk.recorder.append = fail_once  # type: ignore[method-assign,assignment]
    desk.broker.fill(ClientOrderId("trend-000001"))
    async with asyncio.timeout(5):
        while desk.state() != "FILLED":
            await asyncio.sleep(0.01)
    assert failures == 1


async def test_each_reconciliation_that_found_something_is_in_the_journal(desk: Desk) -> None:
    desk.broker.held[AAPL] = Decimal(3)
    await desk.link.reconcile()
    records = [event.payload for event in desk.journal.read() if isinstance(event.payload, Reconciled)]
    assert [record.discrepancies for record in records] == [0, 1]
