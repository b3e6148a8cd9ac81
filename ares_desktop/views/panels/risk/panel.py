"""Risk: what keeps money safe, as pages behind tabs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.panels.risk.pages import PAGES
from ares_desktop.views.widgets.result_pages import ResultPages

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer


class RiskPanel(Panel):
    """Tabs over pages, each made when it is first seen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.pages = ResultPages(translated("Pages of risk"))
        for spec in PAGES:
            self.pages.add(spec.key, translated(spec.title, "risk"), partial(spec.create, desk))
        self.pages.show_result(desk)
        self.column.addWidget(self.pages)

    def open_page(self, key: str) -> RiskPage:
        """Bring a page to the front and return it."""
        self.pages.open(key)
        return cast("RiskPage", self.pages.page(key))

    def made(self) -> tuple[RiskPage, ...]:
        """Return the pages that were seen so far."""
        stack = self.pages.stack
        widgets = (stack.widget(number) for number in range(stack.count()))
        return tuple(page for page in widgets if isinstance(page, RiskPage))

    def second_passed(self) -> None:
        """Let the page in sight renew what ages."""
        page = self.pages.stack.currentWidget()
        if isinstance(page, RiskPage):
            page.second_passed()

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return tuple(held for page in self.made() for held in page.coalescers())
