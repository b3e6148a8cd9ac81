"""What all pages of the books have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer


class BooksPage(ResultPage):
    """A page that is made when it is first seen, and then follows its manager's signals by itself."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.portfolio = desk.managers.portfolio
        self.ticks = Ticks(desk.managers.data.instrument)

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - pages of the books share no record
        """Nothing is handed over: a page asks its manager when it is made."""
        del result

    def second_passed(self) -> None:
        """Renew what grows old by itself; called once a second while the page is in sight."""

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return ()

    def line(self, *parts: QWidget | str) -> QFrame:
        """Return a row of controls below a table, with texts between them."""
        frame: QFrame
        row: QHBoxLayout
        frame, row = strip("toolbar", margins=(8, 4, 8, 4), spacing=6)
        for part in parts:
            row.addWidget(label(part, part="caption") if isinstance(part, str) else part)
        row.addStretch(1)
        return frame

    def act(
        self,
        title: str,
        start: Callable[[], Coroutine[Any, Any, Any]],
        done: Callable[[Any], object] | None = None,
        **arguments: object,
    ) -> None:
        """Do something in the background; what was typed wrongly is said like any other refusal.

        ``arguments`` are kept with the command.
        """
        told = {name: value for name, value in arguments.items() if value not in {None, ""}}
        self.desk.runner.run(title, start, done=done, arguments=told)
