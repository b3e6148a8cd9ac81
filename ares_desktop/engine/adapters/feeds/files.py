"""Data files as series: bars, quotes, quote bars and trades, complete or refused with every reason."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, BarUnit, DataKind
from ares_desktop.engine.adapters.feeds.checks import (
    check_order,
    check_prices,
    check_range,
    check_sizes,
    read_numbers,
)
from ares_desktop.engine.adapters.feeds.findings import FileFindings
from ares_desktop.engine.adapters.feeds.layout import PRICES, QUOTE_BAR_PRICES, Layout, find_layout
from ares_desktop.engine.adapters.feeds.tables import Table, read_table
from ares_desktop.engine.adapters.feeds.times import Times, parse_times
from ares_desktop.engine.data.actions import ACTION_COLUMNS, actions_of, still_due
from ares_desktop.engine.data.recognition import recognize
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.sessions import DAY_NS, sessions, spec_of_duration

Floats = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
_SIZES: Final = frozenset({"volume", "size", "bid_size", "ask_size"})
_LONGEST_DAILY_STEP: Final = 3
"""Days between most rows of daily bars; beyond, each bar spans several sessions."""


def symbol_of(path: Path) -> str:
    """Return the symbol that a file's name gives: what comes before the first dot."""
    return path.name.split(".", maxsplit=1)[0]


def read_series(path: Path, *, symbol: str | None = None, kind: DataKind | None = None) -> Series:
    """Read CSV, gzip-compressed CSV or Parquet.

    A column of dates means exchange sessions, a column of times the beginning of each bar; the most frequent distance
    is the length of the bars. Times without a zone are UTC. Dividends, splits and funding rates are read from optional
    columns, save those that the prices are adjusted for. Blocks: call it off the loop.

    Args:
        path: the file.
        symbol: of the instrument, None to take the file's name.
        kind: what it holds, None to tell from the columns.

    Raises:
        UsageError: with every finding, each with its line, column, value and remedy; then nothing is loaded.
    """
    findings = FileFindings(str(path))
    table = read_table(path, findings)
    layout = None if table is None else find_layout(list(table.columns), kind, findings)
    if table is None or layout is None:
        raise findings.error()
    times, time_column = _read_times(table, layout, findings)
    values = _read_values(table, layout, findings)
    bars = layout.kind is DataKind.BARS or layout.quote_bars
    check_order(times, table, time_column, findings, strict=bars)
    findings.raise_any()
    instrument = recognize(symbol or symbol_of(path), _prices(values))
    if not bars:
        return Series(instrument=instrument, kind=layout.kind, spec=None, columns={"ts": times.ns, **values})
    spec, start, end = _bounds(times, instrument, findings)
    findings.raise_any()
    columns = {"start": start, "end": end, **values}
    told = {name: columns.pop(name) for name in ACTION_COLUMNS if name in columns}
    actions = actions_of(instrument.id, start, told)
    if actions:
        actions = still_due(actions, start, values, total_return=layout.adjusted_beside)
    return Series(instrument=instrument, kind=layout.kind, spec=spec, columns=columns, actions=actions)


def _read_times(table: Table, layout: Layout, findings: FileFindings) -> tuple[Times, str]:
    date, time = layout.columns.get("date"), layout.columns.get("time")
    name = time or date or ""
    column = table.columns[name]
    if date and time:
        column = _joined(table.columns[date], column)
    times = parse_times(column)
    located = table.located(name)
    findings.add_rows(times.bad, located, "is not a time", "Write it as 2013-10-07T14:30:00Z, 2013-10-07 or an epoch.")
    midnights = name == date and not times.bad and bool(np.all(times.ns % DAY_NS == 0))
    return Times(ns=times.ns, dates=times.dates or midnights, bad=times.bad), name


def _joined(date: Any, time: Any) -> Any:  # noqa: ANN401 - pyarrow chunked arrays
    """Put a date and a time of day together; a time that is complete by itself stays."""
    from pyarrow import compute  # noqa: PLC0415 - slow to load, so only when needed

    if ":" not in str(time[0].as_py())[:3]:
        return time
    return compute.binary_join_element_wise(date.cast("string"), time.cast("string"), "T")


def _read_values(table: Table, layout: Layout, findings: FileFindings) -> Columns:
    """Return the price and size columns by role, checked."""
    names = layout.columns
    roles = [role for role in names if role not in {"date", "time"}]
    numbers = {names[role]: read_numbers(table, names[role], findings) for role in roles}
    priced = set(roles) - _SIZES - set(ACTION_COLUMNS)
    check_prices({names[role]: numbers[names[role]] for role in roles if role in priced}, table, findings)
    sized = (_SIZES | {"dividend", "split"}) & set(roles)
    check_sizes({names[role]: numbers[names[role]] for role in roles if role in sized}, table, findings)
    for side in ("", "bid_", "ask_"):
        if f"{side}high" in names and f"{side}low" in names:
            check_range(names[f"{side}high"], names[f"{side}low"], numbers, table, findings)
    values: Columns = {role: numbers[names[role]] for role in roles}
    return _completed(layout, values)


def _completed(layout: Layout, values: Columns) -> Columns:
    """Add what the file leaves out: the other prices of a bare close, unknown volumes and sizes."""
    if layout.closes_only:
        values = {**dict.fromkeys(PRICES, values["close"]), **values}
    rows = len(next(iter(values.values())))
    missing = {DataKind.BARS: ("volume",), DataKind.QUOTES: ("bid_size", "ask_size"), DataKind.TRADES: ("size",)}
    if layout.quote_bars:
        return values
    unknown = 0.0 if layout.kind is DataKind.QUOTES else np.nan
    filled = {role: np.full(rows, unknown) for role in missing[layout.kind]}
    return {**filled, **values}


def _prices(values: Columns) -> list[Floats]:
    return [values[role] for role in (*PRICES, *QUOTE_BAR_PRICES, "price", "bid", "ask") if role in values]


def _bounds(
    times: Times, instrument: Instrument, findings: FileFindings
) -> tuple[BarSpec, NDArray[np.int64], NDArray[np.int64]]:
    """Return the length of bars and where each begins and ends; none reaches into the next one."""
    steps, counts = np.unique(np.diff(times.ns), return_counts=True)
    step = int(steps[np.argmax(counts)]) if len(steps) else 0
    if times.dates:
        days = times.ns // DAY_NS
        count = max(1, step // DAY_NS)
        count = 1 if count <= _LONGEST_DAILY_STEP else count
        start = sessions(days, instrument.calendar)[0]
        end = sessions(days + count - 1, instrument.calendar)[1]
        spec = BarSpec(count, BarUnit.DAY)
    else:
        if not step or step % NS_PER_SECOND:
            problem = "has bars that are not whole seconds long" if step else "has one bar, whose length can't be told"
            findings.add(problem, "Give bars of whole seconds, at least two; or trades or quotes.", value=f"{step} ns")
        spec = spec_of_duration(step)
        start = times.ns
        end = start + step
    end[:-1] = np.minimum(end[:-1], start[1:])
    return spec, start, end
