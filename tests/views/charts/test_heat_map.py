"""A grid of scores as it is read by pointer and keys."""

import math
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.views.charts.heat_colors import heat_color, ink_on, signed_color
from ares_desktop.views.charts.heat_map import HeatMap
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import THEMES, Tokens

SCORES = np.array([[1.0, 2.0, math.nan], [0.5, 3.0, 1.5]])


@pytest.fixture
def grid(qtbot: QtBot, theme: Theme) -> HeatMap:
    made = HeatMap(theme, write=lambda value: f"{value:.1f}")
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    qtbot.waitExposed(made)
    made.show_grid(("fast", "slow"), ("5", "10", "15"), ("20", "40"), SCORES)
    return made


def luminance(color: QColor) -> float:
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_best_cell_is_chosen_at_first(grid: HeatMap) -> None:
    assert grid.best == grid.chosen == (1, 1)
    assert "fast 10, slow 40: 3.0" in grid.accessibleDescription()


def test_every_cell_is_found_where_it_is_drawn(grid: HeatMap) -> None:
    for row in range(2):
        for column in range(3):
            assert grid.cell_at(grid.cell_box((column, row)).center()) == (column, row)
    assert grid.cell_at(QPointF(2, 2)) is None


def test_the_first_row_is_at_the_bottom(grid: HeatMap) -> None:
    assert grid.cell_box((0, 0)).top() > grid.cell_box((0, 1)).top()


def test_what_was_not_tried_is_said_not_guessed(grid: HeatMap) -> None:
    assert grid.score((2, 0)) is None
    assert grid.reading((2, 0)) == "fast 15, slow 20: not tried"


def test_arrows_stay_inside(grid: HeatMap) -> None:
    for _ in range(5):
        QTest.keyClick(grid, Qt.Key.Key_Right)
    for _ in range(5):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.chosen == (2, 0)


def test_enter_opens_the_chosen_cell(qtbot: QtBot, grid: HeatMap) -> None:
    with qtbot.waitSignal(grid.cell_opened) as opened:
        QTest.keyClick(grid, Qt.Key.Key_Return)
    assert opened.args == [(1, 1)]


def test_nothing_at_all_is_drawn_as_words(grid: HeatMap) -> None:
    grid.show_grid(("fast", "slow"), (), (), np.empty((0, 0)))
    grid.grab()
    assert grid.chosen is None
    QTest.keyClick(grid, Qt.Key.Key_Left)
    assert grid.chosen is None


def test_scores_that_are_all_unknown_can_be_drawn(grid: HeatMap) -> None:
    grid.show_grid(("fast", "slow"), ("1",), ("2",), np.array([[math.nan]]))
    grid.grab()
    assert grid.best is None


def test_equal_scores_can_be_drawn(grid: HeatMap) -> None:
    grid.show_grid(("fast", "slow"), ("1", "2"), ("2",), np.array([[1.0, 1.0]]))
    assert not grid.grab().isNull()


@pytest.mark.parametrize("tokens", list(THEMES.values()), ids=list(THEMES))
def test_brightness_runs_one_way_so_that_gray_tells_the_order(tokens: Tokens) -> None:
    lights = [luminance(heat_color(share / 20, tokens)) for share in range(21)]
    steps = [after - before for before, after in pairwise(lights)]
    assert all(step > 0 for step in steps) or all(step < 0 for step in steps)


@pytest.mark.parametrize("tokens", list(THEMES.values()), ids=list(THEMES))
def test_numbers_are_legible_on_every_color(tokens: Tokens) -> None:
    colors = [heat_color(share / 20, tokens) for share in range(21)]
    colors += [signed_color(share / 10 - 1, tokens) for share in range(21)]
    assert min(contrast(ink_on(color), color) for color in colors) >= 4.5


def test_a_gain_and_a_loss_differ_from_nothing(theme: Theme) -> None:
    tokens = theme.tokens
    assert signed_color(0.0, tokens).name() == tokens.surface
    assert signed_color(1.0, tokens).green() > signed_color(-1.0, tokens).green()
