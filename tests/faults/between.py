"""A misbehaving middleman between the engine and a broker: for the paper broker's frames, and for any Broker port."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ares_desktop.domain.errors import BrokerTimeoutError
from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.engine.adapters.brokers.paper import protocol
from ares_desktop.engine.adapters.brokers.paper.service import PaperService
from ares_desktop.engine.adapters.brokers.paper.sessions import PaperSession
from ares_desktop.engine.ports.broker import Broker, BrokerEvent
from tests.faults.points import Fault


class Plan:
    """Counts frames over all sessions of a broker's process, and knows what goes wrong with which.

    Attributes:
        counts: frames sent and requests received so far.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = {(fault.at, fault.nth): fault for fault in faults if fault.at in {"frame", "request"}}
        self.counts = {"frame": 0, "request": 0}

    def next(self, what: str) -> Fault | None:
        """Return what goes wrong with the next frame or request, None for nothing."""
        self.counts[what] += 1
        return self._faults.get((what, self.counts[what]))


class MisbehavingSession(PaperSession):
    """A session whose frames are repeated, held back, dropped, cut, garbled, swapped or lost as planned."""

    plan: Plan = Plan(())

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        receive = self._receive
        self._receive = lambda _, request: self._take(receive, request)
        self._swapped: bytes | None = None
        self._held: list[bytes] | None = None

    def _take(self, receive: Callable[[PaperSession, protocol.Request], None], request: protocol.Request) -> None:
        if isinstance(request, protocol.Market | protocol.Hello):
            receive(self, request)
            return
        fault = self.plan.next("request")
        if fault is None or fault.kind != "request_lost":
            receive(self, request)

    def send(self, frame: bytes) -> None:
        """Send a frame, or what becomes of it."""
        if self._held is not None:
            self._held.append(frame)
            return
        fault = self.plan.next("frame")
        if fault is not None:
            getattr(self, f"_{fault.kind}")(frame, fault)
            return
        super().send(frame)
        if self._swapped is not None:
            swapped, self._swapped = self._swapped, None
            super().send(swapped)

    def _pass(self, frame: bytes) -> None:
        super().send(frame)

    def _twice(self, frame: bytes, _: Fault) -> None:
        self._pass(frame)
        self._pass(frame)

    def _late(self, frame: bytes, fault: Fault) -> None:
        """Hold this frame and all after it back: a stream does not reorder."""
        self._held = [frame]
        asyncio.get_running_loop().call_later(fault.amount, self._let_go)

    def _silent(self, frame: bytes, fault: Fault) -> None:
        """Say nothing for longer than an answer may take."""
        self._held = [frame]
        asyncio.get_running_loop().call_later(1.0 + fault.amount, self._let_go)

    def _let_go(self) -> None:
        held, self._held = self._held or [], None
        for frame in held:
            self._pass(frame)

    def _dropped(self, frame: bytes, _: Fault) -> None:
        """Lose it, news or answer."""

    def _answer_lost(self, frame: bytes, _: Fault) -> None:
        """Lose it where it is an answer."""
        if isinstance(_message(frame), protocol.News | protocol.Welcome):
            self._pass(frame)

    def _request_lost(self, frame: bytes, _: Fault) -> None:
        self._pass(frame)

    def _cut(self, frame: bytes, _: Fault) -> None:
        self._pass(frame[: max(1, len(frame) // 2)])
        self.end()

    def _garbage(self, frame: bytes, _: Fault) -> None:
        self._pass(frame[:4] + bytes(255 - byte for byte in frame[4:]))

    def _swapped_frame(self, frame: bytes, _: Fault) -> None:
        self._swapped = frame

    def _fill_twice(self, frame: bytes, _: Fault) -> None:
        """Tell each execution in it once more, in the same news."""
        message = _message(frame)
        if not isinstance(message, protocol.News):
            self._pass(frame)
            return
        doubled = [item for event in message.events for item in ([event, event] if _is_fill(event) else [event])]
        self._pass(protocol.frame(protocol.News(message.sequence, tuple(doubled))))


def _is_fill(item: object) -> bool:
    return isinstance(item, OrderFilled)


def _message(frame: bytes) -> protocol.Message | None:
    try:
        message: protocol.Message = protocol.message_decoder.decode(frame[4:])
    except msgspec.MsgspecError:
        return None
    return message


def misbehave(faults: Sequence[Fault]) -> None:
    """Let every session of this process's paper broker misbehave as planned."""
    plan = Plan([_renamed(fault) for fault in faults])

    class Session(MisbehavingSession):
        pass

    Session.plan = plan

    def new_session(service: PaperService) -> PaperSession:
        return Session(service._received, service._sessions.add, service._closed)

    PaperService.new_session = new_session  # type: ignore[method-assign, assignment]


def _renamed(fault: Fault) -> Fault:
    return msgspec.structs.replace(fault, kind="swapped_frame") if fault.kind == "swapped" else fault


class MisbehavingBroker:
    """Any broker behind a middleman: what it tells and what it is asked goes wrong as a list of kinds says.

    Args:
        broker: the real one.
        told: what becomes of each event, in turn and over again: ``ok``, ``twice``, ``swap``, ``drop`` or ``late``.
        asked: what becomes of each submission: ``ok``, ``no_answer`` (it arrives) or ``lost`` (it does not).
    """

    def __init__(self, broker: Broker, *, told: Sequence[str] = ("ok",), asked: Sequence[str] = ("ok",)) -> None:
        self._broker = broker
        self._told, self._asked = list(told), list(asked)
        self._events = self._submissions = 0
        self._swapped: BrokerEvent | None = None
        self._receiver: Callable[[BrokerEvent], None] = lambda _: None
        broker.on_event(self._event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    def on_event(self, receiver: Callable[[BrokerEvent], None]) -> None:
        """Call ``receiver`` for what is left of the events."""
        self._receiver = receiver

    def _event(self, event: BrokerEvent) -> None:
        kind = self._told[self._events % len(self._told)]
        self._events += 1
        held, self._swapped = self._swapped, None
        if kind == "swap" and held is None:
            self._swapped = event
        elif kind == "late":
            asyncio.get_running_loop().call_later(0.02, self._receiver, event)
        elif kind != "drop":
            self._receiver(event)
            if kind == "twice":
                self._receiver(event)
        if held is not None:
            self._receiver(held)

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        """Hand orders over, or lose them, or lose the answer."""
        kind = self._asked[self._submissions % len(self._asked)]
        self._submissions += 1
        if kind != "lost":
            await self._broker.submit(intents)
        if kind != "ok":
            raise BrokerTimeoutError("no answer came")
