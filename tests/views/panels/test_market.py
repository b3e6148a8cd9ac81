"""The market panel over fake managers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, Quote, TradeTick, from_ns, to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.market import MarketPanel
from ares_desktop.views.panels.watch_list import Watch
from tests.views.conftest import destroy
from tests.views.fakes import Fakes
from tests.views.records import NOW, a_fill, a_status

AAPL = InstrumentId("AAPL.SMART")
MINUTE = 60 * NS_PER_SECOND
DAY = 86_400 * NS_PER_SECOND


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, fakes: Fakes) -> Iterator[MarketPanel]:
    fakes.strategies.put(a_status("smag7-long"), a_status("cnr"))
    made = MarketPanel(desk)
    made.resize(700, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    destroy(made)


def flush(panel: MarketPanel) -> None:
    for updates in panel.coalescers():
        updates.flush()


def next_bar(panel: MarketPanel, close: float, *, ahead: int = 0, length: int = MINUTE) -> Bar:
    last_end = int(panel.chart.chart.series.rows[-1, 1])
    start = last_end + ahead * length
    return Bar(AAPL, start, start + length, close, close + 1, close - 1, close, 3.0)


def test_the_first_instrument_is_shown_with_its_past(panel: MarketPanel) -> None:
    assert panel.chart.instrument == AAPL
    assert len(panel.chart.chart.series) > 100
    assert panel.watch.model.rowCount() == 3


def test_moving_through_the_list_changes_the_chart(qtbot: QtBot, panel: MarketPanel) -> None:
    qtbot.keyClick(panel.watch.table.view, Qt.Key.Key_Down)  # type: ignore[no-untyped-call]
    assert panel.chart.instrument == "BAC.SMART"
    panel.watch.select("SPY.SMART")
    assert panel.chart.instrument == "SPY.SMART"


def test_a_closed_bar_reaches_list_and_chart(panel: MarketPanel, fakes: Fakes) -> None:
    bars = len(panel.chart.chart.series)
    fakes.data.bar_closed.emit(next_bar(panel, 222.5))
    flush(panel)
    assert len(panel.chart.chart.series) == bars + 1
    row = panel.watch.model.find(AAPL)
    assert row is not None
    assert row.last == 222.5
    assert row.trail[-1] == 222.5


def test_bars_of_other_instruments_and_lengths_leave_the_chart_alone(panel: MarketPanel, fakes: Fakes) -> None:
    bars = len(panel.chart.chart.series)
    fakes.data.bar_closed.emit(next_bar(panel, 222.5, length=DAY))
    spy = next_bar(panel, 50.0)
    fakes.data.bar_closed.emit(Bar(InstrumentId("SPY.SMART"), spy.start_ns, spy.end_ns, 1, 1, 1, 1, 1))
    flush(panel)
    assert len(panel.chart.chart.series) == bars


def test_longer_bars_gather_those_of_the_feed(panel: MarketPanel, fakes: Fakes) -> None:
    panel.chart.lengths.choose("1h")
    panel.chart.show_instrument(AAPL)
    hours = len(panel.chart.chart.series)
    starts = panel.chart.chart.series.rows[:, 0] / NS_PER_SECOND // 3600
    assert len(set(starts.tolist())) == hours
    fakes.data.bar_closed.emit(next_bar(panel, 300.0))
    flush(panel)
    assert len(panel.chart.chart.series) in {hours, hours + 1}
    assert panel.chart.chart.series.rows[-1, 5] == 300.0


def test_lengths_shorter_than_the_feeds_are_not_offered(panel: MarketPanel) -> None:
    buttons = panel.chart.lengths._buttons
    assert not buttons["1m"].isVisible()
    assert buttons["5m"].isVisible()
    assert buttons["feed"].isVisible()


def test_a_feed_of_ticks_is_gathered_to_minutes(qtbot: QtBot, desk: Desk, fakes: Fakes) -> None:
    tick = InstrumentId("EURUSD.SIM")
    fakes.data.known = {tick: Instrument(id=tick, tick_size=Decimal("0.00001"))}
    fakes.data.bars = lambda *_args, **_more: ()  # type: ignore[method-assign]
    fakes.data.specs = lambda *_args: ()  # type: ignore[method-assign]
    panel = MarketPanel(desk)
    qtbot.addWidget(panel)
    start = to_ns(NOW) // MINUTE * MINUTE
    for second in range(150):
        fakes.data.traded.emit(TradeTick(tick, start + second * NS_PER_SECOND, 1.1 + second / 1e4, 100))
        flush(panel)
    fakes.data.quoted.emit(Quote(tick, start + 151 * NS_PER_SECOND, 1.2, 1.4))
    flush(panel)
    series = panel.chart.chart.series
    assert len(series) == 3
    assert series.rows[-1, 5] == pytest.approx(1.3)
    assert not panel.chart.lengths._buttons["feed"].isVisibleTo(panel.chart.lengths)


def test_fills_are_marked_for_the_chosen_strategies(panel: MarketPanel, fakes: Fakes) -> None:
    at = from_ns(int(panel.chart.chart.series.rows[-20, 1]))
    for number, strategy in enumerate(("smag7-long", "cnr", "cnr")):
        fill = a_fill(number, instrument=AAPL, strategy=strategy, side=Side.SELL, price=Decimal("187.5"), at=at)
        fakes.trades.executions.append(fill)
        fakes.trades.filled.emit(fill)
    fakes.trades.filled.emit(a_fill(9, instrument="SPY.SMART", at=at))
    flush(panel)
    markers = panel.chart.chart.markers()
    assert len(markers) == 3
    assert {marker.sign for marker in markers} == {-1}
    assert "Sell" in markers[0].text
    panel.chart.strategies.check("cnr", checked=False)
    assert len(panel.chart.chart.markers()) == 1
    panel.chart.show_instrument(AAPL)
    assert len(panel.chart.chart.markers()) == 1


def test_a_new_strategy_can_be_chosen(panel: MarketPanel, fakes: Fakes) -> None:
    fakes.strategies.put(a_status("breakout"))
    assert panel.chart.strategies.is_checked("breakout")


def test_list_and_chart_stand_beside_each_other_where_there_is_room(panel: MarketPanel) -> None:
    assert panel.splitter.orientation() == Qt.Orientation.Vertical
    assert panel.splitter.indexOf(panel.chart) == 0
    panel.resize(1200, 600)
    assert panel.splitter.orientation() == Qt.Orientation.Horizontal
    assert panel.splitter.indexOf(panel.watch) == 0
    assert panel.chart.width() > panel.watch.width()


def test_shares_set_by_hand_are_kept(panel: MarketPanel, desk: Desk) -> None:
    panel.splitter.setSizes([250, 350])
    panel.splitter.splitterMoved.emit(250, 1)
    wanted = panel.splitter.sizes()
    panel.save_layout()
    again = MarketPanel(desk)
    again.resize(panel.size())
    again.show()
    assert again.splitter.sizes() == wanted
    destroy(again)


# what the list knows of an instrument


def a_daily_bar(day: int, close: float) -> Bar:
    start = day * DAY + 14 * 60 * MINUTE
    return Bar(AAPL, start, start + 390 * MINUTE, close, close, close, close, 1.0)


def at_day(day: int) -> datetime:
    return from_ns(day * DAY + 21 * 60 * MINUTE)


def test_the_change_is_since_the_close_of_the_day_before() -> None:
    watch = Watch(Instrument(id=AAPL))
    for day, close in ((100, 50.0), (101, 55.0)):
        watch.see(a_daily_bar(day, close))
    assert watch.row(at_day(101)).change == pytest.approx(0.1)
    watch.see(TradeTick(AAPL, 101 * DAY + 1380 * MINUTE, 60.0, 1))
    assert watch.row(at_day(101)).change == pytest.approx(0.2)


def test_nothing_known_is_nothing_shown() -> None:
    row = Watch(Instrument(id=AAPL)).row(at_day(1))
    assert (row.last, row.change, row.age_s, row.trail) == (None, None, None, ())


def test_a_daily_price_is_fresh_over_a_weekend_and_old_after_a_week() -> None:
    watch = Watch(Instrument(id=AAPL))
    watch.see(a_daily_bar(100, 50.0))
    assert watch.row(at_day(103)).age_s is None
    assert watch.row(at_day(107)).age_s == pytest.approx(timedelta(days=7).total_seconds(), rel=0.1)


def test_a_quote_is_old_after_a_minute() -> None:
    watch = Watch(Instrument(id=AAPL))
    watch.see(Quote(AAPL, DAY, 1.0, 2.0))
    assert watch.row(from_ns(DAY + 50 * NS_PER_SECOND)).age_s is None
    assert watch.row(from_ns(DAY + 90 * NS_PER_SECOND)).age_s == 90


def test_many_ticks_make_one_point_of_the_course_every_ten_seconds() -> None:
    watch = Watch(Instrument(id=AAPL))
    for second in range(31):
        watch.see(TradeTick(AAPL, DAY + second * NS_PER_SECOND, float(second), 1))
    assert watch.row(from_ns(DAY)).trail == (9.0, 19.0, 29.0, 30.0)
