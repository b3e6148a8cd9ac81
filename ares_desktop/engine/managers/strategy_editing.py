"""Adds, changes and removes strategy instances."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.events import InstanceRemoved
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.strategies import Isolation, StrategyInstance
from ares_desktop.engine.managers.new_instance import new_instance
from ares_desktop.engine.managers.strategy_lives import InstanceLives
from ares_desktop.engine.managers.strategy_parts import StrategyParts

_CANCEL_WITHIN_S: Final = 5.0


class InstanceEditing:
    """Changes what instances there are and how they are configured."""

    def __init__(self, parts: StrategyParts, lives: InstanceLives) -> None:
        self._parts = parts
        self._lives = lives

    async def add(
        self,
        file: str,
        *,
        source: str,
        name: str | None = None,
        instruments: Sequence[InstrumentId] = (),
        capital: Decimal | None = None,
        parameters: Mapping[str, Any] | None = None,
        isolation: Isolation | None = None,
    ) -> StrategyId:
        """Add an instance of a file, switched off, and return its name.

        Raises:
            UsageError: with every finding: file, name, instruments, capital, parameters.
        """
        path = self._parts.catalog.find(file)
        instance = new_instance(
            str(path),
            name=name,
            instruments=instruments,
            capital=capital,
            parameters=parameters or {},
            isolation=isolation,
            defaults=self._parts.defaults,
            taken=self._parts.instances.names(),
        )
        await self._parts.check_parameters(str(path), instance.parameters)
        await self._parts.instances.save(instance, source)
        return instance.name

    async def remove(self, name: str, *, source: str) -> StrategyInstance:
        """Stop and forget an instance, and return what it was; its cash goes back to the unassigned book.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while it holds positions, or its orders are not certainly gone.
        """
        async with self._parts.alone(name) as instance:
            self._parts.instances.refuse_when_holding(instance)
            await self._lives.switch_off(instance, source)
            gone = await self._parts.router.cancel_for_certain(
                self._parts.working(instance.name), reason=f"{name} was removed", within_s=_CANCEL_WITHIN_S
            )
            if not gone:
                raise RefusedError("ORDERS_WORKING", f"the broker has not confirmed that {name}'s orders are canceled")
            self._parts.instances.refuse_when_holding(instance)
            await self._parts.funding.give_back(instance)
            await self._parts.recorder.record(
                InstanceRemoved(name=instance.name, source=source, at=self._parts.wall.now())
            )
            self._parts.reports.forget_fault(instance.name)
            self._parts.workers.forget(instance.name)
        return instance

    async def set_parameters(self, name: str, values: Mapping[str, Any], *, source: str) -> None:
        """Change parameters; a running instance takes them over at its next bar.

        Raises:
            UsageError: with every finding; then nothing is changed.
        """
        async with self._parts.alone(name) as instance:
            changed = {**instance.parameters, **values}
            if self._parts.is_running(instance.name):
                await self._parts.workers.set_parameters(instance.name, changed)
            else:
                await self._parts.check_parameters(instance.file, changed)
            await self._parts.instances.save(msgspec.structs.replace(instance, parameters=changed), source)
