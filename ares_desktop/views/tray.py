"""The tray icon: the trading state, the kill switch, the window, and notifications of the desktop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.risk import TradingState
from ares_desktop.views.formats import translated, word
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_ICON_PX: Final = 64
_STATE_TONES: Final = {
    TradingState.ACTIVE: Tone.ACCENT,
    TradingState.REDUCING: Tone.WARNING,
    TradingState.PAUSED: Tone.WARNING,
    TradingState.HALTED: Tone.DANGER,
}
_LOOKS: Final = {
    Severity.INFO: QSystemTrayIcon.MessageIcon.Information,
    Severity.WARNING: QSystemTrayIcon.MessageIcon.Warning,
    Severity.ERROR: QSystemTrayIcon.MessageIcon.Critical,
    Severity.CRITICAL: QSystemTrayIcon.MessageIcon.Critical,
}


class Tray(QObject):
    """An icon with a menu where the desktop has a tray; elsewhere it does nothing and says so.

    Args:
        desk: the engine's managers and the window's services.
        kill: engages the kill switch, or shows its checklist.
        show: brings the window to the front.
        parent: the window.
    """

    def __init__(self, desk: Desk, kill: Callable[[], object], show: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._show = show
        self.icon: QSystemTrayIcon | None = None
        self.menu = QMenu(parent)
        self.state = self.menu.addAction("")
        self.state.setEnabled(False)
        self.menu.addSeparator()
        self.kill = self.menu.addAction(translated("Engage the kill switch"), kill)
        self.window = self.menu.addAction(translated("Show the window"), show)
        desk.managers.state.trading_state_changed.connect(self._renew)
        desk.managers.state.kill_switch_changed.connect(self._renew)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon = QSystemTrayIcon(parent)
            self.icon.setContextMenu(self.menu)
            self.icon.activated.connect(self._activated)
        self._renew()
        if self.icon is not None:
            self.icon.show()

    @property
    def is_there(self) -> bool:
        """Whether the desktop has a tray."""
        return self.icon is not None

    def notify(self, title: str, text: str, severity: Severity) -> bool:
        """Show a notification of the desktop; False where there is no tray to show it."""
        if self.icon is None or not QSystemTrayIcon.supportsMessages():
            return False
        self.icon.showMessage(title, text, _LOOKS[severity])
        return True

    def close(self) -> None:
        """Take the icon away."""
        if self.icon is not None:
            self.icon.hide()

    def _renew(self, *_: object) -> None:
        state = self._desk.managers.state.state()
        text = f"Ares Desktop: {word(state.state.name)}"
        if state.reason and state.state is not TradingState.ACTIVE:
            text = f"{text}, {state.reason}"
        if text == self.state.text():
            return
        self.state.setText(text)
        if self.icon is not None:
            color = self._desk.theme.tokens.color(_STATE_TONES[state.state])
            self.icon.setIcon(icon_pixmap("mark", color, _ICON_PX, 1.0))
            self.icon.setToolTip(text)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._show()
