"""The price around a decision, with its fills and its limit and stop on the candles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFrame, QStackedLayout

from ares_desktop.domain.market import Bar, to_ns
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.marker_item import Marker
from ares_desktop.views.formats import translated, word
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label

if TYPE_CHECKING:
    from ares_desktop.domain.decisions import Decision
    from ares_desktop.domain.ids import InstrumentId
    from ares_desktop.domain.market import BarSpec
    from ares_desktop.views.desk import Desk

_DELIVERED: Final = 5_000
_PAST: Final = 20_000
_BEFORE: Final = 45
_AFTER: Final = 15
"""Bars that are shown on each side of an order's life."""
_KEPT: Final = 200
"""Bars on each side that can be moved to."""


class MomentChart(QFrame):
    """Candles around the life of one order, or why there are none."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._decision: Decision | None = None
        self._bars: Sequence[Bar] = ()
        self.setProperty("surface", "panel")
        self.chart = CandleChart(desk.theme)
        self.note = label(tone=Tone.FAINT)
        self.note.setWordWrap(True)
        self.note.setContentsMargins(16, 16, 16, 16)
        self.layers = QStackedLayout(self)
        self.layers.setContentsMargins(0, 0, 0, 0)
        self.layers.addWidget(self.chart)
        self.layers.addWidget(self.note)
        self.setMinimumSize(1, 1)

    def show_decision(self, decision: Decision) -> None:
        """Show the moment of another decision, or the fills that came to this one since."""
        before, self._decision = self._decision, decision
        same = before is not None and before.id == decision.id
        if same and self._covers(self._bars) and self._bars[-1].end_ns >= self._span()[1]:
            self._mark()
            return
        self._bars = ()
        data = self._desk.managers.data
        delivered = data.bars(decision.order.intent.instrument, _DELIVERED)
        if self._covers(delivered):
            self._show(delivered)
            return
        specs = data.specs(decision.order.intent.instrument)
        if not specs:
            self._show(())
            return
        self._load(decision.order.intent.instrument, specs[0], decision)

    def _load(self, instrument: InstrumentId, spec: BarSpec, decision: Decision) -> None:
        def arrived(bars: Sequence[Bar]) -> bool:
            if self._decision is not None and self._decision.id == decision.id:
                self._show(bars)
            return True

        self._desk.runner.read(
            translated("Load past bars"),
            lambda: self._desk.managers.data.history(instrument, spec, _PAST),
            done=arrived,
            failed=lambda _: arrived(()),
        )

    def _span(self) -> tuple[int, int]:
        """Return when the order was wanted and when it last changed, as far as its fills tell."""
        decision = self._decision
        if decision is None:
            return 0, 0
        times = [to_ns(decision.at), *(to_ns(fill.at) for fill in decision.fills)]
        return min(times), max(times)

    def _covers(self, bars: Sequence[Bar]) -> bool:
        # The newest bars that there are: what was decided after the last of them belongs to their right edge.
        return bool(bars) and bars[0].start_ns <= self._span()[0]

    def _show(self, bars: Sequence[Bar]) -> None:
        decision = self._decision
        if decision is None or not self._covers(bars):
            self.note.setText(translated("There are no bars of this instrument around this time."))
            self.layers.setCurrentWidget(self.note)
            return
        first, last = self._span()
        starts = [bar.start_ns for bar in bars]
        left = max(0, bisect_left(starts, first) - _KEPT)
        self._bars = bars[left : bisect_left(starts, last) + _KEPT]
        instrument = decision.order.intent.instrument
        about = self._desk.managers.data.instrument(instrument)
        tick = about.tick_size if about is not None else Decimal("0.01")
        least = formats.decimals_of(tick)
        self.chart.set_bars(
            instrument,
            self._bars,
            price_text=ValueText(
                lambda value, decimals: formats.fixed(value, max(least, decimals)),
                lambda value: formats.price(value, tick),
            ),
        )
        self.layers.setCurrentWidget(self.chart)
        self._mark()
        began, ended = (self.chart.position_of(ns) or 0.0 for ns in (first, last))
        self.chart.view.show_range(began - _BEFORE, ended + _AFTER)

    def _mark(self) -> None:
        decision = self._decision
        if decision is None:
            return
        tokens, intent = self._desk.theme.tokens, decision.order.intent
        color = tokens.positive if intent.side.sign > 0 else tokens.negative
        markers = [
            Marker(
                self.chart.position_of(to_ns(fill.at)) or 0.0,
                float(fill.price),
                fill.side.sign,
                color,
                f"{word(fill.side)} {formats.quantity(fill.quantity)} @ {formats.price(fill.price)}\n"
                f"{formats.moment(fill.at)}",
            )
            for fill in decision.fills
        ]
        wanted = self._wanted()
        if not markers and wanted is not None:
            at = self.chart.position_of(to_ns(decision.at)) or 0.0
            text = translated("Wanted here, not executed")
            markers = [Marker(at, wanted, intent.side.sign, color, text, hollow=True)]
        self.chart.set_markers(markers)
        name = translated("fills") if decision.fills else translated("wanted")
        self.chart.name_markers([(color, name)])
        self.chart.refresh()

    def _wanted(self) -> float | None:
        """Return the price at which an order that was not executed is marked: its own, else the bar's close."""
        decision = self._decision
        if decision is None or not self._bars:
            return None
        intent = decision.order.intent
        price = intent.limit_price or intent.stop_price
        if price is not None:
            return float(price)
        number = self.chart.series.number_at(to_ns(decision.at))
        return self._bars[max(0, min(number, len(self._bars) - 1))].close
