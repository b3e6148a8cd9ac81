"""Strategy files, configured instances and their states."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId


class StrategyState(StrEnum):
    """Where an instance is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    WARMING_UP = "warming up"
    RUNNING = "running"
    CLOSE_ONLY = "close-only"
    PAUSED = "paused"
    STOPPING = "stopping"
    STALLED = "stalled"
    FAULTED = "faulted"


class Isolation(StrEnum):
    """Where an instance's code runs."""

    PROCESS = "process"
    THREAD = "thread"


class RestartPolicy(StrEnum):
    """What happens after a fault."""

    NEVER = "never"
    ON_FAULT = "on fault"
    ALWAYS = "always"


class StrategyInstance(msgspec.Struct, frozen=True, kw_only=True):
    """A configured running copy of a strategy file.

    Attributes:
        file: absolute path, or a name inside one of the strategy folders.
        parameters: as a person edits them, validated by the strategy's own model.
        bar_spec: bars it receives, ``""`` for what the feed has.
        weight: target share of the account's equity that becomes its capital at first start.
        capital: fixed capital instead of a weight, None to use the weight.
        active: the requested state, restored after a restart.
    """

    name: StrategyId
    file: str
    account: AccountId
    instruments: tuple[InstrumentId, ...]
    parameters: dict[str, Any] = {}
    bar_spec: str = ""
    weight: Decimal = Decimal("0.1")
    capital: Decimal | None = None
    isolation: Isolation = Isolation.PROCESS
    restart: RestartPolicy = RestartPolicy.ON_FAULT
    memory_mb: int = 1024
    active: bool = False
    paused: bool = False


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why an instance or a file does not run.

    Attributes:
        kind: ``syntax``, ``import``, ``parameters``, ``handler``, ``exception``, ``memory``, ``stalled``,
            ``exited``.
        line: 1-based, None when unknown.
        trace: the traceback text, empty when there is none.
    """

    kind: str
    message: str
    file: str = ""
    line: int | None = None
    trace: str = ""


class StrategyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as the panel shows it.

    Attributes:
        pid: of its process, None for a thread or when stopped.
        heartbeat_age_s: since its last sign of life, None when it does not run.
        trading: its effective trading state name where that is not ACTIVE.
    """

    instance: StrategyInstance
    state: StrategyState
    since: datetime
    pid: int | None = None
    heartbeat_age_s: float | None = None
    restarts: int = 0
    fault: Fault | None = None
    trading: str = ""
    cpu_percent: float | None = None
    memory_mb: float | None = None


class ParameterInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One declared parameter, enough to build its editor.

    Attributes:
        kind: ``int``, ``float``, ``bool``, ``str`` or ``choice``.
        search: ``(low, high, step)`` for optimization, None when it is not searched.
    """

    name: str
    kind: str
    default: Any
    title: str = ""
    unit: str = ""
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()
    search: tuple[float, float, float] | None = None


class CatalogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy file as discovery found it; ``faults`` is empty for a good one."""

    name: str
    file: str
    class_name: str = ""
    summary: str = ""
    parameters: tuple[ParameterInfo, ...] = ()
    faults: tuple[Fault, ...] = ()


class StrategyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A value that a strategy recorded for plotting and for its decision record."""

    strategy: StrategyId
    name: str
    value: float
    ts: int


class StrategyLog(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a strategy logged."""

    strategy: StrategyId
    level: str
    text: str
    at: datetime
