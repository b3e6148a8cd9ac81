"""The page of limits: bars, editing in place, denials by their reasons, and strategies that wait."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.risk import Denied, DenyReason
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.risk.limits_page import LimitsPage
from tests.views.fakes import Fakes
from tests.views.records import NOW


def a_denial(number: int, reason: DenyReason) -> Denied:
    return Denied(
        client_order_id=ClientOrderId(f"trend-{number:06d}"),
        strategy=StrategyId("trend"),
        instrument=InstrumentId("SPY.SMART"),
        reason=reason,
        detail="too much",
        at=NOW + timedelta(seconds=number),
    )


@pytest.fixture
def page(desk: Desk, fakes: Fakes) -> LimitsPage:
    fakes.limits.set["all"] = ScopeLimits(max_exposure=Decimal(100_000))
    fakes.limits.set["strategy:trend"] = ScopeLimits(max_position=Decimal(100))
    fakes.limits.used["all", "max_exposure"] = 90_000.0
    fakes.limits.used["strategy:trend", "max_position"] = 150.0
    fakes.limits.denied = [a_denial(2, DenyReason.MAX_POSITION), a_denial(1, DenyReason.MAX_EXPOSURE)]
    return LimitsPage(desk)


def cell(page: LimitsPage, key: tuple[str, str], column: str) -> str:
    return page.model.text(page.model.row_of(key), page.model.column_number(column))


def test_a_limit_shows_use_percent_and_a_word_beside_its_bar(page: LimitsPage) -> None:
    near, breached = ("all", "max_exposure"), ("strategy:trend", "max_position")
    assert (cell(page, near, "fraction"), cell(page, near, "state")) == ("90%", "near")
    assert (cell(page, breached, "fraction"), cell(page, breached, "state")) == ("150%", "breached: only exits pass")
    assert page.breaches.text() == "1 limit breached: only exits pass"


def test_a_bound_is_typed_in_its_place_and_a_note_goes_with_it(page: LimitsPage, fakes: Fakes) -> None:
    page.table.select_key(("strategy:trend", "max_position"))
    page.note.setText("agreed with the desk")
    page.edit()
    assert page.cells.text() == "100"
    page.cells.setText("200")
    page.cells.editingFinished.emit()
    assert fakes.limits.set["strategy:trend"].max_position == 200
    assert fakes.limits.changes[0].note == "agreed with the desk"
    assert page.note.text() == ""


def test_one_scope_is_shown_in_full(page: LimitsPage) -> None:
    before = page.model.total
    page.scope.setCurrentIndex(page.scope.findData("strategy:trend"))
    page.read()
    assert page.model.total > before
    assert cell(page, ("strategy:trend", "price_collar"), "state") == "each order"


def test_denials_are_counted_and_shown_by_reason(page: LimitsPage) -> None:
    reasons = page.denials.reasons
    assert page.denials.model.total == 2
    assert reasons.itemText(0) == "Every reason (2)"
    reasons.setCurrentIndex(reasons.findData(DenyReason.MAX_POSITION))
    page.denials.read()
    assert [one.reason for one in page.denials.model.records()] == [DenyReason.MAX_POSITION]


def test_a_strategy_that_waits_is_shown_and_let_go(page: LimitsPage, fakes: Fakes) -> None:
    assert page.waiting_bar.isHidden()
    fakes.limits.waits = [StrategyId("trend")]
    page.read()
    assert not page.waiting_bar.isHidden()
    page.confirm()
    page.read()
    assert page.waiting_bar.isHidden()
