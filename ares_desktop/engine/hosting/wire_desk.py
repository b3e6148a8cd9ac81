"""The desk of a strategy whose engine is at the other end of a wire."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from ares_desktop.api.desk import StrategyEvent
from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.market import Bar, BarSpec
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.channel import Channel
from ares_desktop.engine.hosting.faults import plain
from ares_desktop.engine.hosting.output import Throttle
from ares_desktop.engine.hosting.packing import packed

_BATCH: Final = 64
_REPLY_S: Final = 30.0
_PAYLOAD_MAX: Final = wire.MAX_UPWARD // 2


class WireDesk:
    """Collects what a handler orders and sends it in one piece; waits only for stored data.

    Attributes:
        inbox: messages in the engine's order, which the strategy has yet to hear.
        urgent: called with each message that does not wait its turn.
        stream: yields the strategy's events.
        answered_at: ``time.monotonic()`` when the engine answered last; a handler that waits for it is not stalled.
        eager: nobody else sends what was collected, so it leaves at the next turn of the loop.
        busy_s: tells for how long the handler at work has been at it.
        replayed_ns: the clock in force when it is the market's own.
        last_heard: ``time.monotonic()`` of the last answered ping.
    """

    def __init__(self, channel: Channel, *, replayed: bool, now_ns: int) -> None:
        self.inbox: deque[wire.Downward] = deque()
        self.urgent: Callable[[wire.Urgent], None]
        self.stream: Callable[[], AsyncIterator[StrategyEvent]]
        self.replayed = replayed
        self.replayed_ns = now_ns
        self.lines = Throttle(self._send_line)
        self.retime: Callable[[], None] = lambda: None
        self.busy_s: Callable[[], float] = lambda: 0.0
        self._channel = channel
        self._replies: dict[int, wire.HistoryReply | wire.SessionsReply] = {}
        self._requests = 0
        self._intents: list[OrderIntent] = []
        self._cancels: list[ClientOrderId] = []
        self.eager = False
        self._flush_due = False
        self._held = False
        self._asking = False
        self.answered_at = 0.0

    def successor(self, now_ns: int) -> "WireDesk":
        """Return a desk for a life that begins anew on the same wire, with what waits in line."""
        fresh = WireDesk(self._channel, replayed=self.replayed, now_ns=now_ns)
        fresh.inbox = self.inbox
        # A late reply must not answer a new question.
        fresh._requests = self._requests
        return fresh

    def now_ns(self) -> int:
        """Return the time of the clock in force."""
        return self.replayed_ns if self.replayed else time.time_ns()

    def advance(self, ns: int) -> None:
        """Bring a replay's clock forward; the wall clock needs no help."""
        self.replayed_ns = max(self.replayed_ns, ns)

    def submit(self, intent: OrderIntent) -> None:
        """Collect an intent."""
        self._intents.append(intent)
        if len(self._intents) >= _BATCH:
            self.flush()
        elif self.eager:
            self._flush_soon()

    def cancel(self, order: ClientOrderId) -> None:
        """Collect a cancel; intents made before it leave before it."""
        if self._intents:
            self.flush()
        self._cancels.append(order)
        if len(self._cancels) >= _BATCH:
            self.flush()
        elif self.eager:
            self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def hold(self) -> None:
        """Go on collecting, but send nothing: a successor may take over."""
        self._held = True

    def release(self) -> None:
        """Send again what is collected."""
        self._held = False
        self.flush()

    def flush(self) -> None:
        """Send what was collected."""
        self._flush_due = False
        if self._held:
            return
        if self._cancels:
            cancels, self._cancels = tuple(self._cancels), []
            self._channel.send(wire.Cancels(cancels))
        if self._intents:
            intents, self._intents = tuple(self._intents), []
            self._channel.send(wire.Intents(intents))

    def history(self, instrument: InstrumentId, spec: BarSpec | None, end_ns: int, count: int) -> Sequence[Bar]:
        """Wait for stored bars.

        Raises:
            StrategyError: when the engine has none to give or does not answer in time.
        """
        reply = self._ask(lambda number: wire.HistoryRequest(number, instrument, spec, end_ns, count))
        return reply.bars if isinstance(reply, wire.HistoryReply) else ()

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions:
        """Wait for the sessions of a calendar.

        Raises:
            StrategyError: when there is no such calendar or no answer in time.
        """
        reply = self._ask(lambda number: wire.SessionsRequest(number, calendar, start_ns, end_ns))
        return reply.sessions if isinstance(reply, wire.SessionsReply) else Sessions((), ())

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return None: a worker knows the rates of the pairs among its instruments, and no others."""
        del currency, into
        return None

    def timers_changed(self) -> None:
        """Have the next timer looked at again."""
        self.retime()

    def record(self, name: str, value: float) -> None:
        """Send a value."""
        self._channel.send(wire.Recorded(name, value, self.now_ns()))

    def publish(self, topic: str, payload: Any) -> None:  # noqa: ANN401 - any value msgspec can encode
        """Send a message for others.

        Raises:
            TypeError, ValueError: when the payload can't be encoded or is too long.
        """
        body = packed(payload)
        if len(body) > _PAYLOAD_MAX:
            msg = f"a message must have at most {_PAYLOAD_MAX} bytes, had {len(body)}"
            raise ValueError(msg)
        self.flush()
        self._channel.send(wire.Published(topic, body))

    def subscribe(self, topic: str) -> None:
        """Ask for a topic."""
        self._channel.send(wire.Subscribed(topic))

    def log(self, level: str, text: str) -> None:
        """Send a line, unless there are too many."""
        self.lines.line(level, text)

    def events(self) -> AsyncIterator[StrategyEvent]:
        """Yield the strategy's events."""
        return self.stream()

    def send(self, message: wire.Upward) -> None:
        """Send a message behind everything that was collected."""
        self.flush()
        self._channel.send(message)

    def accept(self, message: wire.Downward) -> None:
        """Answer a ping, keep a reply, pass urgent news on, and put the rest in line."""
        if isinstance(message, wire.Ping):
            self._channel.send(wire.Pong(message.request, 0.0 if self._asking else self.busy_s()))
        elif isinstance(message, wire.HistoryReply | wire.SessionsReply):
            self._replies[message.request] = message
        elif isinstance(message, wire.Urgent):
            self.urgent(message)
        else:
            self.inbox.append(message)

    def _ask(
        self, request: Callable[[int], wire.HistoryRequest | wire.SessionsRequest]
    ) -> wire.HistoryReply | wire.SessionsReply:
        self._requests += 1
        self._asking = True
        try:
            return self._answer(request, self._requests)
        finally:
            self._asking = False
            self.answered_at = time.monotonic()

    def _answer(
        self, request: Callable[[int], wire.HistoryRequest | wire.SessionsRequest], number: int
    ) -> wire.HistoryReply | wire.SessionsReply:
        self.send(request(number))
        end = time.monotonic() + _REPLY_S
        while number not in self._replies:
            remaining = end - time.monotonic()
            if remaining <= 0:
                msg = f"the engine did not send stored data within {_REPLY_S:.0f} s"
                raise StrategyError(msg)
            for message in self._channel.receive(remaining):
                self.accept(message)
        reply = self._replies.pop(number)
        if reply.error:
            raise StrategyError(reply.error)
        return reply

    def _send_line(self, level: str, text: str) -> None:
        self._channel.send(wire.Logged(level, plain(text), self.now_ns()))
