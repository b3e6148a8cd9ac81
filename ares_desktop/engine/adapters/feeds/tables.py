"""CSV, compressed CSV and Parquet files as named columns whose values know their line."""

import csv as text_csv
import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.engine.adapters.feeds.findings import FileFindings, Located

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PARQUET_MAGIC: Final = b"PAR1"
_DELIMITERS: Final = ",;\t|"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of a file as it was written.

    Attributes:
        columns: Arrow chunked arrays by name: text from a CSV file, of any type from Parquet.
        line: the line (CSV) or row (Parquet) of a row index, counted from 1.
        unit: ``line`` or ``row``.
    """

    columns: dict[str, Any]
    line: Callable[[int], int]
    unit: str

    def located(self, name: str) -> Located:
        """Return a column for findings."""
        column = self.columns[name]
        return Located(name, self.line, lambda row: str(column[row].as_py()), unit=self.unit)


def read_table(path: Path, findings: FileFindings) -> Table | None:
    """Read a file; None when it can't be read as a table at all, and then ``findings`` says why."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        findings.add(f"can't be read: {reason}", "Check the path and its permissions.")
        return None
    if not data:
        findings.add("is empty", "Give a file with a header and data.")
        return None
    if path.suffix.lower() in {".parquet", ".pq"} or data.startswith(_PARQUET_MAGIC):
        return _read_parquet(data, findings)
    unpacked = _unpack(path, data, findings)
    text = None if unpacked is None else _decode(unpacked, findings)
    return None if text is None else _read_csv(text, findings)


def _unpack(path: Path, data: bytes, findings: FileFindings) -> bytes | None:
    if not data.startswith(_GZIP_MAGIC):
        if path.suffix.lower() == ".gz":
            findings.add("is not a gzip file", "Compress it with gzip, or take .gz off its name.")
            return None
        return data
    try:
        return gzip.decompress(data)
    except EOFError:
        findings.add("ends in the middle: the gzip file is cut off", "Copy or download it again.")
    except (OSError, zlib.error) as error:
        findings.add(f"is a damaged gzip file: {error}", "Copy or download it again.")
    return None


def _decode(data: bytes, findings: FileFindings) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        value = data[error.start : error.start + 8].hex(" ")
        findings.add_line(line, value, "is not UTF-8 text", "Save it as CSV in UTF-8, or as Parquet.")
        return None


def _read_csv(text: str, findings: FileFindings) -> Table | None:
    from pyarrow import ArrowException, csv, py_buffer, string  # noqa: PLC0415 - slow to load, so only when needed

    lines = [number for number, line in enumerate(text.split("\n"), start=1) if line.strip("\r")]
    if not lines:
        findings.add("is empty", "Give a file with a header and data.")
        return None
    header = text.split("\n", lines[0])[lines[0] - 1].rstrip("\r")
    delimiter = max(_DELIMITERS, key=header.count)
    names = _names(next(text_csv.reader([header], delimiter=delimiter)), findings)
    if names is None:
        return None
    ragged: set[int] = set()

    def skip(row: Any) -> str:  # noqa: ANN401 - pyarrow has no type information
        line = lines[row.number - 1]
        ragged.add(line)
        problem = f"has {row.actual_columns} values where the header has {row.expected_columns}"
        findings.add_line(line, str(row.text), problem, "Give each line as many values as the header.")
        return "skip"

    try:
        table = csv.read_csv(
            py_buffer(text.encode()),
            read_options=csv.ReadOptions(column_names=names, skip_rows=lines[0], use_threads=False),
            parse_options=csv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, string())),
        )
    except ArrowException as error:
        findings.add(f"is not a CSV file: {error}", "Save it as CSV with a header, or as Parquet.")
        return None
    if not table.num_rows:
        if not findings:
            findings.add("has a header but no data", "Give a file with data.")
        return None
    data_lines = [line for line in lines[1:] if line not in ragged] if ragged else lines[1:]
    columns = dict(zip(names, table.columns, strict=True))
    return Table(columns=columns, line=data_lines.__getitem__, unit="line")


def _read_parquet(data: bytes, findings: FileFindings) -> Table | None:
    from pyarrow import ArrowException, BufferReader, parquet  # noqa: PLC0415 - slow to load, so only when needed

    try:
        table = parquet.read_table(BufferReader(data))
    except (ArrowException, OSError) as error:
        findings.add(f"is not a Parquet file: {error}", "Export it again, or give it as CSV.")
        return None
    names = _names(table.column_names, findings)
    if names is None:
        return None
    if not table.num_rows:
        findings.add("has columns but no data", "Give a file with data.")
        return None
    columns = dict(zip(names, table.columns, strict=True))
    return Table(columns=columns, line=lambda row: row + 1, unit="row")


def _names(names: Sequence[str], findings: FileFindings) -> list[str] | None:
    """Return trimmed names; None, with findings, when there are none or one occurs twice."""
    trimmed = [name.strip() for name in names]
    if not any(character.isalpha() for name in trimmed for character in name):
        findings.add("has no header", "Name the columns in the first line.", value=", ".join(trimmed))
        return None
    twice = sorted({name for name in trimmed if trimmed.count(name) > 1})
    for name in twice:
        findings.add("has this column twice", "Remove or rename one of them.", value=name or "without a name")
    return None if twice else trimmed
