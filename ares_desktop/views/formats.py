"""Turns numbers, times and states into text; no other module decides how a figure looks."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QCoreApplication

MISSING: Final = "\N{EN DASH}"
"""Shown for None: an unknown figure is never a zero."""
MINUS: Final = "\N{MINUS SIGN}"
STALE: Final = "\N{MIDDLE DOT}"

Number = Decimal | float | int


def translated(text: str, context: str = "formats") -> str:
    """Return ``text`` in the window's language."""
    return QCoreApplication.translate(context, text)


def _known(value: Number | None) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _fixed(value: Number, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    if text[0] != "-":
        return text
    return MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]


def _with_plus(text: str, value: Number) -> str:
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def fixed(value: Number | None, digits: int = 2) -> str:
    """Return a number with thousands separators and a fixed number of decimals."""
    return _fixed(value, digits) if value is not None and _known(value) else MISSING


def money(value: Number | None, digits: int = 2) -> str:
    """Return an amount: ``1,234.50``."""
    return fixed(value, digits)


def signed_money(value: Number | None, digits: int = 2) -> str:
    """Return a gain or a loss with its sign: ``+12.50``, minus sign U+2212 for a loss, no sign for zero."""
    return _with_plus(_fixed(value, digits), value) if value is not None and _known(value) else MISSING


def percent(fraction: Number | None, digits: int = 2) -> str:
    """Return a fraction as percent: 0.125 is ``12.50%``."""
    return f"{_fixed(fraction * 100, digits)}%" if fraction is not None and _known(fraction) else MISSING


def signed_percent(fraction: Number | None, digits: int = 2) -> str:
    """Return a fraction as percent with its sign."""
    if fraction is None or not _known(fraction):
        return MISSING
    return _with_plus(f"{_fixed(fraction * 100, digits)}%", fraction)


def points_percent(points: Number | None, digits: int = 2) -> str:
    """Return a figure that is already in percent, with its sign."""
    if points is None or not _known(points):
        return MISSING
    return _with_plus(f"{_fixed(points, digits)}%", points)


@lru_cache(maxsize=4096)
def quantity(value: Decimal | None) -> str:
    """Return a quantity without trailing zeros: ``1,200``, ``0.015``."""
    if value is None:
        return MISSING
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return MINUS + text[1:] if text[0] == "-" and text != "-0" else text.lstrip("-")


def signed_quantity(value: Decimal | None) -> str:
    """Return a quantity whose direction shows: ``+100`` long, minus sign for short, ``0`` flat."""
    return MISSING if value is None else _with_plus(quantity(value), value)


@lru_cache(maxsize=256)
def decimals_of(tick: Decimal) -> int:
    """Return how many decimals a price of this tick has, two at least for ticks of cents or more."""
    exponent = tick.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 2


_UNTICKED_DIGITS: Final = ((10, 2), (0.1, 4), (0, 6))


@lru_cache(maxsize=4096)
def price(value: Number | None, tick: Decimal | None = None) -> str:
    """Return a price with the decimals of its tick; without one, two decimals or more for small prices."""
    if value is None or not _known(value):
        return MISSING
    if tick is not None and tick > 0:
        return _fixed(value, decimals_of(tick))
    size = abs(float(value))
    return _fixed(value, next(digits for bound, digits in _UNTICKED_DIGITS if size >= bound or size == 0))


_AGES: Final[tuple[tuple[float, float, str], ...]] = (
    (60, 1, "{0} s"),
    (3600, 60, "{0} min"),
    (86_400, 3600, "{0} h"),
    (math.inf, 86_400, "{0} d"),
)


def age(seconds: float | None) -> str:
    """Return how long ago: ``3 s``, ``2 min``, ``5 h``, ``4 d``; tenths below two seconds."""
    if seconds is None or not _known(seconds):
        return MISSING
    seconds = max(0.0, seconds)
    if seconds < 2:  # noqa: PLR2004 - below this the tenths of a heartbeat matter
        return translated("{0} s").format(f"{seconds:.1f}")
    bound, unit, text = next(row for row in _AGES if seconds < row[0])
    del bound
    return translated(text).format(int(seconds // unit))


def stale_after(text: str, seconds: float | None) -> str:
    """Return a figure with the age of what it rests on: ``512.30 · 3 min``."""
    return f"{text} {STALE} {age(seconds) if seconds is not None else translated('stale')}"


def milliseconds(value: float | None) -> str:
    """Return a duration: ``0.4 ms``, ``12 ms``, ``3.2 s``."""
    if value is None or not _known(value):
        return MISSING
    if value >= 1000:  # noqa: PLR2004 - milliseconds in a second
        return translated("{0} s").format(f"{value / 1000:.1f}")
    return translated("{0} ms").format(f"{value:.1f}" if value < 10 else f"{value:.0f}")  # noqa: PLR2004 - two digits


def clock_time(time: datetime | None) -> str:
    """Return the UTC time of day: ``15:30:05``."""
    if time is None:
        return MISSING
    time = time.astimezone(UTC) if time.tzinfo is not UTC else time
    return time.isoformat(" ", "seconds")[11:19]


def moment(time: datetime | None) -> str:
    """Return the UTC date and time: ``2014-03-04 15:30:05``."""
    if time is None:
        return MISSING
    time = time.astimezone(UTC) if time.tzinfo is not UTC else time
    return time.isoformat(" ", "seconds")[:19]


_PROPER: Final = {"monte carlo": "Monte Carlo"}
"""Words that keep their capitals."""


@lru_cache(maxsize=512)
def word(value: Enum | str) -> str:
    """Return a state, side or kind as a person reads it: ``Partially filled``, ``Warming up``."""
    raw = value.value if isinstance(value, Enum) else value
    text = raw if isinstance(raw, str) else getattr(value, "name", str(value))
    plain = text.replace("_", " ").strip()
    return translated(_PROPER.get(plain) or plain.capitalize())


def count(number: int, one: str, many: str) -> str:
    """Return ``1 order`` or ``12 orders``; both texts hold ``{0}``."""
    return translated(one if number == 1 else many).format(f"{number:,}")


def optional(text: Callable[[Number], str], value: Number | None) -> str:
    """Return ``text(value)``, or an empty cell where a figure does not apply rather than being unknown."""
    return "" if value is None else text(value)
