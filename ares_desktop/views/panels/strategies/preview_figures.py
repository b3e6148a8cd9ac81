"""The figures of a preview side by side: in force, proposed, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property

if TYPE_CHECKING:
    from ares_desktop.domain.backtests import BacktestFigures
    from ares_desktop.domain.previews import Preview

Write = Callable[[float | None], str]


class FigureRow(NamedTuple):
    """One figure.

    Attributes:
        good: 1 when more is better, -1 when less is, 0 when neither.
    """

    name: str
    title: str
    write: Write
    difference: Write
    good: int


def _signed(value: float | None) -> str:
    if value is None:
        return formats.MISSING
    text = formats.fixed(value)
    return f"+{text}" if value > 0 else text


def _whole(value: float | None) -> str:
    return formats.fixed(value, 0)


def _signed_whole(value: float | None) -> str:
    return formats.signed_money(value, 0)


ROWS: Final = (
    FigureRow("total_return", "Return", formats.signed_percent, formats.signed_percent, 1),
    FigureRow("sharpe", "Sharpe", formats.fixed, _signed, 1),
    FigureRow("sortino", "Sortino", formats.fixed, _signed, 1),
    FigureRow("max_drawdown", "Drawdown", formats.percent, formats.signed_percent, 1),
    FigureRow("trades", "Trades", _whole, _signed_whole, 0),
    FigureRow("win_rate", "Won", formats.percent, formats.signed_percent, 1),
    FigureRow("average_trade", "A trade", formats.signed_money, formats.signed_money, 1),
    FigureRow("exposure", "Exposure", formats.percent, formats.signed_percent, 0),
    FigureRow("commission", "Commission", formats.money, formats.signed_money, -1),
    FigureRow("slippage", "Slippage", formats.money, formats.signed_money, -1),
)


class PreviewFigures(QWidget):
    """A grid of figures; without a current side it has one column of them."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 6, 12, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(0, 1)
        self._heads = [label(part="caption") for _ in range(3)]
        self.cells: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        for column, (head, text) in enumerate(zip(self._heads, ("In force", "Proposed", "Difference"), strict=True)):
            head.setText(translated(text))
            grid.addWidget(head, 0, column + 1, Qt.AlignmentFlag.AlignRight)
        for number, row in enumerate(ROWS, 1):
            grid.addWidget(label(translated(row.title), tone=Tone.MUTED), number, 0)
            cells = (label(), label(), label())
            for column, cell in enumerate(cells):
                grid.addWidget(cell, number, column + 1, Qt.AlignmentFlag.AlignRight)
            self.cells[row.name] = cells

    def show_preview(self, preview: Preview) -> None:
        """Show the figures of a preview."""
        now = preview.current.figures if preview.current is not None else None
        then = preview.proposed.figures
        both = preview.current is not None
        for head, shown in zip(self._heads, (both, True, both), strict=True):
            head.setVisible(shown)
        for row in ROWS:
            before, after = _figure(now, row.name), _figure(then, row.name)
            change = None if before is None or after is None else after - before
            old, new, difference = self.cells[row.name]
            old.setText(row.write(before))
            new.setText(row.write(after))
            difference.setText(row.difference(change))
            gain = 0 if change is None else change * row.good
            tone = Tone.POSITIVE if gain > 0 else Tone.NEGATIVE if gain < 0 else Tone.MUTED
            set_property(difference, "tone", tone.value)
            old.setVisible(both)
            difference.setVisible(both)


def _figure(figures: BacktestFigures | None, name: str) -> float | None:
    value = None if figures is None else getattr(figures, name)
    return None if value is None or value != value else float(value)  # noqa: PLR0124 - NaN is unknown
