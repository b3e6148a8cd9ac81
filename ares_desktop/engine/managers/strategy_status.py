"""An instance as the window shows it, out of its worker, its faults and its trading state."""

from datetime import datetime
from typing import Final

from ares_desktop.domain.risk import TradingState
from ares_desktop.domain.strategies import Fault, StrategyInstance, StrategyState, StrategyStatus
from ares_desktop.engine.hosting.status import HostStatus
from ares_desktop.engine.managers.reload_notes import ReloadNote

ALIVE: Final = frozenset(
    {
        StrategyState.STARTING,
        StrategyState.WARMING_UP,
        StrategyState.RUNNING,
        StrategyState.CLOSE_ONLY,
        StrategyState.PAUSED,
        StrategyState.STALLED,
    },
)
"""States in which there is a worker whose intents are believed."""
_NO_NOTE: Final = ReloadNote()
_RESTRICTED: Final = {
    TradingState.REDUCING: StrategyState.CLOSE_ONLY,
    TradingState.PAUSED: StrategyState.PAUSED,
    TradingState.HALTED: StrategyState.PAUSED,
}


def describe(
    instance: StrategyInstance,
    worker: HostStatus | None,
    *,
    fault: Fault | None,
    trading: TradingState,
    known_since: datetime,
    version: int | None = None,
    reload: ReloadNote = _NO_NOTE,
) -> StrategyStatus:
    """Return the status of an instance.

    Args:
        instance: its configuration.
        worker: None when none was ever started.
        fault: why it does not run, where the worker itself does not know.
        trading: the state in force for it.
        known_since: when an instance without a worker was added, or the application began to know it.
        version: number of its configuration in the store of versions.
        reload: what became of its changed file.
    """
    fault = (worker.fault if worker else None) or fault
    state = worker.state if worker else StrategyState.STOPPED
    if state is StrategyState.STOPPED and fault is not None:
        state = StrategyState.FAULTED
    if state is StrategyState.RUNNING:
        state = _RESTRICTED.get(trading, state)
    restricted = "" if trading is TradingState.ACTIVE else trading.name
    if worker is None:
        return StrategyStatus(
            instance=instance,
            state=state,
            since=known_since,
            fault=fault,
            trading=restricted,
            version=version,
            reloaded_at=reload.at,
        )
    return StrategyStatus(
        instance=instance,
        state=state,
        since=worker.since,
        pid=worker.pid,
        heartbeat_age_s=worker.heartbeat_age_s,
        restarts=worker.restarts,
        fault=fault,
        trading=restricted,
        cpu_percent=worker.cpu_percent,
        memory_mb=worker.memory_mb,
        messages_per_s=worker.messages_per_s,
        dropped=worker.dropped,
        restart_at=worker.restart_at,
        version=version,
        reload_fault=reload.fault,
        reloaded_at=reload.at,
    )
