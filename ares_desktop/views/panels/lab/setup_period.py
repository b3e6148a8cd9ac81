"""From when to when a run trades, beside what the data has."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.setup_text import day_text, parse_day, years_before
from ares_desktop.views.widgets.field_grid import FieldGrid

_WIDTH: Final = 96
_PRESETS: Final = ((None, "All"), (10.0, "10Y"), (5.0, "5Y"), (3.0, "3Y"), (1.0, "1Y"), (0.25, "3M"))


class PeriodSection(QWidget):
    """Two dates, UTC, and presets that count back from the end of the data.

    Signals:
        changed: after anything was edited.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self.start, self.end = QLineEdit(), QLineEdit()
        self.start.setPlaceholderText(translated("beginning"))
        self.end.setPlaceholderText(translated("end"))
        self.fields = FieldGrid()
        self.fields.add("start", translated("From"), self.start, width=_WIDTH)
        self.fields.add("end", translated("To"), self.end, width=_WIDTH)
        for line in (self.start, self.end):
            line.textEdited.connect(self._edited)
        self.presets: list[QToolButton] = []
        row = QHBoxLayout()
        row.setSpacing(2)
        for years, text in _PRESETS:
            button = QToolButton()
            button.setText(translated(text))
            button.setAccessibleName(translated("Period: {0}").format(translated(text)))
            button.clicked.connect(lambda _=False, years=years: self.choose_years(years))
            self.presets.append(button)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.fields)
        column.addLayout(row)
        self.show_span(None, None)

    def show_span(self, first: datetime | None, last: datetime | None) -> None:
        """Show what the chosen data has, None where that is not known."""
        self._first, self._last = first, last
        self.fields.set_hint("start", translated("data from {0}").format(f"{first:%Y-%m-%d}") if first else "")
        self.fields.set_hint("end", translated("data to {0}").format(f"{last:%Y-%m-%d}") if last else "")
        for (years, _), button in zip(_PRESETS, self.presets, strict=True):
            button.setEnabled(years is None or last is not None)
            button.setToolTip(
                translated("All the data there is")
                if years is None
                else translated("The last of the data")
                if last is not None
                else translated("The end of this data is not known before it is read")
            )

    def choose_years(self, years: float | None) -> None:
        """Set the dates to the last years of the data, None for all there is."""
        begin = None if years is None or self._last is None else years_before(self._last, years)
        if begin is not None and self._first is not None:
            begin = max(begin, years_before(self._first, 0))
        self.start.setText(day_text(begin))
        self.end.setText("")
        self._edited()

    def _edited(self) -> None:
        self.problems()
        self.changed.emit()

    def problems(self) -> list[str]:
        """Mark whatever is wrong, and return it."""
        marks = {"start": "", "end": ""}
        read: dict[str, datetime | None] = {}
        for key, line in (("start", self.start), ("end", self.end)):
            try:
                read[key] = parse_day(line.text(), ends=key == "end")
            except ValueError as error:
                marks[key] = str(error)
        start, end = read.get("start"), read.get("end")
        if start is not None and end is not None and end <= start:
            marks["end"] = translated("must be after the beginning")
        if start is not None and self._last is not None and start > self._last:
            marks["start"] = translated("must be before {0}, the end of the data").format(f"{self._last:%Y-%m-%d}")
        if end is not None and self._first is not None and end < self._first:
            marks["end"] = translated("must be after {0}, the beginning of the data").format(f"{self._first:%Y-%m-%d}")
        for key, problem in marks.items():
            self.fields.mark(key, problem)
        return [problem for problem in marks.values() if problem]

    def period(self) -> tuple[datetime | None, datetime | None]:
        """Return the dates; call it when there are no :meth:`problems`.

        Raises:
            ValueError: when one can't be read.
        """
        return parse_day(self.start.text()), parse_day(self.end.text(), ends=True)

    def show_period(self, start: datetime | None, end: datetime | None) -> None:
        """Show the dates of a set-up."""
        self.start.setText(day_text(start))
        self.end.setText(day_text(end))
        self.problems()
