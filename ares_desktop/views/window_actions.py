"""What the window's menus, shortcuts and command palette do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from ares_desktop.domain.risk import TradingState
from ares_desktop.views.actions import Action, Group
from ares_desktop.views.command_palette import Command
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.registry import PANELS
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.views.main_window import MainWindow
    from ares_desktop.views.panels.lab.lab_panel import LabPanel


_STRATEGY_KEYS: Final = {
    "enable": "Ctrl+Shift+E",
    "pause": "Ctrl+Shift+P",
    "disable": "Ctrl+Shift+D",
    "edit": "Ctrl+Shift+S",
}


class WindowActions:
    """The window's commands."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._desk = window.desk

    def actions(self) -> tuple[Action, ...]:
        """Return every action of the menus."""
        return (
            *self._trading(),
            *self._strategies(),
            *self._lab(),
            *self._feed(),
            *self._view(),
            *self._panels(),
            *self._application(),
        )

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
        panel = self._window.docks.panels["strategies"]
        if not isinstance(panel, StrategiesPanel):
            return commands
        for row in panel.source.rows():
            commands += [
                Command(
                    text=f"{translated(one.text)}: {row.name}",
                    run=partial(panel.actions_of_rows.run, one.key, [row]),
                    icon="strategies",
                    hint=translated("strategy"),
                )
                for one in panel.actions_of_rows.all
                if one.fits(row)
            ]
        return commands

    def _trading(self) -> tuple[Action, ...]:
        top, safety, trade = self._window.top_bar, Group.SAFETY, Group.TRADE
        docks = self._window.docks
        return (
            Action("ticket", "New order", partial(docks.show_panel, "ticket"), trade, "Ctrl+T", "ticket"),
            Action("cancel_all", "Cancel all orders", self.cancel_all, trade, "Ctrl+Shift+X", "cross"),
            Action("why", "Why: selected order, fill or position", docks.ask_why, trade, "Ctrl+W", "why", "decision"),
            Action("flatten", "Flatten all positions", self.flatten, trade, "Ctrl+Shift+F", "minus", "close"),
            Action(
                "kill",
                "Engage the kill switch",
                top.press_kill,
                safety,
                "Ctrl+Shift+K",
                "critical",
                "halt stop",
                anywhere=True,
            ),
            Action("pause", "Pause or resume trading", top.toggle_pause, safety, "Ctrl+P", "pause"),
            Action("reduce", "Reduce only", self.reduce_only, safety, "Ctrl+Shift+R", "down", "close-only exits"),
        )

    def _strategies(self) -> tuple[Action, ...]:
        panel, group = self._window.docks.panels["strategies"], Group.STRATEGIES
        if not isinstance(panel, StrategiesPanel):
            return ()
        add = Action("strategy_add", "Add an instance", self.add_instance, group, "Ctrl+N", "plus", "strategy new")
        return (
            add,
            *(
                Action(
                    f"strategy_{one.key}",
                    f"{one.text}: selected",
                    partial(panel.act, one.key),
                    group,
                    _STRATEGY_KEYS.get(one.key, ""),
                    one.icon,
                    "strategy instance",
                )
                for one in panel.actions_of_rows.all
            ),
        )

    def _lab(self) -> tuple[Action, ...]:
        group, words = Group.LAB, "lab backtest search optimize"
        return (
            Action(
                "lab", "Go to the lab", partial(self._window.docks.show_panel, "lab"), group, "Ctrl+L", "lab", words
            ),
            Action(
                "backtest", "New backtest", self._in_lab(lambda lab: lab.new_backtest()), group, "Ctrl+B", "plus", words
            ),
            Action(
                "search",
                "Search parameters",
                self._in_lab(lambda lab: lab.new_search()),
                group,
                "Ctrl+Shift+B",
                "search",
                words,
            ),
            Action(
                "lab_run", "Run what is set up", self._in_lab(lambda lab: lab.run()), group, "Ctrl+R", "play", words
            ),
            Action("cancel_run", "Cancel the run", self._in_lab(lambda lab: lab.cancel()), group, "", "stop", words),
            Action(
                "fidelity",
                "Live against backtest",
                self._in_lab(lambda lab: lab.start_fidelity()),
                group,
                "",
                "standings",
                words,
            ),
            Action("lab_window", "Lab in a window of its own, or back", self.float_lab, group, "", "float", words),
        )

    def _feed(self) -> tuple[Action, ...]:
        feed, group = self._window.top_bar.feed, Group.FEED
        return (
            Action("play", "Play or pause the replay", feed.toggle_playing, group, "Ctrl+Space", "play"),
            Action("faster", "Faster", partial(feed.step_speed, 1), group, "Ctrl+.", "up", "replay speed"),
            Action("slower", "Slower", partial(feed.step_speed, -1), group, "Ctrl+,", "down", "replay speed"),
            Action("import", "Import market data", self.choose_import, group, "Ctrl+I", "export", "csv parquet file"),
        )

    def _view(self) -> tuple[Action, ...]:
        window, view = self._window, Group.VIEW
        return (
            Action("palette", "Find a command", self.open_palette, view, "Ctrl+K", "search"),
            Action("theme", "Switch between dark and light", window.theme.toggle, view, "Ctrl+Shift+L", "theme"),
            Action("full_screen", "Full screen", self.toggle_full_screen, view, "F11", "layout"),
            Action("reset_layout", "Reset the layout", window.docks.reset, view, "Ctrl+Shift+0", "undo"),
        )

    def _panels(self) -> tuple[Action, ...]:
        show = self._window.docks.show_panel
        return tuple(
            Action(
                f"panel_{spec.name}",
                spec.title,
                partial(show, spec.name),
                Group.PANELS,
                f"Alt+{spec.key}" if spec.key else "",
                spec.icon,
                "panel show",
            )
            for spec in PANELS
        )

    def _application(self) -> tuple[Action, ...]:
        export = "Export the table in focus as CSV"
        return (
            Action("export", export, self.export_table, Group.APPLICATION, "Ctrl+E", "export"),
            Action("quit", "Quit", self._window.close, Group.APPLICATION, "Ctrl+Q", "power"),
        )

    # commands

    def reduce_only(self) -> None:
        """Allow exits alone."""
        self._desk.runner.reduce(
            translated("Reduce only"),
            lambda: self._desk.managers.state.set_state(
                TradingState.REDUCING, reason=translated("by hand"), source=SOURCE
            ),
        )

    def cancel_all(self) -> None:
        """Cancel every working order."""
        self._desk.runner.reduce(
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
        self._desk.runner.reduce(
            translated("Flatten all positions"),
            lambda: self._desk.managers.trades.flatten(source=SOURCE),
            done=lambda orders: self._desk.notices.inform(
                count(len(orders), "{0} closing order was sent", "{0} closing orders were sent")
            ),
        )

    def add_instance(self) -> None:
        """Show the form for another strategy instance."""
        self._window.docks.show_panel("strategies")
        panel = self._window.docks.panels["strategies"]
        if isinstance(panel, StrategiesPanel):
            panel.editor.prepare_new()

    def _in_lab(self, act: Callable[[LabPanel], object]) -> Callable[[], None]:
        """Return a command of the lab: it comes to the front for it."""

        def run() -> None:
            self._window.docks.show_panel("lab")
            panel = self._window.docks.panels.get("lab")
            # It is made only after the window's first paint.
            if panel is not None:
                act(cast("LabPanel", panel))

        return run

    def float_lab(self) -> None:
        """Give the lab a window of its own, or bring it back."""
        self._window.docks.toggle_floating("lab")

    def choose_import(self) -> None:
        """Let the person choose files of market data."""
        dialog = QFileDialog(self._window, translated("Import market data"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(translated("Market data") + " (*.csv *.csv.gz *.parquet)")
        dialog.filesSelected.connect(self.import_files)
        dialog.open()

    def import_files(self, files: list[str]) -> None:
        """Store files of market data, and say what they held."""
        self._desk.runner.run(
            translated("Import market data"),
            lambda: self._desk.managers.data.import_files([Path(file) for file in files]),
            done=lambda stored: self._desk.notices.inform(
                translated("Imported"), *(f"{one.symbol} {one.kind} {one.spec}: {one.rows:,}" for one in stored)
            ),
            arguments={"files": files},
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
