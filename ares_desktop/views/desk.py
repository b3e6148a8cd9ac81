"""What every panel is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers
    from ares_desktop.views.async_action import ActionRunner
    from ares_desktop.views.layout_store import LayoutStore
    from ares_desktop.views.theme import Theme
    from ares_desktop.views.widgets.notice import NoticeArea

SOURCE = "window"
"""Who did it, in the journal, when a person did it here."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The engine's managers and the window's own services.

    Attributes:
        refresh_hz: how often what floods is repainted at most.
    """

    managers: Managers
    theme: Theme
    notices: NoticeArea
    runner: ActionRunner
    layout: LayoutStore
    refresh_hz: float = 20.0
