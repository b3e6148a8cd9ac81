"""What a person can do with the selected instances, as data: toolbar, menus, keys and the palette come from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ares_desktop.domain.errors import AresError, RefusedError, UsageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.strategies.rows import StrategyRow

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

PREFLIGHT_CODE: Final = "PREFLIGHT"
"""Code of a start that was refused because of its checks."""
_RESTRICTED: Final = frozenset({StrategyState.PAUSED, StrategyState.CLOSE_ONLY})
_REDUCING: Final = frozenset({"Pause", "Close only", "Disable", "End"})
"""Titles of what can only reduce risk, and is done whether it can be recorded or not."""
Verb = Callable[..., Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceAction:
    """One thing to do with instances.

    Attributes:
        text: in English, for the menus and the palette.
        fits: whether it makes sense for an instance.
        run: gets the fitting ones of the selected instances.
        keys: shortcut in the table.
        single: it works on the first of several.
    """

    key: str
    text: str
    icon: str
    fits: Callable[[StrategyRow], bool]
    run: Callable[[list[StrategyRow]], None]
    keys: str = ""
    single: bool = False


class InstanceActions(QObject):
    """Runs verbs on instances, and asks first where something is hard to undo.

    Signals:
        checks_refused: name of an instance whose start its checks refused.
        checks_wanted: name of an instance whose checks a person wants to see.
        editing_wanted: name of an instance whose settings a person wants to see.
    """

    checks_refused = Signal(str)
    checks_wanted = Signal(str)
    editing_wanted = Signal(str)

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__(owner)
        self._desk = desk
        self._owner = owner
        self._strategies = desk.managers.strategies
        self.all = (*self._lives(), *self._configuration())
        self._by_key = {one.key: one for one in self.all}

    def _lives(self) -> tuple[InstanceAction, ...]:
        lives, run = self._strategies.lives, self._run_each
        return (
            InstanceAction(key="enable", text="Enable or resume", icon="play", fits=_startable, run=self.enable),
            InstanceAction(
                key="pause",
                text="Pause",
                icon="pause",
                fits=lambda r: r.alive and r.state is not StrategyState.PAUSED,
                run=partial(run, "Pause", self._strategies.pause),
            ),
            InstanceAction(
                key="close_only",
                text="Close only",
                icon="down",
                fits=lambda r: r.alive and r.state is not StrategyState.CLOSE_ONLY,
                run=partial(run, "Close only", lambda name, source: lives.close_only(name, source=source)),
            ),
            InstanceAction(
                key="disable",
                text="Disable",
                icon="stop",
                fits=lambda r: r.on or r.alive,
                run=partial(run, "Disable", self._strategies.disable),
            ),
            InstanceAction(
                key="restart",
                text="Restart the worker",
                icon="power",
                fits=lambda r: r.alive,
                run=partial(run, "Restart", lambda name, source: lives.restart(name, source=source)),
            ),
            InstanceAction(
                key="end", text="End the worker at once", icon="critical", fits=lambda r: r.alive, run=self.ask_end
            ),
            InstanceAction(
                key="reload",
                text="Reload the file",
                icon="refresh",
                fits=lambda r: r.alive,
                run=partial(run, "Reload", lambda name, source: lives.reload(name, source=source)),
            ),
            InstanceAction(
                key="preflight",
                text="Check before a start",
                icon="check",
                fits=lambda r: r.status is not None and not r.alive,
                run=lambda rows: self.checks_wanted.emit(rows[0].name),
                single=True,
            ),
        )

    def _configuration(self) -> tuple[InstanceAction, ...]:
        return (
            InstanceAction(
                key="edit",
                text="Settings",
                icon="settings",
                fits=_is_instance,
                run=lambda rows: self.editing_wanted.emit(rows[0].name),
                single=True,
            ),
            InstanceAction(
                key="duplicate", text="Duplicate", icon="copy", fits=_is_instance, run=self.duplicate, keys="Ctrl+D"
            ),
            InstanceAction(
                key="export", text="Export as TOML", icon="export", fits=_is_instance, run=self.choose_export
            ),
            InstanceAction(
                key="remove", text="Remove", icon="trash", fits=_is_instance, run=self.ask_removal, keys="Del"
            ),
        )

    def fitting(self, key: str, rows: Sequence[StrategyRow]) -> list[StrategyRow]:
        """Return the rows for which an action makes sense."""
        action = self._by_key[key]
        rows = [row for row in rows if action.fits(row)]
        return rows[:1] if action.single else rows

    def run(self, key: str, rows: Sequence[StrategyRow]) -> None:
        """Do it with those rows for which it makes sense."""
        chosen = self.fitting(key, rows)
        if chosen:
            self._by_key[key].run(chosen)

    def _run_each(self, title: str, verb: Verb, rows: list[StrategyRow]) -> None:
        runner = self._desk.runner
        command = runner.reduce if title in _REDUCING else runner.run
        for row in rows:
            command(f"{translated(title)} {row.name}", partial(verb, row.name, source=SOURCE))

    # lives

    def toggle(self, row: StrategyRow) -> None:
        """Switch an instance on or off."""
        if row.on:
            self._run_each("Disable", self._strategies.disable, [row])
        elif row.status is not None:
            self.enable([row])

    def enable(self, rows: list[StrategyRow]) -> None:
        """Start instances, or resume those that are held back."""
        for row in rows:
            if row.state in _RESTRICTED:
                self._run_each("Resume", self._strategies.resume, [row])
            else:
                self.start(row.name)

    def start(self, name: str) -> None:
        """Start an instance; where its checks refuse that, the card with them is asked for."""
        self._desk.runner.run(
            f"{translated('Enable')} {name}",
            partial(self._strategies.enable, name, source=SOURCE),
            failed=partial(self._not_started, name),
        )

    def _not_started(self, name: str, error: AresError) -> bool:
        refused = isinstance(error, RefusedError) and error.code == PREFLIGHT_CODE
        if refused or isinstance(error, UsageError):
            self.checks_refused.emit(name)
        return refused

    def ask_end(self, rows: list[StrategyRow]) -> None:
        """Ask, then end the workers of instances."""
        for row in rows:
            self._desk.notices.ask(
                translated("End the worker of {0}?").format(row.name),
                translated(
                    "It is ended at once, without its last words, and stays switched off. Its working orders are "
                    "canceled or kept as after a fault."
                ),
                translated("End"),
                partial(self._run_each, "End", self._strategies.lives.end, [row]),
            )

    # configuration

    def duplicate(self, rows: list[StrategyRow]) -> None:
        """Add a copy of each instance, switched off, and open the settings of a single one."""
        taken = {status.instance.name for status in self._strategies.statuses()}
        for row in rows:
            name = _free_name(row.name, taken)
            taken.add(StrategyId(name))
            self._desk.runner.run(
                translated("Duplicate {0}").format(row.name),
                partial(self._strategies.editing.duplicate, row.name, name, source=SOURCE),
                done=partial(self._duplicated, name, alone=len(rows) == 1),
                arguments={"name": name},
            )

    def _duplicated(self, name: str, _: object, *, alone: bool) -> None:
        if alone:
            self.editing_wanted.emit(name)
        else:
            self._desk.notices.inform(translated("Added {0}").format(name))

    def ask_removal(self, rows: list[StrategyRow]) -> None:
        """Ask, then remove instances."""
        for row in rows:
            self._desk.notices.ask(
                translated("Remove {0}?").format(row.name),
                translated("Its code stops and its settings go. Its book and its history stay."),
                translated("Remove"),
                partial(self._run_each, "Remove", self._strategies.remove, [row]),
            )

    def choose_export(self, rows: list[StrategyRow]) -> None:
        """Let the person choose a file for the settings of instances."""
        name = rows[0].name if len(rows) == 1 else "strategies"
        dialog = QFileDialog(self._owner, translated("Export as TOML"), str(Path.home() / f"{name}.toml"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.setNameFilter("TOML (*.toml)")
        names = [row.name for row in rows]
        dialog.fileSelected.connect(lambda file: self.export(names, Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export(self, names: list[str], file: Path) -> None:
        """Write the settings of instances into a file that can be imported again."""
        self._desk.runner.read(
            translated("Export as TOML"),
            partial(self._export, names, file),
            done=lambda _: self._desk.notices.inform(
                translated("Exported {0}").format(count(len(names), "{0} strategy", "{0} strategies")), str(file)
            ),
        )

    async def _export(self, names: list[str], file: Path) -> None:
        text = self._strategies.editing.export_text(names)
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")


def _free_name(name: str, taken: set[StrategyId]) -> str:
    """Return a name with the smallest number that is free."""
    stem, _, tail = name.rpartition("-")
    stem = stem if stem and tail.isdigit() else name
    return next(made for made in (f"{stem}-{number}" for number in range(2, len(taken) + 3)) if made not in taken)


def _is_instance(row: StrategyRow) -> bool:
    return row.status is not None


def _startable(row: StrategyRow) -> bool:
    return row.status is not None and (not row.alive or row.state in _RESTRICTED)
