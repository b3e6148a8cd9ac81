"""What all pages of the risk panel have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer


class RiskPage(ResultPage):
    """A page of the risk panel: made when it is first seen, it then follows its manager's signals by itself."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.ticks = Ticks(desk.managers.data.instrument)

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - pages of the risk panel share no record
        """Nothing is handed over: a page asks its manager when it is made."""
        del result

    def second_passed(self) -> None:
        """Renew what grows old by itself; called once a second while the page is in sight."""

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return ()
