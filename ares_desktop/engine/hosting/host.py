"""The engine's end of the wire to one running instance."""

import asyncio
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.strategies import Fault, StrategyState
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.frames import Frames
from ares_desktop.engine.hosting.outbox import Outbox

_READ: Final = 1 << 16
_PER_TURN: Final = 64
_TURN_S: Final = 0.005
_PAUSE_S: Final = 0.002
BEAT_S: Final = 0.3


class Vessel(Protocol):
    """The process or thread that the worker runs in."""

    @property
    def pid(self) -> int | None:
        """Process id, None for a thread."""

    def end(self, number: signal.Signals) -> None:
        """Ask it (SIGTERM) or force it (SIGKILL) to end."""

    async def ended(self) -> str:
        """Wait for its end and return how it ended, empty when it was in order."""


OnMessage = Callable[["Host", wire.Upward], None]


class Host:
    """Sends to a worker and hears it.

    Args:
        setup: what the instance started from.
        sock: the engine's end, non-blocking.
        on_message: called on the loop for each message.
        on_closed: called once when the worker's end is closed.
        stall_after_s: silence that counts as stalled.

    Attributes:
        state: as the worker tells it.
        fault: what the worker told before it ended.
        greeted: its Hello came.
        by_itself: it told that it stopped in order; True when nobody had asked.
        topics: what it subscribed to.
        timer_due: when its next timer is due, for a replay.
        dirty: something was sent that no settling has confirmed.
        lagging: it did not settle in time and has not caught up.
        last_heard: ``time.monotonic()`` of its last sign of life.
        messages: how many intents, cancels, lines, values and topic messages it sent.
        sha256: of the source that it runs, empty until it greeted.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        sock: socket.socket,
        on_message: OnMessage,
        on_closed: Callable[["Host"], None],
        *,
        stall_after_s: float,
    ) -> None:
        self.setup = setup
        self.vessel: Vessel | None = None
        self.state = StrategyState.STARTING
        self.fault: Fault | None = None
        self.greeted = False
        self.by_itself: bool | None = None
        self.topics: set[str] = set()
        self.timer_due: int | None = None
        self.dirty = False
        self.lagging = False
        self.settling = 0
        self.last_heard = time.monotonic()
        self.messages = 0
        self.sha256 = ""
        self._busy_since: float | None = None
        self.outbox = Outbox(sock)
        self._stall_after_s = stall_after_s
        self._socket = sock
        self._on_message = on_message
        self._on_closed = on_closed
        self._frames = Frames(wire.MAX_UPWARD)
        self._decoder: msgspec.msgpack.Decoder[wire.Upward] = msgspec.msgpack.Decoder(wire.Upward)
        self._unread: deque[bytes] = deque()
        self._pinged = 0.0
        self._ping = 0
        self._closed = False
        asyncio.get_running_loop().add_reader(sock.fileno(), self._readable)

    @property
    def name(self) -> StrategyId:
        """Name of the instance."""
        return self.setup.instance.name

    @property
    def instruments(self) -> Sequence[InstrumentId]:
        """What it gets market data of."""
        return self.setup.instance.instruments

    @property
    def age_s(self) -> float:
        """Seconds since its last sign of life."""
        return time.monotonic() - self.last_heard

    @property
    def stalled(self) -> bool:
        """Whether it has been silent for too long, or a handler waits for something that does not come."""
        since = self.last_heard if self._busy_since is None else self._busy_since
        return self.greeted and time.monotonic() - since > self._stall_after_s

    def send(self, message: wire.Downward) -> None:
        """Send a message that must not be lost."""
        self.dirty = True
        self.outbox.send(wire.frame(message))

    def send_market(self, frame: bytes, events: Sequence[MarketEvent], bodies: Sequence[bytes]) -> None:
        """Send market data."""
        self.dirty = True
        self.outbox.send_market(frame, events, bodies)

    def send_told(self, frame: bytes) -> None:
        """Send what another strategy published."""
        self.dirty = True
        self.outbox.send_told(frame)

    def settle(self, now_ns: int) -> None:
        """Ask for an answer behind everything that was sent."""
        self.settling += 1
        self.outbox.send_last(wire.frame(wire.Settle(self.settling, now_ns)))

    def greet(self, hello: wire.Hello) -> None:
        """Take its Hello."""
        self.greeted = True
        self.sha256 = hello.sha256
        self.pong()

    def adopt(self, on_message: OnMessage, on_closed: Callable[["Host"], None]) -> None:
        """Have others hear it from here on."""
        self._on_message = on_message
        self._on_closed = on_closed

    def beat(self) -> None:
        """Ping it, unless the last ping is unanswered."""
        now = time.monotonic()
        if self.greeted and not self._ping and now - self._pinged >= BEAT_S:
            self._pinged, self._ping = now, self._ping + 1
            self.outbox.send(wire.frame(wire.Ping(self._ping)))

    def pong(self, busy_s: float = 0.0) -> None:
        """Take the answer to a ping in; ``busy_s`` is for how long one handler has been at work."""
        self._ping = 0
        self.last_heard = time.monotonic()
        self._busy_since = self.last_heard - busy_s if busy_s else None

    def close(self) -> None:
        """Close the wire; the worker ends at that. Idempotent."""
        if self._closed:
            return
        self._closed = True
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self.outbox.close()
        self._socket.close()
        self._on_closed(self)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        try:
            self._unread.extend(self._frames.feed(data))
        except ValueError as error:
            self.garbled(str(error))
            return
        self._hear()

    def _hear(self) -> None:
        """Handle a few messages, and no longer than a moment, so that one that floods does not hold up the loop."""
        end = time.perf_counter() + _TURN_S
        for _ in range(min(_PER_TURN, len(self._unread))):
            if time.perf_counter() > end:
                break
            try:
                message = self._decoder.decode(self._unread.popleft())
            except msgspec.MsgspecError as error:
                self.garbled(str(error))
                return
            self._on_message(self, message)
            if self._closed:
                return
        if self._unread:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket.fileno())
            loop.call_later(_PAUSE_S, self._hear_on)

    def _hear_on(self) -> None:
        if self._closed:
            return
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._readable)
        self._hear()

    def garbled(self, problem: str) -> None:
        """Hear no more of a worker that sends what can't be understood."""
        self.fault = Fault(kind="exception", message=f"the worker sent garbage: {problem}", file=self.setup.file)
        self.close()
