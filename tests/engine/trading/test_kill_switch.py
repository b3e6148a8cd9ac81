"""The kill switch latches first, cancels and flattens everywhere, and proves that nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from ares_desktop.domain.errors import BrokerError, RefusedError
from ares_desktop.domain.events import KillSwitchEngaged, KillSwitchStepped, PositionAdjusted
from ares_desktop.domain.ids import UNASSIGNED
from ares_desktop.domain.orders import OrderType, Side
from ares_desktop.domain.risk import ALL_SCOPE, DenyReason, KillMode, KillSwitchReport, StepState, TradingState
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, a_flow, an_intent
from tests.engine.trading.desk import Desk, ObedientBroker

OpenDesk = Callable[..., Awaitable[Desk]]


async def with_position(desk: Desk) -> Desk:
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    await desk.buy()
    await desk.router.submit([an_intent("trend-000002", type=OrderType.LIMIT, limit_price=Decimal(95))])
    await desk.settled()
    assert desk.state() == "FILLED"
    return desk


async def engage(desk: Desk, mode: KillMode = KillMode.FLATTEN, scope: str = ALL_SCOPE) -> KillSwitchReport:
    return await desk.kill.engage(reason="enough", source="test", scope=scope, mode=mode)


def step(report: KillSwitchReport, name: str) -> StepState:
    return next(item.state for item in report.steps if item.name == name)


@pytest.fixture
async def trading(open_desk: OpenDesk) -> Desk:
    """A desk that holds ten shares and has one order working."""
    return await with_position(await open_desk(ObedientBroker(fills_at_once=True)))


async def test_it_cancels_flattens_stops_and_verifies(trading: Desk) -> None:
    report = await engage(trading)
    assert report.finished
    assert report.residue == ()
    assert (report.orders_canceled, report.positions_flattened) == (1, 1)
    assert trading.fold.ledger.net(PAPER, AAPL) == 0
    assert trading.state("trend-000002") == "CANCELED"
    assert trading.stopped == [ALL_SCOPE]
    assert {item.state for item in report.steps} == {StepState.DONE}


async def test_the_latch_is_in_the_journal_before_anything_is_sent(trading: Desk) -> None:
    latched: list[bool] = []
    cancel = trading.broker.cancel

    async def look_then_cancel(orders: object) -> None:
        payloads = [event.payload for event in trading.journal.read()]
        latched.append(any(isinstance(payload, KillSwitchEngaged) for payload in payloads))
        await cancel(orders)  # type: ignore[arg-type]

    trading.broker.cancel = look_then_cancel  # type: ignore[method-assign]
    await engage(trading)
    assert latched == [True]


async def test_its_times_come_in_the_order_of_its_steps(trading: Desk) -> None:
    report = await engage(trading)
    times = [report.latched_ms, report.cancel_sent_ms, report.cancel_confirmed_ms, report.flat_ms]
    assert None not in times
    assert times == sorted(times)  # type: ignore[type-var]


async def test_every_step_is_journaled(trading: Desk) -> None:
    report = await engage(trading)
    await trading.settled()
    last = [event.payload for event in trading.journal.read() if isinstance(event.payload, KillSwitchStepped)][-1]
    assert last.report == report


async def test_from_the_first_instant_the_gate_denies_everything_else(trading: Desk) -> None:
    engaging = asyncio.ensure_future(engage(trading))
    await asyncio.sleep(0)
    verdict = trading.router.review([an_intent("trend-000009")])[0]
    assert getattr(verdict, "reason", None) is DenyReason.KILL_SWITCH
    await engaging


async def test_an_order_approved_just_before_never_reaches_the_broker(trading: Desk) -> None:
    sent = len(trading.broker.submitted)
    trading.router.accept([an_intent("trend-000003")])
    await engage(trading, KillMode.CANCEL)
    await trading.settled()
    assert trading.state("trend-000003") == "CANCELED"
    assert len(trading.broker.submitted) == sent


async def test_engaging_again_adds_the_reason_and_runs_nothing_twice(trading: Desk) -> None:
    first, second = await asyncio.gather(
        engage(trading),
        trading.kill.engage(reason="me too", source="other", scope=ALL_SCOPE, mode=KillMode.FLATTEN),
    )
    assert second.further_reasons == ("other: me too",)
    assert first.at == second.at
    assert trading.stopped == [ALL_SCOPE]


async def test_cancel_only_leaves_positions(trading: Desk) -> None:
    report = await engage(trading, KillMode.CANCEL)
    assert trading.fold.ledger.net(PAPER, AAPL) == 10
    assert step(report, "flatten") is StepState.SKIPPED
    assert report.flat_ms is None
    assert report.residue == ()


async def test_who_only_canceled_may_flatten_afterwards(trading: Desk) -> None:
    await engage(trading, KillMode.CANCEL)
    report = await engage(trading)
    assert (report.mode, report.positions_flattened) == (KillMode.FLATTEN, 1)
    assert trading.fold.ledger.net(PAPER, AAPL) == 0


async def test_a_holding_outside_the_strategies_is_left_alone(trading: Desk) -> None:
    outside = PositionAdjusted(
        account=PAPER,
        strategy=UNASSIGNED,
        instrument=AAPL,
        quantity=Decimal(7),
        price=Decimal(100),
        reason="held before",
        at=NOW,
    )
    trading.broker.held[AAPL] += 7
    await trading.recorder.record(outside)
    report = await engage(trading)
    assert report.residue == ()
    assert trading.fold.ledger.net(PAPER, AAPL) == 7


async def test_only_its_scope_is_halted(trading: Desk) -> None:
    await engage(trading, scope="strategy:other")
    assert trading.fold.ledger.net(PAPER, AAPL) == 10
    await trading.buy("trend-000005", "1")
    assert trading.state("trend-000005") == "FILLED"


async def test_a_broker_that_can_t_be_asked_is_never_called_flat(trading: Desk) -> None:
    trading.broker.fails = BrokerError("line is dead")
    report = await engage(trading, KillMode.CANCEL)
    assert step(report, "verify") is StepState.FAILED
    assert report.residue != ()
    trading.broker.fails = None


async def test_it_survives_a_restart_and_goes_on_where_it_was_cut_off(open_desk: OpenDesk) -> None:
    broker = ObedientBroker(fills_at_once=True)
    desk = await with_position(await open_desk(broker))
    report = KillSwitchReport(engaged=True, reason="crash", source="test", at=NOW)
    await desk.recorder.record(KillSwitchEngaged(report=report))
    await desk.close()
    again = await open_desk(broker)
    await again.kill.resume()
    async with asyncio.timeout(5):
        while not again.kill.report.finished:
            await asyncio.sleep(0.01)
    assert again.fold.ledger.net(PAPER, AAPL) == 0
    assert again.kill.report.reason == "crash"


async def test_release_needs_the_word_and_re_arms(trading: Desk) -> None:
    await engage(trading)
    with pytest.raises(RefusedError, match="RELEASE"):
        await trading.kill.release(word="please", source="test")
    await trading.kill.release(word="RELEASE", source="test")
    assert trading.kill.report.engaged is False
    assert trading.fold.states[ALL_SCOPE].state is TradingState.ACTIVE
    await trading.buy("trend-000007", "1")
    assert trading.state("trend-000007") == "FILLED"


async def test_it_may_be_engaged_again_after_a_release(trading: Desk) -> None:
    await engage(trading)
    await trading.kill.release(word="RELEASE", source="test")
    await trading.buy("trend-000007", "3")
    report = await engage(trading)
    assert report.positions_flattened == 1
    assert trading.fold.ledger.net(PAPER, AAPL) == 0


async def test_a_short_is_bought_back(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    await desk.buy(side=Side.SELL)
    report = await engage(desk)
    assert report.residue == ()
    assert desk.broker.held[AAPL] == 0
