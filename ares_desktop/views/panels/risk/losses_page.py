"""Losses: where each scope stands on its ladder, how far the next rung is, and what happened before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSplitter

from ares_desktop.domain.events import LadderStepped
from ares_desktop.domain.protections import LadderState, LossMeasure, Rung
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import percent, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button
from ares_desktop.views.widgets.ladder_painter import RUNG_TONES, ladder_figures, paint_ladder_cell
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

RUNG_WORDS: Final = {
    Rung.CALM: "calm",
    Rung.WARNED: "risk halved",
    Rung.REDUCING: "exits only",
    Rung.HALTED: "halted",
    Rung.UNKNOWN: "loss unknown",
}
_GLYPHS: Final = {
    Rung.CALM: "check",
    Rung.WARNED: "warning",
    Rung.REDUCING: "error",
    Rung.HALTED: "critical",
    Rung.UNKNOWN: "ring",
}
_MEASURES: Final = {LossMeasure.DAY: "day", LossMeasure.DRAWDOWN: "drawdown"}


def _rung(rung: Rung) -> str:
    return translated(RUNG_WORDS[rung])


def _fraction(key: str, title: str, width: int = 68) -> Column[LadderState]:
    return Column(
        key=key,
        title=title,
        value=lambda state: getattr(state, key),
        text=percent,
        align=Align.RIGHT,
        tone=lambda _: Tone.MUTED,
        width=width,
    )


def ladder_columns() -> tuple[Column[LadderState], ...]:
    """Return the columns of the ladders."""
    return (
        Column(key="scope", title="Scope", value=lambda s: s.scope, width=142),
        Column(key="measure", title="Loss of", value=lambda s: translated(_MEASURES[s.measure]), width=76),
        Column(
            key="rung",
            title="Stands at",
            value=lambda s: s.rung,
            text=_rung,
            tone=lambda s: RUNG_TONES[s.rung],
            glyph=lambda s: _GLYPHS[s.rung],
            tooltip=lambda s: s.detail,
            width=106,
        ),
        Column(
            key="loss",
            title="Loss",
            value=lambda s: s.loss,
            text=percent,
            align=Align.RIGHT,
            tone=lambda s: RUNG_TONES[s.rung] if s.rung is not Rung.CALM else Tone.NORMAL,
            width=60,
        ),
        Column(
            key="ladder",
            title="Ladder",
            value=ladder_figures,
            sort=lambda s: None if s.loss is None else s.loss / (s.limit or s.hard or 1.0),
            plain=lambda s: s.loss,
            painter=paint_ladder_cell,
            tooltip=lambda _: translated("Marks: warning, limit, hard limit"),
            width=148,
        ),
        _fraction("warn", "Warning"),
        _fraction("limit", "Limit"),
        _fraction("hard", "Hard limit", 76),
        Column(
            key="multiplier",
            title="Risk \N{MULTIPLICATION SIGN}",
            value=lambda s: s.multiplier,
            align=Align.RIGHT,
            width=56,
        ),
        time_column("at", "Since", lambda s: s.at),
    )


def step_columns() -> tuple[Column[LadderStepped], ...]:
    """Return the columns of the history."""
    return (
        time_column("at", "Time", lambda step: step.state.at),
        Column(key="scope", title="Scope", value=lambda step: step.state.scope, width=130),
        Column(key="measure", title="Loss of", value=lambda step: translated(_MEASURES[step.state.measure]), width=78),
        Column(key="before", title="From", value=lambda step: step.before, text=_rung, width=110),
        Column(
            key="rung",
            title="To",
            value=lambda step: step.state.rung,
            text=_rung,
            tone=lambda step: RUNG_TONES[step.state.rung],
            glyph=lambda step: _GLYPHS[step.state.rung],
            width=120,
        ),
        Column(key="loss", title="Loss", value=lambda step: step.state.loss, text=percent, align=Align.RIGHT, width=70),
        Column(key="detail", title="Why", value=lambda step: step.state.detail, width=240),
    )


def _key(state: LadderState) -> tuple[str, str]:
    return state.scope, state.measure


class LossesPage(RiskPage):
    """Ladders above, their steps below, and the limits of the selected scope between."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        protections = desk.managers.protections
        self.model = RecordTableModel(
            ladder_columns(),
            key=_key,
            shade=lambda s: RowShade.FAULT if s.rung >= Rung.REDUCING else RowShade.NONE,
            parent=self,
        )
        self.model.reset(protections.ladders())
        self.table = RecordTable(
            desk,
            self.model,
            "losses",
            empty=translated("Nothing is valued yet."),
            sort=("ladder", Qt.SortOrder.DescendingOrder),
            units=("{0} ladder", "{0} ladders"),
        )
        self._add_tools()
        self.steps = RecordTableModel(
            step_columns(),
            key=lambda step: (*_key(step.state), step.state.at, step.before, step.state.rung),
            parent=self,
        )
        self._add_halves()
        self._rungs = {_key(state): state.rung for state in protections.ladders()}
        self._updates = Coalescer(self._show, key=_key, hz=desk.refresh_hz, parent=self)
        protections.ladder_changed.connect(self._updates.push)
        self.table.selection_changed.connect(self._show_selected)
        self._read_steps()

    def _add_halves(self) -> None:
        lower = RecordTable(
            self.desk,
            self.steps,
            "ladder steps",
            empty=translated("No loss has taken a rung yet."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} step", "{0} steps"),
        )
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setHandleWidth(4)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.table)
        halves.addWidget(lower)
        halves.setSizes([340, 170])
        self.column.addWidget(halves)

    def _add_tools(self) -> None:
        self.limit, self.hard = self._field(translated("Limit %")), self._field(translated("Hard %"))
        self.table.add_tool(label(translated("Limits"), part="caption"))
        self.table.add_tool(self.limit)
        self.table.add_tool(self.hard)
        self.table.add_tool(push_button(translated("Set"), self.set_limits))
        self.table.add_tool(
            push_button(
                translated("Reset"),
                self.reset_limits,
                tooltip=translated("Forget the scope's own limits; those of the settings count again"),
            )
        )
        self.table.add_tool(
            push_button(
                translated("Begin anew"),
                self.rebase,
                tooltip=translated("Measure the losses of the selected scope from its present equity on"),
            )
        )

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return (self._updates,)

    def set_limits(self) -> None:
        """Set limit and hard limit of the selected scope and measure."""
        for state in self.table.selected()[:1]:
            prefix = "day" if state.measure is LossMeasure.DAY else "drawdown"
            changes = {f"{prefix}_limit": _value(self.limit.text()), f"{prefix}_hard": _value(self.hard.text())}
            self.desk.runner.run(
                translated("Set loss limits of {0}").format(state.scope),
                partial(self.desk.managers.protections.set_rules, state.scope, changes, source=SOURCE),
                arguments={"scope": state.scope, **changes},
            )

    def reset_limits(self) -> None:
        """Return the selected scopes to the rules of the settings."""
        for scope in dict.fromkeys(state.scope for state in self.table.selected()):
            self.desk.runner.run(
                translated("Return {0} to the loss limits of the settings").format(scope),
                partial(self.desk.managers.protections.reset_rules, scope, source=SOURCE),
                arguments={"scope": scope},
            )

    def rebase(self) -> None:
        """Measure the losses of the selected scopes from here on."""
        for scope in dict.fromkeys(state.scope for state in self.table.selected()):
            self.desk.runner.run(
                translated("Measure losses of {0} anew").format(scope),
                partial(self.desk.managers.protections.rebase, scope, source=SOURCE),
                arguments={"scope": scope},
            )

    def _field(self, text: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(text)
        field.setAccessibleName(text)
        field.setToolTip(translated("Of the selected row; empty turns it off"))
        field.setFixedWidth(64)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.returnPressed.connect(self.set_limits)
        return field

    def _show(self, states: list[LadderState]) -> None:
        self.model.upsert(states)
        moved = [state for state in states if self._rungs.get(_key(state), Rung.CALM) is not state.rung]
        for state in moved:
            self._rungs[_key(state)] = state.rung
        if moved:
            self._read_steps()

    def _show_selected(self) -> None:
        for state in self.table.selected()[:1]:
            for field, mark in ((self.limit, state.limit), (self.hard, state.hard)):
                field.setText("" if mark is None else f"{mark * 100:g}")

    def _read_steps(self) -> None:
        self.desk.runner.read(
            translated("Read the steps of the loss ladder"), self.desk.managers.protections.steps, done=self.steps.reset
        )


def _value(text: str) -> float | str:
    """Return percent as a fraction; what is no number is left for the check to refuse, an empty text turns it off."""
    cleaned = text.strip().rstrip("%").replace(",", ".")
    try:
        return float(cleaned) / 100
    except ValueError:
        return cleaned
