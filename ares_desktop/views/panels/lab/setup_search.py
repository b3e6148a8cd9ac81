"""How a search goes: method, whose parameters vary and where, objective, constraints, folds, workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from ares_desktop.domain.backtests import BacktestSpec, RankBy
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.searches import SearchMethod, SearchSpec
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.lab.setup_constraints import ConstraintRows
from ares_desktop.views.panels.lab.setup_fields import SEARCH, WALK_FORWARD, shown
from ares_desktop.views.panels.lab.setup_ranges import RangeRows
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import label, set_property
from ares_desktop.views.widgets.field_grid import TITLE_WIDTH, FieldGrid
from ares_desktop.views.widgets.parameter_form import ParameterForm

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

OFF: Final = "off"


class SearchSection(QWidget):
    """Everything that turns a backtest into a search.

    Signals:
        changed: after anything was edited.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._offered: dict[str, tuple[ParameterInfo, ...]] = {}
        self._wanted: SearchSpec | None = None
        self.method = ChoiceButtons(
            translated("Search"),
            (
                (OFF, translated("Off"), translated("One backtest with the parameters above")),
                (
                    SearchMethod.COARSE_FINE.value,
                    translated("Coarse, fine"),
                    translated("A grid over all ranges, then a finer search around its best"),
                ),
                (
                    SearchMethod.WALK_FORWARD.value,
                    translated("Walk-forward"),
                    translated("The search in every fold, tried on data that it has not seen"),
                ),
            ),
            OFF,
        )
        self.strategy = QComboBox()
        self.ranges = RangeRows()
        self.sets = label(tone=Tone.MUTED)
        self.sets.setWordWrap(True)
        self.options = ParameterForm(brief=True)
        self.options.show_parameters(shown(SEARCH), {})
        self.folds = ParameterForm(brief=True)
        self.folds.show_parameters(shown(WALK_FORWARD), {})
        for form in (self.options, self.folds):
            form.align_titles(TITLE_WIDTH)
        self.constraints = ConstraintRows(desk)
        self._arrange()
        self._connect()
        self._show_method()

    def _arrange(self) -> None:
        self._whose = FieldGrid()
        self._whose.add("strategy", translated("Vary"), self.strategy)
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        for part in (self._whose, self.ranges, self.sets, self.options, self.folds, self.constraints):
            inner.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.method)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._body)

    def _connect(self) -> None:
        self.method.chosen.connect(self._method_chosen)
        self.strategy.activated.connect(self._strategy_chosen)
        for part in (self.ranges, self.constraints):
            part.changed.connect(self._edited)
        for form in (self.options, self.folds):
            form.edited.connect(self._edited)

    @property
    def is_on(self) -> bool:
        """Whether a search is set up."""
        return self.method.current != OFF

    def turn_on(self) -> None:
        """Set a search up where there is none."""
        if not self.is_on:
            self.method.choose(SearchMethod.COARSE_FINE.value)
            self._method_chosen()

    def _method_chosen(self) -> None:
        self._show_method()
        self.changed.emit()

    def _show_method(self) -> None:
        self._body.setVisible(self.is_on)
        self.folds.setVisible(self.method.current == SearchMethod.WALK_FORWARD.value)
        self._show_sets()

    # whose parameters

    def offer(self, strategies: Mapping[str, Sequence[ParameterInfo]]) -> None:
        """Offer the strategies of the run, by name, with what they declare; typed ranges stay where they can."""
        offered = {name: tuple(infos) for name, infos in strategies.items()}
        if offered == self._offered:
            return
        before = self.strategy.currentText()
        known = self._offered.get(before)
        self._offered = offered
        self.strategy.clear()
        self.strategy.addItems(list(offered))
        wanted = "" if self._wanted is None else self._wanted.strategy
        known_name = before if before in offered else wanted
        self.strategy.setCurrentIndex(max(0, self.strategy.findText(known_name)))
        self._whose.setVisible(len(offered) > 1)
        if offered.get(self.strategy.currentText()) != known:
            self._strategy_chosen()

    def _strategy_chosen(self) -> None:
        name = self.strategy.currentText()
        # The files of a kept set-up are looked at only after it was shown: then its ranges are still wanted.
        wanted = self._wanted.ranges if self._wanted is not None and self._wanted.strategy == name else ()
        self.ranges.show_parameters(self._offered.get(name, ()), wanted)
        self._edited()

    def _edited(self) -> None:
        self._show_sets()
        self.changed.emit()

    def _show_sets(self) -> None:
        sets = self.ranges.sets()
        tone = Tone.MUTED
        if sets is None:
            text, tone = translated("A range is wrong."), Tone.NEGATIVE
        elif not self.ranges.ranges():
            text, tone = translated("Check a parameter to vary it."), Tone.WARNING
        else:
            text = count(sets, "{0} parameter set", "{0} parameter sets")
            grid = None if self.options.problems() else int(self.options.values()["coarse_points"])
            if grid is not None and sets > grid:
                text += translated("; the coarse grid takes {0} of them, spread evenly").format(f"{grid:,}")
        self.sets.setText(text)
        set_property(self.sets, "tone", tone.value)

    # what it says

    def problems(self) -> list[str]:
        """Mark whatever is wrong, and return it; nothing is while no search is set up."""
        if not self.is_on:
            return []
        found = [*self.ranges.check(), *self.options.problems().values(), *self.constraints.check()]
        if self.method.current == SearchMethod.WALK_FORWARD.value:
            found += self.folds.problems().values()
        if self.ranges.sets() is not None and not self.ranges.ranges():
            found.append(self.sets.text())
        return found

    def spec(self, backtest: BacktestSpec) -> SearchSpec:
        """Return the search around a backtest; call it when there are no :meth:`problems`."""
        options = self.options.values()
        folds = self.folds.values() if self.method.current == SearchMethod.WALK_FORWARD.value else {}
        if folds:
            folds["train_share"] /= 100
        return SearchSpec(
            backtest=backtest,
            strategy=StrategyId(self.strategy.currentText()),
            ranges=self.ranges.ranges(),
            method=SearchMethod(self.method.current),
            objective=RankBy(options.pop("objective")),
            constraints=self.constraints.constraints(),
            seed=backtest.seed,
            **options,
            **folds,
        )

    def show_spec(self, spec: SearchSpec | None) -> None:
        """Show a search, or none."""
        self._wanted = spec
        self.method.choose(OFF if spec is None else spec.method.value)
        if spec is not None:
            self.strategy.setCurrentIndex(max(0, self.strategy.findText(spec.strategy)))
            self.ranges.show_parameters(self._offered.get(self.strategy.currentText(), ()), spec.ranges)
            self.options.show_parameters(shown(SEARCH), _values(spec, SEARCH) | {"objective": spec.objective.value})
            self.folds.show_parameters(
                shown(WALK_FORWARD), _values(spec, WALK_FORWARD) | {"train_share": spec.train_share * 100}
            )
            self.constraints.show_constraints(spec.constraints)
        self._show_method()

    def brief(self) -> str:
        """Return in a few words what is set."""
        if not self.is_on:
            return translated("off")
        return f"{self.method.current}, {self.sets.text()}"


def _values(spec: SearchSpec, infos: Sequence[ParameterInfo]) -> dict[str, Any]:
    return {info.name: getattr(spec, info.name) for info in infos}
