"""The candle chart of one instrument with the strategies' fills."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, Bar, Quote, TradeTick, to_ns
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.marker_item import Marker
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.widgets.choices import CheckMenuButton, ChoiceButtons
from ares_desktop.views.widgets.controls import strip

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import StrategyStatus
    from ares_desktop.views.desk import Desk

_HISTORY: Final = 5_000
_FEED: Final = "feed"
_MINUTE_NS: Final = 60 * NS_PER_SECOND
_LENGTHS: Final = {
    _FEED: 0,
    "1m": _MINUTE_NS,
    "5m": 5 * _MINUTE_NS,
    "15m": 15 * _MINUTE_NS,
    "1h": 60 * _MINUTE_NS,
    "1d": 1440 * _MINUTE_NS,
    "1w": 7 * 1440 * _MINUTE_NS,
}
_SESSION_NS: Final = 360 * _MINUTE_NS


class InstrumentChart(QWidget):
    """A chart with its toolbar: bar length, and whose fills are marked."""

    def __init__(self, desk: Desk, colors: SeriesColors) -> None:
        super().__init__()
        self._desk = desk
        self._data = desk.managers.data
        self._colors = colors
        self._instrument: InstrumentId | None = None
        self._length_ns = 0
        self._native_ns = 0
        self._loading = False
        self._fills: list[Fill] = []
        self.chart = CandleChart(desk.theme)
        self._build_toolbar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.chart, 1)
        self.bar_updates: Coalescer[Bar] = Coalescer(
            self.chart.add_bars, key=lambda bar: (bar.instrument, bar.end_ns), hz=desk.refresh_hz, parent=self
        )
        self.price_updates: Coalescer[float] = Coalescer(
            self._show_price, key=lambda _: None, hz=desk.refresh_hz, parent=self
        )
        self.fill_updates: Coalescer[Fill] = Coalescer(
            self._show_fills, key=lambda fill: (fill.account, fill.trade_id), hz=desk.refresh_hz, parent=self
        )
        self._data.bar_closed.connect(self._bar_closed)
        self._data.quoted.connect(self._quoted)
        self._data.traded.connect(self._traded)
        desk.managers.trades.filled.connect(self._filled)
        desk.managers.strategies.status_changed.connect(self._status_changed)
        desk.theme.changed.connect(self._mark_all)

    def _build_toolbar(self) -> None:
        self.toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=4)
        self.toolbar.setFixedHeight(32)
        self.lengths = ChoiceButtons(
            translated("Bar length"),
            [
                (
                    key,
                    translated("Feed") if key == _FEED else key,
                    translated("Bars as the feed has them") if key == _FEED else "",
                )
                for key in _LENGTHS
            ],
            _FEED,
        )
        self.lengths.chosen.connect(self._load)
        self.strategies = CheckMenuButton(
            translated("Fills"), translated("Whose fills are marked"), self._desk.theme, self._color
        )
        for status in self._desk.managers.strategies.statuses():
            self.strategies.add_name(status.instance.name)
        for fill in self._desk.managers.trades.fills():
            self.strategies.add_name(fill.strategy)
        self.strategies.changed.connect(self._mark_all)
        tools.addWidget(self.lengths)
        tools.addStretch(1)
        tools.addWidget(self.strategies)

    # choice

    def show_instrument(self, instrument: str) -> None:
        """Show another instrument."""
        self._instrument = InstrumentId(instrument)
        self._load()

    @property
    def instrument(self) -> InstrumentId | None:
        """What is shown."""
        return self._instrument

    def _load(self) -> None:
        instrument = self._instrument
        if instrument is None:
            return
        delivered = self._data.bars(instrument, _HISTORY)
        specs = self._data.specs(instrument)
        self._native_ns = _length_ns(delivered[-1]) if delivered else specs[0].duration_ns if specs else 0
        self._offer_lengths(self._native_ns)
        self._length_ns = _LENGTHS[self.lengths.current] or (0 if self._native_ns else _MINUTE_NS)
        if not specs:
            self._show(instrument, delivered)
            return
        # Until the past is there the old picture stays; what arrives meanwhile is read with the past.
        self._loading = True
        wanted = self._length_ns or self._native_ns
        spec = next((spec for spec in specs if spec.duration_ns == wanted), specs[0])
        self._desk.runner.read(
            translated("Load past bars"),
            lambda: self._data.history(instrument, spec, _HISTORY),
            done=lambda past: self._show_past(instrument, wanted, past),
            failed=lambda _: self._show_past(instrument, wanted, ()),
        )

    def _show_past(self, instrument: InstrumentId, wanted_ns: int, past: Sequence[Bar]) -> bool:
        if instrument == self._instrument and wanted_ns == (self._length_ns or self._native_ns):
            known_until = past[-1].end_ns if past else 0
            newer = [bar for bar in self._data.bars(instrument, _HISTORY) if bar.start_ns >= known_until]
            self._show(instrument, [*past, *newer])
        return False

    def _show(self, instrument: InstrumentId, bars: Sequence[Bar]) -> None:
        # What is held back belongs to the picture that goes; the one that comes was read whole.
        for updates in (self.bar_updates, self.price_updates, self.fill_updates):
            updates.flush()
        self._loading = False
        about = self._data.instrument(instrument)
        tick = about.tick_size if about is not None else Decimal("0.01")
        least = formats.decimals_of(tick)
        self.chart.set_bars(
            instrument,
            bars,
            length_ns=self._length_ns,
            price_text=ValueText(
                lambda value, decimals: formats.fixed(value, max(least, decimals)),
                lambda value: formats.price(value, tick),
            ),
        )
        self._fills = [fill for fill in self._desk.managers.trades.fills() if fill.instrument == instrument]
        self._mark_all()
        price = self._data.last_price(instrument)
        if price is not None:
            self.chart.show_price(price)

    def _offer_lengths(self, native_ns: int) -> None:
        longer = [key for key, length in _LENGTHS.items() if length > native_ns]
        self.lengths.show_only([_FEED, *longer] if native_ns else longer)
        if _LENGTHS[self.lengths.current] <= native_ns:
            self.lengths.choose(_FEED if native_ns else "1m")

    # market data

    def _bar_closed(self, bar: Bar) -> None:
        if bar.instrument != self._instrument or self._loading:
            return
        if not self._native_ns:
            self._load()
        elif _length_ns(bar) == self._native_ns:
            self.bar_updates.push(bar)
        else:
            # A feed may deliver several lengths of one instrument; mixed in one chart they would overlap.
            self.price_updates.push(bar.close)

    def _quoted(self, quote: Quote) -> None:
        if quote.instrument == self._instrument and not self._loading:
            self._priced(quote.ts, quote.mid, 0.0)

    def _traded(self, tick: TradeTick) -> None:
        if tick.instrument == self._instrument and not self._loading:
            self._priced(tick.ts, tick.price, tick.size)

    def _priced(self, ts: int, price: float, size: float) -> None:
        if not self._native_ns and self._instrument is not None:
            # A feed without bars: each price is a bar of no length, which the series gathers.
            self.bar_updates.push(Bar(self._instrument, ts, ts + 1, price, price, price, price, size))
        else:
            self.price_updates.push(price)

    def _show_price(self, prices: list[float]) -> None:
        self.chart.show_price(prices[-1])

    # fills

    def _filled(self, fill: Fill) -> None:
        self.strategies.add_name(fill.strategy)
        if fill.instrument == self._instrument and not self._loading:
            self.fill_updates.push(fill)

    def _show_fills(self, fills: list[Fill]) -> None:
        known = [fill for fill in fills if fill.instrument == self._instrument]
        self._fills += known
        self.chart.add_markers([marker for fill in known if (marker := self._marker(fill)) is not None])
        self._name_strategies()

    def _mark_all(self) -> None:
        self.chart.set_markers([marker for fill in self._fills if (marker := self._marker(fill)) is not None])
        self._name_strategies()

    def _marker(self, fill: Fill) -> Marker | None:
        position = self.chart.position_of(to_ns(fill.at))
        if position is None or not self.strategies.is_checked(fill.strategy):
            return None
        text = "\n".join(
            (
                f"{formats.word(fill.side)} {formats.quantity(fill.quantity)} @ {formats.price(fill.price)}",
                fill.strategy,
                formats.moment(fill.at),
            )
        )
        return Marker(position, float(fill.price), fill.side.sign, self._color(fill.strategy), text)

    def _name_strategies(self) -> None:
        seen = dict.fromkeys(fill.strategy for fill in self._fills if self.strategies.is_checked(fill.strategy))
        self.chart.name_markers([(self._color(name), name) for name in seen])

    def _color(self, name: str) -> str:
        return self._colors.color(name, self._desk.theme.tokens)

    def _status_changed(self, status: StrategyStatus) -> None:
        self._colors.add(status.instance.name)
        self.strategies.add_name(status.instance.name)


def _length_ns(bar: Bar) -> int:
    """Return how often such bars come: a session's bar once a day, however long the session is."""
    length = bar.end_ns - bar.start_ns
    return _LENGTHS["1d"] if length >= _SESSION_NS else length
