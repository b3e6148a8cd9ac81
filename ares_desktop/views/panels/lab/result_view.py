"""The result of a run, whatever it is and however far it is: one place that never waits and never lies."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.runs import RunKind, RunState
from ares_desktop.views.formats import translated, word
from ares_desktop.views.panels.lab.compare_data import load_comparison
from ares_desktop.views.panels.lab.compare_view import CompareView
from ares_desktop.views.panels.lab.fidelity_view import FidelityView, load_fidelity
from ares_desktop.views.panels.lab.monte_carlo_view import MonteCarloView, load_monte_carlo
from ares_desktop.views.panels.lab.result_backtest import BacktestView
from ares_desktop.views.panels.lab.result_data import load_backtest
from ares_desktop.views.panels.lab.result_states import ProgressPage
from ares_desktop.views.panels.lab.search_result import SearchView, load_search
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.state_page import StatePage

if TYPE_CHECKING:
    from ares_desktop.domain.runs import Run, RunEnded, RunProgress, RunRemoved
    from ares_desktop.engine.managers.pipelines import PipelineManager
    from ares_desktop.views.desk import Desk


class _Content(Protocol):
    """Shows one kind of result."""

    def show_result(self, result: Any) -> None:  # noqa: ANN401 - what its loader gave
        """Show another result."""


Loader = Callable[["PipelineManager", "Run"], Coroutine[Any, Any, Any]]
_LOADERS: Final[dict[RunKind, Loader]] = {
    RunKind.BACKTEST: load_backtest,
    RunKind.SEARCH: load_search,
    RunKind.MONTE_CARLO: load_monte_carlo,
    RunKind.FIDELITY: load_fidelity,
}
_COMPARE: Final = "compare"


class ResultView(QWidget):
    """Shows one run, or several beside each other.

    Signals:
        run_started: id of a run that was started from here, such as a backtest of a parameter set.

    Attributes:
        state: what stands here while there is no result.
        progress: a run under way.
        stack: one of these two, or the view of a kind of result.
    """

    run_started = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._pipelines = desk.managers.pipelines
        self._shown: tuple[str, ...] = ()
        self._asked = 0
        self._contents: dict[str, QWidget] = {}
        self.state = StatePage(desk)
        self.progress = ProgressPage(desk)
        # What lies between the parts of a page has the color of a panel, not of the window behind it.
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.state)
        self.stack.addWidget(self.progress)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self._pipelines.ended.connect(self._run_ended)
        self._pipelines.removed.connect(self._run_removed)
        self.clear()

    @property
    def shown(self) -> tuple[str, ...]:
        """The runs that are shown, one of them or those that are compared."""
        return self._shown

    # what the panel asks

    def clear(self) -> None:
        """Show nothing."""
        self._begin(())
        self._say(
            "market",
            Tone.FAINT,
            translated("No run is selected"),
            translated("Select a run in the list, or set one up. Select several to compare them."),
        )

    def show_run(self, run_id: str) -> None:
        """Show a run: its result, how far it is, or why there is none."""
        try:
            run = self._pipelines.run(run_id)
        except AresError as error:
            self._begin((run_id,))
            self._say("error", Tone.NEGATIVE, translated("This run can't be shown"), str(error))
            return
        if run.kind is RunKind.LIVE:
            self._begin((run.id,))
            text = translated("Its money is in the P&L panel. Compare it with a backtest of the same time.")
            self._say("info", Tone.ACCENT, run.title or word(run.kind), text)
        elif not run.state.is_final:
            self._show_running(run)
        elif run.state is not RunState.DONE:
            self._begin((run.id,))
            self._show_unfinished(run)
        else:
            self._load(run.kind.value, (run.id,), run.title, partial(_LOADERS[run.kind], self._pipelines, run))

    def show_progress(self, progress: RunProgress) -> None:
        """Take a message of a run under way; one of another run than the shown one is left out."""
        if self._shown == (progress.run,):
            if self.stack.currentWidget() is not self.progress:
                self.show_run(progress.run)
            if self.stack.currentWidget() is self.progress:
                self.progress.show_progress(progress)

    def compare(self, run_ids: Sequence[str]) -> None:
        """Show several finished runs beside each other; a single one is shown by itself."""
        chosen = tuple(dict.fromkeys(run_ids))
        if len(chosen) < 2:  # noqa: PLR2004 - comparing takes two
            self.show_run(chosen[0]) if chosen else self.clear()
            return
        title = translated("{0} runs").format(len(chosen))
        self._load(_COMPARE, chosen, title, partial(load_comparison, self._pipelines, chosen))

    # inside

    def _begin(self, runs: tuple[str, ...]) -> int:
        """Make what is still being loaded out of date."""
        self._asked += 1
        self._shown = runs
        return self._asked

    def _load(self, key: str, runs: tuple[str, ...], title: str, start: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        asked = self._begin(runs)
        self._say("market", Tone.FAINT, title, translated("Loading\N{HORIZONTAL ELLIPSIS}"), busy=True)
        self._desk.runner.read(
            translated("Load the result of a run"),
            lambda: _read(start),
            done=lambda result: self._show(asked, key, result),
            failed=lambda error: self._show_unread(asked, error),
        )

    def _show(self, asked: int, key: str, result: Any) -> None:  # noqa: ANN401 - what the loader of this kind gave
        if asked != self._asked:
            return
        content = self._contents.get(key)
        if content is None:
            content = self._contents[key] = self._make(key)
            self.stack.addWidget(content)
        shower: _Content = content  # type: ignore[assignment]
        shower.show_result(result)
        self.stack.setCurrentWidget(content)

    def _make(self, key: str) -> QWidget:
        if key == RunKind.SEARCH:
            search = SearchView(self._desk)
            search.run_started.connect(self.run_started)
            return search
        kinds: dict[str, Callable[[Desk], QWidget]] = {
            RunKind.BACKTEST: BacktestView,
            RunKind.MONTE_CARLO: MonteCarloView,
            RunKind.FIDELITY: FidelityView,
            _COMPARE: CompareView,
        }
        return kinds[key](self._desk)

    def _show_unread(self, asked: int, error: AresError) -> bool:
        if asked == self._asked:
            self._say("error", Tone.NEGATIVE, translated("The result can't be read"), str(error))
        return True

    def _show_running(self, run: Run) -> None:
        if self._shown == (run.id,) and self.stack.currentWidget() is self.progress and self.progress.run == run.id:
            return
        self._begin((run.id,))
        self.progress.begin(run.id, run.kind)
        self.stack.setCurrentWidget(self.progress)

    def _show_unfinished(self, run: Run) -> None:
        name = run.title or run.id
        go_on = translated("It can go on from its last checkpoint: choose Resume in the list.") if run.resumable else ""
        looks = {
            RunState.FAILED: ("error", Tone.NEGATIVE, translated("{0} failed")),
            RunState.CANCELED: ("cross", Tone.MUTED, translated("{0} was canceled")),
            RunState.INTERRUPTED: ("warning", Tone.WARNING, translated("{0} was interrupted")),
        }
        icon, tone, title = looks.get(run.state, ("error", Tone.NEGATIVE, "{0}"))
        texts = [run.error or translated("It left no result."), go_on]
        self._say(icon, tone, title.format(name), "\n\n".join(text for text in texts if text))

    def _say(self, icon: str, tone: Tone, title: str, text: str = "", *, busy: bool = False) -> None:
        self.stack.setCurrentWidget(self.state)
        self.state.show_state(icon, tone, title, text, busy=busy)

    # what the engine says

    def _run_ended(self, ended: RunEnded) -> None:
        if self._shown == (ended.run.id,):
            self.show_run(ended.run.id)

    def _run_removed(self, removed: RunRemoved) -> None:
        if removed.run in self._shown:
            self._begin(())
            self._say("trash", Tone.MUTED, translated("This run was deleted"))


async def _read(start: Callable[[], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 - what the loader gives
    """Read a result; a file that vanished under the reader is a result that can't be read."""
    try:
        return await start()
    except OSError as error:
        raise StorageError(str(error)) from error
