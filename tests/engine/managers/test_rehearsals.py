"""Rehearsals are begun, shown, ended and kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.rehearsals import Moment, Rehearsal, RehearsedRestart
from ares_desktop.engine.adapters.stores.state_folder import StateFolder
from ares_desktop.engine.managers.rehearsals import RehearsalManager

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def restart(number: int, problem: str = "") -> RehearsedRestart:
    return RehearsedRestart(number=number, moment=Moment.TRADING, orders=3, executions=2, problem=problem, seconds=1.0)


class Steps:
    """A rehearser that goes on when it is told to."""

    adapter = "paper"

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.goes_on = asyncio.Event()
        self.closed = False

    async def rehearse(self, restarts: int) -> AsyncIterator[Rehearsal]:
        state = Rehearsal(adapter="paper", version="1", at=AT, wanted=restarts)
        try:
            for number in range(1, restarts + 1):
                state = replace(state, restarts=(*state.restarts, restart(number, self.problem)))
                yield state
                await self.goes_on.wait()
            yield replace(state, finished=True)
        finally:
            self.closed = True


async def test_what_was_found_is_kept_over_a_restart(tmp_path: Path) -> None:
    rehearser = Steps()
    rehearser.goes_on.set()
    manager = RehearsalManager([rehearser], StateFolder(tmp_path))
    seen: list[int] = []
    manager.changed.connect(lambda item: seen.append(len(item.restarts)))
    found = await manager.rehearse(restarts=3, source="test")
    assert (found.passed, found.whole, manager.running) == (3, True, False)
    assert seen[:3] == [1, 2, 3]
    assert RehearsalManager([rehearser], StateFolder(tmp_path)).rehearsals() == (found,)


async def test_a_canceled_one_keeps_what_it_found_and_is_no_evidence(tmp_path: Path) -> None:
    rehearser = Steps()
    manager = RehearsalManager([rehearser], StateFolder(tmp_path))
    first = asyncio.Event()
    manager.changed.connect(lambda _: first.set())
    waiting = asyncio.ensure_future(manager.rehearse(restarts=3, source="test"))
    await first.wait()
    with pytest.raises(RefusedError, match="at work"):
        await manager.rehearse(restarts=1, source="test")
    await manager.cancel(source="test")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (kept,) = manager.rehearsals()
    assert (kept.canceled, kept.passed, kept.whole, rehearser.closed) == (True, 1, False, True)


async def test_a_problem_is_never_a_pass(tmp_path: Path) -> None:
    rehearser = Steps(problem="order a-1 was submitted 2 times")
    rehearser.goes_on.set()
    found = await RehearsalManager([rehearser], StateFolder(tmp_path)).rehearse(restarts=2, source="test")
    assert (found.passed, found.whole, len(found.problems)) == (0, False, 2)


async def test_wrong_wishes_are_told_all_at_once(tmp_path: Path) -> None:
    manager = RehearsalManager([Steps()], StateFolder(tmp_path))
    with pytest.raises(UsageError) as refused:
        await manager.rehearse("ib", restarts=0, source="test")
    assert [finding.place for finding in refused.value.findings] == ["adapter", "restarts"]
