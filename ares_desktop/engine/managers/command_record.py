"""The door that every command comes through: who commanded what, from where, and how it ended, in the journal."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar
from uuid import uuid4

import msgspec
import structlog

from ares_desktop.domain.audit import NOTHING, CommandKind, Issuer
from ares_desktop.domain.errors import RefusedError, StorageError
from ares_desktop.domain.events import CommandFinished, CommandIssued, EventDraft
from ares_desktop.domain.ids import EventId
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.causes import because_of
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.redaction import Redactor

T = TypeVar("T")
_LONGEST: Final = 2000
"""Of an argument or an outcome that is kept."""

_log = structlog.get_logger(__name__)


class CommandRecord:
    """Records commands around what they do.

    Args:
        redactor: takes secrets out of what is kept.
    """

    def __init__(self, recorder: Recorder, wall: Clock, redactor: Redactor) -> None:
        self._recorder = recorder
        self._wall = wall
        self._redactor = redactor
        self._tasks = TaskSet("command record")

    async def carry_out(
        self,
        command: str,
        act: Callable[[], Awaitable[T]],
        *,
        issuer: Issuer,
        kind: CommandKind = CommandKind.CHANGES,
        arguments: Mapping[str, object] = NOTHING,
        outcome: Callable[[T], str] | None = None,
    ) -> T:
        """Do what was commanded, and have it in the journal.

        Args:
            command: as people call it.
            act: does it.
            issuer: who commanded it, and from where.
            kind: whether it is recorded before, after or not at all.
            arguments: by name; secrets are left out of the record.
            outcome: reads from the result why the command was not done; empty when it was.

        Raises:
            RefusedError: a command that changes something could not be recorded; it was not carried out.
            AresError: whatever ``act`` raised.
        """
        if kind is CommandKind.READS:
            return await act()
        issued = EventDraft(payload=self._issued(command, issuer, arguments), id=EventId(f"command:{uuid4().hex}"))
        if kind is CommandKind.CHANGES:
            await self._before(issued, command)
        began = time.monotonic()
        failure = ""
        try:
            with because_of(issued.id):
                result = await act()
            failure = outcome(result) if outcome is not None else ""
        except BaseException as error:
            failure = str(error) or repr(error)
            raise
        finally:
            took_ms = round((time.monotonic() - began) * 1000, 3)
            self._later(self._after(issued, kind, self._text(failure), took_ms))
        return result

    async def settled(self) -> None:
        """Return once the end of every command so far is recorded."""
        while tasks := self._tasks.running():
            # Not gather: who gives up waiting must not cancel what is on its way into the journal.
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Finish what is being recorded, then record no more ends."""
        await self.settled()
        await self._tasks.close()

    async def _before(self, issued: EventDraft, command: str) -> None:
        try:
            await self._recorder.append(issued)
        except StorageError as error:
            detail = f"{command} was not carried out, since the journal can't record it: {error}"
            raise RefusedError(DenyReason.JOURNAL_FAILED, detail) from error

    def _later(self, record: Coroutine[Any, Any, None]) -> None:
        if self._tasks.closed:
            record.close()
            return
        self._tasks.spawn(record, "end")

    async def _after(self, issued: EventDraft, kind: CommandKind, failure: str, took_ms: float) -> None:
        """Record how a command ended; one that acted at once is recorded only now, as a whole."""
        begun = issued.payload
        assert isinstance(begun, CommandIssued)  # noqa: S101 - made so above
        if kind is CommandKind.CHANGES:
            finished = CommandFinished(command=begun.command, outcome=failure, took_ms=took_ms, at=self._wall.now())
            draft = EventDraft(payload=finished, cause=issued.id)
        else:
            whole = msgspec.structs.replace(begun, outcome=failure, took_ms=took_ms)
            draft = EventDraft(payload=whole, id=issued.id)
        try:
            await self._recorder.append(draft)
        except StorageError as error:
            # What was done is done; the log keeps what the journal can't.
            _log.error("command_not_recorded", command=begun.command, by=begun.by, via=begun.via, error=str(error))

    def _issued(self, command: str, issuer: Issuer, arguments: Mapping[str, object]) -> CommandIssued:
        redacted = {name: self._redactor.value(name, value) for name, value in arguments.items()}
        return CommandIssued(
            command=self._text(command),
            arguments={name: self._text(_words(value)) for name, value in redacted.items() if value is not None},
            by=issuer.by,
            via=issuer.via,
            at=self._wall.now(),
            pid=issuer.pid,
            uid=issuer.uid,
        )

    def _text(self, text: str) -> str:
        return self._redactor.text(text)[:_LONGEST]


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_words(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return str(value)
