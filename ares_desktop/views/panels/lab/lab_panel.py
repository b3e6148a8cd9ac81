"""The backtest lab: set a run up, watch it, look at what it found, compare."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import AresError, UsageError
from ares_desktop.domain.market import StoredSymbol, from_ns
from ares_desktop.domain.runs import Run, RunKind
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.lab.progress_area import ProgressArea
from ares_desktop.views.panels.lab.result_view import ResultView
from ares_desktop.views.panels.lab.runs_page import RunsPage
from ares_desktop.views.panels.lab.setup_form import SetupForm
from ares_desktop.views.panels.lab.setup_memory import keep_setup, kept_setup, kept_stress
from ares_desktop.views.panels.lab.setup_text import day_text
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import IconButton, label, strip

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer

SETUP: Final = "setup"
RUNS: Final = "runs"
RESULT: Final = "result"
_WIDE: Final = 980
"""From here on the set-up stands beside the rest."""
_TALL: Final = 640
"""From here on, in a wide panel, runs and result stand above each other."""
_SETUP_WIDTH: Final = 400
_LARGE: Final = 32_000_000
"""Files of more bytes are not read just to show their span."""


class LabPanel(Panel):
    """Set-up, runs and result: one at a time in a small panel, side by side in a large one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._pipelines = desk.managers.pipelines
        self._watched = ""
        self._spans: dict[str, tuple[datetime, datetime]] = {}
        self._asked: set[str] = set()
        self.setup = SetupForm(desk)
        self.runs = RunsPage(desk)
        self.result = ResultView(desk)
        self.progress = ProgressArea(desk)
        self._build_toolbar()
        self._build_pages()
        self._connect()
        kept = kept_setup(desk.layout)
        if kept is not None:
            self.setup.show_spec(kept)
            self.setup.costs.stress.setChecked(kept_stress(desk.layout))
        self.read_choices()
        self.show_page(SETUP)

    def _build_toolbar(self) -> None:
        self.toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        self.toolbar.setFixedHeight(32)
        self.pages = ChoiceButtons(
            translated("Page"),
            (
                (SETUP, translated("Set up"), translated("What the next run does")),
                (RUNS, translated("Runs"), translated("Every run so far")),
                (RESULT, translated("Result"), translated("What the chosen run found")),
            ),
            SETUP,
        )
        self.pages.chosen.connect(self.choose_page)
        self.active = label(tone=Tone.ACCENT)
        fidelity = IconButton(
            self.desk.theme,
            "standings",
            translated("Backtest what was traded since the start, and compare"),
            text=translated("Live against backtest"),
        )
        fidelity.clicked.connect(self.start_fidelity)
        tools.addWidget(self.pages)
        tools.addWidget(self.active)
        tools.addStretch(1)
        tools.addWidget(fidelity)

    def _build_pages(self) -> None:
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.right.addWidget(self.runs)
        self.right.addWidget(self.result)
        self.right.setStretchFactor(0, 2)
        self.right.setStretchFactor(1, 3)
        self.right.setSizes([_SETUP_WIDTH, 2 * _SETUP_WIDTH])
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.setup)
        self.split.addWidget(self.right)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([_SETUP_WIDTH, 3 * _SETUP_WIDTH])
        for splitter in (self.split, self.right):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(4)
        self.column.addWidget(self.toolbar)
        self.column.addWidget(self.split, 1)
        self.column.addWidget(self.progress)

    def _connect(self) -> None:
        self.setup.backtest_asked.connect(self.start_backtest)
        self.setup.search_asked.connect(self.start_search)
        self.setup.changed.connect(self._look_at_spans)
        self.runs.chosen.connect(self._runs_chosen)
        self.runs.opened.connect(self.open_result)
        self.runs.compared.connect(self.compare)
        self.runs.setup_chosen.connect(self.use_setup)
        self.runs.rerun_asked.connect(self.rerun)
        self.runs.started.connect(self.watch)
        self.progress.chosen.connect(self.watch)
        self.progress.progressed.connect(self.result.show_progress)
        self.progress.focus_left.connect(self._take_focus)
        self.result.run_started.connect(self.watch)
        self._pipelines.ended.connect(lambda ended: self._show_active(ended.run))
        self._pipelines.run_changed.connect(self._show_active)
        self.desk.managers.data.import_progressed.connect(lambda _: self.read_choices())

    # pages

    def choose_page(self, page: str) -> None:
        """Bring a page to the front; the result is that of the runs selected in the list."""
        selected = [run.id for run in self.runs.selected()]
        if page == RESULT and len(selected) == 1 and selected[0] != self._watched:
            self.open_result(selected[0])
        else:
            self.show_page(page)

    def show_page(self, page: str) -> None:
        """Bring a page to the front; in a large panel it is there already."""
        self.pages.choose(page)
        focused = QApplication.focusWidget()
        held = focused is not None and self.split.isAncestorOf(focused)
        self._lay_out()
        if held and focused is not None and not focused.isVisible():
            self._take_focus()

    def _take_focus(self) -> None:
        """Keep the keyboard in the panel when what had it is gone."""
        if self.pages.isVisible():
            self.pages.focus_chosen()
        else:
            self.runs.table.view.setFocus()

    def _lay_out(self) -> None:
        wide, tall = self.width() >= _WIDE, self.height() >= _TALL
        page = self.pages.current
        both = wide and tall
        under = page if page != SETUP else RUNS
        self.setup.setVisible(wide or page == SETUP)
        self.runs.setVisible(both or (under == RUNS if wide else page == RUNS))
        self.result.setVisible(both or (under == RESULT if wide else page == RESULT))
        self.right.setVisible(wide or page != SETUP)
        self.pages.setVisible(not both)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much at once as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    # data there is

    def read_choices(self) -> None:
        """Ask which data there is; it takes a moment where the store is large."""
        title = translated("Look at the stored data")
        self.desk.runner.read(title, self._pipelines.data_choices, done=self._show_choices)
        self.desk.runner.read(title, self.desk.managers.data.stored, done=self._show_stored)

    def _show_choices(self, names: tuple[str, ...]) -> None:
        self.setup.data.choices.setStringList(["sample", *names])

    def _show_stored(self, stored: tuple[StoredSymbol, ...]) -> None:
        for one in stored:
            first, last = from_ns(one.start_ns), from_ns(one.end_ns)
            known = self._spans.get(one.symbol, (first, last))
            self._spans[one.symbol] = (min(first, known[0]), max(last, known[1]))
        self._show_spans()

    def _look_at_spans(self) -> None:
        """Ask from when to when the chosen data reaches, once for each name."""
        asked = [name for name in self.setup.data.names if name not in self._spans and name not in self._asked]
        asked = [name for name in asked if not _is_large(name)]
        if asked:
            self._asked.update(asked)
            title = translated("Look at the chosen data")
            self.desk.runner.read(title, partial(self._pipelines.data_spans, asked), done=self._spans_read)
        self._show_spans()

    def _spans_read(self, spans: dict[str, tuple[datetime, datetime]]) -> None:
        self._spans.update(spans)
        self._show_spans()

    def _show_spans(self) -> None:
        names = self.setup.data.names
        known = [self._spans[name] for name in names if name in self._spans]
        whole = bool(names) and len(known) == len(names)
        first = min((span[0] for span in known), default=None) if whole else None
        last = max((span[1] for span in known), default=None) if whole else None
        self.setup.period.show_span(first, last)
        self.setup.data.show_spans(
            {
                name: f"{day_text(span[0])[:10]} \N{EN DASH} {day_text(span[1])[:10]}"
                for name, span in self._spans.items()
            }
        )

    # starting

    def new_backtest(self) -> None:
        """Go to the form."""
        self.show_page(SETUP)
        self.setup.strategies.cards[0].file.setFocus()

    def new_search(self) -> None:
        """Go to the form with a search set up."""
        self.show_page(SETUP)
        self.setup.prepare_search()

    def run(self) -> None:
        """Run what is set up: the search where one is, else the backtest."""
        (self.setup.ask_search if self.setup.search.is_on else self.setup.ask_backtest)()
        if self.setup.summary.text():
            self.show_page(SETUP)

    def use_setup(self, spec: Any) -> None:  # noqa: ANN401 - what a signal carries
        """Fill the form with a set-up."""
        if isinstance(spec, BacktestSpec | SearchSpec):
            self.setup.show_spec(spec)
            self.show_page(SETUP)

    def start_backtest(self, spec: BacktestSpec) -> None:
        """Start a backtest and watch it."""
        self._keep_setup()
        self.desk.runner.run(
            translated("Run backtest"),
            partial(self._pipelines.start_backtest, spec, title=spec.title),
            done=self._started,
            failed=self._refused,
            arguments={"title": spec.title},
        )

    def start_search(self, spec: SearchSpec) -> None:
        """Start a search and watch it."""
        self._keep_setup()
        self.desk.runner.run(
            translated("Search"),
            partial(self._pipelines.start_search, spec, title=spec.backtest.title),
            done=self._started,
            failed=self._refused,
            arguments={"title": spec.backtest.title},
        )

    def rerun(self, run: str) -> None:
        """Run the set-up of a run again."""
        self.desk.runner.run(
            translated("Run again"), partial(self._repeat, run), done=self._started, arguments={"run": run}
        )

    async def _repeat(self, run: str) -> Run:
        spec, title = await self._pipelines.spec(run), self._pipelines.run(run).title
        if isinstance(spec, SearchSpec):
            return await self._pipelines.start_search(spec, title=title)
        if isinstance(spec, BacktestSpec):
            return await self._pipelines.start_backtest(spec, title=title)
        return await self._pipelines.start_monte_carlo(spec, title=title)

    def start_fidelity(self) -> None:
        """Backtest what was traded since the start, and compare."""
        self.desk.runner.run(translated("Live against backtest"), self._pipelines.start_fidelity, done=self._started)

    def _started(self, run: Run) -> None:
        self.runs.select(run.id)
        self.watch(run.id)

    def _refused(self, error: AresError) -> bool:
        self.show_page(SETUP)
        return isinstance(error, UsageError) and self.setup.show_refusal(error)

    # watching

    def watch(self, run: str) -> None:
        """Show what a run has found so far, and its result when it is done."""
        self.runs.select(run)
        self.open_result(run)

    def _show_active(self, run: Run) -> None:
        del run
        active = sum(not one.state.is_final and one.kind is not RunKind.LIVE for one in self._pipelines.runs())
        self.active.setText(count(active, "{0} running", "{0} running") if active else "")

    def cancel(self) -> None:
        """End the run that is watched, or every one under way."""
        if self._watched in self.progress.rows:
            self.progress.cancel(self._watched)
        else:
            self.progress.cancel_all()

    # results

    def _runs_chosen(self, runs: list[str]) -> None:
        if len(runs) == 1 and self.result.isVisible() and runs[0] != self._watched:
            self.open_result(runs[0], front=False)

    def open_result(self, run: str, *, front: bool = True) -> None:
        """Show what a run found."""
        self._watched = run
        self.result.show_run(run)
        if front:
            self.show_page(RESULT)

    def compare(self, runs: list[str]) -> None:
        """Show runs beside each other."""
        self._watched = ""
        self.result.compare(tuple(runs))
        self.show_page(RESULT)

    # what all panels have

    def second_passed(self) -> None:
        """Renew durations and ages."""
        self.runs.second_passed()
        self.progress.second_passed()

    def save_layout(self) -> None:
        """Keep columns and the set-up."""
        super().save_layout()
        self._keep_setup()

    def _keep_setup(self) -> None:
        draft = self.setup.draft()
        if draft is not None:
            keep_setup(self.desk.layout, draft, stress=self.setup.costs.stress.isChecked())

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return self.progress.coalescers()


def _is_large(name: str) -> bool:
    try:
        return Path(name).stat().st_size > _LARGE
    except OSError:
        return False
