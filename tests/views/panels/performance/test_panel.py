"""The performance panel over fake managers: figures, reasons of missing ones, curves, likeness and months."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.domain.performance import (
    MonthReturn,
    NavPoint,
    PerformanceFigures,
    StrategyCorrelations,
    StrategyPerformance,
)
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.performance.columns import COLUMNS
from ares_desktop.views.panels.performance.panel import PerformancePanel
from ares_desktop.views.tokens import Tone
from tests.views.conftest import destroy
from tests.views.fakes import Fakes
from tests.views.records import NOW, a_status

DAY = 86_400 * NS_PER_SECOND
FULL = PerformanceFigures(
    nav=1.0346,
    twr=0.0346,
    annual_return=0.1226,
    volatility=0.072,
    sharpe=1.65,
    sortino=2.52,
    drawdown=-0.0214,
    max_drawdown=-0.0334,
    calmar=3.67,
    hit_rate=0.4,
    trips=10,
    exposure=0.472,
    turnover=12.3,
    costs=Decimal("135.24"),
    alpha=0.02,
    beta=0.6,
    benchmark_return=0.05,
    days=84,
)


def a_performance(name: str = "smag7-long", **changes: Any) -> StrategyPerformance:
    rng = np.random.default_rng(len(name))
    values = np.cumprod(1 + rng.normal(0.0004, 0.004, 120))
    curve = tuple(NavPoint(to_ns(NOW) + day * DAY, float(value)) for day, value in enumerate(values))
    fields: dict[str, Any] = {
        "strategy": StrategyId(name),
        "figures": FULL,
        "curve": curve,
        "months": (
            MonthReturn(year=2026, month=11, value=0.0123, partial=True),
            MonthReturn(year=2026, month=12, value=-0.02),
        ),
        "at": NOW,
    }
    return StrategyPerformance(**{**fields, **changes})


def young(name: str = "cnr") -> StrategyPerformance:
    figures = PerformanceFigures(nav=1.001, twr=0.001, drawdown=0.0, max_drawdown=0.0, costs=Decimal(1), days=3)
    return a_performance(name, figures=figures, curve=(), months=())


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, fakes: Fakes) -> Iterator[PerformancePanel]:
    fakes.strategies.put(a_status("smag7-long"), a_status("cnr"))
    made = PerformancePanel(desk)
    made.resize(700, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    destroy(made)


def put(panel: PerformancePanel, fakes: Fakes, *performances: StrategyPerformance) -> None:
    fakes.performance.put(*performances)
    panel.updates.flush()


def cell(panel: PerformancePanel, row: int, column: str) -> str:
    return panel.model.text(row, panel.model.column_number(column))


def hint(panel: PerformancePanel, row: int, column: str) -> str:
    tooltip = panel.model.columns[panel.model.column_number(column)].tooltip
    assert tooltip is not None
    return tooltip(panel.model.record(row))


def test_nothing_is_said_in_words_before_there_are_figures(panel: PerformancePanel) -> None:
    assert panel.model.rowCount() == 0
    assert panel.curves.layers.currentWidget() is panel.curves.note
    assert panel.likeness.layers.currentIndex() == 0
    assert "two strategies" in panel.likeness.note.text()


def test_the_account_stands_first_and_every_figure_is_written(panel: PerformancePanel, fakes: Fakes) -> None:
    put(panel, fakes, a_performance(), a_performance("all"))
    assert [cell(panel, row, "strategy") for row in (0, 1)] == ["Account", "smag7-long"]
    shown = {column.key: cell(panel, 1, column.key) for column in COLUMNS}
    assert shown["twr"] == "+3.46%"
    assert shown["sharpe"] == "1.65"
    assert shown["max_drawdown"] == "\N{MINUS SIGN}3.34%"
    assert shown["hit_rate"] == "40.0%"
    assert shown["turnover"] == "12.3\N{MULTIPLICATION SIGN}"
    assert shown["costs"] == "135.24"
    assert shown["nav"] == "1.0346"


def test_a_missing_figure_is_a_dash_that_says_why(panel: PerformancePanel, fakes: Fakes) -> None:
    put(panel, fakes, young())
    assert cell(panel, 0, "sharpe") == "\N{EN DASH}"
    assert "need 20 daily returns; there is so far: 3 daily returns" in hint(panel, 0, "sharpe")
    assert "No round trip" in hint(panel, 0, "hit_rate")
    assert "No benchmark is set" in hint(panel, 0, "beta")
    panel.table.view.selectRow(0)
    assert panel.brief.text().startswith("cnr: Ratios need 20 daily returns")


def test_a_benchmark_that_cant_be_compared_with_says_why(panel: PerformancePanel, fakes: Fakes) -> None:
    figures = PerformanceFigures(days=40)
    spy = InstrumentId("SPY.SMART")
    put(panel, fakes, a_performance(figures=figures, benchmark=spy, benchmark_problem="has no bars before 2020"))
    assert "SPY.SMART: has no bars before 2020" in hint(panel, 0, "alpha")


def test_stale_figures_say_so_in_words_and_lose_their_color(panel: PerformancePanel, fakes: Fakes) -> None:
    put(panel, fakes, a_performance(stale=True))
    assert cell(panel, 0, "strategy") == "smag7-long \N{MIDDLE DOT} stale"
    assert "last good figures" in hint(panel, 0, "twr")
    tone = panel.model.columns[panel.model.column_number("twr")].tone
    assert tone is not None
    assert tone(panel.model.record(0)) is Tone.FAINT


def test_curves_stand_together_and_the_selected_ones_benchmark_beside_them(
    panel: PerformancePanel, fakes: Fakes
) -> None:
    line = a_performance("spy").curve
    put(panel, fakes, a_performance("cnr"), a_performance(benchmark=InstrumentId("SPY.SMART"), benchmark_curve=line))
    put(panel, fakes, a_performance("all"))
    assert panel.curves.layers.currentWidget() is panel.curves.chart
    assert panel.curves.chart.names() == ("Account", "cnr", "smag7-long")
    panel.table.select_key("smag7-long")
    assert "SPY.SMART, benchmark of smag7-long" in panel.curves.chart.names()
    panel.table.select_key("cnr")
    assert "SPY.SMART, benchmark of smag7-long" not in panel.curves.chart.names()
    panel.curves.choice.check("cnr", checked=False)
    assert "cnr" not in [entry.name for entry in panel.curves.chart.legend.entries()]
    read = {entry.name: entry.value for entry in panel.curves.chart.legend.entries()}
    assert read["Account"].endswith("%")


def test_likeness_is_read_in_words_with_what_it_stands_on(panel: PerformancePanel, fakes: Fakes) -> None:
    names = tuple(StrategyId(name) for name in ("cnr", "ltmt", "smag7-long"))
    found = StrategyCorrelations(
        names=names,
        values=((1.0, 0.25, None), (0.25, 1.0, None), (None, None, 1.0)),
        observations=((90, 84, 3), (84, 90, 3), (3, 3, 90)),
        interval_s=86_400.0,
        least=20,
    )
    fakes.performance.compare(found)
    panel.coalescers()[1].flush()
    panel.show_page("likeness")
    assert panel.likeness.layers.currentIndex() == 1
    shown = panel.likeness.map
    shown.choose((0, 1))
    assert panel.likeness.reading.text() == "ltmt with cnr: 0.25, from 84 common returns of 1 d"
    shown.choose((0, 0))
    assert panel.likeness.reading.text() == "smag7-long with cnr: 3 common returns of 1 d; 20 are needed"
    assert shown.score((0, 2)) == 1.0
    assert shown.best is None


def test_months_are_those_of_the_selected_strategy_and_say_which_are_not_whole(
    panel: PerformancePanel, fakes: Fakes
) -> None:
    put(panel, fakes, a_performance(), a_performance("all", months=(MonthReturn(year=2025, month=1, value=0.5),)))
    panel.show_page("months")
    assert [row.year for row in panel.months.model.records()] == [2025]
    panel.table.select_key("smag7-long")
    assert [row.year for row in panel.months.model.records()] == [2026]
    assert panel.months.title.text() == "smag7-long"
    assert "not whole: 2026-11" in panel.months.summary.text()
    assert panel.months.model.record(0).total == pytest.approx(1.0123 * 0.98 - 1)


def test_a_removed_strategy_leaves_table_and_curves(panel: PerformancePanel, fakes: Fakes) -> None:
    put(panel, fakes, a_performance(), a_performance("all"))
    fakes.strategies.removed.emit(a_status("smag7-long").instance)
    assert [one.strategy for one in panel.model.records()] == ["all"]
    assert panel.curves.chart.names() == ("Account",)
