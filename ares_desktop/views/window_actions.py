"""What the window's menus, shortcuts and command palette do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QApplication

from ares_desktop.domain.risk import TradingState
from ares_desktop.views.actions import Action, Group
from ares_desktop.views.command_palette import Command
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.registry import PANELS
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.main_window import MainWindow


_DIGITS: Final = 10
"""Keys with a digit; further panels are found by the palette."""


class WindowActions:
    """The window's commands."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._desk = window.desk

    def actions(self) -> tuple[Action, ...]:
        """Return every action of the menus."""
        return (*self._trading(), *self._feed(), *self._view(), *self._panels(), *self._application())

    def palette(self) -> list[Command]:
        """Return what the command palette offers: all actions, and commands for each strategy instance."""
        book = self._window.book
        commands = [
            Command(
                text=one.text,
                run=one.run,
                hint=book.action(one.key).shortcut().toString(),
                icon=one.icon,
                words=one.words,
            )
            for one in book.actions
            if book.action(one.key).isEnabled()
        ]
        strategies = self._desk.managers.strategies
        for status in strategies.statuses():
            name = status.instance.name
            for verb, method in (
                ("Enable", strategies.enable),
                ("Disable", strategies.disable),
                ("Pause", strategies.pause),
            ):
                text = f"{translated(verb)} {name}"
                run = partial(self._desk.runner.run, text, partial(method, name, source=SOURCE))
                commands.append(Command(text=text, run=run, icon="strategies", hint=translated("strategy")))
        return commands

    def _trading(self) -> tuple[Action, ...]:
        top, safety, trade = self._window.top_bar, Group.SAFETY, Group.TRADE
        return (
            Action(
                key="kill",
                text="Engage the kill switch",
                run=top.press_kill,
                group=safety,
                keys="Ctrl+Shift+K",
                icon="critical",
                words="halt stop panic",
            ),
            Action(
                key="pause",
                text="Pause or resume trading",
                run=top.toggle_pause,
                group=safety,
                keys="Ctrl+P",
                icon="pause",
            ),
            Action(
                key="reduce",
                text="Reduce only",
                run=self.reduce_only,
                group=safety,
                keys="Ctrl+Shift+R",
                icon="down",
                words="close-only",
            ),
            Action(
                key="cancel_all",
                text="Cancel all orders",
                run=self.cancel_all,
                group=trade,
                keys="Ctrl+Shift+X",
                icon="cross",
            ),
            Action(
                key="flatten",
                text="Flatten all positions",
                run=self.flatten,
                group=trade,
                keys="Ctrl+Shift+F",
                icon="minus",
                words="close",
            ),
        )

    def _feed(self) -> tuple[Action, ...]:
        feed = self._window.top_bar.feed
        return (
            Action(
                key="play",
                text="Play or pause the replay",
                run=feed.toggle_playing,
                group=Group.FEED,
                keys="Ctrl+Space",
                icon="play",
            ),
        )

    def _view(self) -> tuple[Action, ...]:
        view = Group.VIEW
        return (
            Action(
                key="palette", text="Find a command", run=self.open_palette, group=view, keys="Ctrl+K", icon="search"
            ),
            Action(
                key="theme",
                text="Switch between dark and light",
                run=self._window.theme.toggle,
                group=view,
                keys="Ctrl+Shift+L",
                icon="theme",
                words="theme",
            ),
            Action(
                key="full_screen",
                text="Full screen",
                run=self.toggle_full_screen,
                group=view,
                keys="F11",
                icon="layout",
            ),
            Action(key="reset_layout", text="Reset the layout", run=self._window.docks.reset, group=view, icon="undo"),
        )

    def _panels(self) -> tuple[Action, ...]:
        return tuple(
            Action(
                key=f"panel_{spec.name}",
                text=spec.title,
                run=partial(self._window.docks.show_panel, spec.name),
                group=Group.PANELS,
                keys=f"Alt+{number % 10}" if number <= _DIGITS else "",
                icon=spec.icon,
                words="panel show",
            )
            for number, spec in enumerate(PANELS, 1)
        )

    def _application(self) -> tuple[Action, ...]:
        return (
            Action(
                key="export",
                text="Export the table in focus as CSV",
                run=self.export_table,
                group=Group.APPLICATION,
                keys="Ctrl+E",
                icon="export",
            ),
            Action(
                key="quit", text="Quit", run=self._window.close, group=Group.APPLICATION, keys="Ctrl+Q", icon="power"
            ),
        )

    # commands

    def reduce_only(self) -> None:
        """Allow exits alone."""
        self._desk.runner.run(
            translated("Reduce only"),
            lambda: self._desk.managers.state.set_state(
                TradingState.REDUCING, reason=translated("by hand"), source=SOURCE
            ),
        )

    def cancel_all(self) -> None:
        """Cancel every working order."""
        self._desk.runner.run(
            translated("Cancel all orders"),
            lambda: self._desk.managers.trades.cancel_all(source=SOURCE),
            done=lambda sent: self._desk.notices.inform(count(sent, "{0} cancel was sent", "{0} cancels were sent")),
        )

    def flatten(self) -> None:
        """Close every position, after a question."""
        self._desk.notices.ask(
            translated("Flatten all positions?"),
            translated("Every position of every book is closed at the market. Strategies keep running."),
            translated("Flatten"),
            self._flatten,
        )

    def _flatten(self) -> None:
        self._desk.runner.run(
            translated("Flatten all positions"),
            lambda: self._desk.managers.trades.flatten(source=SOURCE),
            done=lambda orders: self._desk.notices.inform(
                count(len(orders), "{0} closing order was sent", "{0} closing orders were sent")
            ),
        )

    def open_palette(self) -> None:
        """Show the command palette."""
        self._window.palette_box.open_over(self._window)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or leave it."""
        window = self._window
        (window.showNormal if window.isFullScreen() else window.showFullScreen)()

    def export_table(self) -> None:
        """Export the table that has the focus."""
        widget = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, RecordTable):
            widget = widget.parentWidget()
        if isinstance(widget, RecordTable):
            widget.choose_export()
