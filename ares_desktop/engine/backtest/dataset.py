"""The market data of a run on disk: written once, opened by all worker processes, which share its pages."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.engine.data.series import TIME_COLUMNS, Series

_HEADER: Final = "header.msgpack"
_REMEDY: Final = "Start the run again: it writes its data anew. A worker on another machine must see the same folder."


class _Entry(msgspec.Struct, frozen=True):
    """One series without its columns."""

    instrument: Instrument
    kind: DataKind
    spec: BarSpec | None
    actions: tuple[MarketAction, ...]
    rows: int
    columns: tuple[str, ...]


def write_dataset(folder: Path, series: Sequence[Series]) -> None:
    """Write series to a folder of their own, as a whole: what was there is replaced.

    Raises:
        StorageError: when it can't be written.
    """
    new = folder.with_name(f"{folder.name}.new")
    try:
        remove_dataset(folder)
        new.mkdir(parents=True)
        for number, item in enumerate(series):
            for name, values in item.columns.items():
                dtype = np.int64 if name in TIME_COLUMNS else np.float64
                np.save(new / _file(number, name), np.ascontiguousarray(values, dtype=dtype), allow_pickle=False)
        header = tuple(
            _Entry(item.instrument, item.kind, item.spec, item.actions, len(item), tuple(item.columns))
            for item in series
        )
        (new / _HEADER).write_bytes(msgspec.msgpack.encode(header))
        new.replace(folder)
    except OSError as error:
        msg = f"the run's data could not be written to {folder}: {error}. Free some space, or move the profile."
        raise StorageError(msg) from error


def open_dataset(folder: Path) -> tuple[Series, ...]:
    """Return the series of a folder; their columns are mapped into memory and can't be written.

    Raises:
        StorageError: when it can't be opened, or is not whole.
    """
    try:
        header = msgspec.msgpack.decode((folder / _HEADER).read_bytes(), type=tuple[_Entry, ...])
        return tuple(_opened(folder, number, entry) for number, entry in enumerate(header))
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        msg = f"the run's data in {folder} can't be opened: {error}. {_REMEDY}"
        raise StorageError(msg) from error


def remove_dataset(folder: Path) -> None:
    """Delete a folder of data, also one that was not finished; an absent one changes nothing."""
    for one in (folder, folder.with_name(f"{folder.name}.new")):
        shutil.rmtree(one, ignore_errors=True)


def is_dataset(folder: Path) -> bool:
    """Say whether a folder holds data that was written to its end."""
    return (folder / _HEADER).is_file()


def _opened(folder: Path, number: int, entry: _Entry) -> Series:
    columns = {name: _column(folder / _file(number, name), entry.rows) for name in entry.columns}
    return Series(instrument=entry.instrument, kind=entry.kind, spec=entry.spec, columns=columns, actions=entry.actions)


def _column(file: Path, rows: int) -> NDArray[Any]:
    # Nothing can't be mapped. A memmap pays for being a subclass of ndarray at every slice: the plain view does not.
    values = np.asarray(np.load(file, mmap_mode="r" if rows else None, allow_pickle=False))
    if values.shape != (rows,):
        msg = f"{file.name} should have {rows} rows, has shape {values.shape}"
        raise ValueError(msg)
    values.flags.writeable = False
    return values


def _file(number: int, column: str) -> str:
    return f"{number}.{column}.npy"
