"""What makes a file's figures unreadable or contradictory; oddities that real data has pass."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.market import from_ns
from ares_desktop.engine.adapters.arrow import to_floats
from ares_desktop.engine.adapters.feeds.findings import FileFindings, Located
from ares_desktop.engine.adapters.feeds.tables import Table
from ares_desktop.engine.adapters.feeds.times import Times

Floats = NDArray[np.float64]
_MISSING: Final = frozenset({"", "nan", "null", "none", "na", "n/a", "-"})


def read_numbers(table: Table, name: str, findings: FileFindings) -> Floats:
    """Return a column as numbers, NaN where a value is missing; what is no number is found."""
    from pyarrow import ArrowException  # noqa: PLC0415 - slow to load, so only when needed

    column = table.columns[name]
    try:
        numbers = to_floats(column)
    except (ArrowException, NotImplementedError):
        numbers, bad = _one_by_one(column)
        findings.add_rows(bad, table.located(name), "is not a number", "Write it with digits and a decimal point.")
    return numbers


def _one_by_one(column: Any) -> tuple[Floats, list[int]]:  # noqa: ANN401 - a pyarrow chunked array
    bad = []
    numbers = np.full(len(column), np.nan)
    for row, value in enumerate(column.to_pylist()):
        text = "" if value is None else str(value).strip()
        if text.lower() in _MISSING:
            continue
        number = _number(text)
        numbers[row] = math.inf if number is None else number
        if number is None:
            bad.append(row)
    return numbers, bad


def _number(text: str) -> float | None:
    """Return a number, None for a text that is none; Python's digit groups (``1_000``) are no number here."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def check_prices(prices: Mapping[str, Floats], table: Table, findings: FileFindings) -> None:
    """Find prices that are missing, infinite, zero or negative; none of the contracts known here can have them.

    Args:
        prices: by column name.
        table: says where a row is.
        findings: receives them.
    """
    for name, values in prices.items():
        column = table.located(name)
        missing = np.flatnonzero(np.isnan(values))
        findings.add_rows(missing.tolist(), column, "has no price", "Remove the row or fill the price in.")
        wrong = np.flatnonzero(values <= 0)
        findings.add_rows(wrong.tolist(), column, "must be above zero", "Correct or remove the row.")
        _check_finite(values, column, findings)


def check_sizes(sizes: Mapping[str, Floats], table: Table, findings: FileFindings) -> None:
    """Find negative or infinite volumes and sizes; a missing one stays unknown."""
    for name, values in sizes.items():
        column = table.located(name)
        wrong = np.flatnonzero(values < 0)
        findings.add_rows(wrong.tolist(), column, "must not be negative", "Correct the row or leave the value out.")
        _check_finite(values, column, findings)


def check_range(high: str, low: str, prices: Mapping[str, Floats], table: Table, findings: FileFindings) -> None:
    """Find rows whose high is below their low."""
    wrong = np.flatnonzero((prices[high] < prices[low]) & np.isfinite(prices[low]))
    findings.add_rows(wrong.tolist(), table.located(high), f"is below {low}", "Correct or remove the row.")


def check_order(times: Times, table: Table, name: str, findings: FileFindings, *, strict: bool) -> None:
    """Find times that go back, or, with ``strict``, times that occur twice, among those that could be read."""
    rows = np.delete(np.arange(len(times.ns)), times.bad)
    ns = times.ns[rows]
    steps = np.diff(ns, prepend=ns[:1] - 1)
    column = table.located(name)
    back = rows[steps < 0]
    findings.add_rows(back.tolist(), column, "is earlier than the row before", "Sort the file by time, oldest first.")
    if strict:
        twice = rows[steps == 0]
        findings.add_rows(twice.tolist(), column, "has the same time as the row before", "Keep one of the rows.")
    future = rows[np.abs(ns) > _LATEST_NS]
    findings.add_rows(future.tolist(), column, f"is not before {from_ns(_LATEST_NS).year}", "Check the unit of times.")


_LATEST_NS: Final = 4_102_444_800 * 1_000_000_000
"""The year 2100: later times come from a unit read wrong."""


def _check_finite(values: Floats, column: Located, findings: FileFindings) -> None:
    text = column.text
    endless = [row for row in np.flatnonzero(np.isinf(values)).tolist() if _number(text(row)) is not None]
    findings.add_rows(endless, column, "is infinite", "Correct or remove the row.")
