"""Pages behind tabs that are made and filled when they are first looked at."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget


class ResultPage(QWidget):
    """A page of a result.

    Attributes:
        column: its layout.
    """

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - each kind of result has pages of its own
        """Show another result."""
        raise NotImplementedError


class _Tab:
    """A page that may not have been made yet."""

    def __init__(self, key: str, make: Callable[[], ResultPage]) -> None:
        self.key = key
        self.make = make
        self.page: ResultPage | None = None
        self.stale = True


class ResultPages(QWidget):
    """Tabs over pages; only the page in sight takes time."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._tabs: list[_Tab] = []
        self._result: Any = None
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.bar.setAccessibleName(name)
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)
        self.bar.currentChanged.connect(self._show_tab)

    def add(self, key: str, title: str, make: Callable[[], ResultPage]) -> None:
        """Offer a page."""
        self._tabs.append(_Tab(key, make))
        self.bar.addTab(title)

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all pages."""
        return tuple(tab.key for tab in self._tabs)

    def set_title(self, key: str, title: str) -> None:
        """Write another title on a tab."""
        self.bar.setTabText(self.keys().index(key), title)

    def set_offered(self, key: str, offered: bool) -> None:
        """Offer a page, or take its tab away where it would be empty."""
        self.bar.setTabVisible(self.keys().index(key), offered)

    def open(self, key: str) -> None:
        """Show a page."""
        self.bar.setCurrentIndex(self.keys().index(key))

    @property
    def current(self) -> str:
        """Key of the page in sight."""
        return self._tabs[self.bar.currentIndex()].key

    def page(self, key: str) -> ResultPage:
        """Return a page, which is made and filled now when it was not yet."""
        tab = self._tabs[self.keys().index(key)]
        if tab.page is None:
            tab.page = tab.make()
            self.stack.addWidget(tab.page)
        if tab.stale and self._result is not None:
            tab.stale = False
            tab.page.show_result(self._result)
        return tab.page

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - each kind of result has pages of its own
        """Show another result, in the page in sight now and in the others when they come into sight."""
        self._result = result
        for tab in self._tabs:
            tab.stale = True
        self._show_tab(self.bar.currentIndex())

    def _show_tab(self, number: int) -> None:
        if self._result is not None and number >= 0:
            self.stack.setCurrentWidget(self.page(self._tabs[number].key))
