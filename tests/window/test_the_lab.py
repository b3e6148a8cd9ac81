"""A day in the lab: set up, run, look, search, cancel, compare, and send what was found to an instance."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from ares_desktop.domain.runs import Run, RunKind, RunState
from ares_desktop.views.panels.lab.lab_panel import LabPanel
from tests.window.desktop import Desktop, running

pytestmark = pytest.mark.window

DONE_WITHIN_S = 90.0


@pytest.fixture(scope="module")
def desktop(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """The application on a new profile, its market slow so that the runs have the machine."""
    with running(qapp, tmp_path_factory.mktemp("profile"), feed__speed="40") as started:
        yield started


@pytest.fixture
def lab(desktop: Desktop) -> LabPanel:
    """The lab in a window large enough for all its parts."""
    panel = desktop.panel("lab")
    assert isinstance(panel, LabPanel)
    desktop.wait(lambda: panel.setup.strategies.cards[0].file.count() >= 4)
    return panel


def runs_of(desktop: Desktop, kind: RunKind) -> list[Run]:
    """Return the runs of a kind, oldest first."""
    return sorted((run for run in desktop.managers.pipelines.runs() if run.kind is kind), key=lambda run: run.id)


def set_up(desktop: Desktop, lab: LabPanel, title: str, **parameters: str) -> None:
    """Fill the form as a person does: the trend on one symbol of the bundled market."""
    lab.show_page("setup")
    card = lab.setup.strategies.cards[0]
    desktop.touch(lambda: card.file.setCurrentIndex(card.file.findText("smag7.py")))
    desktop.touch(lambda: card.file.activated.emit(card.file.currentIndex()))
    if lab.setup.data.names != ("sample:AAPL",):
        lab.setup.data.show_names(())
        desktop.type_into(lab.setup.data.line, "sample:AAPL")
        desktop.press(lab.setup.data.line, "Return")
        desktop.wait(lambda: lab.setup.data.names == ("sample:AAPL",))
    desktop.type_into(lab.setup.title, title)
    for name, value in parameters.items():
        field = card.form.editors[name]
        assert isinstance(field, QLineEdit)
        desktop.type_into(field, value)


def run_backtest(desktop: Desktop, lab: LabPanel, title: str, **parameters: str) -> Run:
    """Press the button and wait for the end."""
    set_up(desktop, lab, title, **parameters)
    known = len(runs_of(desktop, RunKind.BACKTEST))
    desktop.click(lab.setup.run)
    desktop.wait(lambda: len(runs_of(desktop, RunKind.BACKTEST)) > known)
    desktop.wait(lambda: runs_of(desktop, RunKind.BACKTEST)[-1].state.is_final, DONE_WITHIN_S)
    return runs_of(desktop, RunKind.BACKTEST)[-1]


def some_backtests(desktop: Desktop, lab: LabPanel, count: int) -> list[Run]:
    """Return backtests that are over, running what is missing: a test may be the first that its worker is given."""
    while len(over := [run for run in runs_of(desktop, RunKind.BACKTEST) if run.state is RunState.DONE]) < count:
        run_backtest(desktop, lab, "Needed", fast="12", slow="40")
    desktop.wait(lambda: all(lab.runs.model.row_of(run.id) >= 0 for run in over))
    return over


def test_a_backtest_is_set_up_run_and_shown(desktop: Desktop, lab: LabPanel) -> None:
    run = run_backtest(desktop, lab, "First", fast="12", slow="40")
    assert (run.state, run.error) == (RunState.DONE, "")
    assert run.figures is not None
    assert run.figures.trades > 0
    desktop.wait(lambda: lab.result.shown == (run.id,))
    lab.show_page("runs")
    model = lab.runs.model
    desktop.wait(lambda: model.row_of(run.id) >= 0 and model.record(model.row_of(run.id)).state is RunState.DONE)
    row = model.row_of(run.id)
    shown = [model.text(row, model.column_number(key)) for key in ("title", "state", "trades")]
    assert shown == ["First", "Done", f"{run.figures.trades:,}"]


def test_the_same_set_up_gives_the_same_result(desktop: Desktop, lab: LabPanel) -> None:
    first = some_backtests(desktop, lab, 1)[0]
    known = len(runs_of(desktop, RunKind.BACKTEST))
    lab.show_page("runs")
    lab.runs.select(first.id)
    desktop.touch(lab.runs.rerun)
    desktop.wait(lambda: len(runs_of(desktop, RunKind.BACKTEST)) > known)
    desktop.wait(lambda: runs_of(desktop, RunKind.BACKTEST)[-1].state.is_final, DONE_WITHIN_S)
    again = runs_of(desktop, RunKind.BACKTEST)[-1]
    assert first.figures is not None
    assert again.figures is not None
    assert again.figures.equity_sha256 == first.figures.equity_sha256


def test_a_search_is_canceled_from_its_row(desktop: Desktop, lab: LabPanel) -> None:
    set_up(desktop, lab, "Searched")
    desktop.touch(lab.setup.ask_search)
    assert lab.setup.search.is_on
    desktop.click(lab.setup.optimize)
    desktop.wait(lambda: bool(runs_of(desktop, RunKind.SEARCH)))
    run = runs_of(desktop, RunKind.SEARCH)[0]
    desktop.wait(lambda: run.id in lab.progress.rows)
    desktop.click(lab.progress.rows[run.id].cancel)
    desktop.wait(lambda: runs_of(desktop, RunKind.SEARCH)[0].state is RunState.CANCELED, DONE_WITHIN_S)
    desktop.wait(lab.progress.isHidden)


def test_two_runs_are_compared(desktop: Desktop, lab: LabPanel) -> None:
    one, two = (run.id for run in some_backtests(desktop, lab, 2)[:2])
    lab.show_page("runs")
    selection = lab.runs.table.view.selectionModel()

    def compared() -> bool:
        if set(lab.result.shown) == {one, two}:
            return True
        # A run that has just ended is selected by itself, which may come after what a person selects.
        selection.clearSelection()
        for run in (one, two):
            index = lab.runs.model.index(lab.runs.model.row_of(run), 0)
            selection.select(index, selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
        lab.runs.compare()
        return False

    desktop.wait(compared)


def test_parameters_are_sent_to_an_instance_after_a_look(desktop: Desktop, lab: LabPanel) -> None:
    run = some_backtests(desktop, lab, 1)[0]
    lab.show_page("runs")
    lab.runs.select(run.id)
    desktop.touch(lab.runs.ask_send)
    desktop.wait(lab.runs.send.isVisible)
    lab.runs.send.instance.setCurrentText("smag7-long")
    assert any(new == "12" for _, _, new, differs in lab.runs.send.difference() if differs)
    desktop.click(lab.runs.send.go)
    strategies = desktop.managers.strategies
    desktop.wait(lambda: strategies.status("smag7-long").instance.parameters.get("fast") == 12)


def test_notes_are_kept_and_a_deleted_run_is_gone(desktop: Desktop, lab: LabPanel) -> None:
    run = some_backtests(desktop, lab, 1)[-1]
    lab.show_page("runs")
    lab.runs.select(run.id)
    lab.runs.table.view.setFocus()
    desktop.touch(lambda: lab.runs.edit_cell("notes"))
    lab.runs.cells.setText("twice the same")
    desktop.press(lab.runs.cells, "Return")
    desktop.wait(lambda: desktop.managers.pipelines.run(run.id).notes == "twice the same")
    desktop.touch(lab.runs.ask_deletion)
    desktop.click(lab.runs.question.go)
    desktop.wait(lambda: all(one.id != run.id for one in desktop.managers.pipelines.runs()))
    desktop.wait(lambda: lab.runs.model.row_of(run.id) < 0)


def test_the_palette_leads_to_the_lab(desktop: Desktop, lab: LabPanel) -> None:
    desktop.window.docks.show_panel("market")
    desktop.press(desktop.window, "Ctrl+K")
    palette = desktop.window.palette_box
    desktop.wait(palette.isVisible)
    desktop.type_into(palette.line, "new backtest")
    desktop.press(palette.line, "Return")
    desktop.wait(lab.setup.isVisible)
    assert lab.setup.strategies.cards[0].file.focusPolicy() != Qt.FocusPolicy.NoFocus
