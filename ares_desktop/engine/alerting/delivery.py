"""Delivers notes by one channel: a bounded queue, time-outs, retries, and a summary where there are too many."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.alerting import RANKS, AlertNote, ChannelState, ChannelStatus
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.notifier import AlertChannel
from ares_desktop.redaction import Redactor

QUEUE: Final = 200
_NAMED: Final = 8
"""Alerts that a summary names."""

_log = structlog.get_logger(__name__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How patient and how talkative a channel is.

    Attributes:
        timeout_s: of one attempt.
        per_window: notes in ``window_s``; critical ones are counted apart.
        first_retry_s: doubles with each attempt, up to ``last_retry_s``.
        attempts: after which a note is given up.
    """

    timeout_s: float = 15.0
    per_window: int = 10
    window_s: float = 60.0
    first_retry_s: float = 1.0
    last_retry_s: float = 60.0
    attempts: int = 6


class ChannelWorker:
    """Owns one channel; putting a note never waits, and nothing that the channel does holds up anybody else.

    Args:
        channel: delivers.
        wall: times of its states.
        pace: how patient it is.
        redactor: takes secrets out of errors.
        changed: told of every change of the state.
    """

    def __init__(
        self,
        channel: AlertChannel,
        wall: Clock,
        *,
        pace: Pace,
        redactor: Redactor,
        changed: Callable[[ChannelStatus], None],
    ) -> None:
        self.channel = channel
        self._wall = wall
        self._pace = pace
        self._redactor = redactor
        self._changed = changed
        self._waiting: deque[AlertNote] = deque()
        self._arrived = asyncio.Event()
        self._sent: dict[bool, deque[float]] = {True: deque(), False: deque()}
        self.status = ChannelStatus(
            name=channel.name, state=ChannelState.UNTRIED, since=wall.now(), target=channel.target
        )

    def put(self, note: AlertNote) -> None:
        """Queue a note; the least important oldest one gives way when the queue is full."""
        if len(self._waiting) >= QUEUE:
            least = min(self._waiting, key=lambda item: RANKS[item.severity])
            self._waiting.remove(least)
            self._say(dropped=self.status.dropped + 1)
        if note.severity is Severity.CRITICAL:
            place = next((n for n, one in enumerate(self._waiting) if not _critical(one)), len(self._waiting))
            self._waiting.insert(place, note)
        else:
            self._waiting.append(note)
        self._say(waiting=len(self._waiting))
        self._arrived.set()

    async def run(self) -> None:
        """Deliver until canceled."""
        while True:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            wait_s = self._wait_s()
            if wait_s > 0:
                self._arrived.clear()
                try:
                    async with asyncio.timeout(wait_s):
                        await self._arrived.wait()
                except TimeoutError:
                    pass
                continue
            note = self._next()
            self._sent[_critical(note)].append(asyncio.get_running_loop().time())
            await self._deliver(note)

    async def test(self, note: AlertNote) -> None:
        """Deliver a note at once, past the queue, and show how it went.

        Raises:
            DeliveryError: when it did not arrive.
        """
        await self._attempt(note)

    def take_over(self, earlier: "ChannelWorker") -> None:
        """Go on with the notes and counts of a channel that is made anew."""
        self._waiting.extend(earlier._waiting)  # noqa: SLF001 - of the same class
        if self._waiting:
            self._arrived.set()
        self._say(delivered=earlier.status.delivered, dropped=earlier.status.dropped, waiting=len(self._waiting))

    async def close(self) -> None:
        """Let go of the channel."""
        await self.channel.close()

    def _wait_s(self) -> float:
        """Return how long the first note must wait, so that the channel is not flooded."""
        sent, now = self._sent[_critical(self._waiting[0])], asyncio.get_running_loop().time()
        while sent and sent[0] <= now - self._pace.window_s:
            sent.popleft()
        return 0.0 if len(sent) < self._pace.per_window else sent[0] + self._pace.window_s - now

    def _next(self) -> AlertNote:
        """Return the first note, or all that wait as one where the next would be the last of the window."""
        critical = _critical(self._waiting[0])
        alike = [note for note in self._waiting if _critical(note) == critical]
        scarce = len(self._sent[critical]) >= self._pace.per_window - 1
        if scarce and len(alike) > 1:
            self._waiting = deque(note for note in self._waiting if _critical(note) != critical)
            taken = summary(alike)
        else:
            taken = self._waiting.popleft()
        self._say(waiting=len(self._waiting))
        return taken

    async def _deliver(self, note: AlertNote) -> None:
        retry_s = self._pace.first_retry_s
        for attempt in range(1, self._pace.attempts + 1):
            try:
                await self._attempt(note)
            except DeliveryError as error:
                if error.lasting or attempt == self._pace.attempts:
                    break
            else:
                return
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, self._pace.last_retry_s)
        _log.warning("note_given_up", channel=self.status.name.value, title=note.title, error=self.status.error)
        self._say(dropped=self.status.dropped + 1)

    async def _attempt(self, note: AlertNote) -> None:
        try:
            async with asyncio.timeout(self._pace.timeout_s):
                await self.channel.deliver(note)
        except DeliveryError as error:
            self._failed(str(error))
            raise
        except TimeoutError as error:
            text = f"no answer within {self._pace.timeout_s:g} s"
            self._failed(text)
            raise DeliveryError(text) from error
        except Exception as error:
            # A channel is a library in touch with a stranger's server: whatever it raises is its failure alone.
            text = f"{type(error).__name__}: {error}"
            self._failed(text)
            raise DeliveryError(self._redactor.text(text)) from error
        changes = {} if self.status.state is ChannelState.OK else {"state": ChannelState.OK, "since": self._wall.now()}
        self._say(delivered=self.status.delivered + 1, **changes)

    def _failed(self, text: str) -> None:
        now = self._wall.now()
        failing = self.status.state is ChannelState.FAILING
        self._say(
            state=ChannelState.FAILING,
            since=self.status.since if failing else now,
            error=self._redactor.text(text)[:500],
            error_at=now,
        )

    def _say(self, **changes: object) -> None:
        self.status = msgspec.structs.replace(self.status, **changes)
        self._changed(self.status)


def summary(notes: Sequence[AlertNote]) -> AlertNote:
    """Return one note that tells of many."""
    worst = max(notes, key=lambda note: RANKS[note.severity])
    lines = [f"{note.severity.value}: {note.title}" for note in notes[:_NAMED]]
    lines += [f"and {len(notes) - _NAMED} more"] if len(notes) > _NAMED else []
    return AlertNote(
        title=f"{len(notes)} alerts",
        detail="\n".join(lines),
        severity=worst.severity,
        source="alerts",
        at=max(note.at for note in notes),
        remedy="Open the alerts of the application.",
        repeated=1,
    )


def _critical(note: AlertNote) -> bool:
    return note.severity is Severity.CRITICAL
