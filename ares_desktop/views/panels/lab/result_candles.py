"""The candles that a backtest saw, with its fills, its stops and its trades."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.bars import START, BarSeries
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.marker_item import Marker
from ares_desktop.views.charts.span_item import Span
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.result_beside import work_out
from ares_desktop.views.panels.lab.result_states import hint
from ares_desktop.views.widgets.choices import CheckMenuButton
from ares_desktop.views.widgets.controls import strip

if TYPE_CHECKING:
    from ares_desktop.api.series import Bars
    from ares_desktop.domain.backtests import BacktestOutcome, RoundTrip
    from ares_desktop.domain.fills import Fill
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult
    from ares_desktop.views.tokens import Tokens

_MINUTE_NS: Final = 60 * NS_PER_SECOND
_LENGTHS: Final = {
    "": 0,
    "5m": 5 * _MINUTE_NS,
    "15m": 15 * _MINUTE_NS,
    "1h": 60 * _MINUTE_NS,
    "1d": 1440 * _MINUTE_NS,
    "1w": 7 * 1440 * _MINUTE_NS,
}
"""The first one leaves the bars as the data has them."""
_ROOM_SHARE: Final = 0.6
_LEAST_ROOM: Final = 12.0
_FIRST_BARS: Final = 400.0
_OBJECT: Final = 10
"""Making an object takes as long as looking at so many numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """What is drawn of one instrument, worked out beside the loop."""

    series: BarSeries
    markers: list[Marker]
    stops: list[tuple[float, float, float]]
    trips: list[tuple[float, float, RoundTrip]]


@dataclass(frozen=True, slots=True)
class _Look:
    """What is marked and how, read from the controls before the work leaves the loop."""

    colors: dict[str, str]
    tokens: Tokens
    stops: bool
    trips: bool


class CandlesView(QWidget):
    """Candles of one instrument at a time.

    Signals:
        loaded: after another instrument or length is drawn.
    """

    loaded = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._colors = SeriesColors()
        self._result: BacktestResult | None = None
        self._bars: dict[InstrumentId, Bars] = {}
        self._picture: _Picture | None = None
        self._asked = 0
        self._marked = 0
        self._wanted: RoundTrip | None = None
        self.chart = CandleChart(desk.theme)
        self.chart.marker_text = self._fill_text
        self.message = hint("")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.chart)
        self.stack.addWidget(self.message)
        self._build_toolbar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.stack, 1)
        desk.theme.changed.connect(self._mark)

    def _build_toolbar(self) -> None:
        self.toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        self.toolbar.setFixedHeight(32)
        self.instruments = QComboBox()
        self.instruments.setAccessibleName(translated("Instrument"))
        self.instruments.setMinimumWidth(120)
        self.instruments.activated.connect(lambda _: self._load())
        self.lengths = QComboBox()
        self.lengths.setAccessibleName(translated("Bar length"))
        self.lengths.setToolTip(translated("Bar length"))
        for text, length in _LENGTHS.items():
            self.lengths.addItem(text or translated("Data"), length)
        self.lengths.activated.connect(lambda _: self._load())
        self.stops = self._switch(translated("Stops"), translated("Stop prices while their orders worked (dashed)"))
        self.trips = self._switch(
            translated("Trades"), translated("From entry to exit: solid for a profit, dashed for a loss")
        )
        self.strategies = CheckMenuButton(
            translated("Fills"), translated("Whose fills are marked"), self._desk.theme, self._color
        )
        self.strategies.changed.connect(self._mark)
        tools.addWidget(self.instruments)
        tools.addWidget(self.lengths)
        tools.addStretch(1)
        for tool in (self.trips, self.stops, self.strategies):
            tools.addWidget(tool)

    def _switch(self, text: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tooltip)
        button.setAccessibleName(f"{text}: {tooltip}")
        button.setCheckable(True)
        button.setChecked(True)
        button.toggled.connect(self._mark)
        return button

    # choice

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest, its first traded instrument first."""
        self._result = result
        self._bars.clear()
        self._wanted = None
        traded = list(dict.fromkeys(fill.instrument for fill in result.outcome.fills))
        others = [one.id for one in result.outcome.instruments if one.id not in traded]
        self.instruments.clear()
        self.instruments.addItems([*sorted(traded), *others])
        for instance in result.outcome.spec.strategies:
            self.strategies.add_name(instance.name)
        self._load()

    def show_trip(self, trip: RoundTrip) -> None:
        """Zoom to a trade; its instrument comes first where another one is shown."""
        self._wanted = trip
        if self.instruments.currentText() == trip.instrument and self._picture is not None:
            self._zoom()
        else:
            self.instruments.setCurrentText(trip.instrument)
            self._load()

    def _zoom(self) -> None:
        trip, picture = self._wanted, self._picture
        if trip is None or picture is None or not len(picture.series):
            return
        first, last = (float(picture.series.number_at(at)) for at in (trip.entry_ns, trip.exit_ns))
        room = max(_LEAST_ROOM, (last - first) * _ROOM_SHARE)
        self.chart.view.show_range(first - room, last + room)

    # loading

    def _load(self) -> None:
        result, instrument = self._result, InstrumentId(self.instruments.currentText())
        if result is None or not instrument:
            self._say(translated("This run has no instruments."))
            return
        self._asked += 1
        asked, length = self._asked, int(self.lengths.currentData())
        if self._picture is None:
            self._say(translated("Loading bars\N{HORIZONTAL ELLIPSIS}"))
        self._desk.runner.read(
            translated("Load the bars of a run"),
            lambda: self._picture_of(result, instrument, length),
            done=lambda picture: self._show(asked, instrument, picture),
            failed=lambda error: self._fail(asked, error),
        )

    async def _picture_of(self, result: BacktestResult, instrument: InstrumentId, length_ns: int) -> _Picture:
        bars = self._bars.get(instrument)
        if bars is None:
            bars = await self._desk.managers.pipelines.bars(result.run.id, instrument)
            self._bars[instrument] = bars
        return await asyncio.to_thread(_draw, bars, result, instrument, length_ns)

    def _show(self, asked: int, instrument: InstrumentId, picture: _Picture) -> None:
        if asked != self._asked:
            return
        if not len(picture.series):
            self._picture = None
            self._say(
                translated("The data of this run has no bars of {0}: it was quotes or trades.").format(instrument)
            )
            return
        self._picture = picture
        self.stack.setCurrentWidget(self.chart)
        self.chart.set_series(instrument, picture.series, price_text=self._price_text(instrument))
        self.chart.view.show_span(min(_FIRST_BARS, float(len(picture.series))))
        self._mark()
        self._zoom()
        self.loaded.emit()

    def _fail(self, asked: int, error: AresError) -> bool:
        if asked == self._asked:
            self._picture = None
            self._say(str(error))
        return True

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.stack.setCurrentWidget(self.message)

    def _price_text(self, instrument: InstrumentId) -> ValueText:
        known = self._result.outcome.instruments if self._result is not None else ()
        tick = next((one.tick_size for one in known if one.id == instrument), None)
        least = 2 if tick is None else formats.decimals_of(tick)
        return ValueText(
            lambda value, decimals: formats.fixed(value, max(least, decimals)),
            lambda value: formats.price(value, tick),
        )

    # marks

    def _mark(self) -> None:
        picture = self._picture
        if picture is None:
            return
        self._marked += 1
        asked = self._marked
        look = _Look(
            colors={name: self._color(name) for name in self.strategies.checked()},
            tokens=self._desk.theme.tokens,
            stops=self.stops.isChecked(),
            trips=self.trips.isChecked(),
        )
        work_out(
            self._desk,
            translated("Mark the fills of a run"),
            _OBJECT * (len(picture.markers) + len(picture.trips)),
            lambda: (_markers(picture, look), _spans(picture, look)),
            lambda drawn: self._show_marks(asked, look, *drawn),
        )

    def _show_marks(self, asked: int, look: _Look, markers: list[Marker], spans: list[Span]) -> None:
        if asked != self._marked:
            return
        self.chart.set_markers(markers)
        seen = {marker.color for marker in markers}
        self.chart.name_markers([(color, name) for name, color in look.colors.items() if color in seen])
        self.chart.spans.set_spans(spans)
        self.chart.refresh()

    def _fill_text(self, marker: Marker) -> str:
        fills = () if self._result is None else self._result.outcome.fills
        return _fill_text(fills[int(marker.text)]) if marker.text else ""

    def _color(self, name: str) -> str:
        return self._colors.color(name, self._desk.theme.tokens)


def _markers(picture: _Picture, look: _Look) -> list[Marker]:
    # Until here a marker's color is the name of its strategy: the theme may change, the strategy does not.
    colors = look.colors
    return [one._replace(color=colors[one.color]) for one in picture.markers if one.color in colors]


def _spans(picture: _Picture, look: _Look) -> list[Span]:
    tokens = look.tokens
    spans: list[Span] = []
    if look.stops:
        spans += [Span(left, right, price, price, tokens.warning, True) for left, right, price in picture.stops]
    if look.trips:
        for left, right, trip in picture.trips:
            if trip.strategy in look.colors:
                color = tokens.positive if trip.pnl >= 0 else tokens.negative
                spans.append(Span(left, right, trip.entry_price, trip.exit_price, color, trip.pnl < 0))
    return spans


def _fill_text(fill: Fill) -> str:
    return "\n".join(
        (
            f"{formats.word(fill.side)} {formats.quantity(fill.quantity)} @ {formats.price(fill.price)}",
            fill.strategy,
            formats.moment(fill.at),
        )
    )


def _draw(bars: Bars, result: BacktestResult, instrument: InstrumentId, length_ns: int) -> _Picture:
    """Work out what is drawn; a marker carries its strategy instead of a color and its fill's number as its text."""
    series = BarSeries.of_columns(bars, length_ns=length_ns)
    if not len(series):
        return _Picture(series, [], [], [])
    starts = series.rows[:, START]

    def numbers(times: Sequence[int]) -> list[float]:
        found = np.searchsorted(starts, np.array(times, dtype=np.float64), side="right") - 1
        return [float(number) for number in np.maximum(found, 0).tolist()]

    outcome = result.outcome
    fills = [(number, fill) for number, fill in enumerate(outcome.fills) if fill.instrument == instrument]
    places = numbers([to_ns(fill.at) for _, fill in fills])
    markers = [
        Marker(place, float(fill.price), fill.side.sign, fill.strategy, str(number))
        for place, (number, fill) in zip(places, fills, strict=True)
    ]
    trips = [trip for trip in result.report.trips if trip.instrument == instrument]
    entries, exits = numbers([trip.entry_ns for trip in trips]), numbers([trip.exit_ns for trip in trips])
    return _Picture(
        series, markers, _stops(outcome, instrument, numbers), list(zip(entries, exits, trips, strict=True))
    )


def _stops(
    outcome: BacktestOutcome, instrument: InstrumentId, numbers: Callable[[Sequence[int]], list[float]]
) -> list[tuple[float, float, float]]:
    found = [
        (to_ns(order.intent.created_at), to_ns(order.updated_at), float(order.intent.stop_price))
        for order in outcome.orders
        if order.intent.instrument == instrument and order.intent.stop_price is not None
    ]
    lefts, rights = numbers([left for left, _, _ in found]), numbers([right for _, right, _ in found])
    return [(left, right, price) for left, right, (_, _, price) in zip(lefts, rights, found, strict=True)]
