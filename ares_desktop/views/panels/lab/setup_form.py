"""The form that sets a run up: what is wrong is said beside its field, all of it at once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.lab.setup_account import AccountSection, CostsSection
from ares_desktop.views.panels.lab.setup_data import DataField
from ares_desktop.views.panels.lab.setup_period import PeriodSection
from ares_desktop.views.panels.lab.setup_refusal import place_finding
from ares_desktop.views.panels.lab.setup_search import SearchSection
from ares_desktop.views.panels.lab.setup_strategies import StrategyCards
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, set_property, strip
from ares_desktop.views.widgets.field_grid import FieldGrid
from ares_desktop.views.widgets.section import Section

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_TYPING_MS: Final = 150
_BELOW: Final = 90
"""Pixels kept free below a wrong field, for what is said there."""


class SetupForm(QWidget):
    """Strategies, data, period, money, costs and search of the next run.

    Signals:
        backtest_asked: a :class:`BacktestSpec` without anything wrong in it.
        search_asked: a :class:`SearchSpec` without anything wrong in it.
        changed: a moment after anything was edited.
    """

    backtest_asked = Signal(object)
    search_asked = Signal(object)
    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._strict = False
        self._limits = RiskLimits()
        self.strategies = StrategyCards(desk)
        self.data = DataField(desk)
        self.period = PeriodSection()
        self.account = AccountSection()
        self.costs = CostsSection(desk.managers.pipelines.cost_notes())
        self.search = SearchSection(desk)
        self.title = QLineEdit()
        self.title.setPlaceholderText(translated("how the list of runs calls it"))
        self._build()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_TYPING_MS)
        self._settle.timeout.connect(self.settle)
        for part in (self.strategies, self.data, self.period, self.account, self.costs, self.search):
            part.changed.connect(self._settle.start)
        self.strategies.cards_changed.connect(self._offer_strategies)
        # What the engine refused of the data is about names that may be gone now.
        self.data.changed.connect(lambda: self.data_fields.mark("data", ""))
        self.account.show_values(SimulationSettings(), 0)
        self._offer_strategies()
        self.settle()

    def _build(self) -> None:
        theme = self._desk.theme
        self.data_fields = FieldGrid()
        self.data_fields.add("data", translated("Data"), self.data, hint=translated("such as SPY or sample:AAPL"))
        data = QWidget()
        below = QVBoxLayout(data)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addWidget(self.data_fields)
        below.addWidget(self.period)
        self.naming = FieldGrid()
        self.naming.add("title", translated("Title"), self.title)
        self.sections = {
            "strategies": Section(theme, translated("Strategies"), self.strategies),
            "data": Section(theme, translated("Data and period"), data),
            "account": Section(theme, translated("Money"), self.account, opened=False),
            "costs": Section(theme, translated("Costs and fills"), self.costs, opened=False),
            "search": Section(theme, translated("Search"), self.search, opened=False),
        }
        self.inner = QWidget()
        column = QVBoxLayout(self.inner)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(10)
        for section in self.sections.values():
            column.addWidget(section)
        column.addWidget(self.naming)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(self.inner)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.area, 1)
        whole.addWidget(self._buttons())

    def _buttons(self) -> QWidget:
        bar, row = strip("strip", margins=(10, 6, 10, 6))
        self.summary = label(tone=Tone.MUTED)
        self.summary.setWordWrap(True)
        self.run = push_button(translated("Run backtest"), self.ask_backtest, role="primary")
        self.optimize = push_button(translated("Search"), self.ask_search)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.optimize)
        buttons.addWidget(self.run)
        row.addWidget(self.summary, 1)
        row.addLayout(buttons)
        return bar

    def _offer_strategies(self) -> None:
        cards = self.strategies
        self.search.offer(dict(zip(cards.names(), (card.parameters for card in cards.cards), strict=True)))
        self._settle.start()

    # what is wrong

    def settle(self) -> None:
        """Look at everything once a person has stopped typing."""
        self._offer_strategies_quietly()
        self._show_problems(self.problems() if self._strict else [])
        self.data_fields.set_hint("data", "" if self.data.names else translated("such as SPY or sample:AAPL"))
        self.sections["data"].set_brief(", ".join(Path(name).name for name in self.data.names))
        self.sections["account"].set_brief(f"{self.account.cash.text()} {self.account.currency.currentText()}")
        self.sections["costs"].set_brief(self.costs.brief())
        self.sections["search"].set_brief(self.search.brief())
        sets = self.search.ranges.sets() if self.search.is_on else None
        self.optimize.setText(
            translated("Search") if sets is None else count(sets, "Search {0} set", "Search {0} sets")
        )
        self.changed.emit()

    def _offer_strategies_quietly(self) -> None:
        names = dict(zip(self.strategies.names(), (c.parameters for c in self.strategies.cards), strict=True))
        self.search.offer(names)

    def problems(self) -> list[str]:
        """Mark whatever is wrong beside its field, and return it."""
        missing = "" if self.data.names else translated("Choose a symbol or a file, such as sample:AAPL.")
        self.data_fields.mark("data", missing)
        found = {
            "strategies": self.strategies.problems(),
            "data": ([missing] if missing else []) + self.period.problems(),
            "account": self.account.problems(),
            "costs": self.costs.problems(),
            "search": self.search.problems(),
        }
        for name, problems in found.items():
            if problems:
                self.sections[name].set_open(True)
        return [problem for problems in found.values() for problem in problems]

    def _show_problems(self, problems: list[str]) -> None:
        text = count(len(problems), "{0} field to correct", "{0} fields to correct") if problems else ""
        self.summary.setText(text)
        set_property(self.summary, "tone", Tone.NEGATIVE.value)
        self.summary.setToolTip("\n".join(problems))

    def _is_right(self) -> bool:
        self._strict = True
        self.data.commit()
        problems = self.problems()
        self._show_problems(problems)
        if problems:
            self._go_to_first()
        return not problems

    def _bring_into_view(self, section: QWidget) -> None:
        self.inner.adjustSize()
        self.area.verticalScrollBar().setValue(section.y())

    def _go_to_first(self) -> None:
        """Bring the first wrong field into view."""
        for editor in self.findChildren(QWidget):
            if editor.property("invalid") and editor.isVisible():
                editor.setFocus()
                self.area.ensureWidgetVisible(editor, 0, _BELOW)
                return

    # what is asked

    def ask_backtest(self) -> None:
        """Ask for one backtest of what is set, or show what is wrong."""
        if self._is_right():
            self._strict = False
            self.backtest_asked.emit(self.spec())

    def ask_search(self) -> None:
        """Ask for a search; where none is set up yet, open its settings instead."""
        if not self.search.is_on:
            self.prepare_search()
            return
        self.sections["search"].set_open(True)
        if self._is_right():
            self._strict = False
            self.search_asked.emit(self.search.spec(self.spec()))

    def prepare_search(self) -> None:
        """Set a search up where there is none, and bring its settings into view with the keyboard in them."""
        section = self.sections["search"]
        section.set_open(True)
        self.search.turn_on()
        self.settle()
        self.search.method.focus_chosen()
        # The section has its height only after it was laid out.
        QTimer.singleShot(0, self, partial(self._bring_into_view, section))

    def spec(self, *, plain: bool = False) -> BacktestSpec:
        """Return the backtest, ``plain`` without the stress; call it when there are no :meth:`problems`."""
        start, end = self.period.period()
        return BacktestSpec(
            strategies=self.strategies.instances(),
            data=self.data.names,
            start=start,
            end=end,
            simulation=self.costs.settings(self.account, plain=plain),
            limits=self._limits,
            seed=int(self.account.seed.text()),
            title=self.title.text().strip(),
        )

    def show_refusal(self, error: UsageError) -> bool:
        """Say beside each field what the engine refused; say whether all findings found their field."""
        missed = [finding for finding in error.findings if not place_finding(self, finding)]
        placed = len(error.findings) - len(missed)
        self._show_problems([str(finding) for finding in error.findings] if placed else [])
        self._go_to_first()
        return not missed

    def draft(self) -> BacktestSpec | SearchSpec | None:
        """Return what the form says without the stress, None while anything is wrong or no data is chosen."""
        if not self.data.names or self.problems():
            return None
        backtest = self.spec(plain=True)
        return self.search.spec(backtest) if self.search.is_on else backtest

    def show_spec(self, spec: BacktestSpec | SearchSpec) -> None:
        """Fill the form from a set-up."""
        backtest = spec.backtest if isinstance(spec, SearchSpec) else spec
        self._strict = False
        self._limits = backtest.limits
        self.strategies.show_instances(backtest.strategies, backtest.simulation.starting_cash)
        self.data.show_names(backtest.data)
        self.period.show_period(backtest.start, backtest.end)
        self.account.show_values(backtest.simulation, backtest.seed)
        self.costs.show_settings(backtest.simulation)
        self.title.setText(backtest.title)
        self._offer_strategies_quietly()
        self.search.show_spec(spec if isinstance(spec, SearchSpec) else None)
        self.sections["search"].set_open(self.search.is_on)
        self.settle()
