"""The watch list: every instrument with its price, its change and its recent course."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, MarketEvent, Quote, TradeTick, from_ns
from ares_desktop.views.charts.sparkline import paint_sparkline
from ares_desktop.views.formats import age, price, signed_percent, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_TRAIL: Final = 60
_PAST_BARS: Final = 1000
"""Enough minutes to reach the day before."""
_TRAIL_STEP_NS: Final = 10 * NS_PER_SECOND
_DAY_NS: Final = 86_400 * NS_PER_SECOND
_SESSION_NS: Final = 6 * 3600 * NS_PER_SECOND
_STALE_INTERVALS: Final = 5
_STALE_TICKS: Final = timedelta(seconds=60)


class WatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument as the list shows it.

    Attributes:
        change: since the close of the day before, as a fraction; None until a day has passed.
        trail: recent prices, oldest first.
        age_s: how old the price is, None while it is fresh.
    """

    instrument: InstrumentId
    description: str
    tick: Decimal
    last: float | None
    change: float | None
    trail: tuple[float, ...]
    age_s: float | None


class Watch:
    """What is known of one instrument; cheap to update with every event."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument.id
        self._about = instrument
        self._last: float | None = None
        self._ts = 0
        self._day = -1
        self._reference: float | None = None
        self._interval_ns = 0
        self._trail: deque[float] = deque(maxlen=_TRAIL)
        self._trail_ts = 0

    def see(self, event: MarketEvent) -> None:
        """Take a newer event."""
        if isinstance(event, Bar):
            ts, last, sampled = event.end_ns, event.close, True
            self._interval_ns = event.end_ns - event.start_ns
        else:
            ts, last = event.ts, event.mid if isinstance(event, Quote) else event.price
            sampled = ts - self._trail_ts >= _TRAIL_STEP_NS
        day = ts // _DAY_NS
        if day != self._day:
            self._day, self._reference = day, self._last
        self._last, self._ts = last, ts
        if sampled or not self._trail:
            self._trail.append(last)
            self._trail_ts = ts
        else:
            self._trail[-1] = last

    def row(self, now: datetime) -> WatchRow:
        """Return what to show at a time of the clock in force."""
        change = self._last / self._reference - 1 if self._last is not None and self._reference else None
        return WatchRow(
            instrument=self.instrument,
            description=self._about.description,
            tick=self._about.tick_size,
            last=self._last,
            change=change,
            trail=tuple(self._trail),
            age_s=self._stale_age_s(now),
        )

    def _stale_age_s(self, now: datetime) -> float | None:
        if self._last is None:
            return None
        old = now - from_ns(self._ts)
        # A session's bar comes once a day, however long the session is.
        interval_ns = _DAY_NS if self._interval_ns >= _SESSION_NS else self._interval_ns
        bound = timedelta(microseconds=interval_ns * _STALE_INTERVALS / 1000) if interval_ns else _STALE_TICKS
        return old.total_seconds() if old > bound else None


def _paint_trail(painter: QPainter, box: QRect, value: tuple[float, ...], theme: Theme) -> None:
    if value:
        tone = Tone.POSITIVE if value[-1] >= value[0] else Tone.NEGATIVE
        paint_sparkline(painter, QRectF(box).adjusted(0, 5, 0, -5), value, theme.tokens.color(tone))


def _glyph(row: WatchRow) -> str:
    return "" if not row.change else "up" if row.change > 0 else "down"


def _age_column() -> Column[WatchRow]:
    return Column(
        key="age",
        title="Age",
        value=lambda r: r.age_s,
        text=lambda seconds: "" if seconds is None else age(seconds),
        tone=lambda _: Tone.WARNING,
        tooltip=lambda r: "" if r.age_s is None else translated("No newer price has come"),
        align=Align.RIGHT,
        width=52,
    )


def watch_columns() -> tuple[Column[WatchRow], ...]:
    """Return the columns of the watch list."""
    return (
        Column(
            key="instrument",
            title="Instrument",
            value=lambda r: r.instrument,
            tooltip=lambda r: r.description,
            width=92,
        ),
        Column(
            key="last",
            title="Last",
            value=lambda r: (r.last, r.tick),
            text=lambda pair: price(*pair),
            sort=lambda r: r.last,
            plain=lambda r: r.last,
            tone=lambda r: Tone.NORMAL if r.age_s is None else Tone.FAINT,
            align=Align.RIGHT,
            width=72,
        ),
        Column(
            key="change",
            title="Change",
            value=lambda r: r.change,
            text=signed_percent,
            tone=lambda r: sign_tone(r.change) if r.age_s is None else Tone.FAINT,
            tooltip=lambda _: translated("Since the last close of the day before"),
            glyph=_glyph,
            align=Align.RIGHT,
            width=82,
        ),
        Column(key="trail", title="Course", value=lambda r: r.trail, sort=lambda _: 0, painter=_paint_trail, width=76),
        _age_column(),
    )


class WatchList(QWidget):
    """The table of all instruments; moving through it chooses one.

    Signals:
        chosen: the instrument whose row was selected.
    """

    chosen = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._data = desk.managers.data
        self._watches: dict[InstrumentId, Watch] = {}
        self.model = RecordTableModel(watch_columns(), key=lambda row: row.instrument, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "market",
            empty=translated("The feed has no instruments."),
            sort=("instrument", Qt.SortOrder.AscendingOrder),
            units=("{0} instrument", "{0} instruments"),
        )
        course = self.model.column_number("trail")
        self.table.view.horizontalHeader().setSectionResizeMode(course, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.updates: Coalescer[Watch] = Coalescer(
            self._show, key=lambda watch: watch.instrument, hz=desk.refresh_hz, parent=self
        )
        self._fill()
        self.table.selection_changed.connect(self._choose)
        for signal in (self._data.bar_closed, self._data.quoted, self._data.traded):
            signal.connect(self._arrived)

    def _fill(self) -> None:
        for instrument in self._data.instruments():
            if instrument.id in self._watches:
                continue
            watch = self._watches[instrument.id] = Watch(instrument)
            for bar in self._data.bars(instrument.id, _PAST_BARS):
                watch.see(bar)
            last = self._data.last(instrument.id)
            if last is not None and not isinstance(last, Bar):
                watch.see(last)
        self._show(list(self._watches.values()))

    def _arrived(self, event: Bar | Quote | TradeTick) -> None:
        watch = self._watches.get(event.instrument)
        if watch is None:
            # The feed opened after the window: take its instruments with their past, which holds this event too.
            self._fill()
            return
        watch.see(event)
        self.updates.push(watch)

    def _show(self, watches: list[Watch]) -> None:
        now = self._data.now()
        self.model.upsert([watch.row(now) for watch in watches])

    def renew_ages(self) -> None:
        """Let the age of old prices grow."""
        self._show(list(self._watches.values()))

    def select(self, instrument: str) -> None:
        """Choose an instrument as if its row had been clicked."""
        self.table.select_key(instrument)

    def select_first(self) -> None:
        """Choose the row at the top."""
        if self.model.rowCount():
            self.table.view.selectRow(0)

    def _choose(self) -> None:
        rows = self.table.selected()
        if rows:
            self.chosen.emit(rows[0].instrument)
