"""A preview drawn: candles with the fills of both sides, both equity curves, both sets of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

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
from ares_desktop.views.panels.strategies.preview_figures import PreviewFigures
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.flexible_split import FlexibleSplit

if TYPE_CHECKING:
    from ares_desktop.domain.fills import Fill
    from ares_desktop.domain.previews import Preview, PreviewSide
    from ares_desktop.views.desk import Desk

_FIRST_BARS: Final = 250.0
_CANDLES_HEIGHT: Final = 220
_EQUITY_HEIGHT: Final = 170
_FIGURES_WIDTH: Final = 296
PROPOSED: Final = "Proposed"
CURRENT: Final = "In force"


class PreviewResult(QWidget):
    """What came of both sides."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._preview: Preview | None = None
        self._instrument = InstrumentId("")
        self._colors = SeriesColors((PROPOSED, CURRENT))
        self.words = label()
        self.words.setWordWrap(True)
        self.faults = label(tone=Tone.NEGATIVE)
        self.faults.setWordWrap(True)
        self.faults.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.candles = CandleChart(desk.theme)
        self.equity = LineChart(desk.theme, color=self._color, upper_text=PERCENT_TEXT, lower_text=PERCENT_TEXT)
        self.figures = PreviewFigures()
        self.charts = QSplitter(Qt.Orientation.Vertical)
        self.below = FlexibleSplit(self.equity, self.figures, above=(50, 50), beside=(64, 36))
        for part in (self.candles, self.below):
            self.charts.addWidget(part)
        self.charts.setStretchFactor(0, 1)
        self.charts.setStretchFactor(1, 1)
        self.charts.setSizes([460, 340])
        self.charts.setHandleWidth(4)
        self.charts.setChildrenCollapsible(False)
        texts = QVBoxLayout()
        texts.setContentsMargins(12, 6, 12, 6)
        texts.addWidget(self.words)
        texts.addWidget(self.faults)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(texts)
        column.addWidget(self._scrolled(self.charts), 1)
        desk.theme.changed.connect(self._mark)

    def _scrolled(self, charts: QSplitter) -> QScrollArea:
        """Return a frame in which the charts keep a height at which they can be read."""
        self.equity.setMinimumHeight(_EQUITY_HEIGHT)
        self.candles.setMinimumHeight(_CANDLES_HEIGHT)
        self.figures.setMinimumSize(_FIGURES_WIDTH, self.figures.sizeHint().height())
        area = QScrollArea()
        area.setWidget(charts)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def show_preview(self, preview: Preview) -> None:
        """Show another preview, without bars yet."""
        self._preview = preview
        self._show_words(preview)
        self._show_curves(preview)
        self.figures.show_preview(preview)

    def _show_words(self, preview: Preview) -> None:
        span = f"{from_ns(preview.since_ns):%Y-%m-%d} \N{EN DASH} {from_ns(preview.until_ns):%Y-%m-%d}"
        bars = count(preview.bars, "{0} bar", "{0} bars")
        fills = len(preview.proposed.fills)
        text = count(fills, "{0} fill", "{0} fills")
        if preview.proposed.faults:
            text = translated("These values could not be tried out")
        elif not any(side.fills for side in sides(preview)):
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

    def show_bars(self, instrument: InstrumentId, bars: Sequence[Bar]) -> None:
        """Show the bars of an instrument with the fills of both sides."""
        self._instrument = instrument
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
        preview, instrument = self._preview, self._instrument
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


def sides(preview: Preview) -> list[PreviewSide]:
    """Return the sides that there are."""
    return [side for side in (preview.proposed, preview.current) if side is not None]


def by_trade(preview: Preview) -> tuple[InstrumentId, ...]:
    """Return the instruments, those that would have been traded first."""
    traded = {fill.instrument for side in sides(preview) for fill in side.fills}
    return tuple(sorted(preview.instruments, key=lambda one: one not in traded))


def _fill_text(fill: Fill, name: str) -> str:
    return "\n".join(
        (
            f"{name}: {formats.word(fill.side)} {formats.quantity(fill.quantity)} @ {formats.price(fill.price)}",
            formats.moment(fill.at),
        )
    )
