"""Portfolio: what the whole house holds, what that may cost, and how capital is divided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.portfolio.allocation_page import AllocationPage
from ares_desktop.views.panels.portfolio.exposure_page import ExposurePage
from ares_desktop.views.panels.portfolio.page import PortfolioPage
from ares_desktop.views.panels.portfolio.risk_page import RiskPage
from ares_desktop.views.widgets.result_pages import ResultPages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.views.desk import Desk

_EVERY_S: Final = 2
_PAGES: Final[tuple[tuple[str, str, Callable[[Desk], PortfolioPage]], ...]] = (
    ("exposure", "Exposure", ExposurePage),
    ("risk", "Risk", RiskPage),
    ("allocation", "Allocation", AllocationPage),
)


class PortfolioPanel(Panel):
    """Tabs over pages; the one in sight is renewed every two seconds."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._seconds = 0
        self.pages = ResultPages(translated("Pages of the portfolio"))
        for key, title, create in _PAGES:
            self.pages.add(key, translated(title, "portfolio"), partial(create, desk))
        self.pages.show_result(desk)
        self.column.addWidget(self.pages)

    def open_page(self, key: str) -> PortfolioPage:
        """Bring a page to the front and return it."""
        self.pages.open(key)
        return cast("PortfolioPage", self.pages.page(key))

    def second_passed(self) -> None:
        """Renew the page in sight every other second."""
        self._seconds += 1
        page = self.pages.stack.currentWidget()
        if self._seconds % _EVERY_S == 0 and isinstance(page, PortfolioPage):
            page.refresh()
