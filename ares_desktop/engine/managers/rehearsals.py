"""Restart rehearsals on paper: begun and ended by a person, their newest outcome kept for each adapter."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog
from msgspec.structs import replace
from PySide6.QtCore import QObject

from ares_desktop.domain.errors import Finding, RefusedError, StorageError, UsageError
from ares_desktop.domain.rehearsals import Rehearsal
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.rehearser import Rehearser
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)

KEPT_AS: Final = "rehearsals"
MOST_RESTARTS: Final = 50
USUAL_RESTARTS: Final = 5


class RehearsalManager(QObject):
    """Rehearses one adapter at a time.

    Signals:
        changed: a rehearsal has begun, come further or ended.
    """

    changed: SignalOf[Rehearsal] = signal_of(Rehearsal)

    def __init__(self, rehearsers: Sequence[Rehearser], states: StateStore) -> None:
        super().__init__()
        self._rehearsers = {rehearser.adapter: rehearser for rehearser in rehearsers}
        self._states = states
        self._tasks = TaskSet("rehearsals")
        self._running: asyncio.Task[Rehearsal] | None = None
        self._newest = self._load()
        self._shown = dict(self._newest)

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names of the brokers that can be rehearsed."""
        return tuple(self._rehearsers)

    @property
    def running(self) -> bool:
        """Whether one is at work."""
        return self._running is not None and not self._running.done()

    def rehearsals(self) -> tuple[Rehearsal, ...]:
        """Return the newest rehearsal of each adapter, the one at work too."""
        return tuple(self._shown.values())

    async def rehearse(self, adapter: str = "", *, restarts: int = USUAL_RESTARTS, source: str) -> Rehearsal:
        """Rehearse an adapter, the first one by default, and return the outcome.

        Raises:
            UsageError: for an unknown adapter, or a number of restarts that is not from 1 to 50.
            RefusedError: when one is at work.
        """
        chosen = adapter or next(iter(self._rehearsers), "")
        self._check(chosen, restarts)
        if self.running:
            raise RefusedError("REHEARSAL_RUNNING", "a rehearsal is at work; wait for it or cancel it")
        _log.info("rehearsal_started", adapter=chosen, restarts=restarts, source=source)
        self._running = self._tasks.spawn(self._carry_out(self._rehearsers[chosen], restarts), "rehearsal")
        return await asyncio.shield(self._running)

    def _check(self, adapter: str, restarts: int) -> None:
        findings = []
        if adapter not in self._rehearsers:
            known = ", ".join(self._rehearsers) or "none"
            findings.append(
                Finding(place="adapter", value=adapter, problem="can't be rehearsed", remedy=f"Choose one of: {known}.")
            )
        if not 1 <= restarts <= MOST_RESTARTS:
            findings.append(
                Finding(
                    place="restarts",
                    value=str(restarts),
                    problem=f"must be from 1 to {MOST_RESTARTS}",
                    remedy=f"{USUAL_RESTARTS} are usual.",
                )
            )
        if findings:
            raise UsageError(*findings)

    async def _carry_out(self, rehearser: Rehearser, restarts: int) -> Rehearsal:
        newest: Rehearsal | None = None
        steps = rehearser.rehearse(restarts)
        try:
            async for newest in steps:
                self._show(newest)
        except asyncio.CancelledError:
            if newest is not None:
                await self._keep(replace(newest, canceled=True, finished=True))
            raise
        finally:
            await steps.aclose()  # type: ignore[attr-defined]
        if newest is None:
            raise RefusedError("REHEARSAL_EMPTY", f"{rehearser.adapter} rehearsed nothing")
        await self._keep(newest)
        return newest

    def _show(self, rehearsal: Rehearsal) -> None:
        self._shown[rehearsal.adapter] = rehearsal
        self.changed.emit(rehearsal)

    async def _keep(self, rehearsal: Rehearsal) -> None:
        self._newest[rehearsal.adapter] = rehearsal
        self._show(rehearsal)
        try:
            await asyncio.to_thread(self._states.save, KEPT_AS, msgspec.msgpack.encode(self._newest))
        except StorageError as error:
            _log.warning("rehearsal_not_kept", error=str(error))

    def _load(self) -> dict[str, Rehearsal]:
        kept = self._states.load(KEPT_AS)
        if kept is None:
            return {}
        try:
            return msgspec.msgpack.decode(kept, type=dict[str, Rehearsal])
        except msgspec.MsgspecError:
            return {}

    async def cancel(self, *, source: str) -> None:
        """End the rehearsal at work; what it found so far is kept. Without effect when none is."""
        if self.running:
            _log.info("rehearsal_canceled", source=source)
            await self._tasks.cancel_all()

    async def close(self) -> None:
        """End what is at work."""
        await self._tasks.close()
