"""What a person does with a parameter set that a search found: backtest it, or send it to an instance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.search_data import parameters_text

if TYPE_CHECKING:
    from ares_desktop.domain.backtests import BacktestSpec
    from ares_desktop.domain.runs import Run
    from ares_desktop.domain.searches import ParameterSet, SearchSpec
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.search_data import SearchResult


def backtest_of(spec: SearchSpec, parameters: ParameterSet) -> BacktestSpec:
    """Return the backtest that a search makes of a parameter set, over the whole period."""
    changed = tuple(
        msgspec.structs.replace(one, parameters={**one.parameters, **parameters}) if one.name == spec.strategy else one
        for one in spec.backtest.strategies
    )
    return msgspec.structs.replace(spec.backtest, strategies=changed)


class SearchActions(QObject):
    """Starts what is asked of a parameter set of the search that is shown.

    Signals:
        run_started: id of the new run.
    """

    run_started = Signal(str)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.result: SearchResult | None = None

    def backtest(self, parameters: ParameterSet) -> None:
        """Start a backtest of a parameter set."""
        result = self.result
        if result is None:
            return
        title = translated("{0}: {1}").format(result.run.title or result.run.id, parameters_text(parameters))
        self._desk.runner.run(
            translated("Backtest a parameter set"),
            lambda: self._start(result, parameters, title),
            arguments={"run": result.run.id, **parameters},
            done=lambda run: self.run_started.emit(run.id),
        )

    async def _start(self, result: SearchResult, parameters: ParameterSet, title: str) -> Run:
        if result.spec is None:
            raise UsageError(
                Finding(
                    place="search",
                    value=result.run.id,
                    problem="its specification could not be read",
                    remedy="Set the backtest up by hand.",
                )
            )
        return await self._desk.managers.pipelines.start_backtest(backtest_of(result.spec, parameters), title=title)

    def choose_instance(self, parameters: ParameterSet, owner: QWidget, where: QPoint) -> None:
        """Let the person pick the instance that gets a parameter set as a new version."""
        menu = QMenu(owner)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for status in self._desk.managers.strategies.statuses():
            name = status.instance.name
            menu.addAction(name, partial(self.send, parameters, name))
        if menu.isEmpty():
            nothing = menu.addAction(translated("There is no instance to send parameters to"))
            nothing.setEnabled(False)
        menu.popup(where)

    def send(self, parameters: ParameterSet, instance: str) -> None:
        """Give an instance a parameter set."""
        result = self.result
        if result is None:
            return
        self._desk.runner.run(
            translated("Send parameters to {0}").format(instance),
            lambda: self._desk.managers.pipelines.apply_parameters(parameters, instance, result.run.id),
            arguments={"run": result.run.id, **parameters},
            done=lambda _: self._desk.notices.inform(
                translated("{0} has new parameters").format(instance), parameters_text(parameters)
            ),
        )
