"""The books in the window: the proof with the event that broke it, and everything that can be done about books."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.book_records import FlowRecord, MoveRecord
from ares_desktop.domain.books import FLAT
from ares_desktop.domain.events import CashFlowRecorded, PositionMoved
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId, StrategyId
from ares_desktop.domain.positions import Discrepancy, Proof, ProofLine, Remedy
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.books.panel import PAGES, BooksPanel
from ares_desktop.views.panels.books.proof_page import verdict
from ares_desktop.views.tokens import Tone
from tests.views.fakes import Fakes
from tests.views.records import NOW, PAPER, a_position

SPY = InstrumentId("SPY.SMART")
MANUAL = StrategyId("manual")


class Asked:
    """Keeps what the panel asked the portfolio for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def of(self, name: str, answer: object = None) -> Any:
        async def call(*words: Any, **named: Any) -> object:
            self.calls.append((name, words, named))
            return answer

        return call


def a_move(name: str = "M7", **fields: Any) -> PositionMoved:
    defaults: dict[str, Any] = {"quantity": Decimal(3), "cost": Decimal(300), "currency": "USD", "kind": "assign"}
    return PositionMoved(
        account=PAPER, instrument=SPY, giver=UNASSIGNED, taker=MANUAL, multiplier=Decimal(1), move=name,
        source="window", at=NOW, **{**defaults, **fields},
    )  # fmt: skip


def a_record(move: PositionMoved, **fields: Any) -> MoveRecord:
    return MoveRecord(
        sequence=9, move=move, giver_before=FLAT, taker_before=FLAT, giver_after=FLAT, taker_after=FLAT, **fields
    )


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> BooksPanel:
    made = BooksPanel(desk)
    qtbot.addWidget(made)
    return made


def test_every_page_opens(panel: BooksPanel) -> None:
    for key, _, create in PAGES:
        assert type(panel.open_page(key)) is create
        panel.second_passed()


def test_the_proof_says_when_it_held_and_which_event_broke_it() -> None:
    line = ProofLine(account=PAPER, item="SPY.SMART", books=Decimal(5), unassigned=Decimal(1), broker=Decimal(6))
    whole = Proof(lines=(line,), at=NOW, held_at=NOW, held_sequence=1204)
    assert verdict(whole)[0] is Tone.POSITIVE
    assert "1,204" in verdict(whole)[3]
    wrong = ProofLine(account=PAPER, item="SPY.SMART", books=Decimal(5), unassigned=Decimal(1), broker=Decimal(5))
    broken = Proof(lines=(wrong,), at=NOW, held_at=NOW, held_sequence=1204, broken_by=1205, broken_at=NOW)
    assert verdict(broken)[:3] == (Tone.NEGATIVE, "error", "Broken by event 1,205: SPY.SMART")
    assert "book trend" in verdict(Proof(lines=(line,), at=NOW, broken_by=7, fault="book trend: off by 1"))[2]


def test_a_part_of_an_unassigned_holding_is_assigned(panel: BooksPanel, fakes: Fakes) -> None:
    asked = Asked()
    fakes.portfolio.held = [a_position(strategy=UNASSIGNED, instrument=SPY), a_position(strategy=MANUAL)]
    fakes.portfolio.move = asked.of("move", a_move())  # type: ignore[attr-defined]
    page: Any = panel.open_page("holdings")
    page.unassigned.setChecked(True)
    assert page.model.rowCount() == 1
    assert not page.give.isEnabled()
    page.table.view.selectRow(0)
    page.amount.setText("3")
    page.taker.choose(MANUAL)
    page.give.click()
    ((name, words, named),) = asked.calls
    assert (name, words) == ("move", (SPY, Decimal(3)))
    assert (named["giver"], named["taker"], named["source"]) == (UNASSIGNED, MANUAL, "window")


def test_a_quantity_that_is_no_number_is_said_and_nothing_is_moved(panel: BooksPanel, desk: Desk, fakes: Fakes) -> None:
    asked = Asked()
    fakes.portfolio.held = [a_position(instrument=SPY)]
    fakes.portfolio.move = asked.of("move")  # type: ignore[attr-defined]
    page: Any = panel.open_page("holdings")
    page.table.view.selectRow(0)
    page.amount.setText("some")
    page.give.click()
    assert asked.calls == []
    assert "must be a number" in desk.notices.notices()[-1].lines[0]


def test_a_move_is_undone_and_says_when_it_can_not_be(panel: BooksPanel, fakes: Fakes) -> None:
    asked = Asked()
    fakes.portfolio.moved = [a_record(a_move("M7")), a_record(a_move("M8"), why_not="manual traded SPY.SMART since")]
    fakes.portfolio.undo_move = asked.of("undo", a_move("M9", kind="undo"))  # type: ignore[attr-defined]
    page: Any = panel.open_page("moves")
    states = [page.model.text(row, page.model.column_number("state")) for row in range(2)]
    assert sorted(states) == ["can be undone", "traded on"]
    page.table.select_key("M7")
    page.undo.click()
    assert asked.calls == [("undo", ("M7",), {"source": "window"})]


@pytest.mark.parametrize("kind", ["deposit", "withdraw", "transfer", "sweep"])
def test_money_is_moved_as_chosen(panel: BooksPanel, fakes: Fakes, kind: str) -> None:
    asked = Asked()
    setattr(fakes.portfolio, kind, asked.of(kind))
    page: Any = panel.open_page("flows")
    page.kind.setCurrentIndex(page.kind.findData(kind))
    page.amount.setText("1,250.50")
    page.go.click()
    ((name, words, named),) = asked.calls
    assert (name, words[-1], named["source"]) == (kind, Decimal("1250.50"), "window")
    flow = CashFlowRecorded(account=PAPER, strategy=MANUAL, currency="USD", amount=Decimal(5), kind="deposit", at=NOW)
    fakes.portfolio.flow_recorded.emit(FlowRecord(sequence=3, flow=flow))
    assert page.model.rowCount() == 1


def test_a_difference_offers_its_remedies_alone(panel: BooksPanel, fakes: Fakes) -> None:
    asked = Asked()
    found = Discrepancy(
        id="PAPER:cash:USD", account=PAPER, kind="cash", item="USD", ours="100", broker="350", detail="differs by 250",
        at=NOW, since=NOW - timedelta(minutes=2), seen=3, remedies=(Remedy.DEPOSIT, Remedy.ASK_AGAIN),
    )  # fmt: skip
    fakes.portfolio.resolve = asked.of("resolve", answer=True)  # type: ignore[attr-defined]
    page: Any = panel.open_page("differences")
    fakes.portfolio.found = [found]
    fakes.portfolio.discrepancy_changed.emit(found)
    assert panel.pages.bar.tabText(panel.pages.keys().index("differences")) == "Differences (1)"
    page.table.view.selectRow(0)
    shown = [remedy for remedy, button in page.remedies.items() if not button.isHidden()]
    assert shown == [Remedy.ASK_AGAIN, Remedy.DEPOSIT]
    page.remedies[Remedy.DEPOSIT].click()
    assert asked.calls == [("resolve", ("PAPER:cash:USD", Remedy.DEPOSIT), {"source": "window"})]
