"""Gathers what the checks before a start look at."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import psutil

from ares_desktop.domain.accounts import AccountSnapshot
from ares_desktop.domain.errors import BrokerError, StrategyError, UsageError
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, to_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.data.recent import RecentHistory
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.ports.broker import TimeTeller
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.runtime.clock_watch import ClockWatch
from ares_desktop.engine.trading.calendars import HeldCalendars
from ares_desktop.engine.trading.capital import wanted_capital
from ares_desktop.engine.trading.likeness import closes_of, correlation
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.opening_hours import OpeningHours
from ares_desktop.engine.trading.preflight_facts import (
    ClockFacts,
    InstrumentFacts,
    MoneyFacts,
    PreflightFacts,
    RunningFacts,
)
from ares_desktop.engine.trading.prices import exact

_LOOKED: Final = 500
"""Bars that are looked for at least."""
_MOST: Final = 5000
_CALENDARS_S: Final = 0.1
_BROKER_S: Final = 0.15
_AHEAD_NS: Final = 20 * 86_400 * NS_PER_SECOND
_MB: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a start depends on beside the instance.

    Attributes:
        accounts: money of every account at the newest prices.
        hours: says when instances may open positions.
        clock: the one in force.
        watch: of the wall clock.
    """

    hub: DataHub
    feed: MarketDataFeed
    links: Sequence[BrokerLink]
    accounts: Callable[[], Sequence[AccountSnapshot]]
    calendars: HeldCalendars
    hours: OpeningHours
    clock: Clock
    watch: ClockWatch


class FactGathering:
    """Looks at everything once; what takes time is done beside the loop."""

    def __init__(self, parts: StrategyParts, around: Surroundings) -> None:
        self._parts = parts
        self._around = around
        self._looked: dict[tuple[str, int, int, str], tuple[CatalogEntry, tuple[str, ...]]] = {}

    async def gather(self, instance: StrategyInstance) -> PreflightFacts:
        """Return the facts of this moment."""
        around, fold = self._around, self._parts.recorder.fold
        contracts = {name: around.hub.instrument(name) for name in self._names(instance)}
        calendars = {item.calendar for item in contracts.values() if item is not None}
        (entry, faults), clock, _ = await asyncio.gather(
            self._file(instance), self._clock(instance), around.calendars.prepare(calendars, within_s=_CALENDARS_S)
        )
        warm_up = _warm_up(instance, entry)
        link = next((item for item in around.links if item.account == instance.account), None)
        scopes = (
            ALL_SCOPE,
            f"account:{instance.account}",
            f"strategy:{instance.name}",
            *(f"instrument:{name}" for name in contracts),
        )
        states = tuple(
            fold.states[scope]
            for scope in scopes
            if scope in fold.states and fold.states[scope].state is not TradingState.ACTIVE
        )
        return PreflightFacts(
            instance=instance,
            entry=entry,
            faults=faults,
            instruments=tuple(
                [await self._instrument(name, item, instance, warm_up) for name, item in contracts.items()]
            ),
            warm_up=warm_up,
            connection=None if link is None else link.status,
            capabilities=None if link is None else link.gate_link.capabilities,
            clock=clock,
            halted=any(item.state is TradingState.HALTED for item in states)
            or (fold.kill_switch.engaged and fold.kill_switch.scope in scopes),
            states=states,
            limits=self._parts.limits(instance.name),
            money=self._money(instance),
            running=await self._running(instance, tuple(contracts)),
            memory_free_mb=psutil.virtual_memory().available / _MB,
        )

    def _names(self, instance: StrategyInstance) -> tuple[InstrumentId, ...]:
        return instance.instruments or tuple(item.id for item in self._parts.setups.instruments_of(instance))

    async def _file(self, instance: StrategyInstance) -> tuple[CatalogEntry | None, tuple[str, ...]]:
        """Return what the catalog finds; a file that did not change is not looked at again."""
        try:
            path = self._parts.catalog.find(instance.file)
            stat = path.stat()
        except (StrategyError, OSError) as error:
            return None, (str(error),)
        key = (str(path), stat.st_mtime_ns, stat.st_size, repr(sorted(instance.parameters.items())))
        if key not in self._looked:
            found = await self._look(str(path), instance.parameters)
            if len(self._looked) > _LOOKED:
                self._looked.clear()
            self._looked[key] = found
        return self._looked[key]

    async def _look(self, file: str, values: Mapping[str, Any]) -> tuple[CatalogEntry, tuple[str, ...]]:
        wrong: tuple[str, ...] = ()
        try:
            entry = await self._parts.catalog.check_parameters(file, values)
        except UsageError as error:
            wrong = tuple(str(finding) for finding in error.findings)
            entry = await self._parts.catalog.check(file)
        faults = (
            f"{fault.message} (line {fault.line})" if fault.line else fault.message
            for fault in entry.faults
            if fault.kind != "warning"
        )
        return entry, (*faults, *wrong)

    async def _clock(self, instance: StrategyInstance) -> ClockFacts:
        around, wall_ns = self._around, self._parts.wall.now_ns()
        if around.feed.replayed:
            return ClockFacts(replayed=True, now_ns=around.clock.now_ns())
        newest = max((around.hub.last_ts(name) or 0 for name in self._names(instance)), default=0)
        return ClockFacts(
            replayed=False,
            now_ns=around.clock.now_ns(),
            jumped_s=around.watch.jumped_s(),
            broker_ahead_s=await self._broker_ahead_s(instance),
            data_ahead_s=(newest - wall_ns) / NS_PER_SECOND if newest else None,
        )

    async def _broker_ahead_s(self, instance: StrategyInstance) -> float | None:
        brokers = (link.broker for link in self._around.links if link.account == instance.account)
        broker = next((item for item in brokers if isinstance(item, TimeTeller)), None)
        if broker is None:
            return None
        try:
            async with asyncio.timeout(_BROKER_S):
                told = await broker.time()
        except (BrokerError, TimeoutError):
            return None
        return (to_ns(told) - self._parts.wall.now_ns()) / NS_PER_SECOND

    async def _instrument(
        self, name: InstrumentId, contract: Instrument | None, instance: StrategyInstance, warm_up: int | None
    ) -> InstrumentFacts:
        if contract is None:
            return InstrumentFacts(id=name)
        hub, now_ns = self._around.hub, self._around.clock.now_ns()
        ts, spec = hub.last_ts(name), self._spec(name, instance)
        opens_ns, closes_ns = self._session(contract.calendar, now_ns)
        bars = 0
        if spec is not None:
            count = min(max(_LOOKED, warm_up or 0), _MOST)
            history = RecentHistory(hub, self._around.feed.history)
            bars = len(await history.bars(name, spec, end_ns=now_ns, count=count))
        return InstrumentFacts(
            id=name,
            instrument=contract,
            bars=bars,
            spec="" if spec is None else str(spec),
            age_s=None if ts is None or not now_ns else max(0, now_ns - ts) / NS_PER_SECOND,
            interval_s=hub.interval_ns(name) / NS_PER_SECOND,
            price=exact(hub.last_price(name)),
            rate=hub.rate(contract.currency, self._currency(instance)),
            opens_ns=opens_ns,
            closes_ns=closes_ns,
            outside_hours=self._outside(instance, contract, now_ns),
        )

    def _spec(self, name: InstrumentId, instance: StrategyInstance) -> BarSpec | None:
        try:
            wanted = BarSpec.parse(instance.bar_spec) if instance.bar_spec else None
        except ValueError:
            wanted = None
        return wanted or next(iter(self._around.feed.history.specs(name)), None)

    def _session(self, calendar: str, now_ns: int) -> tuple[int | None, int | None]:
        sessions = self._around.calendars.sessions(calendar, now_ns, now_ns + _AHEAD_NS) if now_ns else None
        if sessions is None:
            return None, None
        ahead = ((o, c) for o, c in zip(sessions.opens, sessions.closes, strict=True) if c > now_ns)
        return next(ahead, (None, None))

    def _outside(self, instance: StrategyInstance, contract: Instrument, now_ns: int) -> str:
        if not instance.hours.strip() or not now_ns:
            return ""
        try:
            return self._around.hours.closed_by(instance.hours, contract.calendar, now_ns)
        except ValueError as error:
            return str(error)

    def _currency(self, instance: StrategyInstance) -> str:
        links = (link for link in self._around.links if link.account == instance.account)
        return next((link.gate_link.currency for link in links), "USD")

    def _money(self, instance: StrategyInstance) -> MoneyFacts:
        ledger, currency, account = self._parts.recorder.fold.ledger, self._currency(instance), instance.account
        cash = ledger.cash(account, instance.name, currency)
        funded = bool(cash or ledger.book_positions(account, instance.name))
        given = ledger.capital(account, instance.name, currency)
        worth = next((item for item in self._around.accounts() if item.account == account), None)
        others = (item for item in self._parts.instances.all() if item.active and item.account == account)
        return MoneyFacts(
            currency=currency,
            funded=funded,
            budget=(given if given > 0 else cash) if funded else wanted_capital(ledger, instance, currency),
            free=ledger.cash(account, UNASSIGNED, currency),
            equity=None if worth is None else worth.equity,
            margin_used=None if worth is None else worth.margin_used,
            buying_power=None if worth is None else worth.buying_power,
            weights=instance.weight + sum((item.weight for item in others if item.name != instance.name), ZERO),
        )

    async def _running(self, instance: StrategyInstance, ours: tuple[InstrumentId, ...]) -> tuple[RunningFacts, ...]:
        others = [
            item
            for item in self._parts.instances.all()
            if item.name != instance.name and self._parts.is_running(item.name)
        ]
        baskets = {item.name: self._names(item) for item in others}
        names = {*ours, *(name for basket in baskets.values() for name in basket)} if others else set()
        bars = {name: self._around.hub.bars(name, _LOOKED) for name in names}

        def compare() -> list[tuple[float | None, int]]:
            closes = {name: closes_of(found) for name, found in bars.items()}
            return [correlation(closes, ours, baskets[item.name]) for item in others]

        alike = await asyncio.to_thread(compare) if others else []
        return tuple(
            RunningFacts(
                name=item.name,
                shared=self._shared(instance, item, ours, baskets[item.name]),
                correlation=amount,
                common=common,
                messages_per_second=self._parts.limits(item.name).messages_per_second,
            )
            for item, (amount, common) in zip(others, alike, strict=True)
        )

    def _shared(
        self,
        instance: StrategyInstance,
        other: StrategyInstance,
        ours: tuple[InstrumentId, ...],
        theirs: tuple[InstrumentId, ...],
    ) -> dict[InstrumentId, Decimal]:
        if other.account != instance.account:
            return {}
        held = self._parts.recorder.fold.ledger.book_positions(other.account, other.name)
        return {name: held.get(name, ZERO) for name in ours if name in set(theirs)}


def _warm_up(instance: StrategyInstance, entry: CatalogEntry | None) -> int | None:
    """Return the most bars that a parameter counts, None where none does."""
    counted = []
    for info in entry.parameters if entry is not None else ():
        if info.unit == "bars":
            try:
                counted.append(int(float(instance.parameters.get(info.name, info.default))))
            except (TypeError, ValueError):
                continue
    return max(counted, default=None)
