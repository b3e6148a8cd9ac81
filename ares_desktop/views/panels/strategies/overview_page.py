"""An instance at a glance: its state and worker, what is wrong with it, and what it is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.strategies import FaultOrders, Isolation, RestartPolicy, StrategyState
from ares_desktop.views.formats import age, fixed, moment, money, percent, signed_quantity, translated, word
from ares_desktop.views.panels.strategies.facts import Fact, FactGrid
from ares_desktop.views.panels.strategies.rows import StrategyRow, due_text, state_look, state_text
from ares_desktop.views.panels.strategies.trouble import Trouble
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ares_desktop.domain.strategies import StrategyInstance, StrategyStatus
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.history import StateHistory

_HISTORY_LINES = 12


class OverviewPage(ResultPage):
    """Facts of one instance, renewed while it is in sight."""

    def __init__(self, desk: Desk, history: StateHistory) -> None:
        super().__init__()
        self._history = history
        self.fault = Trouble(desk.theme, translated("It does not run"), "error", Tone.NEGATIVE)
        self.refused = Trouble(
            desk.theme, translated("Its changed file was refused; the one before it runs on"), "warning", Tone.WARNING
        )
        self.facts = FactGrid()
        self.past = label(tone=Tone.MUTED)
        self.past.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.past.setWordWrap(True)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        for part in (
            self.fault,
            self.refused,
            self.facts,
            label(translated("What happened"), part="strong"),
            self.past,
        ):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setAccessibleName(translated("Overview"))
        self.column.addWidget(area)

    def show_result(self, result: StrategyRow) -> None:
        """Show an instance as it is now."""
        self.fault.show_fault(result.fault)
        self.refused.show_fault(result.refused)
        if result.status is not None:
            self.facts.show_facts(_facts(result, result.status))
            lines = self._history.lines(result.name)[:_HISTORY_LINES]
            self.past.setText("\n".join(lines) or translated("Nothing since the window was opened"))
        else:
            self.facts.show_facts(())
            self.past.setText(translated("No instance runs this file."))


def _facts(row: StrategyRow, status: StrategyStatus) -> Iterator[Fact]:
    instance = status.instance
    since = translated("{0} since {1} UTC").format(state_text(row), moment(status.since))
    yield translated("State"), since, state_look(row)[0]
    if row.state is StrategyState.STALLED and row.fault is None:
        remedy = translated("Its code does not return. End or restart its worker; no other strategy waits for it.")
        yield translated("What to do"), remedy, Tone.NORMAL
    yield translated("Worker"), _worker(status) if row.alive else translated("None"), Tone.NORMAL
    yield translated("Restarts"), _restarts(row, status), Tone.WARNING if status.restarts else Tone.NORMAL
    if status.dropped:
        dropped = translated("{0} bars, prints and messages: it was too slow for them").format(f"{status.dropped:,}")
        yield translated("Dropped"), dropped, Tone.WARNING
    yield translated("File"), _file(status), Tone.NORMAL
    holdings = ", ".join(f"{name} {signed_quantity(amount)}" for name, amount in row.holdings)
    yield translated("Positions"), holdings or translated("None"), Tone.NORMAL
    yield translated("Trades"), ", ".join(instance.instruments) or translated("All of the feed"), Tone.NORMAL
    yield translated("Account"), f"{instance.account}, {_capital(instance)}", Tone.NORMAL
    if instance.hours:
        yield translated("Opens within"), instance.hours, Tone.NORMAL
    yield translated("After a fault"), _after_fault(instance), Tone.NORMAL


def _worker(status: StrategyStatus) -> str:
    instance = status.instance
    parts = [
        translated("thread of the application")
        if instance.isolation is Isolation.THREAD
        else translated("process {0}").format(status.pid if status.pid is not None else "?")
    ]
    if status.cpu_percent is not None:
        parts.append(translated("CPU {0}%").format(fixed(status.cpu_percent, 0)))
    if status.memory_mb is not None:
        parts.append(translated("{0} of {1} MB").format(fixed(status.memory_mb, 0), f"{instance.memory_mb:,}"))
    if status.messages_per_s is not None:
        parts.append(translated("{0} messages a second").format(fixed(status.messages_per_s, 1)))
    if status.heartbeat_age_s is not None:
        parts.append(translated("last sign of life {0} ago").format(age(status.heartbeat_age_s)))
    return ", ".join(parts)


def _restarts(row: StrategyRow, status: StrategyStatus) -> str:
    instance = status.instance
    limit = "" if instance.restart_limit is None else translated(" of {0}").format(instance.restart_limit)
    due = due_text(row)
    return f"{status.restarts}{limit}, {due}" if due else f"{status.restarts}{limit}"


def _file(status: StrategyStatus) -> str:
    parts = [status.instance.file.rpartition("/")[2]]
    if status.version is not None:
        parts.append(translated("settings version {0}").format(status.version))
    if status.reloaded_at is not None:
        parts.append(translated("reloaded {0} UTC").format(moment(status.reloaded_at)))
    return ", ".join(parts)


def _capital(instance: StrategyInstance) -> str:
    if instance.capital is not None:
        return translated("capital {0}").format(money(instance.capital))
    return translated("{0} of its equity").format(percent(instance.weight, 1))


def _after_fault(instance: StrategyInstance) -> str:
    orders = (
        translated("its working orders are canceled, protective ones stay")
        if instance.on_fault is FaultOrders.CANCEL
        else translated("its working orders stay")
    )
    restart = {
        RestartPolicy.NEVER: translated("it stays down"),
        RestartPolicy.ON_FAULT: translated("it is started again"),
        RestartPolicy.ALWAYS: translated("it is started again, also after it ended by itself"),
    }[instance.restart]
    return f"{word(orders)}; {restart}"
