"""The why panel over fake managers: asked from rows, searched, told, exported."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import OrderState
from ares_desktop.views.desk import Desk
from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.panels.fills import FillsPanel
from ares_desktop.views.panels.orders import OrdersPanel
from ares_desktop.views.panels.positions import PositionsPanel
from ares_desktop.views.panels.why.panel import WhyPanel
from tests.views.conftest import destroy
from tests.views.fakes import Fakes
from tests.views.panels.why.decision_records import a_decision, many_decisions
from tests.views.records import NOW, a_fill, a_position, an_order

NARROW = (640, 340)
WIDE = (1300, 700)


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, fakes: Fakes) -> Iterator[WhyPanel]:
    fakes.trades.explain_by(
        a_decision(1),
        a_decision(2, state=OrderState.DENIED, strategy="cnr", instrument="SPY.SMART"),
        a_decision(3, realized=Decimal("41.50")),
    )
    fakes.trades.by_id = {one.id: one.order for one in fakes.trades.reasons.values()}
    made = WhyPanel(desk)
    made.resize(*NARROW)
    made.show()
    qtbot.waitExposed(made)
    yield made
    destroy(made)


def listed(panel: WhyPanel) -> list[str]:
    return [one.id for one in panel.table.model.records()]


def choose(panel: WhyPanel, box: str, text: str) -> None:
    combo = getattr(panel.filters, box)
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def test_all_decisions_are_listed_newest_first_with_gate_and_money(panel: WhyPanel) -> None:
    assert listed(panel) == ["smag7-long-000003", "cnr-000002", "smag7-long-000001"]
    model = panel.table.model
    assert model.text(1, model.column_number("gate")) == "Buying power"
    assert model.text(0, model.column_number("realized")) == "+41.50"
    assert model.text(2, model.column_number("realized")) == "\N{EN DASH}"


def test_filters_and_text_are_the_engines_search(panel: WhyPanel, fakes: Fakes, qtbot: QtBot) -> None:
    choose(panel, "gate", "Denied")
    assert listed(panel) == ["cnr-000002"]
    choose(panel, "gate", "Any result")
    choose(panel, "strategy", "smag7-long")
    assert listed(panel) == ["smag7-long-000003", "smag7-long-000001"]
    panel.table.filter.setText("number 3")
    qtbot.waitUntil(lambda: listed(panel) == ["smag7-long-000003"])
    assert fakes.trades.asked[-1].text == "number 3"
    choose(panel, "time", "Last day")
    assert fakes.trades.asked[-1].since is not None
    panel.table.filter.setText("nothing such")
    qtbot.waitUntil(lambda: listed(panel) == [])
    panel.show_all()
    assert len(listed(panel)) == 3


def test_a_narrow_place_shows_the_list_or_the_story_and_a_wide_one_both(panel: WhyPanel) -> None:
    assert panel.list.isVisible()
    assert not panel.page.isVisible()
    panel.show_order(a_decision(1).id)
    assert panel.page.isVisible()
    assert not panel.list.isVisible()
    QTest.keyClick(panel.page.story, Qt.Key.Key_Escape)
    assert panel.list.isVisible()
    assert not panel.page.isVisible()
    panel.resize(*WIDE)
    assert panel.list.isVisible()
    assert panel.page.isVisible()


def test_enter_tells_the_row_and_arrows_step_through_the_list(panel: WhyPanel) -> None:
    panel.table.view.selectRow(0)
    QTest.keyClick(panel.table.view, Qt.Key.Key_Return)
    decision = panel.page.decision
    assert decision is not None
    assert decision.id == "smag7-long-000003"
    assert "Buy 100 AAPL.SMART" in panel.page.title.text()
    panel.page.stepped.emit(1)
    assert panel.page.decision is not None
    assert panel.page.decision.id == "cnr-000002"
    assert panel.page.state.text() == "Denied"
    panel.page.stepped.emit(1)
    panel.page.stepped.emit(1)
    assert panel.page.decision.id == "smag7-long-000001"


def test_the_story_is_copied_as_text(panel: WhyPanel) -> None:
    panel.show_order(a_decision(1).id)
    panel.page.story.copy()
    assert "Crossed upward, number 1" in QGuiApplication.clipboard().text()


def test_an_exit_leads_to_the_decision_it_belongs_to(panel: WhyPanel, fakes: Fakes) -> None:
    fakes.trades.explain_by(a_decision(4, parent=a_decision(1).id))
    panel.show_order(a_decision(4).id)
    assert panel.page.entry.isVisible()
    panel.page.entry.click()
    assert panel.page.decision is not None
    assert panel.page.decision.id == a_decision(1).id
    assert not panel.page.entry.isVisible()


def test_fills_stand_on_the_candles_of_their_moment(panel: WhyPanel, fakes: Fakes) -> None:
    hour_ago = NOW - timedelta(hours=1)
    fill = a_fill(8, at=hour_ago + timedelta(minutes=2))
    fakes.trades.explain_by(a_decision(8, created_at=hour_ago, fills=(fill,)))
    panel.show_order(a_decision(8).id)
    shown = panel.page.chart
    assert shown.layers.currentWidget() is shown.chart
    (marker,) = shown.chart.markers()
    assert marker.sign == 1
    assert not marker.hollow
    assert marker.at == shown.chart.position_of(to_ns(fill.at))
    left, right = shown.chart.view.x_range()
    assert left < marker.at < right


def test_what_was_not_executed_is_marked_hollow_where_it_was_wanted(panel: WhyPanel, fakes: Fakes) -> None:
    fakes.trades.explain_by(a_decision(9, state=OrderState.DENIED, created_at=NOW - timedelta(hours=1)))
    panel.show_order(a_decision(9).id)
    (marker,) = panel.page.chart.chart.markers()
    assert marker.hollow
    assert marker.price == 187.25


def test_what_was_decided_after_the_last_bar_stands_at_its_right(panel: WhyPanel, fakes: Fakes) -> None:
    later = a_decision(11, state=OrderState.DENIED, created_at=NOW + timedelta(hours=9))
    fakes.trades.explain_by(later)
    panel.show_order(later.id)
    (marker,) = panel.page.chart.chart.markers()
    assert marker.at == len(panel.page.chart.chart.series) - 1


def test_a_moment_without_bars_says_so(panel: WhyPanel, fakes: Fakes) -> None:
    fakes.trades.explain_by(a_decision(10, created_at=NOW - timedelta(days=30)))
    panel.show_order(a_decision(10).id)
    chart = panel.page.chart
    assert chart.layers.currentWidget() is chart.note
    assert "no bars" in chart.note.text()


def test_the_told_order_follows_what_happens_to_it(panel: WhyPanel, fakes: Fakes) -> None:
    fakes.trades.explain_by(a_decision(5, state=OrderState.ACCEPTED))
    panel.show_order(a_decision(5).id)
    assert panel.page.story.beats[-1].detail == "None: nothing was executed."
    fakes.trades.explain_by(a_decision(5, realized=Decimal(7)))
    fakes.trades.put(a_decision(5).order)
    panel.updates.flush()
    assert panel.page.story.beats[-1].detail.startswith("+7.00 USD realized")


def test_a_new_order_joins_the_list_if_it_is_looked_for(panel: WhyPanel, fakes: Fakes) -> None:
    choose(panel, "gate", "Denied")
    fakes.trades.explain_by(a_decision(6), a_decision(7, state=OrderState.DENIED))
    fakes.trades.put(a_decision(6).order, a_decision(7, state=OrderState.DENIED).order)
    panel.updates.flush()
    assert listed(panel) == ["smag7-long-000007", "cnr-000002"]


def test_a_position_lists_what_led_to_it_and_all_come_back(panel: WhyPanel) -> None:
    panel.show_position(a_position().strategy, a_position().instrument)
    assert listed(panel) == ["smag7-long-000003", "smag7-long-000001"]
    assert panel.position.isVisible()
    assert "smag7-long in AAPL.SMART" in panel.position_text.text()
    panel.show_order(a_decision(2).id)
    assert not panel.position.isVisible()
    assert len(listed(panel)) == 3


def test_an_order_that_is_not_known_is_reported(panel: WhyPanel, desk: Desk) -> None:
    panel.show_order(an_order(99).id)
    assert "is not known" in desk.notices.notices()[-1].lines[0]
    assert panel.list.isVisible()


def test_what_is_shown_is_exported_by_the_files_name(panel: WhyPanel, fakes: Fakes, desk: Desk, tmp_path: Path) -> None:
    choose(panel, "gate", "Denied")
    panel.export(tmp_path / "why.json")
    query, file = fakes.trades.exported[-1]
    assert query.approved is False
    assert file.suffix == ".json"
    assert desk.notices.notices()[-1].title == "Exported 1 decision"
    panel.export(tmp_path / "why.txt")
    assert "neither CSV nor JSON" in desk.notices.notices()[-1].lines[0]


def test_ten_thousand_decisions_come_in_parts(panel: WhyPanel, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.trades.explain_by(*many_decisions(10_000))
    panel.show_all()
    assert 0 < panel.table.model.total < 1_000
    assert panel.progress.text() == "The newest 10,000"
    qtbot.waitUntil(lambda: panel.feed.is_done, timeout=20_000)
    assert panel.table.model.rowCount() == 10_000


@pytest.mark.parametrize("name", ["orders", "fills", "positions"])
def test_w_in_a_row_asks_why(window: MainWindow, fakes: Fakes, name: str, qtbot: QtBot) -> None:
    window.populate_charts()
    fakes.trades.explain_by(a_decision(1))
    fakes.trades.put(an_order(1))
    fakes.trades.executions.append(a_fill(1))
    fakes.trades.filled.emit(a_fill(1))
    fakes.portfolio.position_changed.emit(a_position())
    window.docks.show_panel(name)
    asked = window.docks.panels[name]
    assert isinstance(asked, OrdersPanel | FillsPanel | PositionsPanel)
    qtbot.waitUntil(lambda: asked.table.model.rowCount() == 1)
    asked.table.view.selectRow(0)
    asked.table.view.setFocus()
    QTest.keyClick(asked.table.view, Qt.Key.Key_W)
    why = window.docks.panel("why")
    assert isinstance(why, WhyPanel)
    assert window.docks.docks["why"].isCurrentTab()
    assert why.page.decision is not None
    assert why.page.decision.id == a_decision(1).id


def test_the_palette_asks_why_about_the_selected_row(window: MainWindow, fakes: Fakes, qtbot: QtBot) -> None:
    window.populate_charts()
    fakes.trades.explain_by(a_decision(1))
    fakes.trades.put(an_order(1))
    window.docks.show_panel("orders")
    orders = window.docks.panels["orders"]
    assert isinstance(orders, OrdersPanel)
    qtbot.waitUntil(lambda: orders.model.rowCount() == 1)
    orders.table.view.selectRow(0)
    command = next(one for one in window.commands.palette() if one.text.startswith("Why: selected"))
    command.run()
    why = window.docks.panel("why")
    assert isinstance(why, WhyPanel)
    assert why.page.decision is not None
    assert why.page.decision.id == a_decision(1).id
