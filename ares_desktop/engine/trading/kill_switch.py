"""The kill switch: a journaled, timed sequence that ends trading and proves that it has ended."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ares_desktop.domain.errors import AresError, BrokerError, RefusedError, StorageError
from ares_desktop.domain.events import KillSwitchEngaged, KillSwitchReleased, KillSwitchStepped, TradingStateSet
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Order, OrderPurpose
from ares_desktop.domain.risk import ALL_SCOPE, KillMode, KillSwitchReport, Residue, StepState, TradingState
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.checklist import Checklist
from ares_desktop.engine.trading.flatten import closing_intents, holdings
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import covers

_log = structlog.get_logger(__name__)

RELEASE_WORD = "RELEASE"
_LOOK_EVERY_S = 0.01
_FLAT_WITHIN_S = 8.0
_QUERY_EVERY_S = 1.0
_QUERY_WITHIN_S = 3.0
_PURSUE_FIRST_S = 1.0
_PURSUE_LAST_S = 30.0

StopStrategies = Callable[[str], Awaitable[int]]


class KillSwitch:
    """Latches, fences, cancels, flattens, stops strategies and verifies, for one scope.

    Attributes:
        report: the newest state, live while the sequence runs.
    """

    def __init__(
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
    ) -> None:
        self._recorder = recorder
        self._gate = gate
        self._router = router
        self._ids = ids
        self._clock = clock
        self._wall = wall
        self._stop_strategies = stop_strategies
        self._confirm_within_s = confirm_within_s
        self._links: list[BrokerLink] = []
        self._tasks = TaskSet("kill switch")
        self._running: asyncio.Task[KillSwitchReport] | None = None
        self._listeners: list[Callable[[KillSwitchReport], None]] = []
        self._list: Checklist | None = None
        self._closing = asyncio.Lock()

    @property
    def report(self) -> KillSwitchReport:
        """The live report, else the one that the journal holds."""
        return self._list.report if self._list else self._recorder.fold.kill_switch

    def add_link(self, link: BrokerLink) -> None:
        """Cancel and flatten at this broker too."""
        self._links.append(link)

    def on_change(self, listener: Callable[[KillSwitchReport], None]) -> None:
        """Call ``listener`` with every change of the report."""
        self._listeners.append(listener)

    async def engage(self, *, reason: str, source: str, scope: str, mode: KillMode) -> KillSwitchReport:
        """Stop trading in ``scope`` and return the report once it is flat, or once what is left is listed.

        Engaging it again adds the reason, and waits for the sequence that runs; a wider scope starts a new one, and so
        does the wish to flatten what was only to be canceled.
        """
        current = self.report
        flattens = current.scope == scope and mode is KillMode.FLATTEN and current.mode is not KillMode.FLATTEN
        if current.engaged and current.scope in {ALL_SCOPE, scope} and not flattens:
            return await self._further(f"{source}: {reason}")
        self._gate.fence.close(scope)
        report = KillSwitchReport(
            engaged=True,
            reason=reason,
            source=source,
            scope=scope,
            mode=mode,
            at=self._wall.now(),
            further_reasons=current.further_reasons if current.engaged else (),
        )
        self._list = Checklist(report, self._publish)
        self._running = self._tasks.spawn(self._run(self._list), "sequence")
        return await asyncio.shield(self._running)

    async def resume(self) -> None:
        """After a restart, go on with a sequence that was cut off."""
        latched = self._recorder.fold.kill_switch
        if latched.engaged and not latched.finished:
            self._list = Checklist(latched, self._publish)
            self._running = self._tasks.spawn(self._run(self._list), "sequence")

    async def release(self, *, word: str, source: str) -> None:
        """Re-arm trading; strategies stay stopped.

        Raises:
            RefusedError: when the word is not the release word, or the sequence still runs.
        """
        if word != RELEASE_WORD:
            raise RefusedError("RELEASE_WORD", f"type {RELEASE_WORD} to release, was {word!r}")
        if self._running is not None and not self._running.done():
            raise RefusedError("KILL_SWITCH_RUNNING", "the kill switch is still at work; wait for its report")
        now = self._wall.now()
        halted = [scope for scope, state in self._recorder.fold.states.items() if state.state is TradingState.HALTED]
        armed = [
            TradingStateSet(scope=scope, state=TradingState.ACTIVE, reason="released", source=source, at=now)
            for scope in halted
        ]
        await self._tasks.cancel_all()

        await self._recorder.record(KillSwitchReleased(source=source, at=now), *armed)
        self._list = None
        self._gate.fence.open()
        for listener in self._listeners:
            listener(self.report)

    async def close(self) -> None:
        """End what runs; the latch stays."""
        await self._tasks.close()

    def _publish(self, report: KillSwitchReport) -> None:
        for listener in self._listeners:
            listener(report)

    async def _further(self, reason: str) -> KillSwitchReport:
        if self._list is None:
            self._list = Checklist(self.report, self._publish)
            self._list.report = self._recorder.fold.kill_switch
        self._list.update(further_reasons=(*self._list.report.further_reasons, reason))
        await self._journal(self._list)
        if self._running is not None and not self._running.done():
            return await asyncio.shield(self._running)
        return self._list.report

    async def _journal(self, checklist: Checklist) -> None:
        try:
            await self._recorder.record(KillSwitchStepped(report=checklist.report))
        except StorageError as error:
            _log.error("kill_switch_step_not_recorded", error=str(error))

    async def _run(self, checklist: Checklist) -> KillSwitchReport:
        await self._latch(checklist)
        scope = checklist.report.scope
        stopping = self._tasks.spawn(self._stop(checklist), "stop strategies")
        await self._cancel(checklist)
        await self._confirm(checklist)
        await self._flatten(checklist)
        flat = await self._verify(checklist)
        flat_ms = checklist.elapsed_ms()
        # Nothing that still runs can trade: the fence holds, so being flat does not wait for a worker's grace.
        await asyncio.wait([stopping])
        checklist.begin("report")
        residue = () if flat else self._residue(scope, checklist.report.mode)
        changes = {"flat_ms": flat_ms} if flat and checklist.report.mode is KillMode.FLATTEN else {}
        checklist.update(residue=residue, finished=True, **changes)
        done = "flat" if checklist.report.mode is KillMode.FLATTEN else "no order works"
        checklist.end("report", done if flat else f"{len(residue)} items left")
        await self._journal(checklist)
        _log.warning("kill_switch_finished", scope=scope, residue=len(residue))
        if residue:
            self._tasks.spawn(self._pursue(checklist), "pursue")
        return checklist.report

    async def _latch(self, checklist: Checklist) -> None:
        report = checklist.report
        checklist.begin("latch")
        state = TradingStateSet(
            scope=report.scope,
            state=TradingState.HALTED,
            reason=report.reason,
            source=report.source,
            at=report.at or self._wall.now(),
        )
        try:
            await self._recorder.record(KillSwitchEngaged(report=report), state)
        except StorageError as error:
            checklist.end("latch", f"not on disk: {error}", state=StepState.FAILED)
            self._tasks.spawn(self._latch_later(checklist, state), "latch later")
        else:
            checklist.update(latched_ms=checklist.elapsed_ms())
            checklist.end("latch", "on disk")
        checklist.begin("fence")
        checklist.end("fence", "orders denied since 0 ms")

    async def _latch_later(self, checklist: Checklist, state: TradingStateSet) -> None:
        while True:
            await asyncio.sleep(_QUERY_EVERY_S)
            try:
                await self._recorder.record(KillSwitchEngaged(report=checklist.report), state)
            except StorageError:
                continue
            checklist.update(latched_ms=checklist.elapsed_ms())
            checklist.end("latch", "on disk")
            return

    def _working(self, scope: str) -> list[Order]:
        return [
            order
            for order in self._recorder.fold.registry.working()
            if covers(scope, order.intent.account, order.intent.strategy, order.intent.instrument)
            and order.intent.purpose is not OrderPurpose.KILL_SWITCH
        ]

    async def _cancel(self, checklist: Checklist) -> None:
        checklist.begin("cancel")
        report = checklist.report
        orders = self._working(report.scope)
        problems = await self._cancel_everywhere([order.id for order in orders], report.reason)
        checklist.update(cancel_sent_ms=checklist.elapsed_ms())
        state = StepState.FAILED if problems else StepState.DONE
        checklist.end("cancel", "; ".join(problems) or f"{len(orders)} cancels sent", state=state)
        checklist.update(orders_canceled=len(orders))

    async def _cancel_everywhere(self, orders: list[ClientOrderId], reason: str) -> list[str]:
        try:
            async with asyncio.timeout(_QUERY_WITHIN_S):
                await self._router.cancel(orders, reason=f"kill switch: {reason}")
        except (BrokerError, TimeoutError) as error:
            return [str(error) or "a broker did not take its cancels in time"]
        return []

    async def _confirm(self, checklist: Checklist) -> None:
        checklist.begin("confirm")
        scope = checklist.report.scope
        loop = asyncio.get_running_loop()
        began = asked = loop.time()
        while self._working(scope) and loop.time() - began < self._confirm_within_s:
            await asyncio.sleep(_LOOK_EVERY_S)
            if loop.time() - asked >= _QUERY_EVERY_S:
                asked = loop.time()
                await self._ask_brokers()
        left = len(self._working(scope))
        if left:
            checklist.end("confirm", f"{left} orders not confirmed", state=StepState.FAILED)
        else:
            checklist.update(cancel_confirmed_ms=checklist.elapsed_ms())
            checklist.end("confirm", "no order works")

    async def _ask_brokers(self) -> bool:
        """Reconcile with every broker at the same time; False when one of them did not answer."""

        async def ask(link: BrokerLink) -> bool:
            try:
                async with asyncio.timeout(_QUERY_WITHIN_S):
                    await link.reconcile()
            except (BrokerError, StorageError, TimeoutError) as error:
                _log.warning("kill_switch_query_failed", broker=link.broker.name, error=str(error))
                return False
            return True

        return all(await asyncio.gather(*(ask(link) for link in self._links)))

    async def _flatten(self, checklist: Checklist) -> None:
        if checklist.report.mode is not KillMode.FLATTEN:
            checklist.end("flatten", "cancel only, as asked", state=StepState.SKIPPED)
            return
        checklist.begin("flatten")
        scope = checklist.report.scope
        count = len(holdings(self._recorder.fold, scope))
        checklist.update(positions_flattened=count)
        await self._close_holdings(scope, checklist.report.reason)
        left = len(holdings(self._recorder.fold, scope))
        state = StepState.FAILED if left else StepState.DONE
        checklist.end("flatten", f"{count - left} of {count} positions closed", state=state)

    async def _close_holdings(self, scope: str, reason: str) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while holdings(self._recorder.fold, scope):
            sent = await self._send_closing(scope, reason)
            if loop.time() - began > _FLAT_WITHIN_S:
                return
            await asyncio.sleep(10 * _LOOK_EVERY_S if sent else _LOOK_EVERY_S)

    async def _send_closing(self, scope: str, reason: str) -> int:
        """Close what no order of the kill switch closes already; return how many orders were sent."""
        fold = self._recorder.fold
        # One after the other: a sequence that was widened to a larger scope must not close anything twice.
        async with self._closing:
            closing = {
                (order.intent.account, order.intent.strategy, order.intent.instrument)
                for order in fold.registry.working()
                if order.intent.purpose is OrderPurpose.KILL_SWITCH
            }
            intents = closing_intents(
                fold,
                [holding for holding in holdings(fold, scope) if holding not in closing],
                ids=self._ids,
                clock=self._clock,
                purpose=OrderPurpose.KILL_SWITCH,
                reason=f"kill switch: {reason}",
            )
            if intents:
                await self._router.submit(intents)
            return len(intents)

    async def _stop(self, checklist: Checklist) -> None:
        checklist.begin("stop strategies")
        try:
            count = await self._stop_strategies(checklist.report.scope)
        except AresError as error:
            checklist.end("stop strategies", str(error), state=StepState.FAILED)
        else:
            checklist.end("stop strategies", f"{count} stopped")

    async def _verify(self, checklist: Checklist) -> bool:
        """Ask the brokers until orders and positions are gone twice in a row."""
        checklist.begin("verify")
        scope, mode = checklist.report.scope, checklist.report.mode
        for wanted in (1, 2):
            answered = await self._ask_brokers()
            clean = not self._working(scope)
            if mode is KillMode.FLATTEN:
                clean = clean and not holdings(self._recorder.fold, scope)
            if not (answered and clean):
                detail = "a broker did not answer" if not answered else "orders or positions are left"
                checklist.end("verify", detail, state=StepState.FAILED)
                return False
            _log.info("kill_switch_clean", look=wanted)
        checklist.end("verify", "clean twice in a row")
        return True

    def _residue(self, scope: str, mode: KillMode) -> tuple[Residue, ...]:
        again = "tried again until it is gone"
        left = [
            Residue(item=order.id, detail=f"order is {order.state}", next_action=again)
            for order in self._working(scope)
        ]
        if mode is KillMode.FLATTEN:
            fold = self._recorder.fold
            left += [
                Residue(
                    item=instrument,
                    detail=f"{strategy} holds {fold.ledger.position(account, strategy, instrument).quantity}",
                    next_action=again,
                )
                for account, strategy, instrument in holdings(fold, scope)
            ]
        left += [
            Residue(
                item=link.broker.name,
                detail=f"broker is {link.status.state}",
                next_action="asked again once it is back",
            )
            for link in self._links
            if not link.status.connected
        ]
        return tuple(left)

    async def _pursue(self, checklist: Checklist) -> None:
        """Go on, slower each time, until nothing is left."""
        wait_s = _PURSUE_FIRST_S
        report = checklist.report
        while True:
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _PURSUE_LAST_S)
            await self._cancel_everywhere([order.id for order in self._working(report.scope)], report.reason)
            if report.mode is KillMode.FLATTEN:
                await self._close_holdings(report.scope, report.reason)
            flat = await self._verify(checklist)
            checklist.update(residue=() if flat else self._residue(report.scope, report.mode))
            if flat:
                if report.mode is KillMode.FLATTEN:
                    checklist.update(flat_ms=checklist.elapsed_ms())
                await self._journal(checklist)
                return
