"""Starts and stops strategy instances."""

import asyncio

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import Fault, StrategyInstance
from ares_desktop.engine.managers.strategy_parts import StrategyParts

_log = structlog.get_logger(__name__)


class InstanceLives:
    """Switches instances on and off, one change of an instance at a time."""

    def __init__(self, parts: StrategyParts) -> None:
        self._parts = parts

    async def enable(self, name: str, *, source: str) -> None:
        """Switch an instance on and return once its worker lives.

        Raises:
            UsageError: when there is none of that name, or it can't be funded.
            RefusedError: while the kill switch is engaged.
            StrategyError: when its worker did not start; the status shows the fault.
        """
        async with self._parts.alone(name) as instance:
            self._parts.instances.refuse_when_halted(instance)
            if not self._parts.is_running(instance.name):
                await self._parts.instances.save(msgspec.structs.replace(instance, active=True), source)
                await self._start(instance.name)

    async def disable(self, name: str, *, source: str) -> None:
        """Switch an instance off: its worker stops, its working orders are canceled, its positions stay.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when the journal could not keep it; the worker is stopped nevertheless.
        """
        async with self._parts.alone(name) as instance:
            try:
                await self.switch_off(instance, source)
            finally:
                self._parts.router.cancel_later(self._parts.working(instance.name), reason=f"{name} was switched off")
                self._parts.show(instance.name)

    async def restore(self) -> None:
        """Start every instance whose requested state is active, all at once; faults are shown, not raised."""
        await asyncio.gather(*(self._start_quietly(item.name) for item in self._parts.instances.all() if item.active))

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
                self._parts.instances.refuse_when_halted(self._parts.instances.get(name))
                await self._start(name)
        except AresError as error:
            _log.warning("strategy_not_started", strategy=name, error=str(error))
            if self._parts.reports.fault(name) is None:
                self._parts.reports.faulted(name, Fault(kind="start", message=str(error)))
        self._parts.show(name)
