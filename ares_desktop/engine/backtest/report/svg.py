"""The few marks that the report's charts are made of, as inline SVG; every text in it is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Final

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from ares_desktop.domain.market import from_ns

WIDTH: Final = 960
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 72, 10, 24
_MOST_COLUMNS: Final = 900
_SAME: Final = 1e-6
_TIMES: Final = 6
_DAYS_NS: Final = 3 * 86_400_000_000_000
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """Maps values to pixels, linearly."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of ``value``."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.begin + share * (self.end - self.begin), 1)


@dataclass(frozen=True)
class Frame:
    """The plotting area of one chart: its scales and its height."""

    x: Scale
    y: Scale
    height: int

    @classmethod
    def of(cls, x: tuple[float, float], values: Iterable[float], height: int, *, zero: bool = False) -> "Frame":
        """Return a frame that holds the finite ``values``, and zero where asked."""
        known = [value for value in values if isfinite(value)] + [0.0] * zero
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        margin = (high - low) * 0.04 or abs(high) * 0.01 or 1.0
        bottom = 0.0 if zero and low >= 0 else low - margin
        top = 0.0 if zero and high <= 0 else high + margin
        return cls(Scale(*x, _LEFT, WIDTH - _RIGHT), Scale(bottom, top, height - _BOTTOM, _TOP), height)


def drawing(title: str, body: Iterable[Markup], height: int, description: str = "") -> Markup:
    """Return a whole picture with a title and, for those who don't see it, a description."""
    return Markup(
        '<svg viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><title>{2}</title><desc>{3}</desc>{4}</svg>'
    ).format(WIDTH, height, title, description, Markup("").join(body))


def line(points: Iterable[tuple[float, float]], kind: str) -> Markup:
    """Return an open path; a point that is not finite leaves a gap."""
    parts, pen = [], "M"
    for x, y in points:
        if not (isfinite(x) and isfinite(y)):
            pen = "M"
            continue
        parts.append(f"{pen}{x:g} {y:g}")
        pen = "L"
    return Markup('<path class="{}" d="{}"/>').format(kind, "".join(parts))


def area(points: Sequence[tuple[float, float]], base: float, kind: str) -> Markup:
    """Return the filled surface between a line and ``base``."""
    if not points:
        return Markup("")
    middle = "L".join(f"{x:g} {y:g}" for x, y in points)
    path = f"M{points[0][0]:g} {base:g}L{middle}L{points[-1][0]:g} {base:g}Z"
    return Markup('<path class="{}" d="{}"/>').format(kind, path)


def band(low: Sequence[tuple[float, float]], high: Sequence[tuple[float, float]], kind: str) -> Markup:
    """Return the filled surface between two lines."""
    return Markup('<path class="{}" d="M{}Z"/>').format(kind, "L".join(f"{x:g} {y:g}" for x, y in (*low, *high[::-1])))


def box(x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> Markup:
    """Return a rectangle; ``tip`` is shown under the mouse."""
    inside = Markup("<title>{}</title>").format(tip) if tip else ""
    form = Markup('<rect class="{}" x="{:g}" y="{:g}" width="{:g}" height="{:g}">{}</rect>')
    return form.format(kind, round(x, 1), round(y, 1), round(max(width, 0.5), 1), round(max(height, 0.5), 1), inside)


def text(x: float, y: float, words: object, kind: str = "tick") -> Markup:
    """Return a piece of text."""
    return Markup('<text class="{}" x="{:g}" y="{:g}">{}</text>').format(kind, x, y, escape(words))


def value_axis(frame: Frame, unit: str = "") -> list[Markup]:
    """Return grid lines with their values on the right."""
    marks = []
    values = steps(frame.y.low, frame.y.high, max(2, frame.height // 50))
    form = number_form(values)
    for value in values:
        y = frame.y(value)
        marks.append(line(((_LEFT, y), (WIDTH - _RIGHT, y)), "grid"))
        marks.append(text(WIDTH - _RIGHT + 6, y + 4, form.format(value + 0.0) + unit))
    return marks


def time_axis(frame: Frame) -> list[Markup]:
    """Return times along the bottom of a frame whose horizontal scale is nanoseconds."""
    low, high = int(frame.x.low), int(frame.x.high)
    marks = [low + (high - low) * part // (_TIMES - 1) for part in range(_TIMES)]
    return _times(frame, [(frame.x(ns), ns) for ns in marks])


def row_axis(frame: Frame, ts: NDArray[np.int64]) -> list[Markup]:
    """Return times along the bottom of a frame whose horizontal scale is rows of ``ts``."""
    rows = sorted({round((len(ts) - 1) * part / (_TIMES - 1)) for part in range(_TIMES)})
    return _times(frame, [(frame.x(row), int(ts[row])) for row in rows])


def _times(frame: Frame, marks: Sequence[tuple[float, int]]) -> list[Markup]:
    """Return dates or, over less than three days, dates with hours."""
    form = "%Y-%m-%d" if marks[-1][1] - marks[0][1] > _DAYS_NS else "%m-%d %H:%M"
    kinds = ["first", *["middle"] * (len(marks) - 2), "last"]
    return [
        text(x, frame.height - 6, from_ns(ns).strftime(form), f"tick {kind}")
        for (x, ns), kind in zip(marks, kinds, strict=False)
    ]


def number_axis(frame: Frame, unit: str = "") -> list[Markup]:
    """Return numbers along the bottom."""
    values = steps(frame.x.low, frame.x.high, 7)
    form = number_form(values)
    return [text(frame.x(value), frame.height - 6, form.format(value + 0.0) + unit, "tick middle") for value in values]


def number_form(values: Sequence[float]) -> str:
    """Return the format with as many decimals as tell equally spaced values apart."""
    step = values[1] - values[0] if len(values) > 1 else abs(values[0]) / 100 if values else 1.0
    decimals = max(0, -floor(log10(step) + 1e-9)) if step > 0 else 2
    quarters = decimals + 1 if step > 0 and abs(step * 10**decimals - round(step * 10**decimals)) > _SAME else decimals
    return f"{{:,.{quarters}f}}"


def steps(low: float, high: float, wanted: int) -> list[float]:
    """Return round values between two bounds, about as many as wanted."""
    if not high > low:
        return [low]
    rough = (high - low) / wanted
    power = 10.0 ** floor(log10(rough))
    step = next((power * factor for factor in (1, 2, 2.5, 5) if power * factor >= rough), power * 10)
    return [index * step for index in range(ceil(low / step), floor(high / step) + 1)]


def thinned(ts: NDArray[np.int64], values: Numbers, most: int = _MOST_COLUMNS) -> tuple[list[int], list[float]]:
    """Return the least and the greatest of each stretch in their order, so that no peak is lost; few values as is."""
    if ts.size <= 2 * most:
        return ts.tolist(), values.tolist()
    step = -(-ts.size // most)
    kept = []
    for first in range(0, ts.size, step):
        part = values[first : first + step]
        if np.isnan(part).all():
            kept.append(first)
            continue
        kept.extend(sorted({first + int(np.nanargmin(part)), first + int(np.nanargmax(part))}))
    rows = np.array(sorted({0, *kept, ts.size - 1}))
    return ts[rows].tolist(), values[rows].tolist()
