"""Trading state, strategies and orders without an engine: the managers' signals and methods over lists."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import KillSwitchDrilled
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.kill import KillMode
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.risk import ALL_SCOPE, Denied, KillSwitchReport, TradingState, TradingStateChanged
from ares_desktop.domain.strategies import (
    CatalogEntry,
    StrategyInstance,
    StrategyLog,
    StrategyRecord,
    StrategyState,
    StrategyStatus,
)
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.kill_reports import KillRecord
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.fake_decisions import FakeDecisions
from tests.views.fake_editing import FakeVersions
from tests.views.fake_strategy_parts import FakeEditing, FakeLives, FakePreflights
from tests.views.records import NOW, a_status, an_entry, an_order, changed


class Calls:
    """Notes what was asked of a fake."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []


class FakeKillReports:
    """Past reports of the kill switch, given by the test.

    Attributes:
        kept: reports that were exported.
    """

    def __init__(self) -> None:
        self.records: list[KillRecord] = []
        self.held: list[KillSwitchDrilled] = []
        self.kept: list[KillSwitchReport] = []

    async def engagements(self, *, drills: bool = False) -> tuple[KillRecord, ...]:
        del drills
        return tuple(self.records)

    async def drills(self) -> tuple[KillSwitchDrilled, ...]:
        return tuple(self.held)

    async def keep(self, report: KillSwitchReport) -> Path:
        self.kept.append(report)
        return Path("kill.html")


class FakeState(QObject):
    """The trading state of one scope and a kill switch of one step."""

    trading_state_changed: SignalOf[TradingStateChanged] = signal_of(TradingStateChanged)
    kill_switch_changed: SignalOf[KillSwitchReport] = signal_of(KillSwitchReport)
    drilled: SignalOf[KillSwitchDrilled] = signal_of(KillSwitchDrilled)

    def __init__(self) -> None:
        super().__init__()
        self.kill_switch = KillSwitchReport(engaged=False)
        self.reports = FakeKillReports()
        self.unchosen: tuple[str, ...] = ()
        self.chosen: dict[str, KillMode] = {}
        self.current = self._change(TradingState.ACTIVE, "", "start")

    @staticmethod
    def _change(state: TradingState, reason: str, source: str) -> TradingStateChanged:
        return TradingStateChanged(scope=ALL_SCOPE, state=state, reason=reason, source=source, since=NOW)

    def engaged(self) -> tuple[KillSwitchReport, ...]:
        return (self.kill_switch,) if self.kill_switch.engaged else ()

    def unchosen_accounts(self) -> tuple[str, ...]:
        return tuple(account for account in self.unchosen if account not in self.chosen)

    async def choose_kill_mode(self, account: str, mode: KillMode, *, source: str) -> None:
        del source
        self.chosen[account] = mode

    async def drill(self, *, source: str) -> KillSwitchDrilled:
        report = KillSwitchReport(
            engaged=True, scope="strategy:kill-drill", at=NOW, finished=True, flat_ms=9.0, drill=True
        )
        held = KillSwitchDrilled(report=report, cost=Decimal(2), currency="USD", source=source, at=NOW)
        self.reports.held.append(held)
        self.drilled.emit(held)
        return held

    def states(self) -> tuple[TradingStateChanged, ...]:
        return (self.current,)

    def state(self, scope: str = ALL_SCOPE) -> TradingStateChanged:
        del scope
        return self.current

    async def set_state(self, state: TradingState, *, reason: str, source: str, scope: str = ALL_SCOPE) -> None:
        del scope
        if self.kill_switch.engaged:
            raise RefusedError("KILL_SWITCH", "release the kill switch first")
        self.current = self._change(state, reason, source)
        self.trading_state_changed.emit(self.current)

    async def engage(self, *, reason: str, source: str, scope: str = ALL_SCOPE, mode: Any = None) -> KillSwitchReport:
        del mode
        self.current = self._change(TradingState.HALTED, reason, source)
        self.show(KillSwitchReport(engaged=True, reason=reason, source=source, scope=scope, at=NOW, finished=True))
        return self.kill_switch

    def show(self, report: KillSwitchReport) -> None:
        """Take over and publish a report."""
        self.kill_switch = report
        if report.engaged:
            self.current = self._change(TradingState.HALTED, report.reason, report.source)
        self.kill_switch_changed.emit(report)
        self.trading_state_changed.emit(self.current)

    async def release(self, *, word: str, source: str, scope: str | None = None) -> None:
        del scope
        if word != "RELEASE":
            raise RefusedError("WRONG_WORD", "type RELEASE")
        self.current = self._change(TradingState.ACTIVE, "released", source)
        self.show(KillSwitchReport(engaged=False))


class FakeStrategies(QObject, Calls):
    """Instances that start and stop at once."""

    status_changed: SignalOf[StrategyStatus] = signal_of(StrategyStatus)
    removed: SignalOf[StrategyInstance] = signal_of(StrategyInstance)
    recorded: SignalOf[StrategyRecord] = signal_of(StrategyRecord)
    logged: SignalOf[StrategyLog] = signal_of(StrategyLog)
    catalog_changed: SignalOf[CatalogEntry] = signal_of(CatalogEntry)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        self.by_name: dict[str, StrategyStatus] = {}
        self.entries: list[CatalogEntry] = [an_entry()]
        self.lines: list[StrategyLog] = []
        self.lives = FakeLives(self)
        self.editing = FakeEditing(self)
        self.preflights = FakePreflights()
        self.versions = FakeVersions(self)

    def put(self, *statuses: StrategyStatus) -> None:
        """Take over and publish statuses."""
        for status in statuses:
            self.by_name[status.instance.name] = status
            self.status_changed.emit(status)

    def statuses(self) -> tuple[StrategyStatus, ...]:
        return tuple(self.by_name.values())

    def status(self, name: str) -> StrategyStatus:
        return self.by_name[name]

    def catalog(self) -> tuple[CatalogEntry, ...]:
        return tuple(self.entries)

    def entry_of(self, file: str) -> CatalogEntry | None:
        return next((entry for entry in self.entries if entry.name == Path(file).stem), None)

    def logs(self, name: str) -> tuple[StrategyLog, ...]:
        return tuple(line for line in self.lines if line.strategy == name)

    async def _to(self, name: str, state: StrategyState, verb: str, *, active: bool) -> StrategyStatus:
        self.calls.append((verb, name))
        old = self.by_name[name]
        instance = changed(old.instance, active=active, paused=state is StrategyState.PAUSED)
        self.put(changed(old, state=state, instance=instance, fault=None))
        return self.by_name[name]

    async def enable(self, name: str, *, source: str) -> StrategyStatus:
        await self.lives.enable(name, source=source)
        return self.by_name[name]

    async def begin(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.RUNNING, "enable", active=True)

    async def disable(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.STOPPED, "disable", active=False)

    async def pause(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.PAUSED, "pause", active=True)

    async def resume(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.RUNNING, "resume", active=True)

    async def set_parameters(self, name: str, values: Mapping[str, Any], *, source: str) -> StrategyStatus:
        del source
        self.calls.append(("set_parameters", name, dict(values)))
        if int(values.get("fast", 0)) >= int(values.get("slow", 1000)):
            raise UsageError(Finding(place="slow", value=str(values["slow"]), problem="must be above fast"))
        old = self.by_name[name]
        self.put(changed(old, instance=changed(old.instance, parameters={**old.instance.parameters, **values})))
        return self.by_name[name]

    async def add(self, file: str, *, name: str | None = None, **settings: Any) -> StrategyStatus:
        self.calls.append(("add", file, name, settings))
        made = a_status(name or "new", StrategyState.STOPPED, file=file)
        self.put(made)
        return made

    async def remove(self, name: str, *, source: str) -> None:
        del source
        self.calls.append(("remove", name))
        self.removed.emit(self.by_name.pop(name).instance)

    async def check(self, file: str) -> CatalogEntry:
        return an_entry(file.rpartition("/")[2].removesuffix(".py"), file=file)


class FakeTrades(QObject, Calls, FakeDecisions):
    """Orders that cancel at once."""

    order_changed: SignalOf[Order] = signal_of(Order)
    filled: SignalOf[Fill] = signal_of(Fill)
    denied: SignalOf[Denied] = signal_of(Denied)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        FakeDecisions.__init__(self)
        self.by_id: dict[str, Order] = {}
        self.executions: list[Fill] = []
        self.refusal: RefusedError | None = None

    def put(self, *orders: Order) -> None:
        """Take over and publish orders."""
        for order in orders:
            self.by_id[order.id] = order
            self.order_changed.emit(order)

    def orders(self) -> tuple[Order, ...]:
        return tuple(self.by_id.values())

    def working(self) -> tuple[Order, ...]:
        return tuple(order for order in self.by_id.values() if order.is_working)

    def fills(self) -> tuple[Fill, ...]:
        return tuple(self.executions)

    async def submit(self, ticket: OrderTicket) -> Order:
        self.calls.append(("submit", ticket))
        if self.refusal is not None:
            raise self.refusal
        order = an_order(900 + len(self.calls), side=ticket.side, quantity=ticket.quantity)
        self.put(order)
        return order

    async def cancel(self, order: str, *, source: str) -> None:
        self.calls.append(("cancel", order, source))
        self.put(changed(self.by_id[order], state=OrderState.CANCELED))

    async def cancel_all(self, *, source: str, scope: str = ALL_SCOPE) -> int:
        self.calls.append(("cancel_all", source, scope))
        return len(self.working())

    async def flatten(self, *, source: str, scope: str = ALL_SCOPE) -> tuple[Order, ...]:
        self.calls.append(("flatten", source, scope))
        return ()
