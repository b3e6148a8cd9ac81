"""The top bar gives the kill switch its place, whatever else has to go."""

from PySide6.QtWidgets import QWidget

from ares_desktop.domain.risk import ALL_SCOPE, TradingState, TradingStateChanged
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.top_bar import TopBar
from tests.views.fakes import Fakes
from tests.views.records import NOW


def test_what_makes_room_does_not_flicker_and_leaves_no_gap_for_lesser_figures(desk: Desk) -> None:
    place = QWidget()
    bar = TopBar(desk)
    bar.setParent(place)
    place.show()

    def seen_at(width: int) -> tuple[bool, bool]:
        bar.resize(width, bar.height())
        return bar.feed.isVisible(), bar.market_clock.isVisible()

    assert seen_at(3000) == (True, True)
    whole = bar.sizeHint().width()
    least = next(width for width in range(whole, 0, -4) if not seen_at(width)[0])
    assert seen_at(least + 8) == (False, True)
    assert seen_at(least + 8 + 100)[0]
    seen_at(700)
    row = bar.layout()
    assert row is not None
    row.activate()
    assert bar.kill.geometry().right() <= bar.width()


def test_a_long_reason_ends_with_a_whole_word_and_a_mark(desk: Desk, fakes: Fakes) -> None:
    reason = "the application (process 31831) did not answer for 10.0 s"
    fakes.state.current = TradingStateChanged(
        scope=ALL_SCOPE, state=TradingState.HALTED, reason=reason, source="sentinel", since=NOW
    )
    bar = TopBar(desk)
    assert bar.state.text() == "Halted: the application (process\N{HORIZONTAL ELLIPSIS}"
