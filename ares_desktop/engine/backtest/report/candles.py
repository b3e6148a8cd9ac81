"""Prices of one instrument as candles with the trades on them, over a stretch that can still be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from ares_desktop.api.series import Bars
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.engine.backtest.report import svg

_MOST: Final = 240
_AFTER: Final = 10
_HEIGHT: Final = 320


@dataclass(frozen=True)
class PriceChart:
    """A picture, and what it shows."""

    instrument: str
    note: str
    picture: Markup


def price_chart(bars: Bars, fills: Sequence[Fill]) -> PriceChart | None:
    """Return the candles around the last fills, None without bars.

    All bars are drawn while they are few; else the last that lead up to the last fill.
    """
    if not len(bars):
        return None
    last = len(bars)
    if len(bars) > _MOST and fills:
        row = int(np.searchsorted(bars.end, to_ns(fills[-1].at)))
        last = min(len(bars), max(row + _AFTER, _MOST))
    first = max(0, last - _MOST)
    begin, end = int(bars.start[first]), int(bars.end[last - 1])
    shown = [fill for fill in fills if begin <= to_ns(fill.at) <= end]
    note = f"{last - first:,} of {len(bars):,} bars, {len(shown):,} of {len(fills):,} fills."
    return PriceChart(bars.instrument, note, _picture(bars, first, last, shown))


def _picture(bars: Bars, first: int, last: int, fills: Sequence[Fill]) -> Markup:
    low, high = bars.low[first:last].tolist(), bars.high[first:last].tolist()
    opened, closed = bars.open[first:last].tolist(), bars.close[first:last].tolist()
    prices = [float(fill.price) for fill in fills]
    count = last - first
    frame = svg.Frame.of((-0.5, count - 0.5), [*low, *high, *prices], _HEIGHT)
    width = max(1.0, (frame.x(1) - frame.x(0)) * 0.6)
    body = svg.value_axis(frame)
    body += svg.row_axis(frame, bars.start[first:last])
    for row in range(count):
        if not np.isfinite((low[row], high[row], opened[row], closed[row])).all():
            continue
        x, kind = frame.x(row), "gain" if closed[row] >= opened[row] else "loss"
        body.append(svg.line(((x, frame.y(low[row])), (x, frame.y(high[row]))), f"wick {kind}"))
        top = frame.y(max(opened[row], closed[row]))
        bottom = frame.y(min(opened[row], closed[row]))
        body.append(svg.box(x - width / 2, top, width, bottom - top, f"bar {kind}"))
    ends = bars.end[first:last]
    for fill in fills:
        row = min(int(np.searchsorted(ends, to_ns(fill.at))), count - 1)
        body.append(_mark(frame.x(row), frame.y(float(fill.price)), fill))
    title = f"Price of {bars.instrument} with fills"
    return svg.drawing(title, body, _HEIGHT, "Triangles upwards are buys, downwards sales.")


def _mark(x: float, y: float, fill: Fill) -> Markup:
    """Return a triangle below a buy's price, above a sale's."""
    up = 1 if fill.side is Side.BUY else -1
    corners = f"{x:g},{y:g} {x - 5:g},{y + 9 * up:g} {x + 5:g},{y + 9 * up:g}"
    tip = f"{fill.side.value} {fill.quantity:f} at {fill.price:f}, {fill.at:%Y-%m-%d %H:%M:%S} UTC, {fill.strategy}"
    kind = "buy" if up > 0 else "sell"
    return Markup('<polygon class="{}" points="{}"><title>{}</title></polygon>').format(kind, corners, tip)
