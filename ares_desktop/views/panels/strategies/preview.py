"""What the typed values would have done on the last stored bars, against the values in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, Bar, from_ns, to_ns
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.charts.marker_item import Marker
from ares_desktop.views.charts.scales import PERCENT_TEXT
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.lab.result_split import FlexibleSplit
from ares_desktop.views.panels.lab.result_states import StatePage
from ares_desktop.views.panels.strategies.preview_figures import PreviewFigures
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, strip

if TYPE_CHECKING:
    from ares_desktop.domain.fills import Fill
    from ares_desktop.domain.previews import Preview, PreviewSide
    from ares_desktop.domain.strategies import StrategyInstance
    from ares_desktop.views.desk import Desk

_PAUSE_MS: Final = 900
_FIRST_BARS: Final = 250.0
_LENGTHS: Final = (250, 500, 1000, 2000)
PROPOSED: Final = "Proposed"
CURRENT: Final = "In force"


class PreviewView(QWidget):
    """Candles with the fills of both sides, both equity curves, both sets of figures."""

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
        self._colors = SeriesColors((PROPOSED, CURRENT))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self.run)
        self._build_toolbar()
        self._build_result()
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
        desk.theme.changed.connect(self._mark)
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

    def _build_result(self) -> None:
        self.words = label()
        self.words.setWordWrap(True)
        self.faults = label(tone=Tone.NEGATIVE)
        self.faults.setWordWrap(True)
        self.faults.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.candles = CandleChart(self._desk.theme)
        self.equity = LineChart(self._desk.theme, color=self._color, upper_text=PERCENT_TEXT, lower_text=PERCENT_TEXT)
        self.figures = PreviewFigures()
        figures = QScrollArea()
        figures.setWidget(self.figures)
        figures.setWidgetResizable(True)
        figures.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.charts = QSplitter(Qt.Orientation.Vertical)
        self.below = FlexibleSplit(self.equity, figures, above=(50, 50), beside=(64, 36))
        for part in (self.candles, self.below):
            self.charts.addWidget(part)
        self.charts.setStretchFactor(0, 1)
        self.charts.setStretchFactor(1, 1)
        self.charts.setSizes([460, 340])
        self.charts.setHandleWidth(4)
        self.charts.setChildrenCollapsible(False)
        self.result = QWidget()
        texts = QVBoxLayout()
        texts.setContentsMargins(12, 6, 12, 6)
        texts.addWidget(self.words)
        texts.addWidget(self.faults)
        column = QVBoxLayout(self.result)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(texts)
        column.addWidget(self.charts, 1)

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

    def take_up(self) -> None:
        """Try out what was typed while nobody looked at it."""
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
        self._desk.runner.run(
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
            instrument = shown if shown in preview.instruments else next(iter(_by_trade(preview)), "")
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
        self._show_words(preview)
        self.instruments.clear()
        self.instruments.addItems(list(_by_trade(preview)))
        self.instruments.setCurrentIndex(max(0, self.instruments.findText(instrument)))
        self.instruments.show()
        self._show_curves(preview)
        self.figures.show_preview(preview)
        self.stack.setCurrentWidget(self.result)
        self._drawn += 1
        self._draw(self._drawn, instrument, bars)

    def _show_words(self, preview: Preview) -> None:
        span = f"{from_ns(preview.since_ns):%Y-%m-%d} \N{EN DASH} {from_ns(preview.until_ns):%Y-%m-%d}"
        bars = count(preview.bars, "{0} bar", "{0} bars")
        fills = len(preview.proposed.fills)
        text = count(fills, "{0} fill", "{0} fills")
        if preview.proposed.faults:
            text = translated("These values could not be tried out")
        elif not any(side.fills for side in _sides(preview)):
            text = translated("Nothing would have happened: not one order would have filled")
        elif not fills:
            text = translated("Nothing would have happened with these values")
        if preview.current is not None and not preview.current.faults and preview.current.fills:
            text += translated(", {0} with those in force").format(len(preview.current.fills))
        self.words.setText(f"{text}. {bars}, {span}")
        faults = [
            f"{title}: {fault}"
            for title, side in ((translated(PROPOSED), preview.proposed), (translated(CURRENT), preview.current))
            if side is not None
            for fault in side.faults
        ]
        self.faults.setText("\n".join(faults))
        self.faults.setVisible(bool(faults))

    def _show_curves(self, preview: Preview) -> None:
        for name in self.equity.names():
            self.equity.remove_curve(name)
        if preview.current is not None and preview.current.curve:
            self._add_curve(translated(CURRENT), preview.current, bold=False)
        if preview.proposed.curve:
            self._add_curve(translated(PROPOSED), preview.proposed, bold=True)
        self.equity.setVisible(bool(self.equity.names()))
        self.equity.refresh()

    def _add_curve(self, name: str, side: PreviewSide, *, bold: bool) -> None:
        at = np.array([point.ts / NS_PER_SECOND for point in side.curve])
        gain = np.array([point.twr for point in side.curve])
        fall = np.array([point.drawdown for point in side.curve])
        self.equity.set_curve(name, at, gain, fall, bold=bold, dashed=not bold)

    def _load_bars(self) -> None:
        preview, instrument = self._preview, InstrumentId(self.instruments.currentText())
        if preview is None or not instrument:
            return
        self._drawn += 1
        self._desk.runner.run(
            translated("Load the bars of {0}").format(instrument),
            partial(self._bars, instrument, preview),
            done=partial(self._draw, self._drawn, instrument),
        )

    async def _bars(self, instrument: InstrumentId, preview: Preview) -> Sequence[Bar]:
        data = self._desk.managers.data
        spec = next(iter(data.specs(instrument)), None)
        most = max(len(side.curve) for side in _sides(preview)) + preview.bars
        bars = await data.history(instrument, spec, most) if spec is not None else data.bars(instrument, most)
        return [bar for bar in bars if preview.since_ns <= bar.start_ns and bar.end_ns <= preview.until_ns]

    def _draw(self, drawn: int, instrument: InstrumentId, bars: Sequence[Bar]) -> None:
        if drawn != self._drawn:
            return
        known = self._desk.managers.data.instrument(instrument)
        tick = known.tick_size if known is not None else None
        least = 2 if tick is None else formats.decimals_of(tick)
        text = ValueText(
            lambda value, decimals: formats.fixed(value, max(least, decimals)),
            lambda value: formats.price(value, tick),
        )
        self.candles.set_bars(instrument, bars, price_text=text)
        self.candles.view.show_span(min(_FIRST_BARS, float(max(1, len(bars)))))
        self._mark()

    def _mark(self) -> None:
        preview, instrument = self._preview, self.instruments.currentText()
        if preview is None:
            return
        markers: list[Marker] = []
        names: list[tuple[str, str]] = []
        for name, side, hollow in ((CURRENT, preview.current, True), (PROPOSED, preview.proposed, False)):
            if side is None:
                continue
            color = self._color(name)
            shape = "\N{WHITE UP-POINTING TRIANGLE}" if hollow else "\N{BLACK UP-POINTING TRIANGLE}"
            names.append((color, f"{shape} {translated(name)}"))
            for fill in side.fills:
                at = self.candles.position_of(to_ns(fill.at))
                if fill.instrument == instrument and at is not None:
                    text = _fill_text(fill, translated(name))
                    markers.append(Marker(at, float(fill.price), fill.side.sign, color, text, hollow))
        self.candles.set_markers(markers)
        self.candles.name_markers(names)
        self.candles.refresh()

    def _color(self, name: str) -> str:
        key = CURRENT if name in (CURRENT, translated(CURRENT)) else PROPOSED
        return self._colors.color(key, self._desk.theme.tokens)

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


def _sides(preview: Preview) -> list[PreviewSide]:
    return [side for side in (preview.proposed, preview.current) if side is not None]


def _by_trade(preview: Preview) -> tuple[InstrumentId, ...]:
    """Return the instruments, those that would have been traded first."""
    traded = {fill.instrument for side in _sides(preview) for fill in side.fills}
    return tuple(sorted(preview.instruments, key=lambda one: one not in traded))


def _fill_text(fill: Fill, name: str) -> str:
    return "\n".join(
        (
            f"{name}: {formats.word(fill.side)} {formats.quantity(fill.quantity)} @ {formats.price(fill.price)}",
            formats.moment(fill.at),
        )
    )
