"""Candles, volumes and fills."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QImage, QPainter, QPixmap
from pytestqt.qtbot import QtBot

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, Bar
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.marker_item import Marker
from ares_desktop.views.charts.sparkline import paint_sparkline
from ares_desktop.views.theme import Theme

MINUTE = 60 * NS_PER_SECOND
MAGENTA = "#ff00ff"


@pytest.fixture
def chart(qtbot: QtBot, theme: Theme) -> CandleChart:
    made = CandleChart(theme)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


def a_bar(number: int, close: float = 100.0, *, spread: float = 1.0, volume: float = 10.0) -> Bar:
    start = (number + 24_000_000) * MINUTE
    return Bar(
        InstrumentId("A.SIM"),
        start,
        start + MINUTE,
        close - spread / 2,
        close + spread,
        close - spread,
        close,
        volume,
    )


def bars(count: int = 200, **changes: float) -> list[Bar]:
    return [a_bar(number, 100 + number % 7, **changes) for number in range(count)]


def colored_pixels(chart: CandleChart, color: str) -> int:
    image = chart.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), dtype=np.uint32) & 0xFFFFFF
    return int(np.count_nonzero(pixels == int(color.removeprefix("#"), 16)))


def read(chart: CandleChart) -> dict[str, str]:
    return {entry.name: entry.value for entry in chart.legend.entries()}


def test_the_newest_bars_are_in_sight_and_read(chart: CandleChart, theme: Theme) -> None:
    chart.set_bars("A.SIM", bars())
    assert chart.view.x_range()[0] == pytest.approx(49.5)
    assert read(chart)["C"] == "103.00"
    assert colored_pixels(chart, theme.tokens.positive) > 500


def test_a_bar_moves_the_picture_on(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars())
    chart.add_bars([a_bar(200, 150.0)])
    assert chart.view.x_range()[0] == pytest.approx(50.5)
    assert read(chart)["H"] == "151.00"


def test_a_price_moves_the_last_line_and_no_closed_bar(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars())
    chart.show_price(222.0)
    assert [tag.at for tag in chart.view.panes[0].axis.tags] == [222.0]
    assert read(chart)["H"] == "104.00"
    assert chart.view.panes[0].box.viewRange()[1][1] > 222


def test_closes_alone_are_drawn_as_a_line(chart: CandleChart, theme: Theme) -> None:
    chart.set_bars("A.SIM", bars(spread=0.0, volume=math.nan))
    assert colored_pixels(chart, theme.tokens.accent) > 50
    assert "O" not in read(chart)
    assert not chart.view.panes[1].box.isVisible()


def test_volumes_get_room_when_they_come(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars(5, volume=math.nan))
    chart.add_bars([a_bar(5)])
    assert chart.view.panes[1].box.isVisible()
    assert read(chart)["Vol"] == "10"


def test_ten_thousand_bars_in_sight_draw_no_more_than_the_columns(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars(10_000))
    chart.view.show_span(None)
    chart.view.viewport().repaint()
    at, rows, pixels = chart._candles._in_sight()
    assert len(at) == len(rows) <= chart.view.viewport().width()
    assert pixels >= 1
    assert rows[:, 3].max() == 107.0


def test_fills_are_marked_and_named_under_the_pointer(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars())
    position = chart.position_of(a_bar(150).start_ns + 5)
    assert position == 150
    chart.set_markers([Marker(position, 103.0, 1, MAGENTA, "Buy 5 @ 103")])
    assert colored_pixels(chart, MAGENTA) > 10
    scene = chart.view.panes[0].box.mapViewToScene(QPointF(position, 103.0))
    below = chart.view.mapFromScene(scene) + QPoint(0, 6)
    found = chart.marker_at(below)
    assert found is not None
    assert found.text == "Buy 5 @ 103"
    assert chart.marker_at(below + QPoint(60, 0)) is None


def test_fills_from_before_the_first_bar_have_no_place(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars())
    assert chart.position_of(5) is None


def test_markers_stay_in_order_however_they_come(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars())
    chart.set_markers([Marker(100, 100, 1, MAGENTA, "b")])
    chart.add_markers([Marker(120, 100, -1, MAGENTA, "c")])
    chart.add_markers([Marker(20, 100, -1, MAGENTA, "a")])
    assert [marker.text for marker in chart.markers()] == ["a", "b", "c"]


def test_a_crowd_of_markers_is_thinned_out(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars(2000))
    chart.view.show_span(None)
    chart.set_markers([Marker(number, 100, 1, MAGENTA, "") for number in range(2000)])
    chart.view.viewport().repaint()
    assert colored_pixels(chart, MAGENTA) > 100


def test_the_pointer_reads_the_bar_below_it(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", [a_bar(number, float(number)) for number in range(100)])
    pane = chart.view.panes[0]
    chart.view._point_at(pane.box.mapViewToScene(QPointF(42.3, 50.0)))
    assert read(chart)["C"] == "42.00"
    assert chart.view.time_axis.cursor is not None
    assert chart.view.time_axis.cursor.text.endswith(":42")
    chart.view._point_at(None)
    assert read(chart)["C"] == "99.00"


def test_another_instrument_starts_afresh(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", bars())
    chart.set_markers([Marker(100, 100, 1, MAGENTA, "b")])
    chart.set_bars("B.SIM", bars(3))
    assert not chart.markers()
    assert chart.legend.entries()[0].value == "B.SIM"


def test_an_instrument_without_bars_paints(chart: CandleChart) -> None:
    chart.set_bars("A.SIM", ())
    chart.show_price(5.0)
    chart.view.viewport().repaint()
    assert chart.legend.entries()[0].name == "A.SIM"


def test_both_themes_paint(chart: CandleChart, theme: Theme) -> None:
    chart.set_bars("A.SIM", bars())
    theme.toggle()
    assert colored_pixels(chart, theme.tokens.positive) > 500


@pytest.mark.parametrize("values", [(), (1.0,), (2.0, 2.0), (1.0, 3.0, 2.0)])
def test_a_sparkline_draws_any_values(qtbot: QtBot, values: tuple[float, ...]) -> None:
    del qtbot
    pixmap = QPixmap(60, 20)
    pixmap.fill("#000000")
    painter = QPainter(pixmap)
    paint_sparkline(painter, pixmap.rect().toRectF(), values, MAGENTA)
    painter.end()
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB32)
    drawn = np.count_nonzero(np.frombuffer(image.constBits(), dtype=np.uint32) & 0xFFFFFF)
    assert bool(drawn) == (len(values) > 1)
