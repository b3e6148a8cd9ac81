"""Doubts about single fills: outside of trading hours, on stale prices, larger than the market."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.evidence import Evidence
from ares_desktop.engine.backtest.analysis.tape import Tape
from ares_desktop.engine.data.sessions import DAY_NS, session

_SHARES: Final = "XNYS"
_SATURDAY: Final = 2
"""Of days since 1970-01-01, a Thursday, modulo 7."""
_SUNDAY: Final = 3
_QUIET_ROWS: Final = 3
_GAP_ROWS: Final = 10
_LONGEST_PAUSE_DAYS: Final = 10
_STALE_SHARE: Final = 0.05
_LARGE_SHARE: Final = 0.25
_NEAR_NS: Final = 1000
"""Times of fills are cut to microseconds."""


class _Placed(NamedTuple):
    """Fills of one instrument on the rows of one tape."""

    instrument: Instrument
    tape: Tape
    fills: list[Fill]
    rows: NDArray[np.intp]


def fill_findings(evidence: Evidence) -> Iterator[RunFinding]:
    """Yield doubts about fills that could hardly have been had."""
    placed = _placed(evidence)
    total = len(evidence.outcome.fills)
    if not total:
        return
    yield from _extended_hours(placed, total)
    yield from _stale(placed, total)
    yield from _large(placed)


def _placed(evidence: Evidence) -> list[_Placed]:
    """Find the row of each fill: the bar whose end it is stamped with, or the tick."""
    by_instrument: dict[InstrumentId, list[Fill]] = {}
    for fill in evidence.outcome.fills:
        by_instrument.setdefault(fill.instrument, []).append(fill)
    found = []
    for name, fills in by_instrument.items():
        tapes = evidence.tapes.get(name, ())
        instrument = evidence.instruments.get(name)
        if instrument is None or not tapes:
            continue
        # With several series the bars tell more: they have hours and volumes.
        tape = max(tapes, key=lambda item: item.is_bars)
        times = np.array([to_ns(fill.at) for fill in fills], dtype=np.int64)
        rows = np.minimum(np.searchsorted(tape.ts, times, side="left"), len(tape.ts) - 1)
        near = np.abs(tape.ts[rows] - times) <= _NEAR_NS
        found.append(
            _Placed(instrument, tape, [fill for fill, at in zip(fills, near.tolist(), strict=True) if at], rows[near])
        )
    return found


def _extended_hours(placed: list[_Placed], total: int) -> Iterator[RunFinding]:
    outside, example = 0, ""
    for item in placed:
        if item.instrument.calendar != _SHARES:
            continue
        starts = item.tape.start[item.rows]
        for start, end in zip(starts.tolist(), item.tape.ts[item.rows].tolist(), strict=True):
            if _is_outside(start, end):
                outside += 1
                example = example or f"{item.instrument.id} at {from_ns(start):%Y-%m-%d %H:%M} UTC"
    if not outside:
        return
    yield RunFinding(
        check="extended_hours",
        severity=Severity.WARNING,
        title=f"{outside:,} of {total:,} fills lie outside of regular trading hours",
        detail=f"For example {example}. Before the open and after the close spreads are wide and orders often wait.",
        remedy="Leave such bars out of the data, or trade within the session only.",
        figure=outside / total,
    )


def _is_outside(start: int, end: int) -> bool:
    day = start // DAY_NS
    if day % 7 in {_SATURDAY, _SUNDAY}:
        return True
    opening, closing = session(day, _SHARES)
    if start <= opening and end >= closing:
        return False
    return start < opening or start >= closing


def _stale(placed: list[_Placed], total: int) -> Iterator[RunFinding]:
    idle, frozen, late = 0, 0, 0
    for item in placed:
        volume = item.tape.volume[item.rows]
        nothing = item.tape.is_bars & (volume == 0)
        still = _is_frozen(item.tape, item.rows) & ~nothing
        after_gap = _after_gap(item.tape, item.rows, item.instrument.calendar) & ~nothing & ~still
        idle, frozen, late = idle + int(nothing.sum()), frozen + int(still.sum()), late + int(after_gap.sum())
    stale = idle + frozen + late
    if not stale:
        return
    yield RunFinding(
        check="stale_fills",
        severity=Severity.WARNING if stale / total >= _STALE_SHARE else Severity.INFO,
        title=f"{stale:,} of {total:,} fills were made on stale prices",
        detail=(
            f"{idle:,} on bars without any volume, {frozen:,} at a price that had not moved for {_QUIET_ROWS} rows "
            f"without known volume, {late:,} on the first row after a gap in the data."
        ),
        remedy="Repair the data, or bound fills to a share of the volume.",
        figure=stale / total,
    )


def _is_frozen(tape: Tape, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Say of each row whether it and those before it have one and the same price and no known volume."""
    frozen = np.isnan(tape.volume[rows]) & (rows >= _QUIET_ROWS)
    if not tape.is_bars:
        return np.zeros(len(rows), dtype=np.bool_)
    price = tape.close[rows]
    for back in range(_QUIET_ROWS):
        row = np.maximum(rows - back, 0)
        frozen &= (tape.high[row] == price) & (tape.low[row] == price)
    frozen &= tape.close[np.maximum(rows - _QUIET_ROWS, 0)] == price
    return np.asarray(frozen, dtype=np.bool_)


def _after_gap(tape: Tape, rows: NDArray[np.intp], calendar: str) -> NDArray[np.bool_]:
    """Say of each row whether it follows a hole: many rows' time within a session, or ten days between sessions."""
    if not tape.is_bars or len(tape.ts) <= _GAP_ROWS:
        return np.zeros(len(rows), dtype=np.bool_)
    lengths = tape.ts - tape.start
    before = np.maximum(rows - 1, 0)
    pause = np.where(rows > 0, tape.start[rows] - tape.ts[before], 0)
    same_day = tape.start[rows] // DAY_NS == tape.start[before] // DAY_NS
    if calendar == "24/7":
        same_day |= pause < _LONGEST_PAUSE_DAYS * DAY_NS
    hole = pause > _GAP_ROWS * np.median(lengths)
    longest = max(_LONGEST_PAUSE_DAYS * DAY_NS, 3 * int(np.median(lengths)))
    return np.asarray((same_day & hole) | (pause > longest), dtype=np.bool_)


def _large(placed: list[_Placed]) -> Iterator[RunFinding]:
    beyond, large, worst = 0, 0, 0.0
    for item in placed:
        if not item.tape.is_bars:
            continue
        filled: dict[int, float] = {}
        for row, fill in zip(item.rows.tolist(), item.fills, strict=True):
            filled[row] = filled.get(row, 0.0) + float(fill.quantity)
        for row, quantity in filled.items():
            volume = float(item.tape.volume[row])
            if volume > 0 and quantity > _LARGE_SHARE * volume:
                large, beyond = large + 1, beyond + (quantity > volume)
                worst = max(worst, quantity / volume)
    if not large:
        return
    yield RunFinding(
        check="large_fills",
        severity=Severity.ERROR if beyond else Severity.WARNING,
        title=f"On {large:,} bars more than {_LARGE_SHARE:.0%} of the volume was filled",
        detail=f"On {beyond:,} of them more than was traded at all; at worst {worst:,.1f} times the volume.",
        remedy="Bound fills to a share of the volume, trade smaller, or take slippage that grows with the share.",
        figure=worst,
    )
