"""The top bar gives the kill switch its place, whatever else has to go."""

from PySide6.QtWidgets import QWidget

from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.top_bar import TopBar


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
