"""The risk panel's pages as data: stable keys, titles, and how each is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ares_desktop.views.panels.risk.coverage_page import CoveragePage
from ares_desktop.views.panels.risk.kill_page import KillPage
from ares_desktop.views.panels.risk.limits_page import LimitsPage
from ares_desktop.views.panels.risk.locks_page import LocksPage
from ares_desktop.views.panels.risk.losses_page import LossesPage
from ares_desktop.views.panels.risk.rehearsal_page import RehearsalPage
from ares_desktop.views.panels.risk.stops_page import StopsPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.risk.page import RiskPage


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSpec:
    """One page.

    Attributes:
        key: never changes; actions and tests refer to it.
        create: makes the page when it is first looked at.
    """

    key: str
    title: str
    create: Callable[[Desk], RiskPage]


PAGES: Final = (
    PageSpec(key="limits", title="Limits", create=LimitsPage),
    PageSpec(key="losses", title="Losses", create=LossesPage),
    PageSpec(key="locks", title="Locks", create=LocksPage),
    PageSpec(key="stops", title="Stops", create=StopsPage),
    PageSpec(key="kill", title="Kill switch", create=KillPage),
    PageSpec(key="coverage", title="Coverage", create=CoveragePage),
    PageSpec(key="rehearsal", title="Rehearsal", create=RehearsalPage),
)
