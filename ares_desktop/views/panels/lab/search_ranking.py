"""The parameter sets of a search, ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction

from ares_desktop.domain.searches import TrialResult
from ares_desktop.views import formats
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import Align, Column, RowShade, sign_tone
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_figures import BY_KEY, figure_text, figure_title
from ares_desktop.views.panels.lab.search_data import value_text
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage
from ares_desktop.views.widgets.row_feed import RowFeed

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.search_actions import SearchActions
    from ares_desktop.views.panels.lab.search_data import SearchResult

_STEEP = 0.5
_HIDDEN = frozenset({"profit_factor", "win_rate"})
_FIGURES = ("total_return", "sharpe", "max_drawdown", "profit_factor", "win_rate", "trades")


def _state(trial: TrialResult) -> str:
    if trial.error:
        return translated("Failed")
    if trial.score is None:
        return translated("No score")
    return translated("Ranked") if trial.feasible else translated("Breaks a constraint")


def _state_look(trial: TrialResult) -> tuple[Tone, str]:
    if trial.error:
        return Tone.NEGATIVE, "error"
    return (Tone.MUTED, "check") if trial.feasible else (Tone.WARNING, "warning")


def _parameter_column(name: str) -> Column[TrialResult]:
    def get(trial: TrialResult) -> Any:  # noqa: ANN401 - a parameter's value
        return trial.parameters.get(name)

    def order(trial: TrialResult) -> Any:  # noqa: ANN401 - a parameter's value
        value = get(trial)
        return value if isinstance(value, int | float) or value is None else str(value)

    return Column(
        key=f"parameter {name}", title=name, value=get, text=value_text, sort=order, align=Align.RIGHT, width=86
    )


def _figure_column(key: str) -> Column[TrialResult]:
    spec = BY_KEY[key]

    def get(trial: TrialResult) -> float | None:
        return None if trial.figures is None else spec.value(trial.figures)

    return Column(
        key=key,
        title=spec.title,
        value=get,
        text=spec.text,
        align=Align.RIGHT,
        tone=(lambda trial: sign_tone(get(trial))) if spec.signed else None,
        width=98,
        hidden=key in _HIDDEN,
    )


def trial_columns(result: SearchResult) -> tuple[Column[TrialResult], ...]:
    """Return the columns for a search's parameters and objective."""
    objective = "sharpe" if result.spec is None else result.spec.objective.value
    best = result.report.best
    return (
        Column(
            key="number",
            title="Set",
            value=lambda t: t.number,
            align=Align.RIGHT,
            glyph=lambda t: "pin" if best is not None and t.number == best.number and t.fold == best.fold else "",
            tooltip=lambda t: translated("The best set") if best is not None and t.number == best.number else "",
            width=60,
        ),
        *(_parameter_column(name) for name in result.names),
        Column(
            key="score",
            title=f"Score: {figure_title(objective)}",
            value=lambda t: t.score,
            text=lambda value: figure_text(objective, value),
            align=Align.RIGHT,
            width=116,
        ),
        Column(
            key="plateau",
            title="Plateau",
            value=lambda t: t.plateau,
            text=lambda value: formats.percent(value, 0),
            align=Align.RIGHT,
            glyph=lambda t: "warning" if t.plateau is not None and t.plateau < _STEEP else "",
            tone=lambda t: Tone.WARNING if t.plateau is not None and t.plateau < _STEEP else Tone.NORMAL,
            tooltip=lambda _: translated("Mean score of the neighbors relative to its own: 100% on level ground."),
            width=76,
        ),
        *(_figure_column(key) for key in _FIGURES if key != objective),
        Column(
            key="state",
            title="State",
            value=_state,
            tone=lambda t: _state_look(t)[0],
            glyph=lambda t: _state_look(t)[1],
            tooltip=lambda t: t.error,
            width=150,
        ),
        Column(
            key="stage",
            title="Stage",
            value=lambda t: t.stage,
            text=word,
            tone=lambda _: Tone.MUTED,
            width=64,
        ),
        Column(
            key="fold",
            title="Fold",
            value=lambda t: t.fold,
            text=lambda value: "" if value is None else str(value + 1),
            align=Align.RIGHT,
            width=50,
            hidden=not result.report.folds,
        ),
    )


def _shade(trial: TrialResult) -> RowShade:
    return RowShade.FAULT if trial.error else RowShade.NONE


class RankingPage(ResultPage):
    """One row for each set; Enter or a double click backtests it.

    Attributes:
        table: made anew for each search, because its parameters are columns; None before the first.
    """

    def __init__(self, desk: Desk, actions: SearchActions) -> None:
        super().__init__()
        self._desk = desk
        self._actions = actions
        self.table: RecordTable | None = None
        self.rows: RowFeed | None = None

    def show_result(self, result: SearchResult) -> None:
        """Show another search."""
        if self.table is not None:
            self.column.removeWidget(self.table)
            self.table.deleteLater()
        model: RecordTableModel[TrialResult] = RecordTableModel(
            trial_columns(result), key=lambda trial: (trial.fold, trial.number), shade=_shade
        )
        self.table = RecordTable(
            self._desk,
            model,
            f"trials {' '.join(result.names)}",
            empty=translated("No parameter set was tried."),
            units=("{0} set", "{0} sets"),
        )
        model.setParent(self.table)
        self.rows = RowFeed(self.table)
        self._add_tools(self.table)
        self.column.addWidget(self.table)
        self.rows.show(result.report.trials)

    def _add_tools(self, table: RecordTable) -> None:
        run = IconButton(
            self._desk.theme,
            "play",
            translated("Backtest the selected set over the whole period"),
            text=translated("Backtest"),
        )
        send = IconButton(
            self._desk.theme,
            "strategies",
            translated("Give the selected set to an instance, as a new version of its parameters"),
            text=translated("Send to\N{HORIZONTAL ELLIPSIS}"),
        )
        run.clicked.connect(self._backtest)
        send.clicked.connect(lambda: self._send(send.mapToGlobal(QPoint(0, send.height()))))
        for button in (run, send):
            table.add_tool(button)
            button.setEnabled(False)
            table.selection_changed.connect(lambda button=button: button.setEnabled(len(table.selected()) == 1))
        action = QAction(translated("Backtest this set"), table)
        action.triggered.connect(self._backtest)
        table.add_action(action)
        table.view.activated_row.connect(lambda _: self._backtest())
        table.view.setSelectionMode(table.view.SelectionMode.SingleSelection)

    def _backtest(self) -> None:
        chosen = [] if self.table is None else self.table.selected()
        if chosen:
            self._actions.backtest(chosen[0].parameters)

    def _send(self, where: QPoint) -> None:
        chosen = [] if self.table is None else self.table.selected()
        if chosen:
            self._actions.choose_instance(chosen[0].parameters, self, where)
