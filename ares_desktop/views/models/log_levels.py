"""Levels of log lines: their rank, and how they look."""

from __future__ import annotations

from typing import Any, Final, Protocol

from ares_desktop.views.formats import word
from ares_desktop.views.models.columns import Column
from ares_desktop.views.tokens import Tone

_LEVELS: Final = {
    "debug": (0, Tone.FAINT, "dot"),
    "info": (1, Tone.MUTED, "info"),
    "warning": (2, Tone.WARNING, "warning"),
    "error": (3, Tone.NEGATIVE, "error"),
    "critical": (4, Tone.DANGER, "critical"),
}
_UNKNOWN: Final = (1, Tone.MUTED, "dot")

CHOICES: Final = ("debug", "info", "warning", "error")
"""Levels that a person may ask for as the lowest."""


class Leveled(Protocol):
    """A line with a level."""

    @property
    def level(self) -> str:
        """Its name, in any case."""


def rank(level: str) -> int:
    """Return a level's rank; a greater one is more severe."""
    return _LEVELS.get(level.lower(), _UNKNOWN)[0]


def level_column(width: int) -> Column[Any]:
    """Return the column of lines' levels; it sorts by severity."""
    return Column(
        key="level",
        title="Level",
        value=_name,
        text=word,
        sort=lambda line: rank(line.level),
        tone=lambda line: _LEVELS.get(line.level.lower(), _UNKNOWN)[1],
        glyph=lambda line: _LEVELS.get(line.level.lower(), _UNKNOWN)[2],
        width=width,
    )


def _name(line: Leveled) -> str:
    return line.level
