"""Losses, locks and stops as a person reads and changes them."""

from datetime import timedelta

from msgspec.structs import replace

from ares_desktop.domain.protections import LossMeasure, Rung
from ares_desktop.engine.managers.protections import LockChange
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.risk.locks_page import LocksPage
from ares_desktop.views.panels.risk.losses_page import LossesPage
from ares_desktop.views.panels.risk.stops_page import StopsPage
from tests.views.fake_protections import NOW, a_cover, a_ladder, a_lock
from tests.views.fakes import Fakes


def test_a_rung_is_told_by_word_and_mark(desk: Desk, fakes: Fakes) -> None:
    fakes.protections.known = [a_ladder(loss=0.12, rung=Rung.REDUCING), a_ladder("strategy:alpha", None, Rung.UNKNOWN)]
    page = LossesPage(desk)
    texts = {page.model.text(row, page.model.column_number("rung")) for row in range(2)}
    assert texts == {"exits only", "loss unknown"}
    missing = page.model.text(
        page.model.row_of(("strategy:alpha", LossMeasure.DRAWDOWN)), page.model.column_number("loss")
    )
    assert missing not in {"0.00%", ""}
    assert page.steps.total == 2


def test_limits_are_set_for_the_selected_scope_in_percent(desk: Desk, fakes: Fakes) -> None:
    page = LossesPage(desk)
    page.table.view.selectRow(page.model.row_of(("all", LossMeasure.DRAWDOWN)))
    assert (page.limit.text(), page.hard.text()) == ("10", "20")
    page.limit.setText("8")
    page.hard.setText("")
    page.set_limits()
    assert fakes.protections.calls[0][1]["changes"] == {"drawdown_limit": 0.08, "drawdown_hard": ""}


def test_losses_are_measured_anew_for_the_selected_scope(desk: Desk, fakes: Fakes) -> None:
    page = LossesPage(desk)
    page.table.view.selectRow(0)
    page.rebase()
    assert fakes.protections.calls[0][0] == "rebase"


def test_a_lock_is_placed_changed_and_lifted_in_place(desk: Desk, fakes: Fakes) -> None:
    fakes.protections.locked = [a_lock()]
    page = LocksPage(desk)
    page.minutes.setText("soon")
    page.place()
    assert [bool(field.property("invalid")) for field in (page.scope, page.minutes)] == [True, True]
    assert not fakes.protections.calls
    page.scope.setText("strategy:beta")
    page.minutes.setText("15")
    assert not page.minutes.property("invalid")
    page.place()
    page.table.view.selectRow(0)
    page.reason.setText("longer")
    page.change()
    page.lift()
    assert len(fakes.protections.calls) == 3
    calls = dict(fakes.protections.calls)
    assert calls["place_lock"]["until"] == NOW + timedelta(minutes=15)
    assert calls["change_lock"]["reason"] == "longer"
    assert calls["lift_lock"]["name"] == a_lock().id


def test_a_lock_that_is_gone_leaves_the_table(desk: Desk, fakes: Fakes) -> None:
    page = LocksPage(desk)
    fakes.protections.lock_changed.emit(LockChange(lock=a_lock()))
    assert page.model.total == 1
    fakes.protections.lock_changed.emit(LockChange(lock=a_lock(), lifted=True))
    assert page.model.total == 0


def test_a_lacking_stop_is_marked_and_a_closed_position_leaves(desk: Desk, fakes: Fakes) -> None:
    page = StopsPage(desk)
    lacking = replace(a_cover(covered=4), naked_since=NOW, action="lacks its stop")
    fakes.protections.stops_changed.emit(lacking)
    assert page.model.text(0, page.model.column_number("naked")) == "6"
    fakes.protections.stops_changed.emit(a_cover(quantity=0, asked=0, covered=0))
    assert page.model.total == 0
