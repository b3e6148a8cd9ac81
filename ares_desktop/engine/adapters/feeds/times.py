"""Times of data files in nanoseconds: ISO 8601 with or without a zone, epoch numbers, dates."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.engine.adapters.arrow import to_floats, to_ints
from ares_desktop.engine.data.sessions import DAY_NS

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}$")
_COMPACT_DATES: Final = (18_000_101, 21_991_231)
_EPOCH_UNITS: Final = ((10**11, NS_PER_SECOND), (10**14, 10**6), (10**17, 1000), (2**63, 1))
"""Largest epoch number in seconds, milliseconds, microseconds and nanoseconds, and its unit."""
_UNITS: Final = {"s": NS_PER_SECOND, "ms": 10**6, "us": 1000, "ns": 1}
_FORMS: Final = ("%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y%m%d %H:%M:%S", "%Y%m%d")
_EPOCH_DATE: Final = date(1970, 1, 1)


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """A column of times.

    Attributes:
        ns: nanoseconds since the epoch; midnight UTC for a date.
        dates: there are only dates, no times of day.
        bad: rows that could not be read.
    """

    ns: NDArray[np.int64]
    dates: bool
    bad: tuple[int, ...] = ()


def parse_times(column: Any) -> Times:  # noqa: ANN401 - a pyarrow chunked array
    """Read a column; times without a zone are UTC."""
    from pyarrow import types  # noqa: PLC0415 - slow to load, so only when needed

    if column.null_count:
        return _one_by_one(column)
    if types.is_timestamp(column.type):
        return Times(ns=to_ints(column) * _UNITS[column.type.unit], dates=False)
    if types.is_date(column.type):
        unit = DAY_NS if types.is_date32(column.type) else _UNITS["ms"]
        return Times(ns=to_ints(column) * unit, dates=True)
    if types.is_integer(column.type):
        return _epoch(to_ints(column))
    if types.is_floating(column.type):
        return _epoch_fractions(to_floats(column))
    return _parse_texts(column)


def _parse_texts(column: Any) -> Times:  # noqa: ANN401 - a pyarrow chunked array
    from pyarrow import ArrowException, compute, date32, timestamp  # noqa: PLC0415 - slow to load

    texts = compute.utf8_trim_whitespace(column.cast("string"))
    first = texts[0].as_py()
    try:
        if first.isdecimal():
            return _epoch(to_ints(texts.cast("int64")))
        if re.fullmatch(r"\d+\.\d+", first):
            return _epoch_fractions(to_floats(texts))
        if _DATE.match(first):
            return Times(ns=to_ints(texts.cast(date32())) * DAY_NS, dates=True)
        zone = "UTC" if re.search(r"(Z|[+-]\d\d:?\d\d)$", first) else None
        return Times(ns=to_ints(texts.cast(timestamp("ns", zone))), dates=False)
    except ArrowException:
        return _one_by_one(texts)


def _epoch(numbers: NDArray[np.int64]) -> Times:
    low, high = int(numbers.min()), int(numbers.max())
    if _COMPACT_DATES[0] <= low and high <= _COMPACT_DATES[1]:
        return _compact_dates(numbers)
    unit = next(unit for limit, unit in _EPOCH_UNITS if high < limit)
    return Times(ns=numbers * unit, dates=False)


def _epoch_fractions(numbers: NDArray[np.float64]) -> Times:
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        return Times(ns=np.zeros(len(numbers), np.int64), dates=False, bad=tuple(bad.tolist()))
    unit = next(unit for limit, unit in _EPOCH_UNITS if float(np.max(numbers)) < limit)
    return Times(ns=np.round(numbers * unit).astype(np.int64), dates=False)


def _compact_dates(numbers: NDArray[np.int64]) -> Times:
    """Read dates written as whole numbers, such as 20131007."""
    ns = np.zeros(len(numbers), np.int64)
    bad = []
    for row, number in enumerate(numbers.tolist()):
        try:
            day = date(number // 10_000, number // 100 % 100, number % 100)
        except ValueError:
            bad.append(row)
        else:
            ns[row] = (day - _EPOCH_DATE).days * DAY_NS
    return Times(ns=ns, dates=True, bad=tuple(bad))


def _one_by_one(column: Any) -> Times:  # noqa: ANN401 - a pyarrow chunked array
    """Read texts in other forms, or find those that are wrong."""
    ns = np.zeros(len(column), np.int64)
    bad = []
    dates = True
    for row, value in enumerate(column.to_pylist()):
        text = str(value).strip()
        parsed = _parse(text)
        if parsed is None:
            bad.append(row)
        else:
            ns[row] = parsed
            dates = dates and ":" not in text
    return Times(ns=ns, dates=dates, bad=tuple(bad))


def _parse(text: str) -> int | None:
    for parse in _PARSERS:
        try:
            moment = parse(text)
        except ValueError:
            continue
        return to_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return None


def _strptime(text: str, *, form: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=UTC)


_PARSERS: Final[tuple[Callable[[str], datetime], ...]] = (
    datetime.fromisoformat,
    *(partial(_strptime, form=form) for form in _FORMS),
)
