"""Several scopes at once: each is latched, reported and released by itself, and nobody else's hold is touched."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.events import KillSwitchReleased, TradingStateSet
from ares_desktop.domain.ids import UNASSIGNED
from ares_desktop.domain.kill import ALL_SCOPE, KillMode
from ares_desktop.domain.orders import OrderType
from ares_desktop.domain.risk import DenyReason, TradingState
from ares_desktop.engine.trading.kill_switch import RELEASE_WORD
from ares_desktop.engine.trading.states import covers
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, a_flow, an_intent
from tests.engine.trading.desk import Desk, ObedientBroker

OpenDesk = Callable[..., Awaitable[Desk]]
A, B = "strategy:trend", "strategy:other"
SCOPES = (ALL_SCOPE, f"account:{PAPER}", A, B, f"instrument:{AAPL}")


async def engage(desk: Desk, scope: str, mode: KillMode = KillMode.CANCEL, reason: str = "enough") -> None:
    await desk.kill.engage(reason=reason, source="test", scope=scope, mode=mode)


async def buy_ten(desk: Desk) -> None:
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    await desk.buy()
    assert desk.broker.held[AAPL] == 10


def latched(desk: Desk) -> set[str]:
    held = {scope for (scope, holder), hold in desk.fold.safety.holds.items() if holder == "kill switch" and hold.state}
    reported = {report.scope for report in desk.kill.engaged()}
    journaled = {scope for scope, report in desk.fold.safety.kill_switches.items() if report.engaged}
    assert held == reported == journaled
    return held


def denied(desk: Desk, order: str) -> bool:
    verdict = desk.router.review([an_intent(order)])[0]
    return getattr(verdict, "reason", None) is DenyReason.KILL_SWITCH


async def test_each_scope_has_a_latch_and_a_report_of_its_own(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    for scope in (A, B, ALL_SCOPE):
        await engage(desk, scope, reason=f"why {scope}")
    assert latched(desk) == {A, B, ALL_SCOPE}
    assert {report.scope: report.reason for report in desk.kill.engaged()} == {
        scope: f"why {scope}" for scope in (A, B, ALL_SCOPE)
    }
    assert desk.kill.report.scope == ALL_SCOPE
    assert all(report.finished for report in desk.kill.engaged())


async def test_all_of_them_survive_a_restart(open_desk: OpenDesk) -> None:
    broker = ObedientBroker(fills_at_once=True)
    desk = await open_desk(broker)
    await engage(desk, A)
    await engage(desk, B)
    await desk.close()
    again = await open_desk(broker)
    assert latched(again) == {A, B}
    assert denied(again, "trend-000001")
    assert again.kill.report.reason == "enough"


async def test_a_release_opens_its_scope_alone(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await engage(desk, A)
    await engage(desk, ALL_SCOPE)
    await desk.kill.release(word=RELEASE_WORD, source="test", scope=ALL_SCOPE)
    assert latched(desk) == {A}
    assert denied(desk, "trend-000001")
    await desk.kill.release(word=RELEASE_WORD, source="test", scope=A)
    assert latched(desk) == set()
    assert not denied(desk, "trend-000002")
    with pytest.raises(RefusedError, match="not engaged"):
        await desk.kill.release(word=RELEASE_WORD, source="test", scope=A)


async def test_what_a_person_and_the_ladder_hold_is_in_force_again_after_the_release(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker())
    for state, holder in ((TradingState.REDUCING, "loss ladder"), (TradingState.PAUSED, "")):
        await desk.recorder.record(
            TradingStateSet(scope=ALL_SCOPE, state=state, reason="mine", source="test", at=NOW, holder=holder)
        )
    await engage(desk, ALL_SCOPE)
    assert desk.fold.states[ALL_SCOPE].state is TradingState.HALTED
    await desk.kill.release(word=RELEASE_WORD, source="anna")
    assert desk.fold.states[ALL_SCOPE].state is TradingState.PAUSED
    assert desk.fold.safety.holds[ALL_SCOPE, "loss ladder"].state is TradingState.REDUCING
    released = [e.payload for e in desk.journal.read() if isinstance(e.payload, KillSwitchReleased)]
    assert [(payload.source, payload.scope) for payload in released] == [("anna", ALL_SCOPE)]


async def test_a_second_reason_is_journaled_while_the_first_sequence_runs(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await asyncio.gather(*(engage(desk, ALL_SCOPE, reason=f"reason {number}") for number in range(3)))
    assert set(desk.kill.report.further_reasons) == {"test: reason 1", "test: reason 2"}
    assert set(desk.fold.kill_switch.further_reasons) == {"test: reason 1", "test: reason 2"}
    assert desk.stopped == [ALL_SCOPE]


async def test_overlapping_scopes_close_nothing_twice(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await buy_ten(desk)
    await asyncio.gather(*(engage(desk, scope, KillMode.FLATTEN) for scope in (A, f"instrument:{AAPL}", ALL_SCOPE)))
    assert desk.broker.held[AAPL] == 0
    closing = [intent for intent in desk.broker.submitted if intent.reduce_only]
    assert sum(intent.quantity for intent in closing) == 10


async def test_cancel_becomes_flatten_while_it_runs(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await buy_ten(desk)
    await asyncio.gather(engage(desk, ALL_SCOPE), engage(desk, ALL_SCOPE, KillMode.FLATTEN))
    assert desk.kill.report.mode is KillMode.FLATTEN
    assert desk.broker.held[AAPL] == 0
    assert desk.fold.kill_switch.mode is KillMode.FLATTEN


step = st.tuples(st.sampled_from(("engage", "release", "order")), st.sampled_from(SCOPES))
folders = itertools.count()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(step, max_size=7))
def test_the_latch_is_what_was_asked_and_no_order_passes_a_closed_fence(
    tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    asyncio.run(ask_and_look(tmp_path / f"journal-{next(folders)}.sqlite", steps))


async def ask_and_look(journal: Path, steps: list[tuple[str, str]]) -> None:
    desk = Desk(journal, ObedientBroker())
    await desk.open()
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    wanted: set[str] = set()
    for number, (what, scope) in enumerate(steps):
        if what == "engage":
            await engage(desk, scope)
            wanted.add(scope)
        elif what == "release" and scope in wanted:
            await desk.kill.release(word=RELEASE_WORD, source="test", scope=scope)
            wanted.discard(scope)
        else:
            sent = len(desk.broker.submitted)
            intent = an_intent(f"trend-{number:06}", "1", type=OrderType.LIMIT, limit_price=Decimal(90 + number))
            await desk.router.submit([intent])
            closed = any(covers(held, PAPER, intent.strategy, AAPL) for held in wanted)
            assert (len(desk.broker.submitted) == sent) is closed
        assert latched(desk) == wanted
    await desk.settled()
    working = [
        o for o in desk.fold.registry.working() if any(covers(s, PAPER, o.intent.strategy, AAPL) for s in wanted)
    ]
    assert working == []
    await desk.close()
