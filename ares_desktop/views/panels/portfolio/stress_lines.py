"""What a scenario does to each position, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.charts.bar_rows import BarRow, BarRows
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.portfolio.columns import text_of
from ares_desktop.views.panels.portfolio.page import caption, reasons_text
from ares_desktop.views.widgets.controls import label

if TYPE_CHECKING:
    from ares_desktop.domain.portfolio import StressLine, StressResult
    from ares_desktop.views.desk import Desk

_MOST: Final = 30


class StressLines(QWidget):
    """A bar for each position, the largest loss on top."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.title = label(part="strong")
        self.title.setContentsMargins(10, 8, 10, 2)
        self.bars = BarRows(
            desk.theme,
            ((translated("Gain"), "positive"), (translated("Loss"), "negative")),
            write=lambda value: formats.signed_money(value, 0),
            stacked=True,
        )
        self.bars.setAccessibleName(translated("Profit and loss by position"))
        self.note = caption()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.bars)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(scroll, 1)
        column.addWidget(self.note)

    def show_result(self, result: StressResult | None) -> None:
        """Show another scenario's, or none."""
        if result is None:
            self.title.setText("")
            self.bars.show_rows(())
            return
        total = text_of(result.profit, formats.signed_money)
        self.title.setText(f"{result.scenario.name}    {total} {result.currency}")
        known = [line for line in result.lines if line.profit]
        ranked = sorted(known, key=lambda line: line.profit or 0.0)
        self.bars.show_rows([BarRow(_name(line), _parts(line.profit or 0.0)) for line in ranked[:_MOST]])
        unknown = tuple(f"{_name(line)}: {line.problem}" for line in result.lines if line.profit is None)
        text = translated("No figure: {0}").format(reasons_text(unknown)) if unknown else ""
        if not text and not known:
            text = translated("Nothing that is held reacts to it.")
        self.note.setText(text)
        self.note.setVisible(bool(text))


def _name(line: StressLine) -> str:
    return f"{line.strategy} {line.item}".strip()


def _parts(profit: float) -> tuple[float | None, float | None]:
    return (profit, None) if profit > 0 else (None, profit)
