"""What a Monte Carlo run of a backtest is asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from ares_desktop.domain.errors import AresError, UsageError
from ares_desktop.domain.monte_carlo import MonteCarloSpec, Resampling
from ares_desktop.domain.runs import Run
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import translated, word
from ares_desktop.views.panels.lab.runs_drawer import Drawer
from ares_desktop.views.panels.lab.setup_fields import shown
from ares_desktop.views.widgets.parameter_form import ParameterForm

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_SHARES: Final = {"skip": 100.0, "ruin": 100.0}


def _number(name: str, title: str, default: float, unit: str, low: float, high: float) -> ParameterInfo:
    kind = "int" if isinstance(default, int) else "float"
    return ParameterInfo(name=name, kind=kind, default=default, title=title, unit=unit, minimum=low, maximum=high)


PATHS: Final = (
    _number("paths", "Paths", 1000, "", 1, 100_000),
    _number("block", "Block", 0, "days or trades, 0 by the data", 0, 100_000),
    _number("seed", "Seed", 0, "", 0, 2**31),
)
CHANGES: Final = (
    _number("skip", "Skipped", 10.0, "% of trades", 0, 99),
    _number("jitter_bps", "Jitter", 5.0, "basis points", 0, 1000),
    _number("ruin", "Ruin", 50.0, "% below the peak", 1, 100),
)


class MonteCarloDrawer(Drawer):
    """How many paths, made how.

    Signals:
        started: id of the run that was begun.
    """

    started = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, translated("Run Monte Carlo"))
        self._run = ""
        self.methods: dict[Resampling, QCheckBox] = {}
        row = QHBoxLayout()
        row.setSpacing(12)
        for method in Resampling:
            box = self.methods[method] = QCheckBox(word(method))
            box.setChecked(True)
            box.toggled.connect(self._check)
            row.addWidget(box)
        row.addStretch(1)
        self.forms = (ParameterForm(brief=True), ParameterForm(brief=True))
        sides = QHBoxLayout()
        sides.setSpacing(16)
        for form, options in zip(self.forms, (PATHS, CHANGES), strict=True):
            form.show_parameters(shown(options), {})
            form.edited.connect(self._check)
            sides.addWidget(form, 1)
        self.editors = self.forms[0].editors | self.forms[1].editors
        self.column.addLayout(row)
        self.column.addLayout(sides)

    def ask(self, run: Run) -> None:
        """Ask how a backtest is resampled."""
        self._run = run.id
        self.open(translated("Monte Carlo of {0}").format(run.title or run.id), self.editors["paths"])

    def _check(self) -> None:
        wrong = [form for form in self.forms if form.problems()]
        self.go.setEnabled(not wrong and any(box.isChecked() for box in self.methods.values()))

    def spec(self) -> MonteCarloSpec:
        """Return what was asked; call it while the button is enabled."""
        values: dict[str, Any] = self.forms[0].values() | self.forms[1].values()
        values |= {name: values[name] / scale for name, scale in _SHARES.items()}
        methods = tuple(method for method, box in self.methods.items() if box.isChecked())
        return MonteCarloSpec(run=self._run, methods=methods, **values)

    def confirm(self) -> None:
        """Start the run; the strip stays open with what is wrong."""
        self.desk.runner.run(
            translated("Run Monte Carlo"),
            partial(self.desk.managers.pipelines.start_monte_carlo, self.spec()),
            done=self._begun,
            failed=self._refused,
            arguments={"run": self._run},
        )

    def _begun(self, run: Run) -> None:
        self.leave()
        self.started.emit(run.id)

    def _refused(self, error: AresError) -> bool:
        if not isinstance(error, UsageError):
            return False
        placed = [any(form.show_refusal(UsageError(one)) for form in self.forms) for one in error.findings]
        return all(placed)
