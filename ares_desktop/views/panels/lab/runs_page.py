"""The list of runs: what each found, notes and tags, and everything that can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.runs import Run, RunKind, RunRemoved
from ares_desktop.domain.searches import ParameterSet, SearchSpec
from ares_desktop.views.formats import count, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.runs_columns import EDITABLE, has_result, run_columns, run_shade
from ares_desktop.views.panels.lab.runs_drawer import Drawer, QuestionDrawer
from ares_desktop.views.panels.lab.runs_monte_carlo import MonteCarloDrawer
from ares_desktop.views.panels.lab.runs_report import ReportDrawer
from ares_desktop.views.panels.lab.runs_send import SendDrawer
from ares_desktop.views.widgets.cell_editor import CellEditor
from ares_desktop.views.widgets.controls import IconButton
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_SETUPS: Final = (RunKind.BACKTEST, RunKind.SEARCH, RunKind.FIDELITY)
_REPORTED: Final = (RunKind.BACKTEST, RunKind.FIDELITY, RunKind.SEARCH, RunKind.MONTE_CARLO)


class RunsPage(QWidget):
    """All runs of the profile, newest first.

    Signals:
        chosen: ids of the selected runs.
        opened: id of the run whose result is asked for.
        compared: ids of the runs to compare.
        setup_chosen: a specification to fill the form with.
        rerun_asked: id of a run to repeat as it was set up.
        started: id of a run that was begun here.
    """

    chosen = Signal(list)
    opened = Signal(str)
    compared = Signal(list)
    setup_chosen = Signal(object)
    rerun_asked = Signal(str)
    started = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._pipelines = desk.managers.pipelines
        self.model = RecordTableModel(run_columns(), key=lambda run: run.id, shade=run_shade, parent=self)
        self.model.reset(self._pipelines.runs())
        self.table = RecordTable(
            desk,
            self.model,
            "runs",
            empty=translated("No runs yet. Set one up and press Run backtest."),
            sort=("created", Qt.SortOrder.DescendingOrder),
            units=("{0} run", "{0} runs"),
        )
        self.table.view.setAccessibleName(translated("Runs"))
        self.cells = CellEditor(self.table)
        self.question = QuestionDrawer(desk, translated("Delete"))
        self.report = ReportDrawer(desk)
        self.monte_carlo = MonteCarloDrawer(desk)
        self.send = SendDrawer(desk)
        self._drawers: tuple[Drawer, ...] = (self.question, self.report, self.monte_carlo, self.send)
        self._tools: dict[str, tuple[list[QWidget | QAction], Callable[[list[Run]], bool]]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        for drawer in self._drawers:
            column.addWidget(drawer)
            drawer.closed.connect(self.table.view.setFocus)
        self._add_tools()
        self._connect()

    def _add_tools(self) -> None:
        for key, icon, text, run, fits, shown in (
            ("compare", "standings", "Compare", self.compare, lambda r: len(r) > 1 and all(map(has_result, r)), True),
            ("setup", "copy", "Use this set-up", self.use_setup, lambda r: len(r) == 1 and r[0].kind in _SETUPS, True),
            ("rerun", "refresh", "Run again", self.rerun, lambda r: any(x.kind in _SETUPS for x in r), True),
            ("resume", "play", "Resume", self.resume, lambda r: any(x.resumable for x in r), True),
            ("cancel", "stop", "Cancel", self.cancel, lambda r: any(_is_running(x) for x in r), True),
            ("monte_carlo", "log", "Monte Carlo", self.ask_monte_carlo, _is_one(RunKind.BACKTEST), True),
            ("report", "export", "HTML report", self.ask_report, _is_one(*_REPORTED), True),
            ("send", "strategies", "Send parameters to an instance", self.ask_send, _is_sendable, True),
            ("delete", "trash", "Delete", self.ask_deletion, lambda r: any(x.state.is_final for x in r), True),
            ("notes", "", "Edit notes (F2)", partial(self.edit_cell, "notes"), lambda r: len(r) == 1, False),
            ("tags", "", "Edit tags (Shift+F2)", partial(self.edit_cell, "tags"), lambda r: len(r) == 1, False),
        ):
            self._add_tool(key, icon, translated(text), run, fits, shown=shown)

    def _add_tool(
        self,
        key: str,
        icon: str,
        text: str,
        run: Callable[[], None],
        fits: Callable[[list[Run]], bool],
        *,
        shown: bool,
    ) -> None:
        plain, _, shortcut = text.partition(" (")
        action = QAction(plain, self.table.view)
        action.triggered.connect(lambda: run())  # noqa: PLW0108 - Qt adds whether it is checked
        if shortcut:
            action.setShortcut(QKeySequence(shortcut.rstrip(")")))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.table.add_action(action)
        controls: list[QWidget | QAction] = [action]
        if shown:
            button = IconButton(self._desk.theme, icon, text)
            button.setObjectName(f"runs_{key}")
            button.clicked.connect(lambda: run())  # noqa: PLW0108 - Qt adds whether it is checked
            self.table.add_tool(button)
            controls.append(button)
        self._tools[key] = (controls, fits)

    def _connect(self) -> None:
        self._updates: Coalescer[Run] = Coalescer(
            self._show, key=lambda run: run.id, hz=self._desk.refresh_hz, parent=self
        )
        self._pipelines.run_changed.connect(self._updates.push)
        self._pipelines.ended.connect(lambda ended: self._updates.push(ended.run))
        self._pipelines.removed.connect(self._removed)
        view = self.table.view
        self.monte_carlo.started.connect(self.started)
        self.table.selection_changed.connect(self._selection_changed)
        view.activated_row.connect(self._activated)
        view.doubleClicked.connect(self._double_clicked)
        self._show_tools()

    # what the engine tells

    def _show(self, runs: list[Run]) -> None:
        self.model.upsert(runs)
        self._show_tools()

    def _removed(self, removed: RunRemoved) -> None:
        self._updates.flush()
        self.model.remove([removed.run])
        self._show_tools()

    def second_passed(self) -> None:
        """Renew the durations of what is under way."""
        self.model.upsert([run for run in self.model.records() if not run.state.is_final])

    # selection

    def selected(self) -> list[Run]:
        """Return the selected runs, top to bottom."""
        return self.table.selected()

    def select(self, run: str) -> None:
        """Select a run."""
        self._updates.flush()
        self.table.select_key(run)

    def _selection_changed(self) -> None:
        self._show_tools()
        self.chosen.emit([run.id for run in self.selected()])

    def _show_tools(self) -> None:
        runs = self.selected()
        for controls, fits in self._tools.values():
            for control in controls:
                control.setEnabled(bool(runs) and fits(runs))

    def is_offered(self, key: str) -> bool:
        """Say whether an action makes sense for the selected runs."""
        return self._tools[key][0][0].isEnabled()

    def _activated(self, row: int) -> None:
        if self.table.view.currentIndex().column() not in self._editable_columns():
            self.opened.emit(self.model.record(row).id)

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() in self._editable_columns():
            self.edit_cell(self.model.columns[index.column()].key)

    def _editable_columns(self) -> list[int]:
        return [self.model.column_number(key) for key in EDITABLE]

    # what a person does

    def edit_cell(self, column: str) -> None:
        """Type notes or tags of the selected run in their place."""
        for run in self.selected()[:1]:
            text = run.notes if column == "notes" else ", ".join(run.tags)
            self.cells.edit(run.id, column, text, partial(self._annotate, column))

    def _annotate(self, column: str, run: str, text: str) -> None:
        changes: dict[str, Any] = {"notes": text}
        if column == "tags":
            changes = {"tags": tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))}
        self._desk.runner.run(
            translated("Keep {0} of {1}").format(column, run),
            partial(self._pipelines.annotate, run, **changes),
            arguments=changes,
        )

    def compare(self) -> None:
        """Compare the selected runs."""
        runs = [run.id for run in self.selected() if has_result(run)]
        if len(runs) > 1:
            self.compared.emit(runs)

    def use_setup(self) -> None:
        """Fill the form with the set-up of the selected run."""
        for run in self.selected()[:1]:
            self._desk.runner.read(
                translated("Read the set-up of {0}").format(run.title or run.id),
                partial(self._pipelines.spec, run.id),
                done=self.setup_chosen.emit,
            )

    def rerun(self) -> None:
        """Run the selected ones again as they were set up."""
        for run in self.selected():
            if run.kind in _SETUPS:
                self.rerun_asked.emit(run.id)

    def resume(self) -> None:
        """Go on with the selected runs that have a checkpoint."""
        for run in self.selected():
            if run.resumable:
                self._desk.runner.run(
                    translated("Resume {0}").format(run.title or run.id), partial(self._pipelines.resume, run.id)
                )

    def cancel(self) -> None:
        """End the selected runs that are under way."""
        for run in self.selected():
            if _is_running(run):
                self._desk.runner.reduce(
                    translated("Cancel {0}").format(run.title or run.id), partial(self._pipelines.cancel, run.id)
                )

    # drawers

    def _open(self, drawer: Drawer) -> None:
        for other in self._drawers:
            if other is not drawer:
                other.hide()
        # The table gives room to the drawer; what it is about stays in view.
        QTimer.singleShot(0, self.table.view, self._bring_into_view)

    def _bring_into_view(self) -> None:
        view = self.table.view
        bar = view.horizontalScrollBar()
        sideways = bar.value()
        view.scrollTo(view.currentIndex())
        bar.setValue(sideways)

    def ask_deletion(self) -> None:
        """Ask, below the table, then delete the selected runs that are over."""
        runs = [run for run in self.selected() if run.state.is_final]
        if not runs:
            return
        self._open(self.question)
        what = (runs[0].title or runs[0].id) if len(runs) == 1 else count(len(runs), "{0} run", "{0} runs")
        self.question.ask(
            translated("Delete {0} with everything it found? This can't be undone.").format(what),
            partial(self.delete, [run.id for run in runs]),
        )

    def delete(self, runs: list[str]) -> None:
        """Delete runs with everything they found."""
        self._desk.runner.run(
            translated("Delete runs"), partial(self._pipelines.delete, runs), arguments={"runs": runs}
        )

    def ask_report(self) -> None:
        """Ask where the report of the selected run goes."""
        for run in self.selected()[:1]:
            self._open(self.report)
            self.report.ask(run)

    def ask_monte_carlo(self) -> None:
        """Ask how the selected backtest is resampled."""
        for run in self.selected()[:1]:
            self._open(self.monte_carlo)
            self.monte_carlo.ask(run)

    def ask_send(self) -> None:
        """Ask which instance gets the parameters of the selected run."""
        for run in self.selected()[:1]:
            self._desk.runner.read(
                translated("Read the parameters of {0}").format(run.title or run.id),
                partial(self._read_parameters, run),
                done=partial(self._ask_send, run),
            )

    async def _read_parameters(self, run: Run) -> tuple[ParameterSet | None, str]:
        """Return a backtest's parameters or the best ones of a search, and the strategy file they are for."""
        spec = await self._pipelines.spec(run.id)
        if isinstance(spec, SearchSpec):
            files = {instance.name: instance.file for instance in spec.backtest.strategies}
            best = (await self._pipelines.search_report(run.id)).best
            return (None if best is None else best.parameters), files.get(spec.strategy, "")
        if isinstance(spec, BacktestSpec) and spec.strategies:
            return dict(spec.strategies[0].parameters), spec.strategies[0].file
        return None, ""

    def _ask_send(self, run: Run, found: tuple[ParameterSet | None, str]) -> None:
        parameters, file = found
        if parameters is None:
            self._desk.notices.warn(
                translated("No parameter set kept the constraints"), translated("There is nothing to send.")
            )
        else:
            self.send_parameters(run, parameters, file)

    def send_parameters(self, run: Run, parameters: ParameterSet, file: str) -> None:
        """Show what the parameters would change in an instance of a strategy file."""
        self._open(self.send)
        self.send.ask(run, parameters, file)


def _is_running(run: Run) -> bool:
    return not run.state.is_final and run.kind is not RunKind.LIVE


def _is_one(*kinds: RunKind) -> Callable[[list[Run]], bool]:
    return lambda runs: len(runs) == 1 and runs[0].kind in kinds and has_result(runs[0])


def _is_sendable(runs: list[Run]) -> bool:
    return _is_one(RunKind.BACKTEST, RunKind.SEARCH)(runs)
