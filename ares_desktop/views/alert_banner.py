"""A line above every panel while a critical alert waits for somebody to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from ares_desktop.domain.monitoring import Severity
from ares_desktop.views.formats import count, translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.panels.alerts import acknowledge
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class AlertBanner(QFrame):
    """Shows the newest critical alert that nobody acknowledged, and how many more there are.

    Signals:
        asked: a person wants to see all alerts.
        needed: whether there is something to show.

    Attributes:
        is_needed: as the signal said last.
    """

    asked = Signal()
    needed = Signal(bool)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._keys: list[str] = []
        self.is_needed = False
        self.setProperty("surface", "notice")
        self.setProperty("severity", Severity.CRITICAL.value)
        self._icon = QLabel()
        self.title = label(part="strong")
        self.detail = label()
        self.detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.seen = push_button(
            translated("Acknowledge"), self.acknowledge, tooltip=translated("Say that you have seen it; it is kept")
        )
        self.show_all = push_button(translated("Show alerts"), self.asked.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 10, 4)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.title)
        row.addWidget(self.detail, 1)
        row.addWidget(self.show_all)
        row.addWidget(self.seen)
        desk.managers.alerts.alert_raised.connect(self.renew)
        desk.theme.changed.connect(self.renew)
        self.renew()

    def renew(self, *_: object) -> None:
        """Show what waits, or nothing."""
        waiting = self._desk.managers.alerts.unseen(Severity.CRITICAL)
        self._keys = [alert.key for alert in waiting]
        self.is_needed = bool(waiting)
        self.needed.emit(self.is_needed)
        if not waiting:
            return
        newest = waiting[-1]
        more = count(len(waiting) - 1, "{0} more", "{0} more") if len(waiting) > 1 else ""
        self.title.setText(translated("CRITICAL: {0}").format(newest.title))
        told = " \N{EM DASH} ".join(part for part in (newest.detail, newest.remedy, more) if part)
        self.detail.setText(" ".join(told.split()))
        self.detail.setToolTip(told)
        color = self._desk.theme.tokens.color(Tone.DANGER)
        self._icon.setPixmap(icon_pixmap("critical", color, 18, self.devicePixelRatioF()))

    def acknowledge(self) -> None:
        """Acknowledge every alert that is waiting here."""
        acknowledge(self._desk, self._keys)
