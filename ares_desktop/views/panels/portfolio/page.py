"""What the pages of the portfolio panel have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from datetime import datetime

    from PySide6.QtWidgets import QLabel

    from ares_desktop.views.desk import Desk

_MOST_REASONS = 4


class PortfolioPage(ResultPage):
    """A page that asks for its figures when it comes into sight, and again while it is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - pages of this panel share no record
        """Ask for the figures of this moment."""
        del result
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of this moment."""
        raise NotImplementedError


def caption() -> QLabel:
    """Return an empty line below a table or a chart."""
    made = label(part="caption")
    made.setWordWrap(True)
    made.setContentsMargins(10, 3, 10, 5)
    return made


def age_text(at: datetime | None, now: datetime) -> str:
    """Say of which time rates are, and how old that is."""
    if at is None:
        return ""
    seconds = (now - at).total_seconds()
    return translated("rates of {0}, {1} old").format(formats.moment(at), formats.age(max(0.0, seconds)))


def reasons_text(reasons: tuple[str, ...]) -> str:
    """Return the first reasons in a line, and how many more there are."""
    shown = list(reasons[:_MOST_REASONS])
    if len(reasons) > _MOST_REASONS:
        shown.append(translated("and {0} more").format(len(reasons) - _MOST_REASONS))
    return "; ".join(shown)
