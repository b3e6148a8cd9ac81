"""What the typed values would have done on the last stored bars, against the values in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.strategies.preview_result import PreviewResult, by_trade, sides
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import push_button, strip
from ares_desktop.views.widgets.state_page import StatePage

if TYPE_CHECKING:
    from ares_desktop.domain.previews import Preview
    from ares_desktop.domain.strategies import StrategyInstance
    from ares_desktop.views.desk import Desk

_PAUSE_MS: Final = 900
_LENGTHS: Final = (250, 500, 1000, 2000)


class PreviewView(QWidget):
    """Has the values tried out on demand, or by itself when typing pauses, and shows what came of it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._draft: StrategyInstance | None = None
        self._current: StrategyInstance | None = None
        self._preview: Preview | None = None
        self._tried: tuple[StrategyInstance, StrategyInstance | None, int] | None = None
        self._task: asyncio.Task[object] | None = None
        self._asked = 0
        self._drawn = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self.run)
        self._build_toolbar()
        self.result = PreviewResult(desk)
        self.message = StatePage(desk)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(self.result)
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.busy)
        column.addWidget(self.stack, 1)
        self._say_what_for()

    def _build_toolbar(self) -> None:
        self.toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        self.toolbar.setFixedHeight(34)
        self.instruments = QComboBox()
        self.instruments.setAccessibleName(translated("Instrument of the chart"))
        self.instruments.setMinimumWidth(110)
        self.instruments.hide()
        self.instruments.activated.connect(lambda _: self._load_bars())
        self.lengths = QComboBox()
        self.lengths.setAccessibleName(translated("Bars of the preview"))
        for length in _LENGTHS:
            self.lengths.addItem(count(length, "{0} bar", "{0} bars"), length)
        self.lengths.setCurrentIndex(1)
        self.lengths.activated.connect(lambda _: self._perhaps())
        self.auto = QCheckBox(translated("Automatic"))
        self.auto.setToolTip(translated("Try the values out whenever typing pauses"))
        self.auto.setChecked(True)
        self.auto.toggled.connect(lambda _: self._perhaps())
        self.button: QPushButton = push_button(translated("Preview"), self._pressed)
        for tool in (self.instruments, self.lengths):
            tools.addWidget(tool)
        tools.addStretch(1)
        tools.addWidget(self.auto)
        tools.addWidget(self.button)
        self.busy = QProgressBar()
        self.busy.setTextVisible(False)
        self.busy.setRange(0, 1)

    # what is to be tried out

    def begin(self) -> None:
        """Forget the preview of another instance."""
        self.cancel()
        self._draft = self._current = self._preview = self._tried = None
        self.instruments.clear()
        self.instruments.hide()
        self._say_what_for()

    def show_draft(self, draft: StrategyInstance | None, current: StrategyInstance | None) -> None:
        """Take over what is typed, None while something is wrong with it."""
        self._draft, self._current = draft, current
        self.button.setEnabled(draft is not None or self.is_running)
        if draft is None:
            self._soon.stop()
        else:
            self._perhaps()

    def _perhaps(self) -> None:
        if self.auto.isChecked() and self._draft is not None and self._wanted() != self._tried and self.isVisible():
            self._soon.start()

    def _wanted(self) -> tuple[StrategyInstance, StrategyInstance | None, int] | None:
        draft = self._draft
        return None if draft is None else (draft, self._current, int(self.lengths.currentData()))

    def showEvent(self, event: QShowEvent) -> None:
        """Try out what was typed while nobody looked at it."""
        super().showEvent(event)
        self._perhaps()

    # trying out

    @property
    def is_running(self) -> bool:
        """Whether a preview is being made."""
        return self._task is not None

    def _pressed(self) -> None:
        if self.is_running:
            self.cancel()
        else:
            self.run()

    def run(self) -> None:
        """Try the typed values out; an older preview under way is canceled."""
        self._soon.stop()
        wanted = self._wanted()
        if wanted is None:
            return
        self._end_task()
        self._tried = wanted
        self._asked += 1
        self._desk.runner.read(
            translated("Preview {0}").format(wanted[0].name),
            partial(self._make, self._asked, *wanted),
            done=partial(self._show, self._asked),
            failed=partial(self._fail, self._asked),
        )

    async def _make(
        self, asked: int, draft: StrategyInstance, current: StrategyInstance | None, bars: int
    ) -> tuple[Preview, InstrumentId, Sequence[Bar]]:
        # The task is this coroutine's own: canceling it is how a preview ends early.
        self._task = asyncio.current_task()
        self._show_busy()
        try:
            preview = await self._desk.managers.pipelines.preview(draft, current, bars=bars)
            shown = self.instruments.currentText()
            instrument = shown if shown in preview.instruments else next(iter(by_trade(preview)), "")
            return preview, InstrumentId(instrument), await self._bars(InstrumentId(instrument), preview)
        finally:
            if asked == self._asked:
                self._task = None
                self._show_busy()

    def cancel(self) -> None:
        """End the preview under way."""
        self._soon.stop()
        self._end_task()
        self._show_busy()

    def _end_task(self) -> None:
        task, self._task = self._task, None
        self._asked += 1
        if task is not None:
            self._tried = None
            task.cancel()

    def _show_busy(self) -> None:
        running = self.is_running
        self.busy.setRange(0, 0 if running else 1)
        self.button.setText(translated("Cancel") if running else translated("Preview"))
        self.button.setEnabled(running or self._draft is not None)
        if running and self._preview is None:
            self._say("clock", Tone.ACCENT, translated("Trying the values out"), "")
        elif not running and self._preview is None:
            self._say_what_for()

    def _fail(self, asked: int, error: AresError) -> bool:
        if asked == self._asked:
            self._preview = None
            self._say("error", Tone.NEGATIVE, translated("No preview"), str(error))
        return True

    # the result

    def _show(self, asked: int, made: tuple[Preview, InstrumentId, Sequence[Bar]]) -> None:
        if asked != self._asked:
            return
        preview, instrument, bars = made
        self._preview = preview
        self.instruments.clear()
        self.instruments.addItems(list(by_trade(preview)))
        self.instruments.setCurrentIndex(max(0, self.instruments.findText(instrument)))
        self.instruments.show()
        self.result.show_preview(preview)
        self.stack.setCurrentWidget(self.result)
        self._drawn += 1
        self._draw(self._drawn, instrument, bars)

    def _load_bars(self) -> None:
        preview, instrument = self._preview, InstrumentId(self.instruments.currentText())
        if preview is None or not instrument:
            return
        self._drawn += 1
        self._desk.runner.read(
            translated("Load the bars of {0}").format(instrument),
            partial(self._bars, instrument, preview),
            done=partial(self._draw, self._drawn, instrument),
        )

    async def _bars(self, instrument: InstrumentId, preview: Preview) -> Sequence[Bar]:
        data = self._desk.managers.data
        spec = next(iter(data.specs(instrument)), None)
        most = max(len(side.curve) for side in sides(preview)) + preview.bars
        bars = await data.history(instrument, spec, most) if spec is not None else data.bars(instrument, most)
        return [bar for bar in bars if preview.since_ns <= bar.start_ns and bar.end_ns <= preview.until_ns]

    def _draw(self, drawn: int, instrument: InstrumentId, bars: Sequence[Bar]) -> None:
        if drawn == self._drawn:
            self.result.show_bars(instrument, bars)

    # states

    def _say(self, icon: str, tone: Tone, title: str, text: str) -> None:
        self.message.show_state(icon, tone, title, text, busy=self.is_running)
        self.stack.setCurrentWidget(self.message)

    def _say_what_for(self) -> None:
        self._say(
            "market",
            Tone.FAINT,
            translated("Preview"),
            translated("Shows what these values would have done on the last stored bars, before they are applied."),
        )
