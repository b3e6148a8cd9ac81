"""The P&L panel over fake managers."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.accounts import CurvePoint, EquityPoint
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.pnl import PnlPanel
from tests.views.conftest import destroy
from tests.views.fakes import Fakes
from tests.views.records import NOW, a_status

HOUR = 3600 * NS_PER_SECOND


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, fakes: Fakes) -> Iterator[PnlPanel]:
    fakes.strategies.put(a_status("smag7-long"), a_status("cnr"))
    made = PnlPanel(desk)
    made.resize(500, 400)
    made.show()
    qtbot.waitExposed(made)
    yield made
    destroy(made)


def read(panel: PnlPanel) -> dict[str, str]:
    return {entry.name: entry.value for entry in panel.chart.legend.entries()}


def a_point(book: str, hours: int = 1, **changes: float) -> CurvePoint:
    figures = {"equity": 123_456.0, "drawdown": -0.05, "twr": 0.2345, **changes}
    return CurvePoint(book=book, point=EquityPoint(to_ns(NOW) + hours * HOUR, **figures))


def test_account_and_strategies_are_shown_as_returns(panel: PnlPanel) -> None:
    assert list(read(panel)) == ["Account", "smag7-long", "cnr"]
    assert all(value.endswith("%") for value in read(panel).values())


def test_a_new_point_extends_its_curve(panel: PnlPanel, fakes: Fakes) -> None:
    points = panel.chart.points("cnr")
    fakes.portfolio.curve_extended.emit(a_point("cnr"))
    fakes.portfolio.curve_extended.emit(a_point("cnr", 2, twr=0.3))
    panel.updates.flush()
    assert panel.chart.points("cnr") == points + 2
    assert read(panel)["cnr"] == "30.00%"


def test_values_can_be_shown_instead(panel: PnlPanel, fakes: Fakes) -> None:
    panel.mode._buttons["value"].click()
    fakes.portfolio.curve_extended.emit(a_point("all"))
    panel.updates.flush()
    assert read(panel)["Account"] == "123,456.00"


def test_a_curve_can_be_hidden(panel: PnlPanel) -> None:
    panel.books.check("cnr", checked=False)
    assert "cnr" not in read(panel)
    panel.books.check_all(checked=False)
    assert read(panel) == {}


def test_a_book_of_no_strategy_waits_to_be_chosen(panel: PnlPanel, fakes: Fakes) -> None:
    fakes.portfolio.curve_extended.emit(a_point("manual"))
    panel.updates.flush()
    assert "manual" not in read(panel)
    panel.books.check("manual", checked=True)
    assert "manual" in read(panel)


def test_a_new_strategy_joins(panel: PnlPanel, fakes: Fakes) -> None:
    fakes.strategies.put(a_status("breakout"))
    panel.books.check("breakout", checked=True)
    assert "breakout" in read(panel)


def test_a_period_of_market_time_is_shown(panel: PnlPanel, fakes: Fakes) -> None:
    fakes.portfolio.curve_extended.emit(a_point("all", 24 * 365))
    panel.updates.flush()
    panel.period._buttons["1m"].click()
    left, right = panel.chart.view.x_range()
    assert right - left == pytest.approx(30.4 * 86_400, rel=0.05)


def test_a_fall_is_shown_below_zero_whatever_its_sign(panel: PnlPanel, fakes: Fakes) -> None:
    fakes.portfolio.curve_extended.emit(a_point("all", drawdown=0.25))
    panel.updates.flush()
    assert panel.chart.view.panes[1].box.viewRange()[1][0] < -0.25
