"""Starts and stops strategy instances."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, Finding, StrategyError, UsageError
from ares_desktop.domain.events import StrategyReloaded
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.risk import TradingState
from ares_desktop.domain.strategies import Fault, StrategyInstance, StrategyState
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.managers.strategy_reloads import StrategyReloads
from ares_desktop.engine.managers.strategy_starts import start_in_order
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.runtime.waiting import until

_log = structlog.get_logger(__name__)
_RELOAD_S: Final = 30.0
_READY_S: Final = 10.0

BeforeStart = Callable[[StrategyInstance, bool, str], Awaitable[None]]


class InstanceLives:
    """Switches instances on and off, one change of an instance at a time.

    Attributes:
        before_start: awaited with instance, force and source by :meth:`enable` before anything is recorded.
        reloads: keeps what runs in step with the files on disk.
    """

    def __init__(self, parts: StrategyParts) -> None:
        self._parts = parts
        self.before_start: BeforeStart | None = None
        self.reloads = StrategyReloads(parts, lambda name: self.reload(name, source="file"))
        self._tasks = TaskSet("strategy lives")

    async def enable(self, name: str, *, source: str, force: bool = False) -> None:
        """Switch an instance on and return once its worker lives.

        Args:
            name: of the instance.
            source: who switches it on.
            force: in spite of checks that failed, where they leave that to a person.

        Raises:
            UsageError: when there is none of that name, or it can't be funded.
            RefusedError: while the kill switch is engaged, or when checks before the start failed.
            StrategyError: when its worker did not start; the status shows the fault.
        """
        async with self._parts.alone(name) as instance:
            self._parts.instances.refuse_when_halted(instance)
            if not self._parts.is_running(instance.name):
                if self.before_start is not None:
                    await self.before_start(instance, force, source)
                await self._parts.instances.save(msgspec.structs.replace(instance, active=True), source)
                try:
                    await self._start(instance.name)
                except UsageError:
                    # Another one took the money after the checks: what was refused is not left switched on.
                    await self._parts.instances.save(msgspec.structs.replace(instance, active=False), source)
                    raise

    async def disable(self, name: str, *, source: str) -> None:
        """Switch an instance off: its worker stops, its working orders are canceled, its positions stay.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when the journal could not keep it; the worker is stopped nevertheless.
        """
        self._parts.abort_swap(name, "it is being switched off")
        async with self._parts.alone(name) as instance:
            try:
                await self.switch_off(instance, source)
            finally:
                # The kill switch switches off while it closes: its own orders go on.
                orders = self._parts.working_of_its_own(instance.name)
                self._parts.router.cancel_later(orders, reason=f"{name} was switched off")
                self._parts.show(instance.name)

    async def pause(self, name: str, *, source: str) -> None:
        """Let an instance see data but not trade.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while the kill switch is engaged.
        """
        await self._parts.instances.set_trading(name, TradingState.PAUSED, source)

    async def close_only(self, name: str, *, source: str) -> None:
        """Let an instance reduce its positions, but open none; errors as :meth:`pause`."""
        await self._parts.instances.set_trading(name, TradingState.REDUCING, source)

    async def resume(self, name: str, *, source: str) -> None:
        """Let an instance trade again; errors as :meth:`pause`."""
        await self._parts.instances.set_trading(name, TradingState.ACTIVE, source)

    async def restart(self, name: str, *, source: str) -> None:
        """End an instance's worker and start it again: in order, or at once when it is stalled.

        Its working orders stay; the fresh worker finds them. A fault is forgotten, and restarts are counted anew.

        Raises:
            UsageError: when there is none of that name, or it is switched off.
            RefusedError: while the kill switch is engaged.
            StrategyError: when its worker did not start; the status shows the fault.
        """
        self._parts.abort_swap(name, "it is being restarted")
        async with self._parts.alone(name) as instance:
            self._parts.instances.refuse_when_halted(instance)
            if not instance.active:
                raise UsageError(
                    Finding(place="strategy", value=name, problem="is switched off", remedy="Enable it instead.")
                )
            _log.info("strategy_restarted", strategy=instance.name, source=source)
            worker = self._parts.workers.status(instance.name)
            if worker is not None and worker.state is StrategyState.STALLED:
                await self._parts.workers.kill(instance.name)
            else:
                await self._parts.workers.stop(instance.name, grace_s=self._parts.grace_s)
            await self._start(instance.name)

    async def end(self, name: str, *, source: str) -> None:
        """End an instance's worker at once, without ``on_stop``, and leave it switched off.

        Its working orders are canceled or kept as after a fault; protective ones stay.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when the journal could not keep it; the worker is ended nevertheless.
        """
        ended = self._parts.instances.get(name).name
        # Before anybody is waited for: whoever holds the lock may be waiting for this very worker.
        await self._parts.workers.kill(ended)
        async with self._parts.alone(name) as instance:
            try:
                await self.switch_off(instance, source)
            finally:
                self._parts.reports.settle_orders(instance.name, f"{name} was ended by {source}")
                self._parts.show(instance.name)

    async def reload(self, name: str, *, source: str) -> None:
        """Have a running instance go on with its file as it is now, at its next bar, with its state.

        Raises:
            UsageError: when there is none of that name.
            StrategyError: with its fault, when the file could not take over; what ran runs on, and the status shows
                the fault.
            StorageError: when the journal could not keep it; the file has taken over nevertheless.
        """
        async with self._parts.alone(name) as instance:
            if not self._parts.is_running(instance.name):
                msg = f"{name} does not run; it takes its file as it is when it is started"
                raise StrategyError(msg)
            try:
                setup = self._parts.setup(instance.name)
                await self._parts.workers.swap(instance.name, setup, timeout_s=_RELOAD_S)
            except StrategyError as error:
                fault = error.fault or Fault(kind="reload", message=str(error), file=instance.file)
                self._parts.reloads.failed(instance.name, fault)
                self._parts.show(instance.name)
                raise
            await self._reloaded(instance.name, setup.file, source)

    async def _reloaded(self, name: StrategyId, file: str, source: str) -> None:
        worker, now = self._parts.workers.status(name), self._parts.wall.now()
        sha256 = worker.sha256 if worker is not None else ""
        self._parts.reloads.done(name, now)
        self._parts.show(name)
        _log.info("strategy_reloaded", strategy=name, file=file, sha256=sha256, source=source)
        await self._parts.recorder.record(StrategyReloaded(name=name, file=file, sha256=sha256, at=now))

    async def restore(self) -> None:
        """Start every instance whose requested state is active, in their order; faults are shown, not raised."""
        active = [item for item in self._parts.instances.all() if item.active]
        await start_in_order(active, self._start_and_wait, self._tasks)

    async def close(self) -> None:
        """End what is under way: starts that hang, and swaps."""
        await self.reloads.close()
        await self._tasks.close()

    async def stop_scope(self, scope: str) -> int:
        """Stop the workers in a kill switch's scope and leave them switched off; return how many.

        Raises:
            AresError: after all were stopped, when one of them could not be recorded as switched off.
        """
        running = [
            item.name
            for item in self._parts.instances.within(scope)
            if item.active or self._parts.is_running(item.name)
        ]
        disabling = (self.disable(name, source="kill switch") for name in running)
        results = await asyncio.gather(*disabling, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(running)

    async def switch_off(self, instance: StrategyInstance, source: str) -> None:
        """Record an instance as switched off and stop its worker; for a caller that holds its lock.

        Raises:
            StorageError: when the journal could not keep it; the worker is stopped nevertheless.
        """
        try:
            if instance.active:
                await self._parts.instances.save(msgspec.structs.replace(instance, active=False), source)
        finally:
            # Also when the journal fails: a worker that is told to stop must not go on trading.
            self._parts.reports.forget_fault(instance.name)
            await self._parts.workers.stop(instance.name, grace_s=self._parts.grace_s)

    async def _start(self, name: StrategyId) -> None:
        instance = self._parts.instances.get(name)
        self._parts.reports.forget_fault(name)
        self._parts.reloads.forgive(name)
        missing = self._parts.setups.missing(instance)
        if missing:
            fault = Fault(kind="data", message=f"the feed has no {', '.join(missing)}", file=instance.file)
            self._parts.reports.faulted(name, fault)
            message = f"{name}: {fault.message}"
            raise StrategyError(message)
        await self._parts.funding.ensure(instance)
        await self._parts.workers.start(self._parts.setup(name))

    async def _start_quietly(self, name: StrategyId) -> None:
        try:
            async with self._parts.locks[name]:
                instance = self._parts.instances.get(name)
                # Halted, or switched off while this waited, is no fault of the strategy: it just does not start.
                if instance.active and not self._parts.instances.is_halted(instance):
                    await self._start(name)
        except AresError as error:
            _log.warning("strategy_not_started", strategy=name, error=str(error))
            if self._parts.reports.fault(name) is None:
                self._parts.reports.faulted(name, Fault(kind="start", message=str(error)))
        self._parts.show(name)

    async def _start_and_wait(self, name: StrategyId) -> None:
        """Start an instance and return once it runs, or does not: the next ones may need what it publishes."""
        await self._start_quietly(name)
        await until(lambda: not self._gets_ready(name), within_s=_READY_S, every_s=0.02)

    def _gets_ready(self, name: StrategyId) -> bool:
        worker = self._parts.workers.status(name)
        return worker is not None and worker.state in {StrategyState.STARTING, StrategyState.WARMING_UP}
