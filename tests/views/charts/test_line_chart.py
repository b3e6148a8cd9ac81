"""Equity curves as a person sees and moves them."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.panels.pnl import MONEY_TEXT, PERCENT_TEXT
from ares_desktop.views.theme import Theme

DAY = 86_400.0
START = 1.4e9


@pytest.fixture
def chart(qtbot: QtBot, theme: Theme) -> LineChart:
    colors = SeriesColors()
    made = LineChart(
        theme,
        color=lambda name: colors.color(name, theme.tokens),
        upper_text=MONEY_TEXT,
        lower_text=PERCENT_TEXT,
    )
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


def fill(chart: LineChart, name: str = "Account", points: int = 500, *, bold: bool = True) -> None:
    y = 1000 + np.arange(points, dtype=float)
    chart.set_curve(name, START + np.arange(points) * DAY, y, np.zeros(points) - 0.1, bold=bold)
    chart.refresh()


def colored_pixels(chart: LineChart, color: str) -> int:
    image = chart.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    wanted = int(color.removeprefix("#"), 16)
    pixels = np.frombuffer(image.constBits(), dtype=np.uint32) & 0xFFFFFF
    return int(np.count_nonzero(pixels == wanted))


def test_a_curve_is_drawn_in_its_color(chart: LineChart, theme: Theme) -> None:
    color = SeriesColors().color("Account", theme.tokens)
    assert colored_pixels(chart, color) == 0
    fill(chart)
    assert colored_pixels(chart, color) > 100


def test_everything_is_in_sight_at_first_and_the_newest_is_followed(chart: LineChart) -> None:
    fill(chart)
    left, right = chart.view.x_range()
    assert left <= START
    assert right >= START + 499 * DAY
    chart.append("Account", START + 600 * DAY, 2000, -0.2)
    chart.refresh()
    assert chart.view.x_range()[1] >= START + 600 * DAY


def test_a_period_shows_the_newest_part(chart: LineChart) -> None:
    fill(chart)
    chart.view.show_span(30 * DAY)
    left, right = chart.view.x_range()
    assert left == pytest.approx(START + 469 * DAY, abs=1)
    assert right > START + 499 * DAY


def test_values_fit_what_is_in_sight(chart: LineChart) -> None:
    fill(chart)
    chart.view.show_span(30 * DAY)
    low, high = chart.view.panes[0].box.viewRange()[1]
    assert 1460 < low < 1475
    assert 1499 < high < 1510


def test_the_keyboard_pans_zooms_and_returns(chart: LineChart) -> None:
    fill(chart)
    chart.view.show_span(100 * DAY)
    shown = chart.view.x_range()
    QTest.keyClick(chart.view, Qt.Key.Key_Left)
    assert chart.view.x_range()[1] < shown[1]
    assert [chart.view.following] == [False]
    chart.append("Account", START + 600 * DAY, 2000, 0.0)
    chart.refresh()
    assert chart.view.x_range()[1] < shown[1]
    QTest.keyClick(chart.view, Qt.Key.Key_End)
    assert chart.view.following
    assert chart.view.x_range()[1] > START + 600 * DAY
    width = np.diff(chart.view.x_range())[0]
    QTest.keyClick(chart.view, Qt.Key.Key_Up)
    assert np.diff(chart.view.x_range())[0] < width
    QTest.keyClick(chart.view, Qt.Key.Key_Home)
    assert chart.view.x_range()[0] <= START


def test_a_further_key_is_left_to_the_window(chart: LineChart) -> None:
    fill(chart)
    shown = chart.view.x_range()
    QTest.keyClick(chart.view, Qt.Key.Key_A)
    assert chart.view.x_range() == shown


def test_the_wheel_zooms_about_the_pointer_and_both_plots_agree(chart: LineChart) -> None:
    fill(chart)
    chart.view.panes[1].box.setXRange(START + 100 * DAY, START + 200 * DAY, padding=0)
    assert chart.view.panes[0].box.viewRange()[0] == chart.view.panes[1].box.viewRange()[0]


def test_the_pointer_reads_the_curves(qtbot: QtBot, chart: LineChart) -> None:
    fill(chart)
    newest = chart.legend.entries()[0].value
    QTest.mouseMove(chart.view.viewport(), QPoint(200, 100))
    qtbot.waitUntil(lambda: chart.legend.entries()[0].value != newest)
    assert "\N{MINUS SIGN}10.00%" in chart.legend.entries()[0].value
    assert chart.view.time_axis.cursor is not None
    assert chart.view.time_axis.cursor.text.startswith("2014-")


def test_hidden_and_removed_curves_are_neither_drawn_nor_read(chart: LineChart, theme: Theme) -> None:
    fill(chart)
    fill(chart, "cnr", bold=False)
    chart.set_shown("cnr", shown=False)
    chart.refresh()
    assert [entry.name for entry in chart.legend.entries()] == ["Account"]
    chart.remove_curve("Account")
    chart.remove_curve("Account")
    chart.refresh()
    assert chart.names() == ("cnr",)
    assert colored_pixels(chart, SeriesColors().color("Account", theme.tokens)) == 0


def test_a_point_of_the_same_time_replaces_the_last_one(chart: LineChart) -> None:
    fill(chart, points=10)
    chart.append("Account", START + 9 * DAY, 5000, 0.0)
    chart.refresh()
    assert chart.points("Account") == 10
    assert chart.legend.entries()[0].value == "5,000.00"


def test_a_missing_value_leaves_a_gap(chart: LineChart) -> None:
    y = np.array([1.0, 2.0, math.nan, 3.0, 4.0])
    chart.set_curve("Account", START + np.arange(5) * DAY, y, np.zeros(5))
    chart.refresh()
    chart.view.viewport().repaint()
    assert chart.view.panes[0].bounds(START, START + 5 * DAY) == (1.0, 4.0)


def test_an_empty_chart_paints(chart: LineChart) -> None:
    chart.refresh()
    chart.view.viewport().repaint()
    assert chart.extent() is None


def test_another_theme_recolors_the_curves(chart: LineChart, theme: Theme) -> None:
    fill(chart)
    theme.toggle()
    assert colored_pixels(chart, SeriesColors().color("Account", theme.tokens)) > 100


def test_a_long_legend_counts_what_finds_no_room(chart: LineChart) -> None:
    for number in range(20):
        fill(chart, f"strategy-{number}", points=5, bold=False)
    chart.legend.repaint()
    assert len(chart.legend.entries()) == 20
