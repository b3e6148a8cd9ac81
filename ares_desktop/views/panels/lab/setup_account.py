"""Money, seed and costs of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from ares_desktop.domain.simulation import SimulationSettings, SlippageModel, stressed
from ares_desktop.views.formats import quantity, translated
from ares_desktop.views.panels.lab.setup_fields import COSTS, SLIPPAGE_UNITS, cost_values, shown, simulation_of
from ares_desktop.views.panels.lab.setup_text import parse_cash, parse_seed
from ares_desktop.views.widgets.field_grid import TITLE_WIDTH, FieldGrid
from ares_desktop.views.widgets.parameter_form import ParameterForm

_WIDTH = 96
_CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "USDT", "BTC")


class AccountSection(QWidget):
    """What the account starts with, and the seed of everything random.

    Signals:
        changed: after anything was edited.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cash = QLineEdit()
        self.currency = QComboBox()
        self.currency.addItems(list(_CURRENCIES))
        self.seed = QLineEdit()
        self.fields = FieldGrid()
        for line in (self.cash, self.seed):
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
            line.textEdited.connect(self.changed)
        self.currency.activated.connect(self.changed)
        self.fields.add("cash", translated("Cash"), self.cash, width=_WIDTH)
        self.fields.add("currency", translated("Currency"), self.currency, width=_WIDTH)
        self.fields.add("seed", translated("Seed"), self.seed, hint=translated("equal seeds, equal runs"), width=_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.fields)

    def problems(self) -> list[str]:
        """Mark whatever is wrong, and return it."""
        found = []
        checks: tuple[tuple[str, QLineEdit, Callable[[str], Any]], ...] = (
            ("cash", self.cash, parse_cash),
            ("seed", self.seed, parse_seed),
        )
        for key, line, parse in checks:
            problem = ""
            try:
                parse(line.text())
            except ValueError as error:
                problem = str(error)
                found.append(problem)
            self.fields.mark(key, problem)
        return found

    def show_values(self, settings: SimulationSettings, seed: int) -> None:
        """Show what a set-up starts with."""
        self.cash.setText(quantity(settings.starting_cash))
        if self.currency.findText(settings.currency) < 0:
            self.currency.addItem(settings.currency)
        self.currency.setCurrentText(settings.currency)
        self.seed.setText(str(seed))


class CostsSection(QWidget):
    """What trading costs and how orders fill.

    Signals:
        changed: after anything was edited.
    """

    changed = Signal()

    def __init__(self, notes: Mapping[str, str]) -> None:
        """Make the fields; ``notes`` say what each set of commissions charges."""
        super().__init__()
        self._notes = notes
        self.form = ParameterForm(brief=True)
        self.form.align_titles(TITLE_WIDTH)
        self.stress = QCheckBox(translated("Stress: everything goes worse"))
        self.stress.setToolTip(
            translated(
                "Twice the commissions; three times the slippage, latency and fees of loans; market orders at the worst"
                " price of their bar, limit orders only when the price goes through; half of the volume"
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.stress)
        column.addWidget(self.form)
        self.form.edited.connect(self._edited)
        self.stress.toggled.connect(self.changed)
        self.show_settings(SimulationSettings())

    def _edited(self) -> None:
        self._show_units()
        self.changed.emit()

    def _show_units(self) -> None:
        costs = self.form.editors["costs"]
        if isinstance(costs, QComboBox):
            self.form.set_unit("costs", translated(self._notes.get(costs.currentData(), "")))
        model = self.form.editors["slippage_model"]
        amount = self.form.editors["slippage"]
        if isinstance(model, QComboBox):
            unit = SLIPPAGE_UNITS[SlippageModel(model.currentData())]
            self.form.set_unit("slippage", translated(unit))
            amount.setEnabled(model.currentData() != SlippageModel.NONE.value)

    def show_settings(self, settings: SimulationSettings) -> None:
        """Show an account's costs."""
        self.form.show_parameters(shown(COSTS), cost_values(settings))
        self.stress.setChecked(False)
        self._show_units()

    def problems(self) -> list[str]:
        """Mark whatever is wrong, and return it."""
        return list(self.form.problems().values())

    def settings(self, account: AccountSection, *, plain: bool = False) -> SimulationSettings:
        """Return the simulated account, ``plain`` without the stress; call it when neither section has problems."""
        made = simulation_of(
            self.form.values(),
            cash=parse_cash(account.cash.text()),
            currency=account.currency.currentText(),
            seed=parse_seed(account.seed.text()),
        )
        return stressed(made) if self.stress.isChecked() and not plain else made

    def brief(self) -> str:
        """Return in a few words what is set."""
        values = self.form.values() if not self.form.problems() else {}
        if not values:
            return ""
        none = values["slippage_model"] == SlippageModel.NONE.value
        slippage = translated("no slippage") if none else f"{values['slippage']:g} {values['slippage_model']}"
        parts = [values["costs"], slippage, f"{values['latency_ms']:g} ms"]
        return ", ".join(parts + ([translated("stressed")] if self.stress.isChecked() else []))
