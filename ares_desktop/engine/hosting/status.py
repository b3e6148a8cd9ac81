"""What the supervisor tells the rest of the engine about instances."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.market import Bar, BarSpec
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.strategies import Fault, StrategyLog, StrategyRecord, StrategyState

History = Callable[[InstrumentId, BarSpec | None, int, int], Awaitable[Sequence[Bar]]]
"""Returns at most ``count`` bars that ended at or before ``end_ns``, oldest first; no spec means what the feed has.

Called as ``history(instrument, spec, end_ns, count)``.
"""
SetupFactory = Callable[[StrategyId], WorkerSetup]
"""Returns what an instance starts from, fresh from the ledger and the registry; asked at every restart."""


class HostEvents(Protocol):
    """Hears what instances want and how they are; called on the engine's loop, in each instance's order."""

    def on_intents(self, name: StrategyId, intents: Sequence[OrderIntent]) -> None:
        """Take intents to the gate."""

    def on_cancels(self, name: StrategyId, orders: Sequence[ClientOrderId]) -> None:
        """Take cancels to the router."""

    def on_status(self, name: StrategyId, state: StrategyState, fault: Fault | None) -> None:
        """Note a change of state."""

    def on_log(self, line: StrategyLog) -> None:
        """Keep a line."""

    def on_record(self, record: StrategyRecord) -> None:
        """Keep a value."""

    def on_publish(self, name: StrategyId, topic: str, payload: bytes) -> None:
        """Pass a message on to those it concerns."""


class HostStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as its supervisor sees it.

    Attributes:
        heartbeat_age_s: since its last sign of life, None when it does not run.
        cpu_percent: of one core.
        memory_mb: resident.
        dropped: bars and prints that it was too slow for.
        messages_per_s: what it sent lately, None when it does not run.
        restart_at: when it is started again, None when it is not.
        sha256: of the source that it runs, empty when it does not run.
    """

    name: StrategyId
    state: StrategyState
    since: datetime
    pid: int | None = None
    heartbeat_age_s: float | None = None
    restarts: int = 0
    fault: Fault | None = None
    cpu_percent: float | None = None
    memory_mb: float | None = None
    dropped: int = 0
    messages_per_s: float | None = None
    restart_at: datetime | None = None
    sha256: str = ""
