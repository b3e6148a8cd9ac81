"""The main window: top bar, panels, menus, messages, and the layout it keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QToolBar, QWidget

from ares_desktop.domain.risk import KillSwitchReport
from ares_desktop.views.actions import ActionBook
from ares_desktop.views.alert_banner import AlertBanner
from ares_desktop.views.async_action import ActionRunner, Spawn
from ares_desktop.views.command_palette import CommandPalette
from ares_desktop.views.desk import Desk
from ares_desktop.views.docks import Docks
from ares_desktop.views.formats import translated
from ares_desktop.views.hot_key import HotKey
from ares_desktop.views.kill_buttons import KillButtons
from ares_desktop.views.layout_store import LayoutStore
from ares_desktop.views.panels.kill_switch import KillSwitchPanel
from ares_desktop.views.panels.top_bar import TopBar
from ares_desktop.views.status_bar import StatusLine
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import DARK
from ares_desktop.views.tray import Tray
from ares_desktop.views.widgets.notice import NoticeArea
from ares_desktop.views.window_actions import WindowActions

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers

_SAVE_EVERY_MS: Final = 60_000
_DEFAULT_SIZE: Final = QSize(1600, 1000)
_LEAST_SIZE: Final = QSize(1024, 640)
_FRAME: Final = QSize(4, 36)
"""Room for the window manager's title bar."""


class MainWindow(QMainWindow):
    """Shows the managers and passes a person's commands to them."""

    def __init__(
        self,
        managers: Managers,
        *,
        spawn: Spawn,
        profile: Path,
        on_close_requested: Callable[[], None],
        theme: str = DARK.name,
        refresh_hz: float = 20.0,
    ) -> None:
        super().__init__()
        self._on_close_requested = on_close_requested
        self._may_close = False
        self._engaged = 0
        self.layout_store = LayoutStore(profile)
        self.theme = Theme(_application(), self.layout_store.text("window/theme", theme))
        self.notices = NoticeArea(self.theme, self)
        runner = ActionRunner(spawn, self.notices, managers.audit)
        self.desk = Desk(
            managers=managers,
            theme=self.theme,
            notices=self.notices,
            runner=runner,
            layout=self.layout_store,
            refresh_hz=refresh_hz,
        )
        self.setObjectName("main_window")
        self.setWindowTitle(translated("Ares Desktop"))
        self.setWindowIcon(self.theme.icon("mark"))
        # Nothing may open beyond the screen's edge: that is where the kill switch stands.
        room = self.screen().availableSize()
        self.setMinimumSize(_LEAST_SIZE.boundedTo(room))
        self.resize(_DEFAULT_SIZE.boundedTo(room - _FRAME))
        self._build()
        self._restore()
        self._start_timers()
        self.docks.show_panel("strategies")

    def _build(self) -> None:
        self.top_bar = TopBar(self.desk)
        holder = QToolBar(translated("Top bar"))
        holder.setObjectName("top_bar")
        holder.setMovable(False)
        holder.setFloatable(False)
        holder.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        holder.addWidget(self.top_bar)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, holder)
        self._build_banner()
        self.docks = Docks(self, self.desk)
        self.docks.manager.installEventFilter(self)
        self.status_line = StatusLine(self.desk)
        self.setStatusBar(self.status_line)
        self.kill_panel = KillSwitchPanel(self.desk, self)
        self.commands = WindowActions(self)
        self.book = ActionBook(self, self.theme, self.commands.actions())
        self.book.fill(self.menuBar())
        self.menuBar().setNativeMenuBar(False)
        self.palette_box = CommandPalette(self.theme, self.commands.palette, self)
        state = self.desk.managers.state
        self.kill_buttons = KillButtons(self, self.docks.manager, self.top_bar.press_kill)
        self._show_kill_switch()
        state.kill_switch_changed.connect(self._show_kill_switch)
        self.hot_key = HotKey(self)
        self.hot_key.pressed.connect(partial(self.top_bar.press_kill, "hot key"))
        self.tray = Tray(self.desk, partial(self.top_bar.press_kill, "tray"), self.bring_to_front, self)
        self.top_bar.checklist_asked.connect(self._toggle_checklist)
        self._build_notes()

    def _build_banner(self) -> None:
        """Put what is critical above every panel."""
        self.banner = AlertBanner(self.desk)
        self.banner.asked.connect(lambda: self.docks.show_panel("alerts"))
        self.addToolBarBreak(Qt.ToolBarArea.TopToolBarArea)
        holder = QToolBar(translated("Critical alerts"))
        holder.setObjectName("critical_alerts")
        holder.setMovable(False)
        holder.setFloatable(False)
        holder.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        holder.addWidget(self.banner)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, holder)
        holder.setVisible(self.banner.is_needed)
        self.banner.needed.connect(holder.setVisible)

    def _build_notes(self) -> None:
        """Let the desktop's channel of alerts speak through the tray, where there is one."""
        window = self.desk.managers.alerts.window
        window.noted.connect(lambda note: self.tray.notify(note.title, note.text, note.severity))
        window.shown = self.tray.is_there
        self.desk.managers.alerts.restart_channels()

    def _restore(self) -> None:
        geometry = self.layout_store.bytes("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.docks.restore()

    def _start_timers(self) -> None:
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._second_passed)
        self._second.start()
        self._saving = QTimer(self)
        self._saving.setInterval(_SAVE_EVERY_MS)
        self._saving.timeout.connect(self.save_layout)
        self._saving.start()

    def populate_charts(self) -> None:
        """Make the chart panels; the entry calls it after the first paint, because their library loads slowly."""
        self.docks.populate_deferred()

    def _second_passed(self) -> None:
        self.top_bar.tick()
        self.docks.second_passed()

    # kill switch

    def _show_kill_switch(self, report: KillSwitchReport | None = None) -> None:
        engaged = tuple(one for one in self.desk.managers.state.engaged() if not one.drill)
        begins = len(engaged) > self._engaged
        self._engaged = len(engaged)
        if report is None or not report.drill:
            self.kill_panel.show_reports(engaged)
            self.kill_buttons.show_text(self.top_bar.kill.text())
        if begins:
            self.kill_panel.show()
        self._place_checklist()

    def _toggle_checklist(self) -> None:
        """Show the checklist with the keyboard in it; put it away where it has the keyboard already."""
        if self.kill_panel.isVisible() and self.focusWidget() in self.kill_panel.findChildren(QWidget):
            self.kill_panel.hide()
            return
        # Asked for in a panel's own window, the keyboard has to come over for the word.
        self.activateWindow()
        self.kill_panel.show()
        self._place_checklist()
        self.kill_panel.word.setFocus()

    def _place_checklist(self) -> None:
        if self.kill_panel.isVisible():
            # Over the panels and not over the banner: what is critical is read together with it.
            panels = self.docks.manager
            corner = self.top_bar.kill.mapTo(self, self.top_bar.kill.rect().bottomRight())
            self.kill_panel.place(corner.x(), max(corner.y(), panels.mapTo(self, panels.rect().topLeft()).y()))

    def bring_to_front(self) -> None:
        """Show the window over all others, also a minimized one."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # layout and closing

    def save_layout(self) -> None:
        """Keep window, panels and columns in the profile; called on close and every minute."""
        self.layout_store.put("window/geometry", self.saveGeometry())
        self.layout_store.put("window/theme", self.theme.tokens.name)
        self.docks.save()
        if not self.layout_store.sync():
            self.notices.warn(
                translated("The layout could not be saved"),
                translated("Check the profile folder and the free disk space."),
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the checklist follow when the banner takes room from the panels, or gives it back."""
        if event.type() is QEvent.Type.Resize:
            self._place_checklist()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what floats over the panels in its place."""
        super().resizeEvent(event)
        self._place_checklist()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout and ask the application to stop; the window goes when the engine has stopped."""
        self.save_layout()
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.status_line.show_stopping()
        self._on_close_requested()

    def close_now(self) -> None:
        """Close without asking; the entry calls it once the engine has stopped."""
        self._may_close = True
        self.hot_key.close()
        self.tray.close()
        self._second.stop()
        self._saving.stop()
        self.close()


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        msg = "the window needs a QApplication, make one first"
        raise TypeError(msg)
    return app
