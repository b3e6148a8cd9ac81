"""Histogram, fan, scatter, bars, spans, logarithmic axes and curves over numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from ares_desktop.api.series import Bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar
from ares_desktop.views import formats
from ares_desktop.views.charts.bar_rows import BarRow, BarRows
from ares_desktop.views.charts.bars import CLOSE, HIGH, LOW, OPEN, BarSeries
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.fan_chart import FanChart
from ares_desktop.views.charts.histogram import Histogram
from ares_desktop.views.charts.scales import PERCENT_TEXT, RATIO_TEXT, log_text, number_ticks
from ares_desktop.views.charts.scatter_chart import Point, ScatterChart
from ares_desktop.views.charts.series_chart import SeriesChart
from ares_desktop.views.charts.span_item import Span
from ares_desktop.views.theme import Theme

MINUTE = 60_000_000_000


def some_bars(count: int, seed: int = 1) -> Bars:
    close = 100 + np.cumsum(np.random.default_rng(seed).normal(0, 0.1, count))
    start = np.arange(count, dtype=np.int64) * MINUTE
    return Bars(
        InstrumentId("X.SIM"), start, start + MINUTE, close - 0.02, close + 0.1, close - 0.1, close, np.ones(count)
    )


# histogram


@pytest.fixture
def histogram(qtbot: QtBot, theme: Theme) -> Histogram:
    made = Histogram(
        theme, write=lambda value: f"{value:g}", mark=lambda value, _: f"{value:g}", units=("{0} day", "{0} days")
    )
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    qtbot.waitExposed(made)
    made.show_bins("Days", (-2.0, -1.0, 0.0, 1.0), (3, 5, 2), mean=-0.6, median=-0.5)
    return made


def read(chart: Histogram | FanChart | ScatterChart | SeriesChart) -> dict[str, str]:
    return {entry.name: entry.value for entry in chart.legend.entries()}


def test_all_values_mean_and_median_are_told_at_first(histogram: Histogram) -> None:
    assert read(histogram) == {"Days": "10 days", "Mean": "-0.6", "Median": "-0.5"}


def test_the_bin_under_the_pointer_is_told(histogram: Histogram) -> None:
    histogram.view.cursor_moved.emit(-0.2)
    assert read(histogram)["-1 to 0"] == "5 days"
    histogram.view.cursor_moved.emit(99.0)
    assert "Mean" in read(histogram)


def test_losses_are_of_the_second_kind(histogram: Histogram) -> None:
    assert histogram.columns.second == (True, True, False)
    histogram.grab()


def test_a_histogram_of_nothing_can_be_drawn(histogram: Histogram) -> None:
    histogram.show_bins("Days", (), (), mean=None, median=None)
    histogram.grab()
    assert read(histogram) == {"Days": "0 days"}


# fan


def test_a_fan_without_paths_is_empty(qtbot: QtBot, theme: Theme) -> None:
    fan = FanChart(theme, text=RATIO_TEXT, position_text=str)
    qtbot.addWidget(fan)
    fan.show()
    fan.show_fan((0.0, 1.0), ((1.0, 0.9),) * 5, (1.0, 1.1))
    fan.grab()
    assert read(fan)["This run"] == "1.10"
    fan.show_fan((), (), ())
    fan.grab()
    assert read(fan) == {}


# scatter


def test_the_nearest_point_is_told(qtbot: QtBot, theme: Theme) -> None:
    chart = ScatterChart(theme, text=RATIO_TEXT, x_name="Trained", y_name="Tested")
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.show()
    chart.show_points([Point(1.0, 0.5, "Fold 1", "1"), Point(2.0, 2.5, "Fold 2", "2")])
    chart.grab()
    chart.view.cursor_moved.emit(2.0)
    assert read(chart) == {"": "Fold 2", "Trained": "2.00", "Tested": "2.50"}
    chart.show_points([])
    chart.view.cursor_moved.emit(2.0)
    assert "Fold 2" not in read(chart).values()


# rows of bars


@pytest.mark.parametrize("stacked", [True, False])
def test_bars_with_losses_and_gaps_are_read_and_drawn(qtbot: QtBot, theme: Theme, stacked: bool) -> None:
    bars = BarRows(theme, (("In", "accent"), ("Out", "warning")), write=lambda v: f"{v:.1f}", stacked=stacked)
    qtbot.addWidget(bars)
    bars.show_rows([BarRow("one", (1.0, -0.5)), BarRow("two", (None, 2.0)), BarRow("three", (None, None))])
    bars.resize(400, 200)
    assert not bars.grab().isNull()
    assert "one: In 1.0, Out -0.5; two: Out 2.0" in bars.accessibleDescription()


# scales


@pytest.mark.parametrize(("low", "high"), [(0.5, 40.0), (90.0, 110.0), (1e-3, 1e6), (100.0, 100.5)])
def test_marks_of_a_logarithm_are_round_and_in_sight(low: float, high: float) -> None:
    text = log_text(RATIO_TEXT)
    assert text.ticks is not None
    ticks = text.ticks(math.log10(low), math.log10(high), 8)
    assert 2 <= len(ticks) <= 10
    for at, written in ticks:
        assert low * 0.999 <= 10**at <= high * 1.001
        assert float(written.replace(",", "")) == pytest.approx(10**at, rel=1e-6)
    assert len({written for _, written in ticks}) == len(ticks)


def test_a_logarithm_is_read_as_its_value() -> None:
    assert log_text(RATIO_TEXT).read(2.0) == "100.00"


def test_numbers_are_marked_with_the_decimals_that_tell_them_apart() -> None:
    assert [text for _, text in number_ticks(formats.fixed)(0.0, 1.0, 5)] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]


# curves


def test_each_curve_belongs_to_its_plot(qtbot: QtBot, theme: Theme) -> None:
    chart = SeriesChart(theme, color=lambda _: theme.tokens.accent)
    qtbot.addWidget(chart)
    upper, lower = chart.add_plot(PERCENT_TEXT), chart.add_plot(RATIO_TEXT)
    chart.set_curve(upper, "gross", (0.0, 100.0), (0.1, 0.9), base=0.0)
    chart.set_curve(lower, "sharpe", (0.0, 100.0), (1.0, 2.0), dashed=True)
    chart.show()
    chart.refresh()
    chart.grab()
    assert read(chart) == {"gross": "90.00%", "sharpe": "2.00"}
    assert chart.view.panes[1].box.viewRange()[1][0] > 0.9
    chart.clear()
    assert chart.names() == ()


# candles


@given(st.integers(1, 2_000), st.integers(0, 1_500), st.integers(1, 700))
def test_gathered_bars_hold_the_extremes_of_what_they_cover(count: int, first: int, group: int) -> None:
    series = BarSeries.of_columns(some_bars(count))
    at, rows = series.gathered(min(first, count), count, group)
    for number, place in enumerate(at.astype(int).tolist()):
        end = int(at[number + 1]) if number + 1 < len(at) else count
        covered = series.rows[place:end]
        assert rows[number, HIGH] == covered[:, HIGH].max()
        assert rows[number, LOW] == covered[:, LOW].min()
        assert rows[number, OPEN] == covered[0, OPEN]
        assert rows[number, CLOSE] == covered[-1, CLOSE]


def test_gathered_bars_follow_the_last_one_while_it_changes() -> None:
    series = BarSeries.of_columns(some_bars(5_000), length_ns=MINUTE)
    series.gathered(0, 5_000, 256)
    last = series.rows[-1]
    series.add(Bar(InstrumentId("X.SIM"), int(last[0]), int(last[1]), 100.0, 1e6, 99.0, 100.0, 1.0))
    _, rows = series.gathered(0, 5_000, 256)
    assert rows[-1, HIGH] == 1e6
    series.add(Bar(InstrumentId("X.SIM"), int(last[1]), int(last[1]) + MINUTE, 100.0, 2e6, 99.0, 100.0, 1.0))
    _, rows = series.gathered(0, 5_001, 256)
    assert rows[-1, HIGH] == 2e6


def test_columns_and_records_make_the_same_series() -> None:
    bars = some_bars(600)
    hour = BarSeries.of_columns(bars, length_ns=60 * MINUTE)
    assert len(hour) == 10
    assert hour.rows[3, HIGH] == bars.high[180:240].max()
    assert hour.rows[3, CLOSE] == bars.close[239]
    assert len(BarSeries.of_columns(some_bars(0))) == 0


def test_a_million_bars_are_drawn_as_few_columns(qtbot: QtBot, theme: Theme) -> None:
    chart = CandleChart(theme)
    qtbot.addWidget(chart)
    chart.resize(800, 400)
    chart.show()
    qtbot.waitExposed(chart)
    chart.set_series("X", BarSeries.of_columns(some_bars(1_000_000)))
    chart.view.show_span(None)
    at, rows, pixels = chart._candles._in_sight()
    assert 300 < len(at) == len(rows) <= 800
    assert pixels >= 1.0


def test_spans_in_sight_are_drawn_and_many_are_thinned(qtbot: QtBot, theme: Theme) -> None:
    chart = CandleChart(theme)
    qtbot.addWidget(chart)
    chart.resize(800, 400)
    chart.show()
    qtbot.waitExposed(chart)
    chart.set_series("X", BarSeries.of_columns(some_bars(20_000)))
    spans = [Span(float(n), n + 1.0, 100.0, 101.0, "#ffffff", bool(n % 2)) for n in range(20_000)]
    chart.spans.set_spans(spans[::-1])
    assert [span.left for span in chart.spans.spans()[:3]] == [0.0, 1.0, 2.0]
    chart.view.show_range(100.0, 150.0)
    chart.view.grab()
    assert 50 <= chart.spans.drawn <= 54
    chart.view.show_span(None)
    chart.view.grab()
    assert 0 < chart.spans.drawn <= 600


def test_a_chosen_stretch_stays_in_sight(qtbot: QtBot, theme: Theme) -> None:
    chart = CandleChart(theme)
    qtbot.addWidget(chart)
    chart.set_series("X", BarSeries.of_columns(some_bars(2_000)))
    chart.view.show_range(500.0, 600.0)
    chart.refresh()
    assert chart.view.x_range() == (500.0, 600.0)
    assert not chart.view.following
