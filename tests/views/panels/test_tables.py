"""Orders, fills, positions, standings, alerts, log and connections through their panels."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.monitoring import Severity, Standings
from ares_desktop.domain.orders import OrderState, Side
from ares_desktop.domain.positions import Discrepancy, Proof, ProofLine
from ares_desktop.views.desk import Desk
from ares_desktop.views.models.columns import RowShade
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.alerts import AlertsPanel
from ares_desktop.views.panels.connections import ConnectionsPanel
from ares_desktop.views.panels.fills import FillsPanel
from ares_desktop.views.panels.log import LogPanel
from ares_desktop.views.panels.orders import OrdersPanel
from ares_desktop.views.panels.positions import PositionsPanel
from ares_desktop.views.panels.standings import StandingsPanel
from ares_desktop.views.tokens import Tone
from tests.views.fakes import Fakes
from tests.views.records import NOW, PAPER, a_fill, a_log_line, a_position, a_standing, an_alert, an_order


def cell(model: RecordTableModel[Any], row: int, column: str) -> str:
    return model.text(row, model.column_number(column))


def test_the_newest_order_stands_on_top_and_a_denied_one_says_why(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.trades.put(an_order(1))
    panel = OrdersPanel(desk)
    qtbot.addWidget(panel)
    fakes.trades.put(
        an_order(2, state=OrderState.DENIED, side=Side.SELL, reason_code="BUYING_POWER", reason="needs 10, has 4")
    )
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    assert cell(panel.model, 0, "state") == "Denied"
    assert cell(panel.model, 0, "reason") == "BUYING_POWER: needs 10, has 4"
    assert cell(panel.model, 0, "side") == "Sell"
    assert cell(panel.model, 0, "limit") == "187.25"
    assert cell(panel.model, 0, "average") == ""


def test_the_working_filter_follows_orders_as_they_end(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.trades.put(an_order(1), an_order(2), an_order(3, state=OrderState.FILLED))
    panel = OrdersPanel(desk)
    qtbot.addWidget(panel)
    panel.working.setChecked(True)
    assert panel.model.rowCount() == 2
    panel.table.select_key(an_order(1).id)
    panel.table.view.setFocus()
    panel.cancel_selected()
    assert fakes.trades.calls == [("cancel", an_order(1).id, "window")]
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)


def test_cancel_all_says_how_many(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.trades.put(an_order(1), an_order(2))
    panel = OrdersPanel(desk)
    qtbot.addWidget(panel)
    panel.cancel_all()
    assert desk.notices.notices()[0].title == "2 cancels were sent"


def test_fills_arrive_newest_first(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = FillsPanel(desk)
    qtbot.addWidget(panel)
    for number in range(5):
        fakes.trades.filled.emit(a_fill(number))
    fakes.trades.filled.emit(a_fill(4))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 5)
    assert [fill.trade_id for fill in panel.model.records()] == ["T00004", "T00003", "T00002", "T00001", "T00000"]
    assert cell(panel.model, 0, "notional") == "18,725.00"


def test_a_stale_mark_shows_its_age_and_its_result_loses_its_color(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.portfolio.held = [a_position(stale=True, marked_at=NOW - timedelta(seconds=190))]
    panel = PositionsPanel(desk)
    qtbot.addWidget(panel)
    row = panel.by_book.row(0)
    assert cell(panel.by_book, 0, "mark") == "187.25 · 3 min"
    assert row.tones[panel.by_book.column_number("mark")] is Tone.WARNING
    assert row.tones[panel.by_book.column_number("unrealized")] is Tone.FAINT
    panel.second_passed()
    assert cell(panel.by_book, 0, "mark") == "187.25 · 3 min"


def test_a_position_without_a_mark_shows_dashes(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.portfolio.held = [a_position(mark=None, unrealized=None, market_value=None)]
    panel = PositionsPanel(desk)
    qtbot.addWidget(panel)
    assert [cell(panel.by_book, 0, name) for name in ("mark", "unrealized", "value")] == ["\N{EN DASH}"] * 3


def test_positions_can_be_netted_and_flat_ones_shown(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    other = StrategyId("other")
    fakes.portfolio.held = [
        a_position(),
        a_position(strategy=other, quantity=Decimal(-100)),
        a_position(strategy=other, instrument=InstrumentId("SPY.SMART"), quantity=Decimal(0)),
    ]
    panel = PositionsPanel(desk)
    qtbot.addWidget(panel)
    assert panel.table.model.rowCount() == 2
    panel.flat.setChecked(True)
    assert panel.table.model.rowCount() == 3
    panel.net.setChecked(True)
    assert [(one.strategy, one.quantity) for one in panel.table.model.records()] == [("all", 0), ("all", 0)]
    panel.net.setChecked(False)
    assert panel.table.model is panel.by_book


def test_the_proof_line_says_when_the_books_differ_from_the_broker(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = PositionsPanel(desk)
    qtbot.addWidget(panel)
    assert "waiting" in panel.proof.text.text()
    good = ProofLine(account=PAPER, item="cash USD", books=Decimal(10), unassigned=Decimal(0), broker=Decimal(10))
    fakes.portfolio.proof_changed.emit(Proof(lines=(good,), at=NOW))
    assert panel.proof.text.text() == "Books + unassigned = broker, 1 item"
    bad = ProofLine(account=PAPER, item="SPY.SMART", books=Decimal(5), unassigned=Decimal(1), broker=Decimal(5))
    fakes.portfolio.proof_changed.emit(Proof(lines=(good, bad), at=NOW))
    assert panel.proof.text.property("tone") == "negative"
    assert "SPY.SMART" in panel.proof.text.text()
    row = panel.proof.model.row_of((PAPER, "SPY.SMART"))
    assert cell(panel.proof.model, row, "difference") == "1"
    assert panel.proof.model.row(row).shade is RowShade.FAULT


def test_standings_keep_the_rank_and_drop_who_left(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.traders.ranking = Standings(rows=(a_standing(1), a_standing(2)), at=NOW)
    panel = StandingsPanel(desk)
    qtbot.addWidget(panel)
    swapped = (a_standing(1, trader="trader-2"), a_standing(2, trader="new", stale=True, twr_pct=None, error="timeout"))
    fakes.traders.put(Standings(rows=swapped, at=NOW))
    assert [row.trader for row in panel.model.records()] == ["trader-2", "new"]
    assert cell(panel.model, 1, "twr") == "\N{EN DASH}"
    index = panel.model.index(1, panel.model.column_number("condition"))
    assert panel.model.data(index, int(Qt.ItemDataRole.ToolTipRole)) == "timeout"


def test_alerts_are_acknowledged_by_key_and_hidden_on_request(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.alerts.put(an_alert("a"), an_alert("b", Severity.CRITICAL))
    panel = AlertsPanel(desk)
    qtbot.addWidget(panel)
    panel.open.setChecked(True)
    panel.table.select_key("a")
    QTest.keyClick(panel.table.view, Qt.Key.Key_Space)
    assert fakes.alerts.raised["a"].acknowledged
    assert not fakes.alerts.raised["b"].acknowledged
    qtbot.waitUntil(lambda: [alert.key for alert in panel.model.records()] == ["b"])


def test_severities_sort_by_weight(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.alerts.put(*(an_alert(severity.value, severity) for severity in Severity))
    panel = AlertsPanel(desk)
    qtbot.addWidget(panel)
    panel.model.sort(panel.model.column_number("severity"), Qt.SortOrder.DescendingOrder)
    assert [alert.key for alert in panel.model.records()] == ["critical", "error", "warning", "info"]


def test_the_log_shows_lines_from_the_chosen_level(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = LogPanel(desk)
    qtbot.addWidget(panel)
    lines = [a_log_line(level=level) for level in ("debug", "info", "warning", "error", "strange")]
    for line in lines:
        fakes.health.log_written.emit(line)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 5)
    panel.level.setCurrentIndex(panel.level.findData("warning"))
    assert sorted(line.level for line in panel.model.records()) == ["error", "warning"]


def test_connections_reconcile_and_discrepancies_resolve(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = ConnectionsPanel(desk)
    qtbot.addWidget(panel)
    panel.reconcile()
    panel.reconnect()
    assert fakes.connections.calls == [("reconcile", "paper"), ("reconnect", "paper")]
    found = Discrepancy(
        id="1", account=PAPER, kind="position", item="SPY", ours="5", broker="4", detail="1 too many", at=NOW
    )
    fakes.portfolio.discrepancy_changed.emit(found)
    assert panel.differences.row(0).shade is RowShade.FAULT
