"""An import stores all files or none."""

from pathlib import Path

import numpy as np
import pytest

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId, instrument_id
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind, ImportProgress, StoredSymbol
from ares_desktop.engine.data.importer import Importer
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import Columns


class MemoryStore:
    """A bar store of dictionaries."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, DataKind], Columns] = {}

    def write(self, symbol: str, kind: DataKind, spec: str, instrument: InstrumentId, columns: Columns) -> StoredSymbol:
        self.series[symbol, kind] = columns
        rows = len(columns["start"])
        bounds = {"start_ns": int(columns["start"][0]), "end_ns": int(columns["end"][-1])}
        return StoredSymbol(symbol=symbol, kind=kind, spec=spec, rows=rows, instrument=instrument, **bounds)

    def append(self, symbol: str, kind: DataKind, columns: Columns) -> StoredSymbol:
        raise NotImplementedError

    def read(self, symbol: str, kind: DataKind) -> Columns:
        return self.series[symbol, kind]

    def symbols(self) -> list[StoredSymbol]:
        return []

    def close(self) -> None:
        pass


def read(path: Path, *, symbol: str | None = None, kind: DataKind | None = None) -> Series:
    """Read files whose names say what they hold: ``SPY-3`` begins at minute 3 and has two bars; ``bad-1`` is broken."""
    name, _, begin = path.stem.partition("-")
    if name == "bad":
        raise UsageError(*(Finding(place=str(path), value="", problem="is broken") for _ in range(int(begin))))
    start = np.array([int(begin), int(begin) + 1], dtype=np.int64) * 60
    prices = dict.fromkeys(("open", "high", "low", "close", "volume"), start.astype(np.float64))
    instrument = Instrument(id=instrument_id(symbol or name, "SIM"))
    columns: Columns = {"start": start, "end": start + 60, **prices}
    return Series(instrument=instrument, kind=kind or DataKind.BARS, spec=BarSpec.parse("1m"), columns=columns)


def files(*names: str) -> list[Path]:
    return [Path(f"{name}.csv") for name in names]


async def test_each_file_is_stored_under_its_name_with_progress() -> None:
    store = MemoryStore()
    reports: list[ImportProgress] = []
    stored = await Importer(store, read).run(files("SPY-0", "IBM-0"), report=reports.append)
    assert [item.symbol for item in stored] == ["SPY", "IBM"]
    assert [report.share for report in reports] == [0.25, 0.5, 0.75, 1.0]
    assert [report.stored for report in reports] == [None, None, *stored]


async def test_one_broken_file_keeps_all_out_and_every_finding_is_told() -> None:
    store = MemoryStore()
    reports: list[ImportProgress] = []
    with pytest.raises(UsageError) as error:
        await Importer(store, read).run(files("SPY-0", "bad-2", "bad-1"), report=reports.append)
    assert len(error.value.findings) == 3
    assert store.series == {}
    assert [bool(report.error) for report in reports] == [False, True, True]


async def test_files_of_one_symbol_are_joined_in_time_order() -> None:
    store = MemoryStore()
    (stored,) = await Importer(store, read).run(files("SPY-2", "IBM-0"), symbol="ALL")
    assert stored.rows == 4
    assert store.read("ALL", DataKind.BARS)["start"].tolist() == [0, 60, 120, 180]


async def test_files_of_one_symbol_that_overlap_are_refused() -> None:
    store = MemoryStore()
    with pytest.raises(UsageError, match="overlaps"):
        await Importer(store, read).run(files("SPY-0", "IBM-1"), symbol="ALL")
    assert store.series == {}


async def test_the_kind_asked_for_reaches_the_reader() -> None:
    store = MemoryStore()
    await Importer(store, read).run(files("SPY-0"), kind=DataKind.QUOTES)
    assert list(store.series) == [("SPY", DataKind.QUOTES)]


@pytest.mark.parametrize("symbol", ["a*b", "ä", "x" * 200])
async def test_a_symbol_that_can_not_be_stored_is_refused(symbol: str) -> None:
    with pytest.raises(UsageError, match="--symbol"):
        await Importer(MemoryStore(), read).run(files("SPY-0"), symbol=symbol)


async def test_no_files_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no files"):
        await Importer(MemoryStore(), read).run([])
