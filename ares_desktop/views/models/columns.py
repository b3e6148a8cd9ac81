"""Columns of a record table, declared as data."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone

T = TypeVar("T")

CellPainter = Callable[[QPainter, QRect, Any, Theme], None]
"""Draws a cell by hand: painter, its rectangle, the column's value, the theme."""


class Align(Enum):
    """Where a cell's text stands; figures go right so that their digits line up."""

    LEFT = 0
    RIGHT = 1
    CENTER = 2


class RowShade(Enum):
    """Background of a whole row, by the name of its token."""

    NONE = ""
    FAULT = "row_fault"
    WARNING = "row_warning"


@dataclass(frozen=True, kw_only=True)
class Column(Generic[T]):
    """One column.

    Attributes:
        key: stable name, used for saved layouts and clicks.
        title: header in English; it is translated when shown.
        value: what is compared to find out whether the cell changed.
        text: of a value; the plain ``str`` without it.
        sort: what rows are ordered by, the value itself without it; None goes last.
        tone: color by record.
        tooltip: by record; an empty text shows none.
        plain: what copies and exports write, the value itself without it.
        glyph: name of an icon before the text, by record; empty for none.
        width: in device-independent pixels.
        hidden: not shown until the person picks it.
        painter: draws the cell instead of its text.
    """

    key: str
    title: str
    value: Callable[[T], Any]
    text: Callable[[Any], str] = str
    align: Align = Align.LEFT
    sort: Callable[[T], Any] | None = None
    plain: Callable[[T], Any] | None = None
    tone: Callable[[T], Tone] | None = None
    tooltip: Callable[[T], str] | None = None
    glyph: Callable[[T], str] | None = None
    width: int = 90
    hidden: bool = False
    painter: CellPainter | None = None


def sign_tone(value: Any) -> Tone:  # noqa: ANN401 - Decimal, float or None
    """Return the tone of a gain, a loss, or neither."""
    if value is None or value == 0:
        return Tone.MUTED
    return Tone.POSITIVE if value > 0 else Tone.NEGATIVE
