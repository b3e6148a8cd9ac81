"""Market data in ArcticDB over LMDB, in a folder of the profile."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind, StoredSymbol
from ares_desktop.engine.adapters.arrow import to_floats, to_ints
from ares_desktop.engine.adapters.stores.arctic_folder import ArcticFolder
from ares_desktop.engine.data.series import TIME_COLUMNS
from ares_desktop.engine.ports.bar_store import Columns

_FORMAT: Final = "PYARROW"


class ArcticBarStore:
    """Keeps each symbol versioned in the libraries ``bars``, ``quotes`` and ``trades``.

    Calls block and may come from any thread. Nothing is opened, and the folder is not made, before the first write or
    the first read of it.

    Args:
        folder: of the LMDB files; opened already where another store of this process uses it too.
    """

    def __init__(self, folder: Path | ArcticFolder) -> None:
        self._folder = folder if isinstance(folder, ArcticFolder) else ArcticFolder(folder)

    def write(self, symbol: str, kind: DataKind, spec: str, instrument: InstrumentId, columns: Columns) -> StoredSymbol:
        """Replace a symbol's series as a new version; the old version stays until it is pruned.

        Raises:
            StorageError: when it fails; the series is then what it was.
        """
        stamps = _stamps(columns)
        stored = StoredSymbol(
            symbol=symbol,
            kind=kind,
            spec=spec,
            rows=len(stamps),
            start_ns=int(columns.get("start", stamps)[0]),
            end_ns=int(stamps[-1]),
            instrument=instrument,
        )
        with self._library(kind) as library:
            library.write(symbol, _frame(columns), metadata=msgspec.to_builtins(stored))
        return stored

    def append(self, symbol: str, kind: DataKind, columns: Columns) -> StoredSymbol:
        """Add rows later than the last one; rows that are there already are left out.

        Raises:
            StorageError: when a row is neither later nor there already, or the write fails; the series is then what
                it was.
            UsageError: when there is no such series.
        """
        with self._library(kind) as library:
            stored = self._stored(library, symbol, kind)
            fresh = self._fresh(library, stored, columns)
            stamps = _stamps(fresh)
            if not len(stamps):
                return stored
            grown = msgspec.structs.replace(stored, rows=stored.rows + len(stamps), end_ns=int(stamps[-1]))
            library.append(symbol, _frame(fresh), metadata=msgspec.to_builtins(grown))
        return grown

    def read(self, symbol: str, kind: DataKind) -> Columns:
        """Return a whole series.

        Raises:
            UsageError: when there is none.
            StorageError: when it can't be read.
        """
        with self._library(kind) as library:
            self._stored(library, symbol, kind)
            return _columns(library.read(symbol, output_format=_FORMAT).data)

    def symbols(self) -> Sequence[StoredSymbol]:
        """Return what is stored, by symbol.

        Raises:
            StorageError: when the store can't be read.
        """
        if self._folder.is_empty:
            return ()
        found = []
        for kind in DataKind:
            with self._library(kind) as library:
                found += [self._stored(library, symbol, kind) for symbol in library.list_symbols()]
        return tuple(sorted(found, key=lambda item: (item.symbol, item.kind)))

    def close(self) -> None:
        """Release the folder; idempotent."""
        self._folder.close()

    @contextmanager
    def _library(self, kind: DataKind) -> Iterator[Any]:
        """Give the library of a kind to one thread at a time and turn the store's errors into ours."""
        with self._folder.library(kind.value) as library:
            yield library

    def _stored(self, library: Any, symbol: str, kind: DataKind) -> StoredSymbol:  # noqa: ANN401 - untyped library
        if not library.has_symbol(symbol):
            problem = f"no stored {kind} of this symbol"
            raise UsageError(Finding(place="store", value=symbol, problem=problem, remedy="See `data list`."))
        return msgspec.convert(library.read_metadata(symbol).metadata, StoredSymbol)

    def _fresh(self, library: Any, stored: StoredSymbol, columns: Columns) -> Columns:  # noqa: ANN401 - untyped library
        """Return the rows that are not stored yet.

        Raises:
            StorageError: when one of them is not later than what is stored.
        """
        stamps = _stamps(columns)
        if np.any(np.diff(stamps) < 0):
            msg = f"{stored.symbol}: rows to append must be in ascending time"
            raise StorageError(msg)
        overlap = int(np.searchsorted(stamps, stored.end_ns, side="right"))
        known: Counter[bytes] = Counter()
        if overlap:
            from pandas import Timestamp  # noqa: PLC0415 - slow to load

            period = (Timestamp(int(stamps[0])), Timestamp(stored.end_ns))
            rows = library.read(stored.symbol, date_range=period, output_format=_FORMAT).data
            known.update(_rows(_columns(rows), tuple(columns)))
        keep = np.ones(len(stamps), dtype=np.bool_)
        head = {name: values[:overlap] for name, values in columns.items()}
        for row, content in enumerate(_rows(head, tuple(columns))):
            keep[row] = not known[content]
            known[content] -= 1
        late = keep[:overlap] & ((stamps[:overlap] < stored.end_ns) | ("end" in columns))
        if np.any(late):
            ns = int(stamps[int(np.argmax(late))])
            msg = f"{stored.symbol}: a row at {ns} ns is not later than the last stored one and differs"
            raise StorageError(msg)
        return {name: values[keep] for name, values in columns.items()}


def _stamps(columns: Columns) -> NDArray[np.int64]:
    return np.asarray(columns["end"] if "end" in columns else columns["ts"], dtype=np.int64)


def _frame(columns: Columns) -> Any:  # noqa: ANN401 - a pandas data frame, which is slow to load
    from pandas import DataFrame, DatetimeIndex  # noqa: PLC0415 - slow to load, so only when it is needed

    key = "end" if "end" in columns else "ts"
    index = DatetimeIndex(_stamps(columns).astype("datetime64[ns]"), name=key)
    return DataFrame({name: values for name, values in columns.items() if name != key}, index=index)


def _columns(table: Any) -> Columns:  # noqa: ANN401 - an Arrow table
    """Return a table's columns; through Arrow, since the store builds data frames in a deprecated way."""
    return {
        name: to_ints(table.column(name)) if name in TIME_COLUMNS else to_floats(table.column(name))
        for name in table.column_names
    }


def _rows(columns: Columns, names: Sequence[str]) -> list[bytes]:
    """Return each row's bytes, so that an unknown volume equals an unknown volume."""
    bits = np.column_stack([np.ascontiguousarray(columns[name]).view(np.int64) for name in names])
    return [row.tobytes() for row in bits]
