"""Looks at what a run is asked to do before it starts, and finds everything that is wrong with it at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.backtest.search.ranges import ranges_in_force
from ares_desktop.engine.backtest.validation import backtest_findings, search_findings
from ares_desktop.engine.data.directory import InstrumentDirectory
from ares_desktop.engine.hosting.catalog import refuse_faulty

_TYPES: Final[Mapping[str, Callable[[str], Any]]] = {
    "int": int,
    "float": float,
    "bool": lambda text: text.strip().lower() in {"1", "true", "t", "yes", "y", "on"},
}
"""How text that was found valid becomes a value; the words are those that pydantic takes for true."""


class StrategyFiles(Protocol):
    """Finds strategy files and looks at them without running them here."""

    def find(self, file: str) -> Path:
        """Return the file that a name or a path means; StrategyError when there is none."""

    def check_parameters(self, file: str, values: Mapping[str, Any]) -> Awaitable[CatalogEntry]:
        """Describe a file and validate values; UsageError with every finding."""


class SpecCheck:
    """Checks specifications against the strategies' own declarations and the data there is.

    Args:
        files: strategy files.
        market: past data.
    """

    def __init__(self, files: StrategyFiles, market: MarketData) -> None:
        self._files = files
        self._market = market

    async def backtest(self, spec: BacktestSpec, found: Sequence[Finding] = ()) -> BacktestSpec:
        """Return a specification with absolute paths and whole parameters.

        Args:
            spec: as a person gave it.
            found: what is wrong already, to be reported with the rest.

        Raises:
            UsageError: with every finding.
        """
        checked, _, findings = await self._look(spec)
        if found or findings:
            raise UsageError(*found, *findings)
        return checked

    async def search(self, spec: SearchSpec, found: Sequence[Finding] = ()) -> SearchSpec:
        """Return a search over a specification as :meth:`backtest` returns it; errors likewise.

        Without ranges it is over those that the strategy declares.
        """
        checked, entries, findings = await self._look(spec.backtest)
        entry = entries.get(spec.strategy)
        if entry is not None:
            spec = msgspec.structs.replace(spec, ranges=ranges_in_force(spec.ranges, entry.parameters))
        findings += search_findings(spec, entry)
        if found or findings:
            raise UsageError(*found, *findings)
        ranges = tuple(
            msgspec.structs.replace(item, choices=tuple(_typed(value, item.name, entry) for value in item.choices))
            for item in spec.ranges
        )
        return msgspec.structs.replace(spec, backtest=checked, ranges=ranges)

    def located(self, spec: BacktestSpec) -> BacktestSpec:
        """Return a specification of what runs already with absolute paths of its strategy files.

        Raises:
            UsageError: when a file is not there any more.
        """
        findings: list[Finding] = []
        strategies = []
        for instance in spec.strategies:
            try:
                strategies.append(msgspec.structs.replace(instance, file=str(self._files.find(instance.file))))
            except StrategyError as error:
                findings.append(_not_found(instance, error))
        if findings:
            raise UsageError(*findings)
        return msgspec.structs.replace(spec, strategies=tuple(strategies))

    async def _look(self, spec: BacktestSpec) -> tuple[BacktestSpec, dict[str, CatalogEntry], list[Finding]]:
        findings = list(backtest_findings(spec))
        findings += await asyncio.to_thread(self._market.findings, spec.data)
        looked = await asyncio.gather(*(self._strategy(item) for item in spec.strategies))
        strategies: list[StrategyInstance] = []
        entries: dict[str, CatalogEntry] = {}
        for instance, entry, faults in looked:
            findings += faults
            strategies.append(instance)
            if entry is not None:
                entries[instance.name] = entry
        checked = msgspec.structs.replace(spec, strategies=tuple(strategies))
        if not findings and any(_without_venue(item) for item in strategies):
            checked, wrong = await asyncio.to_thread(self._with_venues, checked)
            findings += wrong
        return checked, entries, findings

    def _with_venues(self, spec: BacktestSpec) -> tuple[BacktestSpec, list[Finding]]:
        """Return a specification whose instruments were looked up in the data, where one has no venue; blocks."""
        known = [item.instrument for item in self._market.load(spec.data)]
        directory = InstrumentDirectory(lambda: known)
        findings: list[Finding] = []

        def resolved(name: InstrumentId) -> InstrumentId:
            try:
                return directory.resolve(name)
            except UsageError as error:
                findings.extend(error.findings)
                return name

        strategies = tuple(
            msgspec.structs.replace(item, instruments=tuple(map(resolved, item.instruments)))
            for item in spec.strategies
        )
        return msgspec.structs.replace(spec, strategies=strategies), findings

    async def _strategy(
        self, instance: StrategyInstance
    ) -> tuple[StrategyInstance, CatalogEntry | None, Sequence[Finding]]:
        try:
            file = str(self._files.find(instance.file))
        except StrategyError as error:
            return instance, None, (_not_found(instance, error),)
        found = msgspec.structs.replace(instance, file=file)
        try:
            entry = await self._files.check_parameters(file, instance.parameters)
            refuse_faulty(entry)
        except UsageError as error:
            return found, await self._described(file), error.findings
        values = {name: _typed(value, name, entry) for name, value in found.parameters.items()}
        return msgspec.structs.replace(found, parameters=values), entry, ()

    async def _described(self, file: str) -> CatalogEntry | None:
        """Return what a file declares although values for it are wrong, so that all else is checked too."""
        try:
            return await self._files.check_parameters(file, {})
        except UsageError:
            return None


def _not_found(instance: StrategyInstance, error: StrategyError) -> Finding:
    remedy = "Name a file, or a strategy that comes with the application."
    return Finding(place="strategy", value=instance.file, problem=str(error), remedy=remedy)


def _without_venue(instance: StrategyInstance) -> bool:
    return any("." not in name for name in instance.instruments)


def _typed(value: Any, name: str, entry: CatalogEntry | None) -> Any:  # noqa: ANN401 - whatever type the parameter has
    """Return a value that was found valid as its parameter's type, where it came as text."""
    parameters = () if entry is None else entry.parameters
    kind = next((item.kind for item in parameters if item.name == name), "")
    if not isinstance(value, str) or kind not in _TYPES:
        return value
    return _TYPES[kind](value)
