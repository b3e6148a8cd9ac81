"""The latch: an engagement is on the disk before anything is sent, in the journal or else in a file of its own."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import KillSwitchEngaged, KillSwitchReleased, Payload, TradingStateSet
from ares_desktop.domain.kill import KillSwitchReport
from ares_desktop.domain.risk import TradingState
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal import FirstAppend
from ares_desktop.engine.ports.latch_store import LatchStore
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)

HOLDER: Final = "kill switch"
"""Who holds a latched scope HALTED."""
_BLOCK_S: Final = 0.012
"""How long the loop itself stands still for the latch: shorter than the turns it would need to hear of it."""
_JOURNAL_WITHIN_S: Final = 0.25
_FILE_WITHIN_S: Final = 1.0
_AGAIN_S: Final = 1.0


class Latch:
    """Puts engagements on the disk and takes them off again.

    Args:
        store: for what the journal can't take, None for none.
    """

    def __init__(self, recorder: Recorder, store: LatchStore | None, wall: Clock) -> None:
        self._recorder = recorder
        self._store = store
        self._wall = wall
        self._filed = {report.scope: report for report in (store.load() if store else ())}

    def unjournaled(self) -> tuple[KillSwitchReport, ...]:
        """Return what only the file holds: the journal had failed when it was engaged."""
        known = self._recorder.fold.safety.kill_switches
        return tuple(report for report in self._filed.values() if not _is_known(report, known.get(report.scope)))

    def begin(self, report: KillSwitchReport) -> FirstAppend | None:
        """Send the latch to the disk ahead of everything, and give it the moment it usually takes."""
        try:
            first = self._recorder.record_first(*self._payloads(report))
        except StorageError:
            return None
        first.durable.wait(_BLOCK_S)
        return first

    async def settle(self, report: KillSwitchReport, first: FirstAppend | None) -> tuple[bool, str]:
        """Return whether the latch is on the disk, and why not in the journal where it is not there."""
        problem = await _journal_problem(first)
        if not problem:
            return True, ""
        if self._store is None:
            return False, problem
        try:
            async with asyncio.timeout(_FILE_WITHIN_S):
                await self._file({**self._filed, report.scope: report})
        except (StorageError, TimeoutError) as error:
            return False, f"{problem}; {str(error) or 'the latch file was not written in time'}"
        return True, problem

    async def retry(self, report: KillSwitchReport, first: FirstAppend | None) -> None:
        """Return once the journal holds the latch, however long that takes."""
        while True:
            try:
                if first is not None:
                    await asyncio.shield(first.committed)
                else:
                    await self._recorder.record(*self._payloads(report))
            except StorageError:
                first = None
                await asyncio.sleep(_AGAIN_S)
                continue
            await self.forget((report.scope,))
            return

    def release(self, reports: Iterable[KillSwitchReport], source: str) -> list[Payload]:
        """Return what releases these latches and no other hold of their scopes."""
        now, safety = self._wall.now(), self._recorder.fold.safety
        payloads: list[Payload] = []
        for report in reports:
            if not _is_known(report, safety.kill_switches.get(report.scope)):
                payloads.append(KillSwitchEngaged(report=report))
            payloads.append(KillSwitchReleased(scope=report.scope, source=source, at=now))
            # Journals of earlier versions hold the latch as if a person had set it, which nobody else can.
            old = safety.holds.get((report.scope, ""))
            holders = (HOLDER, "") if old is not None and old.state is TradingState.HALTED else (HOLDER,)
            payloads += [
                TradingStateSet(
                    scope=report.scope,
                    state=TradingState.ACTIVE,
                    reason="released",
                    source=source,
                    at=now,
                    holder=holder,
                )
                for holder in holders
            ]
        return payloads

    async def forget(self, scopes: Sequence[str]) -> None:
        """Take scopes out of the file; what can't be removed latches again at the next start, unless released since."""
        if not any(scope in self._filed for scope in scopes):
            return
        left = {scope: report for scope, report in self._filed.items() if scope not in scopes}
        try:
            await self._file(left)
        except StorageError as error:
            _log.error("latch_file_not_cleared", error=str(error))

    async def _file(self, reports: dict[str, KillSwitchReport]) -> None:
        if self._store is not None:
            self._filed = reports
            await asyncio.to_thread(self._store.save, tuple(reports.values()))

    def _payloads(self, report: KillSwitchReport) -> tuple[KillSwitchEngaged, TradingStateSet]:
        state = TradingStateSet(
            scope=report.scope,
            state=TradingState.HALTED,
            reason=report.reason,
            source=report.source,
            at=report.at or self._wall.now(),
            holder=HOLDER,
        )
        return KillSwitchEngaged(report=report), state


def _is_known(report: KillSwitchReport, known: KillSwitchReport | None) -> bool:
    if known is None or report.at is None:
        return known is not None and known.engaged
    return known.at is not None and known.at >= report.at


async def _journal_problem(first: FirstAppend | None) -> str:
    if first is None:
        return "the journal is closed"
    if first.durable.is_set():
        return ""
    try:
        async with asyncio.timeout(_JOURNAL_WITHIN_S):
            await asyncio.shield(first.committed)
    except StorageError as error:
        return str(error)
    except TimeoutError:
        return "" if first.durable.is_set() else f"the journal did not take it within {_JOURNAL_WITHIN_S:g} s"
    return ""
