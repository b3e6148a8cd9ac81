"""The report's charts of money and of distributions."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from markupsafe import Markup

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.result_charts import Histogram, Trace
from ares_desktop.engine.backtest.report import svg

_EQUITY_HEIGHT: Final = 300
_SMALL_HEIGHT: Final = 170
_ROW: Final = 22
_NAMES, _AMOUNTS = 110, 130


def equity(curves: Sequence[EquityCurve], currency: str) -> Markup:
    """Return the equity of the account; several curves are drawn over each other as returns in percent."""
    alone = len(curves) == 1
    drawn = [svg.thinned(curve.ts, curve.equity if alone else curve.twr * 100) for curve in curves]
    span = _span([times for times, _ in drawn])
    if span is None:
        return Markup("")
    frame = svg.Frame.of(span, [value for _, values in drawn for value in values], _EQUITY_HEIGHT)
    body = [*svg.value_axis(frame, "" if alone else " %"), *svg.time_axis(frame)]
    for number, (times, values) in enumerate(drawn):
        points = [(frame.x(ts), frame.y(value)) for ts, value in zip(times, values, strict=True)]
        body.append(svg.line(points, f"curve c{number % 6}"))
    title = f"Equity in {currency}" if alone else "Return of the account and of each strategy in percent"
    return svg.drawing(title, body, _EQUITY_HEIGHT, _in_words(drawn[0][1]))


def drawdown(curve: EquityCurve) -> Markup:
    """Return the fall below the peak, in percent."""
    times, values = svg.thinned(curve.ts, curve.drawdown * 100)
    span = _span([times])
    if span is None:
        return Markup("")
    frame = svg.Frame.of(span, values, _SMALL_HEIGHT, zero=True)
    points = [(frame.x(ts), frame.y(value)) for ts, value in zip(times, values, strict=True) if np.isfinite(value)]
    marks = [svg.area(points, frame.y(0), "fall"), svg.line(points, "curve fall-line")]
    body = [*svg.value_axis(frame, " %"), *svg.time_axis(frame), *marks]
    words = f"Deepest: {min((value for value in values if np.isfinite(value)), default=0):.2f} percent."
    return svg.drawing("Drawdown in percent", body, _SMALL_HEIGHT, words)


def traces(title: str, drawn: Sequence[Trace], unit: str = "", factor: float = 1.0) -> Markup:
    """Return figures over time."""
    span = _span([trace.ts for trace in drawn])
    if span is None:
        return Markup("")
    everything = [value * factor for trace in drawn for value in trace.values]
    frame = svg.Frame.of(span, everything, _SMALL_HEIGHT, zero=True)
    body = [*svg.value_axis(frame, unit), *svg.time_axis(frame)]
    for number, trace in enumerate(drawn):
        points = [
            (frame.x(ts), frame.y(value * factor) if np.isfinite(value) else value)
            for ts, value in zip(trace.ts, trace.values, strict=True)
        ]
        body.append(svg.line(points, f"curve c{number % 6}"))
    return svg.drawing(title, body, _SMALL_HEIGHT, _in_words(everything))


def histogram(title: str, given: Histogram, unit: str = "", factor: float = 1.0) -> Markup:
    """Return how often values fall into each bin; gains and losses, which have a unit, in their colors."""
    edges = [edge * factor for edge in given.edges]
    wide = (edges[0], edges[-1]) if edges[-1] > edges[0] else (edges[0] - 0.5, edges[0] + 0.5)
    frame = svg.Frame.of(wide, given.counts, _SMALL_HEIGHT, zero=True)
    body = [*svg.value_axis(frame), *svg.number_axis(frame, unit)]
    for left, right, count in zip(edges, edges[1:], given.counts, strict=False):
        if not count:
            continue
        x, y = frame.x(left), frame.y(count)
        kind = "bar" if not unit or left < 0 < right else "bar gain" if left >= 0 else "bar loss"
        tip = f"{left:,.4g}{unit} to {right:,.4g}{unit}: {count}"
        body.append(svg.box(x + 0.5, y, frame.x(right) - x - 1, frame.y(0) - y, kind, tip))
    words = f"Mean {given.mean * factor:,.4g}{unit}, median {given.median * factor:,.4g}{unit}."
    return svg.drawing(title, body, _SMALL_HEIGHT, words)


def bars(title: str, values: Sequence[tuple[str, float]]) -> Markup:
    """Return one horizontal bar for each amount, from a common zero."""
    height = _ROW * len(values)
    ends = [0.0, *(value for _, value in values)]
    scale = svg.Scale(min(ends), max(ends) if max(ends) > min(ends) else min(ends) + 1, _NAMES, svg.WIDTH - _AMOUNTS)
    body = []
    for row, (name, value) in enumerate(values):
        x, zero, y = scale(value), scale(0), row * _ROW
        body.append(svg.text(4, y + 15, name))
        body.append(svg.box(min(x, zero), y + 4, abs(x - zero), _ROW - 8, "bar loss" if value > 0 else "bar gain"))
        body.append(svg.text(max(x, zero) + 6, y + 15, f"{value:,.2f}"))
    return svg.drawing(title, body, height, "; ".join(f"{name} {value:,.2f}" for name, value in values))


def _span(times: Sequence[Sequence[int]]) -> tuple[float, float] | None:
    known = [bound for part in times if part for bound in (part[0], part[-1])]
    return (min(known), max(known)) if known else None


def _in_words(values: Sequence[float]) -> str:
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return "No value is known."
    return f"From {known[0]:,.6g} to {known[-1]:,.6g}, between {min(known):,.6g} and {max(known):,.6g}."
