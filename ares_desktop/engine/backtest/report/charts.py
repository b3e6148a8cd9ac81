"""The report's charts of money, of distributions, of resampled paths and of scores."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from markupsafe import Markup

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.monte_carlo import Paths
from ares_desktop.domain.result_charts import Histogram, Trace
from ares_desktop.domain.searches import Surface
from ares_desktop.engine.backtest.report import svg

_EQUITY_HEIGHT: Final = 300
_SMALL_HEIGHT: Final = 170
_ROW: Final = 22
_NAMES, _AMOUNTS = 110, 130
_SHADES: Final = 6
_MOST_WRITTEN: Final = 16
Writer = Callable[[float | None], str]


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


def fan(title: str, paths: Paths) -> Markup:
    """Return percentiles of resampled paths around their median, with the run itself."""
    values = [value for row in (*paths.fan, paths.observed) for value in row]
    frame = svg.Frame.of((paths.fan_x[0], max(paths.fan_x[-1], paths.fan_x[0] + 1)), values, _EQUITY_HEIGHT)
    rows = [[(frame.x(x), frame.y(y)) for x, y in zip(paths.fan_x, row, strict=True)] for row in paths.fan]
    body = [*svg.value_axis(frame), *svg.number_axis(frame)]
    for low, high in zip(rows[: len(rows) // 2], rows[::-1], strict=False):
        body.append(svg.band(low, high, "band"))
    body.append(svg.line(rows[len(rows) // 2], "curve c1"))
    body.append(
        svg.line([(frame.x(x), frame.y(y)) for x, y in zip(paths.fan_x, paths.observed, strict=False)], "curve c0")
    )
    ends = ", ".join(f"{row[-1]:.3g}" for row in paths.fan)
    return svg.drawing(title, body, _EQUITY_HEIGHT, f"Ends at 5, 25, 50, 75 and 95 percent: {ends}.")


def heat_map(given: Surface) -> Markup:
    """Return the score of each pair of values, the stronger colored the higher."""
    known = [score for row in given.scores for score in row if np.isfinite(score)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    columns, rows = len(given.x_values), len(given.y_values)
    width, height = (svg.WIDTH - _NAMES) / max(columns, 1), float(_ROW)
    body = []
    for row, (value, scores) in enumerate(zip(reversed(given.y_values), reversed(given.scores), strict=True)):
        body.append(svg.text(_NAMES - 8, row * height + 15, f"{value:g}", "tick last"))
        for column, score in enumerate(scores):
            if not np.isfinite(score):
                continue
            shade = round(_SHADES * (score - low) / (high - low)) if high > low else _SHADES
            tip = f"{given.x} {given.x_values[column]:g}, {given.y} {value:g}: {score:,.4g}"
            x, y = _NAMES + column * width, row * height
            body.append(svg.box(x, y, width - 1, height - 1, f"heat h{shade}", tip))
            if columns <= _MOST_WRITTEN:
                body.append(svg.text(x + width / 2, y + 15, f"{score:,.3g}", "tick middle strong"))
    for column, number in enumerate(given.x_values):
        if column % -(-columns // _MOST_WRITTEN) == 0:
            body.append(svg.text(_NAMES + (column + 0.5) * width, rows * height + 15, f"{number:g}", "tick middle"))
    body.append(svg.text(_NAMES, rows * height + 34, f"{given.x} to the right, {given.y} upwards"))
    words = f"Scores between {low:,.4g} and {high:,.4g}."
    return svg.drawing(f"Best score over {given.x} and {given.y}", body, round(rows * height) + 40, words)


def _span(times: Sequence[Sequence[int]]) -> tuple[float, float] | None:
    known = [bound for part in times if part for bound in (part[0], part[-1])]
    return (min(known), max(known)) if known else None


def _in_words(values: Sequence[float]) -> str:
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return "No value is known."
    return f"From {known[0]:,.6g} to {known[-1]:,.6g}, between {min(known):,.6g} and {max(known):,.6g}."
