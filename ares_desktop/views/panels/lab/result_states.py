"""What stands where a result will be: nothing chosen, loading, failed, or still under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.runs import RunKind
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.charts.scales import PERCENT_TEXT
from ares_desktop.views.formats import fixed, percent, translated
from ares_desktop.views.panels.lab.progress_area import facts
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, strip

if TYPE_CHECKING:
    from ares_desktop.domain.runs import RunProgress
    from ares_desktop.views.desk import Desk

_SCALE: Final = 1000


def hint(text: str) -> QLabel:
    """Return a quiet text in the middle of an empty area."""
    made = label(text, tone=Tone.MUTED)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setWordWrap(True)
    made.setContentsMargins(24, 12, 24, 12)
    return made


class ProgressPage(QWidget):
    """A run under way: how far it is, and its equity so far."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._run = ""
        self._points = 0
        self._name = translated("So far")
        self.chart = LineChart(
            desk.theme,
            color=lambda _: desk.theme.tokens.accent,
            upper_text=PERCENT_TEXT,
            lower_text=PERCENT_TEXT,
        )
        frame, row = strip("toolbar", margins=(12, 6, 12, 6), spacing=12)
        self.stage = label(part="title")
        self.facts = label(tone=Tone.MUTED)
        self.share = label(part="title")
        for part in (self.stage, self.facts):
            part.setMinimumWidth(1)
        row.addWidget(self.stage)
        row.addWidget(self.facts, 1)
        row.addWidget(self.share)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.waiting = hint("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(frame)
        column.addWidget(self.bar)
        column.addWidget(self.waiting, 1)
        column.addWidget(self.chart, 1)
        self.begin("")

    @property
    def run(self) -> str:
        """The run that is shown."""
        return self._run

    def begin(self, run: str, kind: RunKind = RunKind.BACKTEST) -> None:
        """Show another run, of which nothing is known yet."""
        self._run = run
        self.waiting.setText(
            translated("The curve appears here with the first prices.")
            if kind is RunKind.BACKTEST
            else translated("The result appears here when the run is done.")
        )
        self.chart.remove_curve(self._name)
        self._points = 0
        self.stage.setText(translated("Waiting for the first message"))
        self.facts.setText("")
        self.share.setText("")
        self.bar.setRange(0, 0)
        self._show_chart(shown=False)

    def show_progress(self, progress: RunProgress) -> None:
        """Take a message of the run that is shown; points that are not newer are left out."""
        self.stage.setText(progress.stage[:1].upper() + progress.stage[1:])
        self.facts.setText(facts(progress))
        self.share.setText("" if progress.share is None else percent(progress.share, 0))
        self.bar.setRange(0, 0 if progress.share is None else _SCALE)
        self.bar.setValue(0 if progress.share is None else round(progress.share * _SCALE))
        if progress.equity:
            self._extend(progress)
        elif progress.best is not None:
            self.waiting.setText(translated("Best score so far: {0}").format(fixed(progress.best, 3)))

    def _extend(self, progress: RunProgress) -> None:
        if self._name not in self.chart.names():
            self.chart.set_curve(self._name, (), (), (), bold=True)
        extent = self.chart.extent()
        last = -1.0 if extent is None else extent[1]
        points = [point for point in progress.equity if point.ts / NS_PER_SECOND > last]
        if not points:
            return
        rows = np.array([(point.ts / NS_PER_SECOND, point.twr, -abs(point.drawdown)) for point in points])
        self.chart.extend(self._name, rows[:, 0], rows[:, 1], rows[:, 2])
        # A single point is no curve: it would draw an axis of seconds around a dot.
        self._points += len(points)
        self._show_chart(shown=self._points > 1)
        self.chart.refresh()

    def _show_chart(self, *, shown: bool) -> None:
        self.chart.setVisible(shown)
        self.waiting.setVisible(not shown)
