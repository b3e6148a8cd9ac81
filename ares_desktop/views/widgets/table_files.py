"""What a table gives away: tab-separated text for the clipboard and CSV files, with plain figures."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from ares_desktop.views.models.columns import Column


def plain(value: Any) -> str:  # noqa: ANN401 - any column's value
    """Return a value so that a spreadsheet reads it back: point decimals, ISO times, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)


def plain_row(record: Any, columns: Sequence[Column[Any]]) -> list[str]:  # noqa: ANN401 - any record
    """Return the plain cells of a record."""
    return [plain((column.plain or column.value)(record)) for column in columns]


def as_tsv(records: Iterable[Any], columns: Sequence[Column[Any]]) -> str:
    """Return a header line and a line per record, cells separated by tabs."""
    return _written(records, columns, "excel-tab")


def write_csv(file: Path, records: Iterable[Any], columns: Sequence[Column[Any]]) -> int:
    """Write a header and a line per record as CSV; return the number of records.

    Raises:
        OSError: when the file can't be written.
    """
    rows = list(records)
    file.write_text(_written(rows, columns, "excel"), encoding="utf-8", newline="")
    return len(rows)


def _written(records: Iterable[Any], columns: Sequence[Column[Any]], dialect: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, dialect=dialect, lineterminator="\n")
    writer.writerow([column.title for column in columns])
    writer.writerows(plain_row(record, columns) for record in records)
    return buffer.getvalue()
