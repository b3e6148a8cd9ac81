"""Our books follow the broker's over restarts, lost sessions and lost messages."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.events import OrderFilled, OrderSubmitted, Reconciled
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId
from ares_desktop.domain.monitoring import ConnectionState
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.engine.ports.broker import BrokerSession
from ares_desktop.engine.trading.reconcile import NEVER_ARRIVED
from tests.engine.trading.books_builders import AAPL, PAPER, TREND, a_flow, an_intent, submitted
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
