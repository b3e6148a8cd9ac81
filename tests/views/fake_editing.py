"""Drafts, presets, versions and previews without an engine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ares_desktop.domain.differences import difference
from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import StrategyInstance, StrategyState, StrategyStatus
from ares_desktop.domain.versions import Change, InstanceVersion, Preset
from tests.views.records import NOW, PAPER, a_status, changed

if TYPE_CHECKING:
    from tests.views.fake_trading import FakeStrategies


class FakeDrafts:
    """What is asked while an instance is configured; the slow average must be above the fast one."""

    def __init__(self, strategies: FakeStrategies) -> None:
        self._strategies = strategies
        self.refused: RefusedError | None = None
        self.effect = "next bar"
        self.known: list[Preset] = []
        self.asked: list[StrategyInstance] = []

    def draft(self, file: str, name: str | None = None) -> StrategyInstance:
        stem = Path(file).stem
        return StrategyInstance(name=StrategyId(name or stem), file=file, account=PAPER, instruments=())

    async def validate(self, instance: StrategyInstance, *, new: bool = False) -> tuple[Finding, ...]:
        del new
        self.asked.append(instance)
        found = []
        if int(instance.parameters.get("fast", 10)) >= int(instance.parameters.get("slow", 30)):
            found.append(Finding(place="slow", value="", problem="must be above fast"))
        if instance.weight > Decimal("0.8"):
            found.append(Finding(place="weight", value="", problem="leaves too little for the others"))
        return tuple(found)

    async def change_of(self, instance: StrategyInstance) -> Change:
        if self.refused is not None:
            raise self.refused
        present = self._strategies.by_name[instance.name].instance
        return Change(differences=difference(present, instance), effect=self.effect)

    async def apply(self, instance: StrategyInstance, *, source: str, note: str = "") -> Change:
        del source
        findings = await self.validate(instance)
        if findings:
            raise UsageError(*findings)
        change = await self.change_of(instance)
        self._strategies.calls.append(("apply", instance, note))
        self._strategies.put(changed(self._strategies.by_name[instance.name], instance=instance))
        return change

    async def create(self, instance: StrategyInstance, *, source: str, note: str = "") -> StrategyStatus:
        del source
        if instance.name in self._strategies.by_name:
            raise UsageError(Finding(place="name", value=instance.name, problem="is taken"))
        self._strategies.calls.append(("create", instance, note))
        made = changed(a_status(instance.name, StrategyState.STOPPED), instance=instance)
        self._strategies.put(made)
        return made

    async def import_text(self, text: str, *, source: str) -> tuple[StrategyId, ...]:
        del source
        self._strategies.calls.append(("import", text))
        return (StrategyId("imported"),)

    def presets(self, strategy: str) -> tuple[Preset, ...]:
        return tuple(one for one in self.known if Path(one.strategy).stem == Path(strategy).stem)

    async def save_preset(self, preset: Preset) -> None:
        self.known = [*(one for one in self.known if one.name != preset.name), preset]

    async def delete_preset(self, strategy: str, name: str) -> None:
        del strategy
        self.known = [one for one in self.known if one.name != name]


class FakeVersions:
    """Two versions of every instance: as it is, and before its slow average grew."""

    def __init__(self, strategies: FakeStrategies) -> None:
        self._strategies = strategies

    async def history(self, name: str) -> tuple[InstanceVersion, ...]:
        now = self._strategies.by_name[name].instance
        old = changed(now, parameters={**now.parameters, "slow": 25}, weight=Decimal("0.2"))
        more: dict[str, Any] = {"at": NOW, "source": "window"}
        return (
            InstanceVersion(number=2, instance=now, note="Slower", **more),
            InstanceVersion(number=1, instance=old, **more),
        )

    async def restore(self, name: str, number: int, *, source: str) -> Change:
        del source
        self._strategies.calls.append(("restore", name, number))
        old = next(one for one in await self.history(name) if one.number == number)
        change = Change(differences=difference(self._strategies.by_name[name].instance, old.instance), effect="now")
        self._strategies.put(changed(self._strategies.by_name[name], instance=old.instance))
        return change
