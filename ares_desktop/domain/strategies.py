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


class FaultOrders(StrEnum):
    """What becomes of an instance's working orders when it faults; protective ones stay in either case."""

    CANCEL = "cancel"
    KEEP = "keep"


class StrategyInstance(msgspec.Struct, frozen=True, kw_only=True):
    """A configured running copy of a strategy file.

    Attributes:
        file: absolute path, or a name inside one of the strategy folders.
        parameters: as a person edits them, validated by the strategy's own model.
        bar_spec: bars it receives, ``""`` for what the feed has.
        weight: target share of the account's equity that becomes its capital at first start.
        min_weight, max_weight: band around the target that allocation keeps to, shares of the account's equity.
        no_trade_band: weights nearer to the present one than this are not traded by ``target_weight``.
        capital: fixed capital instead of a weight, None to use the weight.
        hours: when it may open positions, such as ``session open +5m to session close -10m`` in the calendar of each
            instrument; close-only outside of them; empty for always.
        benchmark: what its performance is compared with, None for none.
        restart_limit: restarts within the window before it stays down, None as in the settings.
        restart_backoff_s: before the first restart, doubled with each further one, None as in the settings.
        on_fault: what becomes of its working orders when it faults.
        start_order: instances with a smaller number start first.
        active: the requested state, restored after a restart.
    """

    name: StrategyId
    file: str
    account: AccountId
    instruments: tuple[InstrumentId, ...]
    parameters: dict[str, Any] = {}
    bar_spec: str = ""
    weight: Decimal = Decimal("0.1")
    min_weight: Decimal = Decimal(0)
    max_weight: Decimal = Decimal(1)
    no_trade_band: Decimal = Decimal(0)
    capital: Decimal | None = None
    hours: str = ""
    benchmark: InstrumentId | None = None
    isolation: Isolation = Isolation.PROCESS
    restart: RestartPolicy = RestartPolicy.ON_FAULT
    restart_limit: int | None = None
    restart_backoff_s: float | None = None
    on_fault: FaultOrders = FaultOrders.CANCEL
    start_order: int = 0
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
        messages_per_s: what its worker sent lately: intents, cancels, lines, values and topics; None when it does not
            run.
        dropped: bars, prints and topic messages that it was too slow for since it was started.
        restart_at: when it is started again after a fault, None when it is not.
        version: number of its configuration in the store of versions, None before it was stored.
        reload_fault: why its changed file did not replace the one that runs, None when there is no such change.
        reloaded_at: when its changed file took over last.
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
    messages_per_s: float | None = None
    dropped: int = 0
    restart_at: datetime | None = None
    version: int | None = None
    reload_fault: Fault | None = None
    reloaded_at: datetime | None = None


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
    """A strategy file as discovery found it; ``faults`` is empty for a good one.

    Attributes:
        summary: first line of the class's docstring.
        description: the module's docstring.
        handlers: names of the handlers that the class overrides, such as ``on_bar``.
        seed: it is a module with a ``manage_strategy`` entry point.
        sha256: of the source that was looked at.
    """

    name: str
    file: str
    class_name: str = ""
    summary: str = ""
    description: str = ""
    handlers: tuple[str, ...] = ()
    seed: bool = False
    sha256: str = ""
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
