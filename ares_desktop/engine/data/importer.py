"""Data files into the local store, all of them or none."""

import asyncio
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.market import DataKind, ImportProgress, StoredSymbol
from ares_desktop.engine.data.actions import action_columns
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import BarStore

_SYMBOL: Final = re.compile(r"[A-Za-z0-9^][A-Za-z0-9 ._/=+^-]{0,99}")
Report = Callable[[ImportProgress], None]


class SeriesReader(Protocol):
    """Reads one file; blocks."""

    def __call__(self, path: Path, *, symbol: str | None, kind: DataKind | None) -> Series:
        """Return the file's series.

        Raises:
            UsageError: with every finding.
        """


class Importer:
    """Reads every file, and only when all are good writes them as new versions.

    Files of one symbol and kind are joined in time order. What the store had of them before is replaced.

    Args:
        store: receives the series.
        read: reads a file.
    """

    def __init__(self, store: BarStore, read: SeriesReader) -> None:
        self._store = store
        self._read = read

    async def run(
        self,
        files: Sequence[Path],
        *,
        symbol: str | None = None,
        kind: DataKind | None = None,
        report: Report | None = None,
    ) -> tuple[StoredSymbol, ...]:
        """Import files off the loop and say how far it is.

        Args:
            files: CSV, compressed CSV or Parquet.
            symbol: to store them under, None to take each file's name.
            kind: what they hold, None to tell from the columns.
            report: called on the loop after each file was read, and with what was stored.

        Raises:
            UsageError: with the findings of all files; then nothing is stored.
            StorageError: when the store fails.
        """
        say = report or (lambda _: None)
        read = await self._read_all(files, symbol, kind, say)
        stored = []
        for number, (file, series) in enumerate(_joined(read), start=1):
            item = await asyncio.to_thread(self._write, series)
            stored.append(item)
            say(ImportProgress(file=str(file), rows=item.rows, share=0.5 + 0.5 * number / len(read), stored=item))
        return tuple(stored)

    async def _read_all(
        self, files: Sequence[Path], symbol: str | None, kind: DataKind | None, say: Report
    ) -> list[tuple[Path, Series]]:
        findings = [] if files else [Finding(place="import", value="", problem="no files", remedy="Name at least one.")]
        read = []
        for number, file in enumerate(files, start=1):
            share = 0.5 * number / len(files)
            try:
                series = await asyncio.to_thread(self._read, file, symbol=symbol, kind=kind)
            except UsageError as error:
                findings.extend(error.findings)
                say(ImportProgress(file=str(file), rows=0, share=share, error=str(error)))
                continue
            findings.extend(_symbol_findings(file, series))
            read.append((file, series))
            say(ImportProgress(file=str(file), rows=len(series), share=share))
        findings.extend(_overlaps(read))
        if findings:
            raise UsageError(*findings)
        return read

    def _write(self, series: Series) -> StoredSymbol:
        spec = "" if series.spec is None else str(series.spec)
        instrument = series.instrument
        columns = {**series.columns, **action_columns(series.starts, series.actions)}
        return self._store.write(instrument.symbol, series.kind, spec, instrument.id, columns)


def _symbol_findings(file: Path, series: Series) -> list[Finding]:
    symbol = series.instrument.symbol
    if _SYMBOL.fullmatch(symbol):
        return []
    remedy = "Give another one with --symbol: letters, digits and . _ / = + ^ - or spaces."
    return [Finding(place=str(file), value=symbol, problem="can't be stored under this symbol", remedy=remedy)]


def _groups(read: Sequence[tuple[Path, Series]]) -> list[list[tuple[Path, Series]]]:
    """Return the files of each symbol and kind in time order."""
    groups: dict[tuple[str, DataKind], list[tuple[Path, Series]]] = {}
    for file, series in read:
        groups.setdefault((series.instrument.id, series.kind), []).append((file, series))
    return [sorted(group, key=lambda item: int(item[1].ts[0])) for group in groups.values()]


def _overlaps(read: Sequence[tuple[Path, Series]]) -> list[Finding]:
    findings = []
    for group in _groups(read):
        for (_, before), (file, after) in pairwise(group):
            if after.spec != before.spec:
                problem = f"holds {after.spec or 'ticks'} where others of {after.instrument.symbol} hold {before.spec}"
                findings.append(Finding(place=str(file), value="", problem=problem, remedy="Use another --symbol."))
            elif after.starts[0] < before.ts[-1]:
                problem = f"overlaps with another file of {after.instrument.symbol}"
                findings.append(Finding(place=str(file), value="", problem=problem, remedy="Import one of them."))
    return findings


def _joined(read: Sequence[tuple[Path, Series]]) -> list[tuple[Path, Series]]:
    """Return one series for each symbol and kind, with the last file that it came from."""
    joined = []
    for group in _groups(read):
        parts = [series for _, series in group]
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
        actions = tuple(action for part in parts for action in part.actions)
        joined.append((group[-1][0], msgspec.structs.replace(parts[0], columns=columns, actions=actions)))
    return joined
