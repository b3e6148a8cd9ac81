"""One engagement of the kill switch: its steps in order, its brokers side by side, and the pursuit of what is left."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.events import KillSwitchStepped
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import BrokerLine, KillMode, KillSwitchReport, StepState
from ares_desktop.engine.ports.journal import FirstAppend
from ares_desktop.engine.runtime.causes import begin_cause
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.checklist import Checklist
from ares_desktop.engine.trading.kill_broker import BrokerPart
from ares_desktop.engine.trading.kill_latch import Latch
from ares_desktop.engine.trading.kill_outcomes import Inventory
from ares_desktop.engine.trading.kill_tools import KillTools
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.provenance import latch_id

_log = structlog.get_logger(__name__)

_PURSUE_FIRST_S: Final = 1.0
_PURSUE_LAST_S: Final = 30.0
_DUST_LAST_S: Final = 600.0
_LOOK_EVERY_S: Final = 0.25
_KEEP_AGAIN_S: Final = 1.0


class KillSequence:
    """Runs one engagement; a scope has one at a time.

    Attributes:
        checklist: its report, live.
    """

    def __init__(
        self,
        tools: KillTools,
        latch: Latch,
        links: Sequence[BrokerLink],
        report: KillSwitchReport,
        publish: Callable[[KillSwitchReport], None],
    ) -> None:
        self._tools = tools
        self._latch = latch
        self._links = links
        self._tasks = TaskSet(f"kill switch {report.scope}")
        lines = [
            BrokerLine(
                broker=link.broker.name,
                account=link.account,
                mode=report.modes.get(link.account, KillMode.CANCEL),
            )
            for link in links
        ]
        self.checklist = Checklist(report, publish, lines)
        self._inventory = Inventory(tools, "")
        self._parts: list[BrokerPart] = []
        self._running: asyncio.Task[None] | None = None
        self._pursuing: list[asyncio.Task[None]] = []

    @property
    def report(self) -> KillSwitchReport:
        """The engagement as it stands."""
        return self.checklist.report

    @property
    def is_running(self) -> bool:
        """Whether its steps are not all taken."""
        return self._running is not None and not self._running.done()

    def start(self, *, latched: bool = False) -> None:
        """Latch, unless the journal holds the latch already, and take the steps in the background."""
        self.checklist.begin("latch")
        first = None if latched else self._latch.begin(self.report)
        # After the latch, since going through a thousand orders takes longer than it does.
        self._inventory = Inventory(self._tools, self.report.scope)
        if first is not None and first.durable.is_set():
            self._latched("on disk")
        elif latched:
            self.checklist.end("latch", "on disk since it was engaged")
        self._running = self._tasks.spawn(self._run(first), "sequence")

    async def wait(self) -> KillSwitchReport:
        """Return the report once every step is taken."""
        if self._running is not None:
            await asyncio.shield(self._running)
        return self.report

    async def add_reason(self, reason: str, modes: dict[AccountId, KillMode]) -> None:
        """Note a further reason, and take the steps again where more is asked for than was done."""
        report = self.report
        wider = {account: mode for account, mode in modes.items() if mode is KillMode.FLATTEN}
        merged = {**report.modes, **wider}
        flattens = merged != report.modes
        self.checklist.update(further_reasons=(*report.further_reasons, reason))
        if flattens:
            self.checklist.set_modes(msgspec.structs.replace(report, modes=merged, mode=KillMode.FLATTEN))
            if not self.is_running:
                self._stop_pursuit()
                self._inventory = Inventory(self._tools, report.scope)
                self.checklist.update(finished=False)
                self._running = self._tasks.spawn(self._take_steps(), "wider")
        self.checklist.publish()
        await self._keep()

    async def close(self) -> None:
        """End what runs; the latch stays."""
        await self._tasks.close()

    async def _run(self, first: FirstAppend | None) -> None:
        begin_cause(latch_id(self.report))
        if not self.checklist.has_ended("latch"):
            await self._settle_latch(first)
        self.checklist.begin("fence")
        self.checklist.end("fence", "every other order is denied")
        await self._take_steps()

    def _latched(self, detail: str) -> None:
        self.checklist.update(latched_ms=self.checklist.elapsed_ms())
        self.checklist.end("latch", detail)

    async def _settle_latch(self, first: FirstAppend | None) -> None:
        on_disk, problem = await self._latch.settle(self.report, first)
        if not problem:
            self._latched("on disk")
            return
        if on_disk:
            self._latched(f"on disk in the latch file, since the journal failed: {problem}")
        else:
            self.checklist.end("latch", f"not on disk: {problem}", state=StepState.FAILED)
        _log.error("kill_switch_latch_not_journaled", on_disk=on_disk, problem=problem)
        self._tasks.spawn(self._latch_later(first), "latch later")

    async def _latch_later(self, first: FirstAppend | None) -> None:
        await self._latch.retry(self.report, first)
        self._latched("on disk")
        await self._keep()

    async def _take_steps(self) -> None:
        checklist = self.checklist
        self._parts = [BrokerPart(self._tools, link, checklist) for link in self._links]
        at_others = [
            self._tasks.spawn(_guarded(part, part.run()), f"at {part.link.broker.name}") for part in self._parts[1:]
        ]
        stopping = self._tasks.spawn(self._stop_strategies(), "stop strategies")
        keeping = self._tasks.spawn(self._keep_steps(), "keep steps")
        if self._parts:
            # In this task: under load each turn of the loop that a task waits for costs more than the cancels do.
            await _guarded(self._parts[0], self._parts[0].run())
        if at_others:
            await asyncio.wait(at_others)
        for name in ("cancel", "confirm", "flatten", "verify"):
            if not checklist.has_ended(name):
                told, state = ("cut off", StepState.FAILED) if self._parts else ("no broker", StepState.SKIPPED)
                checklist.end(name, told, state=state)
        flat_ms = checklist.elapsed_ms()
        checklist.update(orders_canceled=sum(part.worked for part in self._parts))
        # Nothing that still runs can trade: the fence holds, so being flat does not wait for a worker's grace.
        await asyncio.wait([stopping])
        keeping.cancel()
        await self._finish(flat_ms)

    async def _finish(self, flat_ms: float) -> None:
        checklist = self.checklist
        checklist.begin("report")
        clean = all(part.clean for part in self._parts)
        if clean and self.report.mode is KillMode.FLATTEN:
            checklist.update(flat_ms=flat_ms)
        self._show_left()
        checklist.update(finished=True)
        done = "flat" if self.report.mode is KillMode.FLATTEN else "no order works"
        left = len(self.report.residue)
        checklist.end("report", done if clean else f"{left} item{'s' * (left != 1)} left")
        if not await self._keep():
            self._tasks.spawn(self._keep_later(), "keep later")
        checklist.publish()
        _log.warning("kill_switch_finished", scope=self.report.scope, residue=len(self.report.residue))
        self._pursuing = [
            self._tasks.spawn(self._pursue(part), f"pursue at {part.link.broker.name}")
            for part in self._parts
            if not part.clean
        ]

    def _show_left(self) -> None:
        self._inventory.look()
        self.checklist.update(
            residue=tuple(item for part in self._parts for item in part.residue()),
            orders=self._inventory.orders(order for part in self._parts for order in part.sent),
            positions=self._inventory.positions(),
        )

    async def _stop_strategies(self) -> None:
        self.checklist.begin("stop strategies")
        try:
            count = await self._tools.stop_strategies(self.report.scope)
        except AresError as error:
            self.checklist.end("stop strategies", str(error), state=StepState.FAILED)
            self._tasks.spawn(self._stop_later(), "stop strategies later")
        else:
            self.checklist.end("stop strategies", f"{count} stopped")

    async def _stop_later(self) -> None:
        """Stop again until each is recorded as switched off: one that is not would start with the application."""
        while True:
            await asyncio.sleep(_KEEP_AGAIN_S)
            try:
                await self._tools.stop_strategies(self.report.scope)
            except AresError:
                continue
            self.checklist.end("stop strategies", "all stopped by now")
            await self._keep()
            return

    async def _keep_steps(self) -> None:
        """Journal each step's end while the steps are taken, without any step waiting for it."""
        kept = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S / 5)
            self._inventory.look()
            ended = sum(self.checklist.has_ended(step.name) for step in self.report.steps)
            if ended != kept:
                kept = ended
                await self._keep()

    async def _keep(self) -> bool:
        try:
            await self._tools.recorder.record(KillSwitchStepped(report=self.report))
        except StorageError as error:
            _log.error("kill_switch_step_not_recorded", error=str(error))
            return False
        return True

    async def _keep_later(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_AGAIN_S)
            if await self._keep():
                return

    def _stop_pursuit(self) -> None:
        for task in self._pursuing:
            task.cancel()
        self._pursuing = []

    async def _pursue(self, part: BrokerPart) -> None:
        """Go on at one broker, slower each time, until nothing is left there."""
        wait_s = _PURSUE_FIRST_S
        while not part.clean:
            await self._rest(part, wait_s)
            await _guarded(part, part.again())
            wait_s = min(wait_s * 2, _DUST_LAST_S if part.only_dust() else _PURSUE_LAST_S)
            before = self.report.residue
            self._show_left()
            if self.report.residue != before:
                await self._keep()
        if all(one.clean for one in self._parts):
            flat = self.report.mode is KillMode.FLATTEN
            if flat:
                self.checklist.update(flat_ms=self.checklist.elapsed_ms())
            self.checklist.end("report", "flat by now" if flat else "no order works by now")
            if not await self._keep():
                await self._keep_later()

    async def _rest(self, part: BrokerPart, seconds: float) -> None:
        """Wait, but no longer than until a lost session is back."""
        loop = asyncio.get_running_loop()
        ends, was_connected = loop.time() + seconds, part.link.status.connected
        while loop.time() < ends:
            await asyncio.sleep(min(_LOOK_EVERY_S, max(0.0, ends - loop.time())))
            if part.link.status.connected and not was_connected:
                return


async def _guarded(part: BrokerPart, steps: Coroutine[Any, Any, None]) -> None:
    """Take steps at one broker; whatever its session throws stops neither the others nor the report."""
    try:
        await steps
    except Exception:  # noqa: BLE001 - task boundary: the session of a broker may raise anything
        _log.exception("kill_switch_cut_off", broker=part.link.broker.name)
