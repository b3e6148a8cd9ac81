"""The audit shows pages of the journal, an event's fields, and the chain of an order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.audit import AuditRow, CausalChain, ChainLink, ChainStage
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.audit.panel import AuditPanel
from tests.views.fakes import Fakes
from tests.views.records import NOW


def a_row(sequence: int, kind: str = "OrderSubmitted", order: str = "sma-1") -> AuditRow:
    return AuditRow(
        sequence=sequence,
        id=f"#{sequence}",
        at=NOW,
        kind=kind,
        who="",
        subject="sma",
        instrument="AAPL.SMART",
        order=order,
        summary="quantity 10",
        cause="",
        correlation=order,
        payload='{"type": "OrderSubmitted", "quantity": "10"}',
    )


def a_link(key: str, parent: str, stage: ChainStage, depth: int) -> ChainLink:
    return ChainLink(key=key, parent=parent, depth=depth, stage=stage, title=key, detail="", at=NOW, sequence=1)


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, fakes: Fakes) -> AuditPanel:
    fakes.audit.rows = [a_row(number) for number in range(1200, 0, -1)]
    made = AuditPanel(desk)
    qtbot.addWidget(made)
    made.resize(1200, 600)
    made.second_passed()
    return made


def test_further_pages_come_when_the_table_is_scrolled_to_its_end(panel: AuditPanel) -> None:
    assert panel.model.total == 500
    for total in (1000, 1200, 1200):
        panel.more()
        assert panel.model.total == total
    assert [panel.model.record(row).sequence for row in (0, 1199)] == [1200, 1]


def test_the_filters_are_what_is_asked(panel: AuditPanel, fakes: Fakes) -> None:
    panel.filters.kind.setCurrentIndex(2)
    panel.filters.who.setText(" window ")
    panel.filters.order.setText("sma-1")
    panel.filters.changed.emit()
    asked = fakes.audit.asked[-1]
    assert (asked.kinds, asked.who, asked.order) == (("OrderDenied",), "window", "sma-1")
    panel.show_all()
    assert fakes.audit.asked[-1].kinds == ()


def test_new_events_come_by_themselves_while_it_is_live(panel: AuditPanel, fakes: Fakes) -> None:
    fakes.audit.rows.insert(0, a_row(1201))
    panel.live.setChecked(False)
    panel.second_passed()
    assert panel.model.total == 500
    panel.live.setChecked(True)
    panel.second_passed()
    assert panel.model.record(0).sequence == 1201


def test_an_event_shows_its_fields_and_the_chain_of_its_order(panel: AuditPanel, fakes: Fakes) -> None:
    links = (a_link("command", "", ChainStage.COMMAND, 0), a_link("fill", "command", ChainStage.FILL, 1))
    fakes.audit.links = CausalChain(order=ClientOrderId("sma-1"), links=links)
    panel.table.view.selectRow(0)
    assert '"quantity": "10"' in panel.content.toPlainText()
    top = panel.chain.tree.topLevelItem(0)
    assert top is not None
    below = top.child(0)
    assert below is not None
    assert (top.text(0), below.text(0)) == ("command", "fill")
    assert "2 steps" in panel.chain.title.text()


def test_the_journal_is_verified_from_the_panel(panel: AuditPanel) -> None:
    panel.tools.verify.click()
    assert panel.tools.proof.text().startswith("Whole: 1,200 events verified")
    assert panel.tools.progress.isHidden()


def test_a_bundle_is_written_with_a_picture_in_one_click(panel: AuditPanel, fakes: Fakes, desk: Desk) -> None:
    panel.tools.bundle.click()
    ((file, minutes, picture),) = fakes.audit.bundles
    assert (file.suffix, minutes, (picture or b"")[:4]) == (".zip", 30.0, b"\x89PNG")
    assert str(file) in desk.notices.notices()[-1].lines


def test_shown_events_are_exported_as_json(panel: AuditPanel, tmp_path: Path) -> None:
    panel.export_json(tmp_path / "audit.json")
    documents = json.loads((tmp_path / "audit.json").read_text())
    assert (len(documents), documents[0]["payload"]["quantity"]) == (500, "10")
