"""Everything that the checks before a start look at, gathered at one moment."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.monitoring import ConnectionStatus
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance
from ares_desktop.engine.ports.broker import BrokerCapabilities


class InstrumentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument of the instance.

    Attributes:
        instrument: None when the feed has none of this id.
        bars: past bars at hand, at most so many as were looked for.
        spec: length of its bars, empty where it has none.
        age_s: of its newest price on the clock in force, None before the first.
        interval_s: spacing of its data, 0 for quotes and ticks.
        price: newest one, None before the first.
        rate: into the account's currency, None when it is not known.
        opens_ns, closes_ns: of the session that is open, else of the next; None when the calendar is not at hand.
        outside_hours: why the instance may not open positions at this time, empty when it may.
    """

    id: InstrumentId
    instrument: Instrument | None = None
    bars: int = 0
    spec: str = ""
    age_s: float | None = None
    interval_s: float = 0.0
    price: Decimal | None = None
    rate: Decimal | None = None
    opens_ns: int | None = None
    closes_ns: int | None = None
    outside_hours: str = ""


class RunningFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Another strategy of the account that runs.

    Attributes:
        shared: instruments of both, with what the other one holds of them.
        correlation: of the equally weighted returns of its instruments and the instance's, None for too few bars.
        common: bars that the correlation is over.
        messages_per_second: its limit.
    """

    name: StrategyId
    shared: dict[InstrumentId, Decimal] = {}
    correlation: float | None = None
    common: int = 0
    messages_per_second: float = 0.0


class ClockFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of this machine's clock; amounts are seconds.

    Attributes:
        replayed: the market's own time is in force.
        now_ns: the time in force, 0 before a replay has begun.
        jumped_s: how much further the wall clock went than the time that passed since the application started.
        broker_ahead_s: the broker's time less the wall clock, None where it tells none.
        data_ahead_s: the newest market data's time less the wall clock, None for a replay or without data.
    """

    replayed: bool
    now_ns: int
    jumped_s: float = 0.0
    broker_ahead_s: float | None = None
    data_ahead_s: float | None = None


class MoneyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Money of the instance's account, in the account's currency.

    Attributes:
        funded: its book has money or holdings already.
        budget: what it trades with: the capital of its book, or what it will be given; None when it can't be known.
        free: cash of the unassigned book.
        equity, margin_used, buying_power: of the account, None when they can't be computed.
        weights: sum of the weights of the account's active instances, this one included.
    """

    currency: str
    funded: bool
    budget: Decimal | None
    free: Decimal
    equity: Decimal | None
    margin_used: Decimal | None
    buying_power: Decimal | None
    weights: Decimal


class PreflightFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the world before a start; figures that are not known are None and never taken as zero.

    Attributes:
        entry: its file as the catalog found it, None when it was not looked at.
        faults: what is wrong with file and parameters, in words.
        warm_up: bars that its longest parameter counts, None where none counts bars.
        connection: with the account's broker, None without one.
        capabilities: of that broker.
        halted: the kill switch covers it.
        states: trading states that cover it or one of its instruments, ACTIVE ones left out.
        running: other strategies of the account that run.
        memory_free_mb: of this machine, None when it is not known.
    """

    instance: StrategyInstance
    entry: CatalogEntry | None
    faults: tuple[str, ...]
    instruments: tuple[InstrumentFacts, ...]
    warm_up: int | None
    connection: ConnectionStatus | None
    capabilities: BrokerCapabilities | None
    clock: ClockFacts
    halted: bool
    states: tuple[TradingStateSet, ...]
    limits: RiskLimits
    money: MoneyFacts
    running: tuple[RunningFacts, ...]
    memory_free_mb: float | None
