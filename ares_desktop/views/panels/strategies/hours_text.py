"""An instance's hours in words."""

from collections.abc import Mapping
from typing import Any, Final

from ares_desktop.api.hours import Edge, parse_hours
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.views.formats import translated

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
HOURS_FORM: Final = "session open +5m to session close -10m"


def hours_words(text: str) -> str:
    """Return what the hours mean for an instance.

    Raises:
        ValueError: when they can't be read; it says what was expected.
    """
    windows = parse_hours(text).windows
    if not windows:
        return translated("It may open positions at any time. For example: {0}").format(HOURS_FORM)
    spans = [translated("from {0} until {1}").format(_edge(window.start), _edge(window.end)) for window in windows]
    return translated("It may open positions {0}; outside of that it may only close them.").format(
        translated(" and ").join(spans)
    )


def _edge(edge: Edge) -> str:
    seconds = abs(edge.offset_ns) // NS_PER_SECOND
    if edge.of == "clock":
        hour, rest = divmod(seconds, _HOUR_S)
        return translated("{0} exchange time").format(f"{hour:02}:{rest // _MINUTE_S:02}")
    name = translated("the open") if edge.of == "open" else translated("the close")
    if not seconds:
        return name
    text = translated("{0} before {1}") if edge.offset_ns < 0 else translated("{0} after {1}")
    return text.format(_length(seconds), name)


def _length(seconds: int) -> str:
    for unit, word in ((_HOUR_S, translated("{0} h")), (_MINUTE_S, translated("{0} min"))):
        if seconds % unit == 0:
            return word.format(seconds // unit)
    return translated("{0} s").format(seconds)


def schedule_words(values: Mapping[str, Any]) -> str:
    """Return what the hours mean, or how they are written where they can't be read."""
    try:
        return hours_words(values.get("hours", ""))
    except ValueError:
        return translated("Such as {0}, or 09:35 to 15:50; several with commas between.").format(HOURS_FORM)
