"""Named parameter values of strategy files."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding, StorageError, StrategyError, UsageError
from ares_desktop.domain.versions import Preset
from ares_desktop.engine.managers.instance_checks import in_parameters, value_faults
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.ports.preset_store import PresetStore

_LONGEST: Final = 60


class StrategyPresets:
    """Keeps presets for each strategy file, by the file's name."""

    def __init__(self, parts: StrategyParts) -> None:
        self._parts = parts
        self._one_at_a_time = asyncio.Lock()

    def of(self, strategy: str) -> tuple[Preset, ...]:
        """Return the presets of a strategy file by name.

        Raises:
            StorageError: when what is kept is damaged or can't be read; it says where.
        """
        return tuple(self._store.load(_key(strategy)))

    async def save(self, preset: Preset) -> None:
        """Keep a preset, in place of one of its name.

        Raises:
            UsageError: with every finding about its name and its values.
            StorageError: when what is kept is damaged or can't be written; it stays as it is then.
        """
        findings = [*_name_findings(preset.name), *value_faults(preset.parameters)]
        try:
            if not value_faults(preset.parameters):
                await self._parts.check_parameters(str(self._parts.catalog.find(preset.strategy)), preset.parameters)
        except UsageError as error:
            findings += [in_parameters(finding) for finding in error.findings]
        except StrategyError as error:
            findings.append(Finding(place="strategy", value=preset.strategy, problem=str(error)))
        if findings:
            raise UsageError(*findings)
        key = _key(preset.strategy)
        fresh = msgspec.structs.replace(preset, name=preset.name.strip(), strategy=key)
        async with self._one_at_a_time:
            others = [item for item in await self._load(key) if item.name != fresh.name]
            await asyncio.to_thread(self._store.save, key, [*others, fresh])

    async def delete(self, strategy: str, name: str) -> None:
        """Forget a preset.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when what is kept is damaged or can't be written; it stays as it is then.
        """
        key = _key(strategy)
        async with self._one_at_a_time:
            kept = await self._load(key)
            others = [item for item in kept if item.name != name]
            if len(others) == len(kept):
                known = ", ".join(item.name for item in kept) or "none"
                raise UsageError(
                    Finding(place="preset", value=name, problem="is not known", remedy=f"Known ones are {known}.")
                )
            await asyncio.to_thread(self._store.save, key, others)

    async def _load(self, key: str) -> tuple[Preset, ...]:
        return tuple(await asyncio.to_thread(self._store.load, key))

    @property
    def _store(self) -> PresetStore:
        if self._parts.presets is None:
            raise StorageError("no store of presets is attached")
        return self._parts.presets


def _key(strategy: str) -> str:
    return Path(strategy).name.removesuffix(".py")


def _name_findings(name: str) -> tuple[Finding, ...]:
    text = name.strip()
    if text and len(text) <= _LONGEST and text.isprintable():
        return ()
    remedy = f"Use 1 to {_LONGEST} printable characters."
    return (Finding(place="name", value=name, problem="can't be a preset's name", remedy=remedy),)
