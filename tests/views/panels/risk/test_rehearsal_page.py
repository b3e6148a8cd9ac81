"""The page of restart rehearsals: what a badge says, and what its buttons do."""

from datetime import UTC, datetime

from msgspec.structs import replace

from ares_desktop.domain.rehearsals import Moment, Rehearsal, RehearsedRestart
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.risk.rehearsal_page import RehearsalPage, badge
from ares_desktop.views.tokens import Tone
from tests.views.fakes import Fakes

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def rehearsal(*problems: str, wanted: int = 2) -> Rehearsal:
    restarts = tuple(
        RehearsedRestart(number=number, moment=Moment.TRADING, orders=4, executions=3, problem=problem, seconds=2.5)
        for number, problem in enumerate(problems, start=1)
    )
    return Rehearsal(adapter="paper", version="0.1.0", at=AT, wanted=wanted, restarts=restarts, finished=True)


def test_only_a_whole_rehearsal_without_a_problem_is_shown_as_passed() -> None:
    assert badge(None)[1] is Tone.MUTED
    assert badge(rehearsal("", ""))[0:2] == ("2 of 2 passed", Tone.POSITIVE)
    assert badge(rehearsal("", "execution P-1 is lost"))[0:2] == ("1 of 2 passed", Tone.NEGATIVE)
    assert badge(replace(rehearsal("", ""), problem="cash differs"))[1] is Tone.NEGATIVE
    assert badge(replace(rehearsal(""), canceled=True))[0:2] == ("canceled, 1 of 2 passed", Tone.WARNING)
    assert badge(replace(rehearsal(""), finished=False))[0:2] == ("restart 2 of 2", Tone.ACCENT)


def test_the_page_shows_each_restart_and_what_failed(desk: Desk, fakes: Fakes) -> None:
    fakes.rehearsals.shown = (rehearsal("", "execution P-1 is lost"),)
    page = RehearsalPage(desk)
    assert page.model.rowCount() == 2
    assert "execution P-1 is lost" in page.badges["paper"].about.text()
    fakes.rehearsals.changed.emit(rehearsal("", ""))
    assert page.badges["paper"].pill.text() == "2 of 2 passed"


def test_buttons_begin_and_end_a_rehearsal(desk: Desk, fakes: Fakes) -> None:
    page = RehearsalPage(desk)
    page.restarts.setValue(7)
    fakes.rehearsals.running = True
    page.begin()
    assert fakes.rehearsals.asked == [7]
    assert (page.start.isEnabled(), page.end.isEnabled()) == (False, True)
    fakes.rehearsals.running = False
    page.cancel()
    assert fakes.rehearsals.canceled == 1
    assert (page.start.isEnabled(), page.end.isEnabled()) == (True, False)
