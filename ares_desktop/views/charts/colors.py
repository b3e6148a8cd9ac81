"""Colors of curves and markers: one for each strategy, the same in every chart, legible on dark and on light."""

from collections.abc import Iterable
from typing import Final

from ares_desktop.views.tokens import Tokens

_DARK: Final = (
    "#5b9cff",
    "#f2a65a",
    "#b48cf2",
    "#4cc9c0",
    "#ef7fb1",
    "#c5d25b",
    "#8fa3ff",
    "#e07b5a",
    "#6fd18a",
    "#d9b8ff",
)
_LIGHT: Final = (
    "#1f5fd6",
    "#b85c00",
    "#7a3fc9",
    "#00857d",
    "#c2337a",
    "#6c7a00",
    "#4453c4",
    "#b0431f",
    "#1e8a45",
    "#9357c4",
)


class SeriesColors:
    """Gives each name a color by the order of its first appearance; colors repeat after ten names."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._slots: dict[str, int] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Reserve the next color for a name that has none."""
        self._slots.setdefault(name, len(self._slots))

    def color(self, name: str, tokens: Tokens) -> str:
        """Return the color of ``name`` in a theme, as ``#rrggbb``."""
        self.add(name)
        colors = _LIGHT if tokens.name == "light" else _DARK
        return colors[self._slots[name] % len(colors)]
