"""The risk panel: tabs over pages that are made when they are seen."""

from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.risk.pages import PAGES
from ares_desktop.views.panels.risk.panel import RiskPanel


def test_only_the_page_in_sight_is_made(desk: Desk) -> None:
    panel = RiskPanel(desk)

    assert panel.pages.keys() == tuple(spec.key for spec in PAGES)
    assert len(panel.made()) == 1


def test_every_page_can_be_opened(desk: Desk) -> None:
    panel = RiskPanel(desk)

    for spec in PAGES:
        panel.open_page(spec.key)
        assert panel.pages.current == spec.key

    assert len(panel.made()) == len(PAGES)
