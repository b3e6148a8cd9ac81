"""Books: the proof, who holds what, moves, cash flows and differences to the brokers, as pages behind tabs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.books.differences_page import DifferencesPage
from ares_desktop.views.panels.books.flows_page import FlowsPage
from ares_desktop.views.panels.books.holdings_page import HoldingsPage
from ares_desktop.views.panels.books.moves_page import MovesPage
from ares_desktop.views.panels.books.page import BooksPage
from ares_desktop.views.panels.books.proof_page import ProofPage
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.widgets.result_pages import ResultPages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer

PAGES: Final[tuple[tuple[str, str, Callable[[Desk], BooksPage]], ...]] = (
    ("proof", "Proof", ProofPage),
    ("holdings", "Holdings", HoldingsPage),
    ("moves", "Moves", MovesPage),
    ("flows", "Cash flows", FlowsPage),
    ("differences", "Differences", DifferencesPage),
)


class BooksPanel(Panel):
    """Tabs over pages, each made when it is first seen; the tab of the differences counts the open ones."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.pages = ResultPages(translated("Pages of the books"))
        for key, title, create in PAGES:
            self.pages.add(key, translated(title, "books"), partial(create, desk))
        self.pages.show_result(desk)
        self.column.addWidget(self.pages)
        desk.managers.portfolio.discrepancy_changed.connect(lambda _: self._count())
        self._count()

    def open_page(self, key: str) -> BooksPage:
        """Bring a page to the front and return it."""
        self.pages.open(key)
        return cast("BooksPage", self.pages.page(key))

    def made(self) -> tuple[BooksPage, ...]:
        """Return the pages that were seen so far."""
        stack = self.pages.stack
        widgets = (stack.widget(number) for number in range(stack.count()))
        return tuple(page for page in widgets if isinstance(page, BooksPage))

    def second_passed(self) -> None:
        """Let the page in sight renew what ages."""
        page = self.pages.stack.currentWidget()
        if isinstance(page, BooksPage):
            page.second_passed()

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return tuple(held for page in self.made() for held in page.coalescers())

    def _count(self) -> None:
        number = len(self.desk.managers.portfolio.discrepancies())
        title = translated("Differences", "books")
        self.pages.set_title("differences", f"{title} ({number})" if number else title)
