"""Orders reach the broker only through the gate and after the journal."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId
from ares_desktop.domain.orders import Bracket, OrderState, OrderType, Side
from ares_desktop.domain.risk import Denied, DenyReason
from tests.engine.trading.books_builders import PAPER, TREND, a_flow, an_intent
from tests.engine.trading.desk import Desk, ObedientBroker

OpenDesk = Callable[..., Awaitable[Desk]]


async def funded(desk: Desk) -> Desk:
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    return desk


async def test_the_account_s_first_cash_is_booked_as_unassigned(desk: Desk) -> None:
    assert desk.fold.ledger.cash(PAPER, UNASSIGNED) == Decimal(1_000_000)
    assert desk.link.status.reconciled


async def test_an_approved_order_is_in_the_journal_before_the_broker_has_it(desk: Desk) -> None:
    await funded(desk)
    seen: list[str] = []
    submit = desk.broker.submit

    async def look_then_submit(intents: object) -> None:
        seen.append(desk.state())
        await submit(intents)  # type: ignore[arg-type]

    desk.broker.submit = look_then_submit  # type: ignore[method-assign]
    await desk.buy()
    assert seen == ["SUBMITTED"]
    assert desk.state() == "ACCEPTED"


async def test_a_denied_intent_is_recorded_with_its_reason_and_never_sent(desk: Desk) -> None:
    await funded(desk)
    await desk.buy(quantity="0.5")
    order = desk.fold.registry.get(ClientOrderId("trend-000001"))
    assert order is not None
    assert order.state is OrderState.DENIED
    assert order.reason_code == DenyReason.QUANTITY_PRECISION
    assert desk.broker.submitted == []


async def test_an_order_that_the_journal_can_t_keep_is_never_sent(desk: Desk) -> None:
    await funded(desk)
    denials: list[Denied] = []
    desk.router.on_unrecorded(denials.append)
    await desk.journal.close()
    await desk.buy()
    assert desk.broker.submitted == []
    assert [denial.reason for denial in denials] == [DenyReason.JOURNAL_FAILED]
    assert desk.gate.exposure.open_orders(TREND) == 0


async def test_a_time_out_leaves_the_order_unknown_and_working(desk: Desk) -> None:
    await funded(desk)
    desk.broker.fails = BrokerTimeoutError("no answer in 5 s")
    await desk.buy()
    assert desk.state() == "UNKNOWN"
    assert [order.id for order in desk.fold.registry.working()] == ["trend-000001"]


async def test_a_time_out_says_nothing_about_an_order_whose_news_came(desk: Desk) -> None:
    await funded(desk)
    submit = desk.broker.submit

    async def take_and_never_answer(intents: object) -> None:
        await submit(intents)  # type: ignore[arg-type]
        async with asyncio.timeout(5):
            while desk.state() == "SUBMITTED":
                await asyncio.sleep(0)
        raise BrokerTimeoutError("no answer in 5 s")

    desk.broker.submit = take_and_never_answer  # type: ignore[method-assign]
    await desk.buy()
    assert desk.state() == "ACCEPTED"


async def test_a_refused_hand_over_rejects_the_order(desk: Desk) -> None:
    await funded(desk)
    desk.broker.fails = BrokerError("not connected")
    await desk.buy()
    assert desk.state() == "REJECTED"


async def test_a_cancel_follows_an_order_that_is_still_being_committed(desk: Desk) -> None:
    await funded(desk)
    desk.router.accept([an_intent()])
    desk.router.cancel_later([ClientOrderId("trend-000001")], reason="changed its mind")
    await desk.settled()
    assert desk.broker.canceled == ["trend-000001"]
    assert desk.state() == "CANCELED"


async def test_orders_arrive_in_the_order_in_which_they_were_accepted(desk: Desk) -> None:
    await funded(desk)
    for number in range(1, 41):
        desk.router.accept([an_intent(f"trend-{number:06d}", "1")])
    await desk.settled()
    assert [intent.client_order_id for intent in desk.broker.submitted] == [f"trend-{n:06d}" for n in range(1, 41)]


async def test_a_bracket_is_an_entry_and_two_exits_of_which_one_cancels_the_other(desk: Desk) -> None:
    await funded(desk)
    await desk.buy(bracket=Bracket(stop=Decimal(95), target=Decimal(110)))
    entry, stop, target = desk.broker.submitted
    assert [item.client_order_id for item in (entry, stop, target)] == [
        "trend-000001",
        "trend-000001:stop",
        "trend-000001:target",
    ]
    assert stop.oco_group == target.oco_group != ""
    assert {item.side for item in (stop, target)} == {Side.SELL}
    assert all(item.reduce_only and item.parent == "trend-000001" for item in (stop, target))


async def test_a_bracket_with_a_faulty_exit_is_denied_as_a_whole(desk: Desk) -> None:
    await funded(desk)
    await desk.buy(bracket=Bracket(stop=Decimal("95.001")))
    assert desk.state() == "DENIED"
    assert desk.broker.submitted == []
    assert desk.gate.exposure.open_orders(TREND) == 0


async def test_what_was_reserved_is_free_again_once_the_order_is_gone(desk: Desk) -> None:
    await funded(desk)
    await desk.buy(quantity="900")
    await desk.buy("trend-000002", "900")
    assert desk.state("trend-000002") == "DENIED"
    await desk.router.cancel([ClientOrderId("trend-000001")], reason="test")
    await desk.settled()
    await desk.buy("trend-000003", "900")
    assert desk.state("trend-000003") == "ACCEPTED"


async def test_an_exit_passes_beside_its_own_protective_stop(open_desk: OpenDesk) -> None:
    desk = await funded(await open_desk(ObedientBroker(fills_at_once=True)))
    await desk.buy()
    stop = an_intent("trend-000002", side=Side.SELL, stop_price=Decimal(95), type=OrderType.STOP, reduce_only=True)
    await desk.router.submit([stop])
    await desk.buy("trend-000003", side=Side.SELL, reduce_only=True)
    assert desk.state("trend-000003") == "FILLED"


async def test_who_gives_up_waiting_does_not_cancel_what_is_on_its_way(desk: Desk) -> None:
    await funded(desk)
    desk.router.accept([an_intent()])
    waiting = asyncio.get_running_loop().create_task(desk.router.settled())
    await asyncio.sleep(0)
    waiting.cancel()
    await desk.router.settled()
    assert [intent.client_order_id for intent in desk.broker.submitted] == ["trend-000001"]
