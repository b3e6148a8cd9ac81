"""Writes stored market data to files that can be imported again."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from ares_desktop.engine.data.series import TIME_COLUMNS
from ares_desktop.engine.ports.bar_store import Columns

_ORDER: Final = ("open", "high", "low", "close", "volume")


def write_columns(file: Path, columns: Columns, *, daily: bool) -> None:
    """Write a series as CSV, or as Parquet when the file's name says so.

    A bar of a session gets the session's date, an intraday bar the time it begins, a tick its own time: what the import
    understands.

    Args:
        file: is replaced.
        columns: of one series, times in nanoseconds.
        daily: the bars are sessions.

    Raises:
        OSError: when the file can't be written.
    """
    times = pa.array(columns["start" if "start" in columns else "ts"]).cast(pa.timestamp("ns", tz="UTC"))
    stamp = {"date": times.cast(pa.date32(), safe=False)} if daily else {"time": times}
    known = [name for name in _ORDER if name in columns]
    others = [name for name in columns if name not in {*_ORDER, *TIME_COLUMNS}]
    table = pa.table({**stamp, **{name: pa.array(np.asarray(columns[name])) for name in (*known, *others)}})
    (parquet.write_table if file.suffix.lower() == ".parquet" else csv.write_csv)(table, str(file))
