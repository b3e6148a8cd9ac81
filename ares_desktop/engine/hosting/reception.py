"""Takes in what workers tell."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ares_desktop.api.topics import NAME_MAX
from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.strategies import StrategyLog, StrategyRecord, StrategyState
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.barrier import Barrier
from ares_desktop.engine.hosting.faults import TRACE_MAX, plain
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.requests import Requests
from ares_desktop.engine.hosting.slot import Slot
from ares_desktop.engine.hosting.status import HostEvents

_ANSWER_S: Final = 5.0

_LEVEL_MAX: Final = 16
_TOPICS_MAX: Final = 1000
"""Topics that one instance may listen to."""


class Reception:
    """Passes each message on to whom it concerns.

    Args:
        events: hears intents, lines and values.
        requests: answers questions.
        barrier: waits for what is settled.
        keep: saves a slot's snapshot.
    """

    def __init__(self, events: HostEvents, requests: Requests, barrier: Barrier, keep: Callable[[Slot], None]) -> None:
        self._events = events
        self._requests = requests
        self._barrier = barrier
        self._keep = keep
        self._checks: dict[tuple[StrategyId, int], asyncio.Future[tuple[Finding, ...]]] = {}
        self._check_number = 0
        self._table = self._handlers()

    def hear(self, slot: Slot, host: Host, message: wire.Upward) -> None:
        """Take a message of a slot's worker."""
        self._table[type(message)](slot, host, message)

    async def set_parameters(self, name: StrategyId, host: Host, values: Mapping[str, Any]) -> None:
        """Ask a worker to take values over, and wait for what it says to them.

        Raises:
            UsageError: with every finding; then nothing changes.
            StrategyError: when it does not answer.
        """
        self._check_number += 1
        key = (name, self._check_number)
        answer = self._checks[key] = asyncio.get_running_loop().create_future()
        host.send(wire.SetParameters(self._check_number, dict(values)))
        try:
            async with asyncio.timeout(_ANSWER_S):
                findings = await answer
        except TimeoutError:
            msg = f"{name} did not answer within {_ANSWER_S:.0f} s; it may be stalled"
            raise StrategyError(msg) from None
        finally:
            del self._checks[key]
        if findings:
            raise UsageError(*findings)

    def _handlers(self) -> Mapping[type, Callable[[Slot, Host, Any], None]]:
        return {
            wire.Intents: self._on_intents,
            wire.Cancels: self._on_cancels,
            wire.Pong: self._on_pong,
            wire.Settled: lambda _, host, message: self._barrier.answered(host, message),
            wire.TimerDue: self._on_timer_due,
            wire.Hello: lambda slot, _, message: slot.greet(message),
            wire.Progressed: lambda slot, _, message: slot.progress(message.state),
            wire.Logged: self._on_logged,
            wire.Recorded: self._on_recorded,
            wire.Published: self._on_published,
            wire.Subscribed: self._on_subscribed,
            wire.HistoryRequest: lambda _, host, message: self._requests.history(host, message),
            wire.SessionsRequest: lambda _, host, message: self._requests.sessions(host, message),
            wire.ParametersChecked: self._on_parameters_checked,
            wire.Snapshot: self._on_snapshot,
            wire.Faulted: self._on_faulted,
            wire.Stopped: self._on_stopped,
            wire.Quiesced: self._on_quiesced,
            wire.Rehearsed: self._on_nonsense,
            wire.Checked: self._on_nonsense,
        }

    def _on_intents(self, slot: Slot, host: Host, message: wire.Intents) -> None:
        host.messages += len(message.intents)
        self._events.on_intents(slot.name, message.intents)

    def _on_cancels(self, slot: Slot, host: Host, message: wire.Cancels) -> None:
        host.messages += len(message.orders)
        self._events.on_cancels(slot.name, message.orders)

    def _on_pong(self, slot: Slot, host: Host, message: wire.Pong) -> None:
        host.pong(message.busy_s)
        if slot.state is StrategyState.STALLED:
            slot.look()

    @staticmethod
    def _on_timer_due(_: Slot, host: Host, message: wire.TimerDue) -> None:
        host.timer_due = message.ns

    def _on_logged(self, slot: Slot, host: Host, message: wire.Logged) -> None:
        host.messages += 1
        at = from_ns(message.at_ns)
        # The worker cuts and cleans its lines itself, as long as it is what it was started as.
        level, text = plain(message.level[:_LEVEL_MAX]), plain(message.text)
        self._events.on_log(StrategyLog(strategy=slot.name, level=level, text=text, at=at))

    def _on_recorded(self, slot: Slot, host: Host, message: wire.Recorded) -> None:
        host.messages += 1
        record = StrategyRecord(
            strategy=slot.name, name=plain(message.name[:NAME_MAX]), value=message.value, ts=message.ts
        )
        self._events.on_record(record)

    def _on_published(self, slot: Slot, host: Host, message: wire.Published) -> None:
        host.messages += 1
        self._events.on_publish(slot.name, message.topic, message.payload)

    @staticmethod
    def _on_subscribed(_: Slot, host: Host, message: wire.Subscribed) -> None:
        if len(host.topics) < _TOPICS_MAX:
            host.topics.add(message.topic[:NAME_MAX])

    def _on_parameters_checked(self, slot: Slot, _: Host, message: wire.ParametersChecked) -> None:
        answer = self._checks.get((slot.name, message.request))
        if answer is not None and not answer.done():
            answer.set_result(message.findings)

    def _on_snapshot(self, slot: Slot, _: Host, message: wire.Snapshot) -> None:
        slot.snapshot = message.state
        self._keep(slot)

    @staticmethod
    def _on_faulted(_: Slot, host: Host, message: wire.Faulted) -> None:
        fault = message.fault
        host.fault = msgspec.structs.replace(fault, message=plain(fault.message), trace=fault.trace[:TRACE_MAX])

    @staticmethod
    def _on_stopped(_: Slot, host: Host, message: wire.Stopped) -> None:
        host.by_itself = message.by_itself

    @staticmethod
    def _on_quiesced(slot: Slot, _: Host, message: wire.Quiesced) -> None:
        if slot.exchange is not None:
            slot.exchange.rested(message)

    @staticmethod
    def _on_nonsense(_: Slot, host: Host, message: wire.Upward) -> None:
        host.garbled(f"it was not asked for {type(message).__name__}")
