"""Adds, changes and removes strategy instances."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.domain.differences import without_switches
from ares_desktop.domain.errors import Finding, RefusedError, StrategyError, UsageError
from ares_desktop.domain.events import InstanceRemoved
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.strategies import Isolation, StrategyInstance, StrategyStatus
from ares_desktop.domain.versions import Change, Preset
from ares_desktop.engine.managers.instance_change import change_between, refuse_unsafe
from ares_desktop.engine.managers.instance_checks import Surroundings, find_faults, in_parameters, value_faults
from ares_desktop.engine.managers.instance_putting import put_in_force
from ares_desktop.engine.managers.instance_text import ReadInstance, read_instances, write_instances
from ares_desktop.engine.managers.new_instance import name_findings, new_instance
from ares_desktop.engine.managers.strategy_lives import InstanceLives
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.managers.strategy_presets import StrategyPresets

_CANCEL_WITHIN_S: Final = 5.0


class InstanceEditing:
    """Changes what instances there are and how they are configured."""

    def __init__(self, parts: StrategyParts, lives: InstanceLives) -> None:
        self._parts = parts
        self._lives = lives
        self._presets = StrategyPresets(parts)
        self._adding = asyncio.Lock()

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
        async with self._adding:
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
            if findings := value_faults(instance.parameters):
                raise UsageError(*findings)
            await self._parts.check_parameters(str(path), instance.parameters)
            await self._parts.instances.save(instance, source)
        return instance.name

    async def create(self, instance: StrategyInstance, *, source: str, note: str = "") -> StrategyStatus:
        """Add an instance out of a whole draft, switched off.

        Raises:
            UsageError: with every finding; then nothing is added.
        """
        async with self._adding:
            findings = await self.validate(instance, new=True)
            if findings:
                raise UsageError(*findings)
            await self._parts.instances.save(self._switched_off(instance), source, note)
        return self._parts.status(instance.name)

    async def duplicate(self, name: str, new_name: str, *, source: str) -> StrategyStatus:
        """Add an instance that is configured as another one is, switched off.

        Raises:
            UsageError: when there is none of that name, or with every finding about the new one.
        """
        copy = msgspec.structs.replace(self._parts.instances.get(name), name=StrategyId(new_name))
        return await self.create(copy, source=source, note=f"a copy of {name}")

    def draft(self, file: str, name: str | None = None) -> StrategyInstance:
        """Return a new instance of a file with the defaults of the settings, for a form; nothing is added.

        A name is taken as it is, to be judged by :meth:`validate`; without one a free one is chosen.

        Raises:
            StrategyError: when there is no such file.
        """
        made = new_instance(
            str(self._parts.catalog.find(file)),
            name=None,
            instruments=(),
            capital=None,
            parameters={},
            isolation=None,
            defaults=self._parts.defaults,
            taken=self._parts.instances.names(),
        )
        return made if name is None else msgspec.structs.replace(made, name=StrategyId(name))

    async def validate(self, instance: StrategyInstance, *, new: bool = False) -> tuple[Finding, ...]:
        """Return everything that is wrong with a configuration; places are its fields, such as ``parameters.fast``.

        Args:
            instance: as it would be applied or created.
            new: its name must be free; else it is a change of the instance of that name, where there is one.
        """
        known = self._parts.recorder.fold.instances
        present = None if new else known.get(instance.name)
        names = () if present is not None else tuple(name_findings(instance.name, known.keys()))
        findings = (*names, *self._field_findings(instance, present))
        if present is None or (present.file, present.parameters) != (instance.file, instance.parameters):
            findings += await self._code_findings(instance)
        return findings

    async def change_of(self, instance: StrategyInstance) -> Change:
        """Return what applying a configuration would do.

        Raises:
            UsageError: when there is none of that name, or its money can't be moved.
            RefusedError: when it takes away an instrument or an account in use.
        """
        present = self._parts.instances.get(instance.name)
        wanted = self._wanted(present, instance)
        running = self._parts.is_running(present.name)
        refuse_unsafe(present, wanted, self._parts.recorder.fold, running=running)
        moved = self._parts.funding.due(present, wanted)
        return change_between(present, wanted, running=running, moves_money=bool(moved))

    async def apply(self, instance: StrategyInstance, *, source: str, note: str = "") -> Change:
        """Put a configuration in force, all or nothing; its switches stay what they are.

        Parameters of a running instance take effect at its next bar, what a worker gets at its start by a fresh
        worker that takes over at a bar boundary, everything else at once.

        Raises:
            UsageError: with every finding; then nothing is changed.
            RefusedError: when it takes away an instrument or an account in use.
            StrategyError: when the worker does not take it over; the old configuration stays in force.
            StorageError: when the journal could not keep it; then nothing is changed either.
        """
        async with self._parts.alone(instance.name) as present:
            wanted = self._wanted(present, instance)
            running = self._parts.is_running(present.name)
            refuse_unsafe(present, wanted, self._parts.recorder.fold, running=running)
            findings = self._field_findings(wanted, present)
            # A running worker judges its parameters itself: the file may have changed since it was loaded.
            asked_elsewhere = running and wanted.file == present.file
            if (wanted.file, wanted.parameters) != (present.file, present.parameters) and not asked_elsewhere:
                findings += await self._code_findings(wanted)
            if findings:
                raise UsageError(*findings)
            return await put_in_force(self._parts, present, wanted, source=source, note=note)

    async def set_parameters(self, name: str, values: Mapping[str, Any], *, source: str) -> None:
        """Change parameters; a running instance takes them over at its next bar.

        Raises:
            UsageError: with every finding; then nothing is changed.
        """
        async with self._parts.alone(name) as present:
            wanted = msgspec.structs.replace(present, parameters={**present.parameters, **values})
            findings = value_faults(wanted.parameters)
            if not self._parts.is_running(present.name):
                findings += await self._code_findings(wanted)
            if findings:
                raise UsageError(*findings)
            await put_in_force(self._parts, present, wanted, source=source)

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

    def export_text(self, names: Sequence[str] = ()) -> str:
        """Return the TOML of instances, of all of them when none is named.

        Raises:
            UsageError: when there is none of a name.
        """
        chosen = [self._parts.instances.get(name) for name in names or self._parts.instances.names()]
        return write_instances(msgspec.structs.replace(item, file=self._short(item.file)) for item in chosen)

    async def import_text(self, text: str, *, source: str) -> tuple[StrategyId, ...]:
        """Add every instance of a text that :meth:`export_text` made, switched off, and return their names.

        Raises:
            UsageError: with every finding and its line; then none of them is added.
            StorageError: when the journal could not keep them; then none of them is added either.
        """
        async with self._adding:
            read, found = read_instances(text, account=self._parts.defaults.account)
            findings = [*found, *_doubled(read)]
            for item in read:
                findings += [item.placed(finding) for finding in await self.validate(item.instance, new=True)]
            if findings:
                raise UsageError(*findings)
            added = [self._switched_off(item.instance) for item in read]
            await self._parts.instances.save_all(added, source, note="imported")
        return tuple(item.name for item in added)

    def presets(self, strategy: str) -> tuple[Preset, ...]:
        """Return the presets of a strategy file by name; errors as :meth:`StrategyPresets.of`."""
        return self._presets.of(strategy)

    async def save_preset(self, preset: Preset) -> None:
        """Keep a preset, in place of one of its name; errors as :meth:`StrategyPresets.save`."""
        await self._presets.save(preset)

    async def delete_preset(self, strategy: str, name: str) -> None:
        """Forget a preset; errors as :meth:`StrategyPresets.delete`."""
        await self._presets.delete(strategy, name)

    def _field_findings(self, instance: StrategyInstance, present: StrategyInstance | None) -> tuple[Finding, ...]:
        around = Surroundings(
            accounts={self._parts.defaults.account, *((present.account,) if present else ())},
            missing=self._parts.setups.missing,
            present=present,
        )
        # What an older version of the program let pass is not asked about again with every change.
        known = find_faults(present, around) if present else ()
        return tuple(finding for finding in find_faults(instance, around) if finding not in known)

    async def _code_findings(self, instance: StrategyInstance) -> tuple[Finding, ...]:
        """Return what the file's own model says; nothing of values that it can't be sent."""
        if value_faults(instance.parameters):
            return ()
        try:
            file = str(self._parts.catalog.find(instance.file))
        except StrategyError:
            remedy = "Check the path, or the strategy folders in the settings."
            return (Finding(place="file", value=instance.file, problem="there is no such file", remedy=remedy),)
        try:
            await self._parts.check_parameters(file, instance.parameters)
        except UsageError as error:
            return tuple(in_parameters(finding) for finding in error.findings)
        return ()

    def _wanted(self, present: StrategyInstance, instance: StrategyInstance) -> StrategyInstance:
        """Return a configuration with the switches in force, its file written as the one in force is."""
        file = instance.file
        if file != present.file and self._path(file) == self._path(present.file):
            file = present.file
        return msgspec.structs.replace(
            instance,
            active=present.active,
            paused=present.paused,
            file=file if file == present.file else self._path(file),
        )

    def _switched_off(self, instance: StrategyInstance) -> StrategyInstance:
        return msgspec.structs.replace(without_switches(instance), file=self._path(instance.file))

    def _path(self, file: str) -> str:
        try:
            return str(self._parts.catalog.find(file))
        except StrategyError:
            return file

    def _short(self, file: str) -> str:
        """Return the name of a file that the strategy folders give for it, else the file."""
        stem = self._path(file).rpartition("/")[2].removesuffix(".py")
        return stem if self._path(stem) == self._path(file) else file


def _doubled(read: Sequence[ReadInstance]) -> list[Finding]:
    seen: set[StrategyId] = set()
    findings = []
    for item in read:
        if item.instance.name in seen:
            finding = Finding(place="name", value=item.instance.name, problem="is used twice in this text")
            findings.append(item.placed(finding))
        seen.add(item.instance.name)
    return findings
