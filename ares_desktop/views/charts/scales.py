"""Axes that count numbers instead of time, and value axes that grow by factors instead of steps."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from ares_desktop.views import formats
from ares_desktop.views.charts.axes import TimeTicks, ValueText
from ares_desktop.views.charts.ticks import Tick, decimals_for, value_step, value_ticks

_DIGITS: Final = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
"""Leading digits of the marks of a logarithmic scale, from few to many for each power of ten."""

PERCENT_TEXT: Final = ValueText(lambda value, decimals: formats.percent(value, max(0, decimals - 2)), formats.percent)
RATIO_TEXT: Final = ValueText(formats.fixed, formats.fixed)


def number_ticks(write: Callable[[float, int], str]) -> TimeTicks:
    """Return a maker of marks at round numbers; ``write`` gets a value and the decimals that tell marks apart."""

    def ticks(left: float, right: float, most: int) -> list[Tick]:
        decimals = decimals_for(value_step(left, right, most))
        return [(value, write(value, decimals)) for value in value_ticks(left, right, most)]

    return ticks


def log_text(text: ValueText) -> ValueText:
    """Return how an axis writes values of which it is given the decimal logarithm."""

    def ticks(low: float, high: float, most: int) -> list[Tick]:
        bottom, top = 10.0**low, 10.0**high
        values = _round_values(bottom, top, most)
        if len(values) < 3:  # noqa: PLR2004 - within a narrow range steps tell more than factors
            values = value_ticks(bottom, top, most)
        steps = [after - before for before, after in pairwise(values)]
        decimals = decimals_for(min(steps)) if steps else 2
        return [(math.log10(value), text.mark(value, decimals)) for value in values if value > 0]

    return ValueText(lambda value, decimals: text.mark(10.0**value, decimals), lambda v: text.read(10.0**v), ticks)


def _round_values(low: float, high: float, most: int) -> list[float]:
    """Return values such as 1, 2, 5, 10, 20: as many leading digits as fit."""
    if not (math.isfinite(low) and math.isfinite(high)) or low <= 0 or high <= low:
        return []
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    chosen: list[float] = []
    for digits in _DIGITS:
        values = [digit * 10.0**power for power in powers for digit in digits]
        inside = [value for value in values if low <= value <= high]
        if len(inside) > most:
            break
        chosen = inside
    return chosen
