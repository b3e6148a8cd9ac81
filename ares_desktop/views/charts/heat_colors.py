"""Colors for shares and signed values, readable also without telling red from green."""

from functools import lru_cache
from typing import Final

from PySide6.QtGui import QColor

from ares_desktop.views.tokens import Tokens

_STOPS: Final = {
    "dark": ("#1b2440", "#1f4f7a", "#1f8a8a", "#6cc070", "#f2e05a"),
    "light": ("#eef1f8", "#b9d3ea", "#62b3c0", "#2f8f7a", "#1d5a3c"),
}
"""From low to high: brightness runs one way throughout, so that the order shows in gray as well."""
_INK_LIMIT: Final = 0.179
"""The luminance on which black and white are read equally well."""
_LINEAR_BELOW: Final = 0.04045
_STRONGEST: Final = 0.72


@lru_cache(maxsize=2048)
def _mixed(first: str, second: str, share: float) -> QColor:
    one, other = QColor(first), QColor(second)
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )


def heat_color(share: float, tokens: Tokens) -> QColor:
    """Return the color of a share from 0 to 1."""
    stops = _STOPS[tokens.name]
    place = min(1.0, max(0.0, share)) * (len(stops) - 1)
    number = min(int(place), len(stops) - 2)
    return _mixed(stops[number], stops[number + 1], round(place - number, 2))


def signed_color(share: float, tokens: Tokens) -> QColor:
    """Return the background of a gain (up to 1) or a loss (down to -1); zero is the surface."""
    strength = round(min(1.0, abs(share)) * _STRONGEST, 2)
    return _mixed(tokens.surface, tokens.positive if share > 0 else tokens.negative, strength)


def leaning_color(share: float, tokens: Tokens) -> QColor:
    """Return the background of a value from -1 to 1 that is neither good nor bad; zero is the surface."""
    strength = round(min(1.0, abs(share)) * _STRONGEST, 2)
    return _mixed(tokens.surface, tokens.accent if share > 0 else tokens.warning, strength)


def ink_on(color: QColor) -> QColor:
    """Return black or white, whichever is read better on a color (relative luminance of WCAG 2)."""
    red, green, blue = (_linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return QColor("#000000") if luminance > _INK_LIMIT else QColor("#ffffff")


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_BELOW else float(((part + 0.055) / 1.055) ** 2.4)
