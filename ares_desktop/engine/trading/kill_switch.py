"""The kill switch: a journaled, timed sequence for each scope that ends trading and proves that it has ended."""

import asyncio
from collections.abc import Callable

import msgspec

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import KillMode, KillSwitchReport
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.latch_store import LatchStore
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.kill_latch import Latch
from ares_desktop.engine.trading.kill_sequence import KillSequence
from ares_desktop.engine.trading.kill_tools import KillTools, Markets, StopStrategies, UnknownMarkets
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.safety import main_report

RELEASE_WORD = "RELEASE"


class KillSwitch:
    """Engages and releases scopes; each has a sequence and a report of its own.

    Args:
        store: where a latch goes while the journal fails, None for nowhere.
        markets: what is known of contracts and sessions; without it every market counts as open.

    Attributes:
        mode_of: returns what is done at an account where nobody says it, given whether its money is play money.
    """

    def __init__(  # noqa: PLR0913 - each is a service of its own, and all have names
        self,
        recorder: Recorder,
        gate: RiskGate,
        router: OrderRouter,
        *,
        ids: OrderIds,
        clock: Clock,
        wall: Clock,
        stop_strategies: StopStrategies,
        confirm_within_s: float = 5.0,
        store: LatchStore | None = None,
        markets: Markets | None = None,
    ) -> None:
        self.mode_of: Callable[[AccountId, bool], KillMode] = _default_mode
        self._tasks = TaskSet("kill switch")
        self._tools = KillTools(
            recorder=recorder,
            gate=gate,
            router=router,
            ids=ids,
            clock=clock,
            wall=wall,
            stop_strategies=stop_strategies,
            markets=markets or UnknownMarkets(),
            tasks=self._tasks,
            confirm_within_s=confirm_within_s,
        )
        self._latch = Latch(recorder, store, wall)
        self._links: list[BrokerLink] = []
        self._sequences: dict[str, KillSequence] = {}
        self._listeners: list[Callable[[KillSwitchReport], None]] = []
        for report in (*self._journaled(), *self._latch.unjournaled()):
            gate.fence.close(report.scope)

    @property
    def tools(self) -> KillTools:
        """The services under it, for a drill."""
        return self._tools

    @property
    def report(self) -> KillSwitchReport:
        """The report that speaks for all: of what is engaged the widest scope's, else the newest one."""
        return main_report(self._reports().values())

    def engaged(self) -> tuple[KillSwitchReport, ...]:
        """Return the reports of every scope that is engaged, the one that speaks for all first."""
        found = [report for report in self._reports().values() if report.engaged]
        first = main_report(found)
        return tuple(sorted(found, key=lambda report: (report is not first, report.scope)))

    def _reports(self) -> dict[str, KillSwitchReport]:
        live = {scope: sequence.report for scope, sequence in self._sequences.items()}
        return {**self._tools.recorder.fold.safety.kill_switches, **live}

    def _journaled(self) -> tuple[KillSwitchReport, ...]:
        return tuple(report for report in self._tools.recorder.fold.safety.kill_switches.values() if report.engaged)

    def cancel_elsewhere(self, wanted: bool) -> None:
        """Set whether orders of live accounts that were placed elsewhere are canceled too."""
        self._tools.cancel_elsewhere = wanted

    def add_link(self, link: BrokerLink) -> None:
        """Cancel and flatten at this broker too."""
        self._links.append(link)

    def links(self) -> tuple[BrokerLink, ...]:
        """Return the brokers that it reaches."""
        return tuple(self._links)

    def on_change(self, listener: Callable[[KillSwitchReport], None]) -> None:
        """Call ``listener`` with every change of a report."""
        self._listeners.append(listener)

    async def engage(
        self, *, reason: str, source: str, scope: str, mode: KillMode | None = None, drill: bool = False
    ) -> KillSwitchReport:
        """Stop trading in ``scope`` and return the report once it is flat, or once what is left is listed.

        Engaging a scope again adds the reason and waits for the sequence that runs; the wish to flatten what was only
        to be canceled is carried out. Other scopes have latches, sequences and reports of their own.
        ``mode`` is done at every account; without one, what was chosen for each.
        """
        # Before anything else, and without a turn of the loop in between.
        self._tools.gate.fence.close(scope)
        modes = {link.account: mode or self.mode_of(link.account, link.broker.paper) for link in self._links}
        present = self._reports().get(scope)
        if present is not None and present.engaged:
            sequence = self._sequences.get(scope) or self._make(present)
            await sequence.add_reason(f"{source}: {reason}", modes)
            return await sequence.wait()
        widest = KillMode.FLATTEN if KillMode.FLATTEN in (mode, *modes.values()) else KillMode.CANCEL
        report = KillSwitchReport(
            engaged=True,
            reason=reason,
            source=source,
            scope=scope,
            mode=widest,
            modes=modes,
            at=self._tools.wall.now(),
            drill=drill,
        )
        sequence = self._make(report)
        sequence.start()
        return await sequence.wait()

    def _make(self, report: KillSwitchReport) -> KillSequence:
        sequence = KillSequence(self._tools, self._latch, self._links, report, self._tell)
        self._sequences[report.scope] = sequence
        return sequence

    async def resume(self) -> None:
        """After a restart, go on with every sequence that was cut off, and with what was left over."""
        for report in self._latch.unjournaled():
            self._tools.gate.fence.close(report.scope)
            self._make(self._with_modes(report)).start()
        for report in self._journaled():
            if report.scope not in self._sequences and (not report.finished or report.residue):
                again = msgspec.structs.replace(self._with_modes(report), finished=False, residue=())
                self._make(again).start(latched=True)
        for scope in [scope for scope, sequence in self._sequences.items() if sequence.report.drill]:
            self._tasks.spawn(self._end_drill(scope), "end drill")

    def _with_modes(self, report: KillSwitchReport) -> KillSwitchReport:
        """Return a report that says what is done at each account; those of earlier versions say it for all alike."""
        at = report.at or self._tools.wall.now()
        modes = report.modes or {link.account: report.mode for link in self._links}
        return msgspec.structs.replace(report, modes=modes, at=at)

    async def _end_drill(self, scope: str) -> None:
        await self._sequences[scope].wait()
        await self.release(word=RELEASE_WORD, source="drill", scope=scope)

    async def release(self, *, word: str, source: str, scope: str | None = None) -> None:
        """Re-arm trading in one scope, or in all that are engaged; strategies stay stopped.

        What a person or another part of the house holds these scopes in is in force again.

        Raises:
            RefusedError: when the word is not the release word, the scope is not engaged, or its sequence still runs.
            StorageError: when the journal can't keep it; nothing is released.
        """
        if word != RELEASE_WORD:
            raise RefusedError("RELEASE_WORD", f"type {RELEASE_WORD} to release, was {word!r}")
        reports = [report for report in self.engaged() if scope in {None, report.scope}]
        if scope is not None and not reports:
            raise RefusedError("NOT_ENGAGED", f"the kill switch is not engaged for {scope}")
        running = [report.scope for report in reports if self._is_running(report.scope)]
        if running:
            text = f"the kill switch is still at work for {', '.join(running)}; wait for its report"
            raise RefusedError("KILL_SWITCH_RUNNING", text)
        if not reports:
            return
        for report in reports:
            # Again, for those that could not be recorded as switched off then: none may start by itself after this.
            await self._tools.stop_strategies(report.scope)
        await self._tools.recorder.record(*self._latch.release(reports, source))
        for report in reports:
            await self._let_go(report.scope)
        await self._latch.forget([report.scope for report in reports])
        for report in reports:
            self._tell(msgspec.structs.replace(report, engaged=False))

    def _is_running(self, scope: str) -> bool:
        sequence = self._sequences.get(scope)
        return sequence is not None and sequence.is_running

    async def _let_go(self, scope: str) -> None:
        sequence = self._sequences.pop(scope, None)
        if sequence is not None:
            await sequence.close()
        still = [report.scope for report in self.engaged()]
        waiting = [
            order.id
            for order in self._tools.working(scope, closing=True)
            if not any(order in self._tools.working(other, closing=True) for other in still)
        ]
        if waiting:
            # A closing order that waits for its market belongs to the person again, who has taken over.
            self._tools.router.cancel_later(waiting, reason="kill switch released")
        self._tools.gate.fence.open(scope)

    async def close(self) -> None:
        """End what runs; the latches stay."""
        await asyncio.gather(*(sequence.close() for sequence in self._sequences.values()))
        await self._tasks.close()

    def _tell(self, report: KillSwitchReport) -> None:
        for listener in self._listeners:
            listener(report)


def _default_mode(account: AccountId, paper: bool) -> KillMode:
    del account
    return KillMode.FLATTEN if paper else KillMode.CANCEL
