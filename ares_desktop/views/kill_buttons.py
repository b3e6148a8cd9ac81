"""A kill button in the title bar of every panel that stands in a window of its own."""

from __future__ import annotations

from collections.abc import Callable

import PySide6QtAds as QtAds
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import push_button


class KillButtons(QObject):
    """Puts a button into each title bar; it is seen while the panel is not in the main window, which has its own.

    Args:
        window: the main window.
        manager: of the docks.
        press: engages the kill switch, or shows its checklist.
    """

    def __init__(self, window: QWidget, manager: QtAds.CDockManager, press: Callable[[], object]) -> None:
        super().__init__(window)
        self._window = window
        self._press = press
        self._text = translated("KILL SWITCH")
        self._manager = manager
        manager.dockAreaCreated.connect(self._add)
        for dock in manager.dockWidgetsMap().values():
            if dock.dockAreaWidget() is not None:
                self._add(dock.dockAreaWidget())

    def _add(self, area: QtAds.CDockAreaWidget) -> None:
        bar = area.titleBar()
        if bar.findChild(QPushButton, "kill_switch_floating") is not None:
            return
        button = push_button(self._text, lambda: self._press(), role="danger")  # noqa: PLW0108 - a click brings an argument along
        button.setObjectName("kill_switch_floating")
        button.setToolTip(translated("Stop all trading at once: cancel, flatten, stop strategies (Ctrl+Shift+K)"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bar.insertWidget(bar.indexOf(bar.button(QtAds.TitleBarButtonTabsMenu)), button)
        area.installEventFilter(self)
        self._renew(area)

    def show_text(self, text: str) -> None:
        """Say what the main window's button says: a halted system looks halted in every window."""
        self._text = text
        for dock in self._manager.dockWidgetsMap().values():
            area = dock.dockAreaWidget()
            button = None if area is None else area.titleBar().findChild(QPushButton, "kill_switch_floating")
            if button is not None:
                button.setText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again where a panel stands when it was moved or shown."""
        if event.type() in {QEvent.Type.ParentChange, QEvent.Type.Show} and isinstance(watched, QtAds.CDockAreaWidget):
            self._renew(watched)
        return False

    def _renew(self, area: QtAds.CDockAreaWidget) -> None:
        button = area.titleBar().findChild(QPushButton, "kill_switch_floating")
        if button is not None:
            button.setVisible(area.window() is not self._window)
