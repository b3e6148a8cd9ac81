"""Where axes put their marks and what they write there."""

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

Tick = tuple[float, str]

_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MONTH, _YEAR = 30.44 * _DAY, 365.25 * _DAY
_STEPS: Final[tuple[tuple[float, str], ...]] = (
    *((seconds, "%H:%M:%S") for seconds in (1, 2, 5, 10, 15, 30)),
    *((minutes * _MINUTE, "%H:%M") for minutes in (1, 2, 5, 10, 15, 30)),
    *((hours * _HOUR, "%H:%M") for hours in (1, 2, 3, 6, 12)),
    *((days * _DAY, "%d %b") for days in (1, 2, 7, 14)),
    *((months * _MONTH, "%b") for months in (1, 2, 3, 6)),
    *((years * _YEAR, "%Y") for years in (1, 2, 5, 10, 20, 50)),
)
_CLOSEST: Final = 0.6
"""Marks keep this share of their usual distance at least."""
_LENGTHS: Final = tuple(length for length, _ in _STEPS)


def value_step(low: float, high: float, most: int) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that gives at most ``most`` marks."""
    span = (high - low) / max(1, most)
    if not math.isfinite(span) or span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span))
    return next((nice * power for nice in _NICE if nice * power >= span), 10 * power)


def value_ticks(low: float, high: float, most: int) -> list[float]:
    """Return round values between two bounds, at most ``most``."""
    step = value_step(low, high, most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [index * step for index in range(first, min(last, first + most) + 1)]


def decimals_for(step: float) -> int:
    """Return how many decimals tell marks of this distance apart."""
    for decimals in range(9):
        if math.isclose(step, round(step, decimals), rel_tol=1e-6):
            return decimals
    return 9


def time_ticks(left: float, right: float, most: int) -> list[Tick]:
    """Return marks at round UTC times between two times in epoch seconds; a change of day or year is spelled out."""
    if not (math.isfinite(left) and math.isfinite(right)) or right <= left:
        return []
    at = min(bisect_left(_LENGTHS, (right - left) / max(1, most)), len(_STEPS) - 1)
    length, form = _STEPS[at]
    if length >= _MONTH:
        times = _calendar_times(left, right, length)
    else:
        first, last = math.ceil(left / length), math.floor(right / length)
        times = [datetime.fromtimestamp(index * length, UTC) for index in range(first, last + 1)]
    return _labeled(times, form)


def _calendar_times(left: float, right: float, length: float) -> list[datetime]:
    months = round(length / _MONTH) if length < _YEAR else 12 * round(length / _YEAR)
    start = datetime.fromtimestamp(left, UTC)
    index = (start.year * 12 + start.month - 1) // months * months
    times: list[datetime] = []
    while True:
        time = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
        if time.timestamp() > right:
            return times
        if time.timestamp() >= left:
            times.append(time)
        index += months


def _labeled(times: list[datetime], form: str) -> list[Tick]:
    ticks: list[Tick] = []
    before: datetime | None = None
    for time in times:
        ticks.append((time.timestamp(), _label(time, before, form)))
        before = time
    return ticks


def _label(time: datetime, before: datetime | None, form: str) -> str:
    """Write a time; the larger unit takes the place of the smaller one where it changes."""
    if "%H" in form and (time.hour, time.minute, time.second) == (0, 0, 0):
        return time.strftime("%d %b")
    if form == "%b" and (time.month == 1 or (before is None and time.month > 1)):
        return time.strftime("%Y" if time.month == 1 else "%b %Y")
    if form == "%d %b" and before is not None and time.year != before.year:
        return time.strftime("%d %b %Y")
    return time.strftime(form)


def bar_ticks(starts: NDArray[np.float64], left: float, right: float, most: int) -> list[Tick]:
    """Return marks for an axis of bar numbers: the first bar of each round stretch of time.

    Args:
        starts: begin of every bar in epoch seconds, ascending.
        left: bar number at the left edge.
        right: bar number at the right edge.
        most: upper bound for the number of marks.
    """
    first, last = max(0, math.ceil(left)), min(len(starts) - 1, math.floor(right))
    if last - first < 1:
        return []
    seen = starts[first : last + 1]
    per_mark = (right - left) / max(1, most)
    wanted = float(np.median(np.diff(seen))) * per_mark
    length, form = _STEPS[min(bisect_left(_LENGTHS, wanted), len(_STEPS) - 1)]
    stretch = _stretches(seen, length)
    days = seen // _DAY
    chosen: list[int] = []
    for index in (np.flatnonzero(np.diff(stretch)) + 1).tolist():
        if chosen and index - chosen[-1] < _CLOSEST * per_mark:
            # A new day tells more than a time of day.
            if length < _DAY and days[index] != days[index - 1] and days[chosen[-1]] == days[index - 1]:
                chosen[-1] = index
            continue
        chosen.append(index)
    ticks: list[Tick] = []
    for index in chosen:
        time = datetime.fromtimestamp(float(seen[index]), UTC)
        before = datetime.fromtimestamp(float(seen[index - 1]), UTC)
        ticks.append((first + index, _bar_label(time, before, form)))
    return ticks


def _stretches(times: NDArray[np.float64], length: float) -> NDArray[np.int64]:
    if length >= _MONTH:
        months = round(length / _MONTH) if length < _YEAR else 12 * round(length / _YEAR)
        return times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) // months
    # The epoch began on a Thursday; weeks begin on Mondays.
    return ((times + 3 * _DAY) // length).astype(np.int64)


def _bar_label(time: datetime, before: datetime, form: str) -> str:
    if time.year != before.year and "%H" not in form:
        return time.strftime("%Y")
    if "%H" in form and time.date() != before.date():
        return time.strftime("%d %b")
    return time.strftime(form)


def moment_text(seconds: float, *, span: float) -> str:
    """Return an epoch time for a readout: the date, and the time of day when the picture shows less than a season."""
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return time.strftime("%Y-%m-%d" if span > 120 * _DAY else "%Y-%m-%d %H:%M")
