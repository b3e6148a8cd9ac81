"""Locks: what may open nothing new, since when, until when and why; each can be changed or lifted in place."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.protections import Lock
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import age, translated, word
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import push_button, set_property, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.engine.managers.protections import LockChange
    from ares_desktop.views.desk import Desk


def lock_columns(now: Callable[[], datetime]) -> tuple[Column[Lock], ...]:
    """Return the columns of the locks; ``now`` is the time of the clock in force, which they end by."""

    def left(lock: Lock) -> float | None:
        return None if lock.until is None else max(0.0, (lock.until - now()).total_seconds())

    return (
        Column(key="scope", title="Locked", value=lambda lock: lock.scope, glyph=lambda _: "warning", width=250),
        Column(key="kind", title="By", value=lambda lock: lock.kind, text=word, width=120),
        Column(key="reason", title="Why", value=lambda lock: lock.reason, tooltip=lambda lock: lock.reason, width=240),
        time_column("since", "Since", lambda lock: lock.since),
        Column(
            key="until",
            title="Until",
            value=lambda lock: lock.until,
            text=lambda until: translated("until it is lifted") if until is None else f"{until:%Y-%m-%d %H:%M:%S}",
            width=130,
        ),
        Column(
            key="left",
            title="Left",
            value=left,
            text=lambda seconds: "" if seconds is None else age(seconds),
            align=Align.RIGHT,
            tone=lambda _: Tone.MUTED,
            width=64,
        ),
        Column(key="id", title="Name", value=lambda lock: lock.id, tone=lambda _: Tone.FAINT, width=160),
    )


class LocksPage(RiskPage):
    """The locks in force, and a line to place one or change the selected."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        protections = desk.managers.protections
        self.model = RecordTableModel(lock_columns(protections.now), key=lambda lock: lock.id, parent=self)
        self.model.reset(protections.locks())
        self.table = RecordTable(
            desk,
            self.model,
            "locks",
            empty=translated("Nothing is locked. A lock forbids new exposure; exits still pass."),
            sort=("since", Qt.SortOrder.DescendingOrder),
            units=("{0} lock", "{0} locks"),
        )
        self.scope = self._field(
            translated("What to lock"), translated("all, account:ID, strategy:NAME, instrument:ID, or the last two")
        )
        self.minutes = self._field(translated("Minutes"), translated("Empty: until it is lifted"), 84)
        self.reason = self._field(translated("Why"), translated("Shown with every order that the lock denies"))
        bar, row = strip("toolbar", margins=(6, 3, 6, 3), spacing=4)
        row.addWidget(self.scope, 3)
        row.addWidget(self.minutes)
        row.addWidget(self.reason, 2)
        row.addWidget(
            push_button(translated("Lock"), self.place, role="primary", tooltip=translated("Let only exits pass there"))
        )
        self._add_tools()
        self.column.addWidget(bar)
        self.column.addWidget(self.table)
        protections.lock_changed.connect(self._changed)
        self.table.selection_changed.connect(self._show_selected)

    def _add_tools(self) -> None:
        tips = translated("Give the selected locks this end and why"), translated("Let the selected scopes trade again")
        self.table.add_tool(push_button(translated("Change selected"), self.change, tooltip=tips[0]))
        self.table.add_tool(push_button(translated("Lift selected"), self.lift, tooltip=tips[1]))

    def second_passed(self) -> None:
        """Count down."""
        self.model.upsert(self.desk.managers.protections.locks())

    def place(self) -> None:
        """Lock the scope that was typed; what can't be read is marked where it stands, all at once."""
        scope, until, reason = self.scope.text().strip(), self._until, self.reason.text().strip()
        protections = self.desk.managers.protections
        wrong = [field for field, right in ((self.scope, scope), (self.minutes, self._is_time())) if not right]
        for field in wrong:
            set_property(field, "invalid", value=True)
        if wrong:
            wrong[0].setFocus()
            return

        async def start() -> Lock:
            return await protections.place_lock(scope, until=until(), reason=reason, source=SOURCE)

        self.desk.runner.reduce(
            translated("Lock {0}").format(scope),
            start,
            done=lambda _: self.reason.clear(),
            arguments={"reason": reason, "minutes": self.minutes.text().strip()},
        )

    def change(self) -> None:
        """Give the selected locks the end and the reason that were typed."""
        protections, reason = self.desk.managers.protections, self.reason.text().strip()
        for lock in self.table.selected():

            async def start(lock: Lock = lock) -> Lock:
                until = self._until()
                return await protections.change_lock(lock.id, until=until, reason=reason or lock.reason, source=SOURCE)

            self.desk.runner.run(
                translated("Change the lock of {0}").format(lock.scope),
                start,
                arguments={"lock": lock.id, "reason": reason, "minutes": self.minutes.text().strip()},
            )

    def lift(self) -> None:
        """Take the selected locks away."""
        for lock in self.table.selected():
            self.desk.runner.run(
                translated("Lift the lock of {0}").format(lock.scope),
                partial(self.desk.managers.protections.lift_lock, lock.id, source=SOURCE),
                arguments={"lock": lock.id},
            )

    def _is_time(self) -> bool:
        try:
            self._until()
        except UsageError:
            return False
        return True

    def _until(self) -> datetime | None:
        text = self.minutes.text().strip()
        if not text:
            return None
        try:
            return self.desk.managers.protections.now() + timedelta(minutes=float(text))
        except (ValueError, OverflowError) as error:
            raise UsageError(
                Finding(place="minutes", value=text, problem="must be a number", remedy="Write 30 or 1440.")
            ) from error

    def _field(self, name: str, hint: str, width: int = 0) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(name)
        field.setToolTip(hint)
        field.setAccessibleName(name)
        field.returnPressed.connect(self.place)
        field.textChanged.connect(lambda: set_property(field, "invalid", value=False))
        if width:
            field.setFixedWidth(width)
        return field

    def _show_selected(self) -> None:
        for lock in self.table.selected()[:1]:
            self.scope.setText(lock.scope)
            self.reason.setText(lock.reason)

    def _changed(self, change: LockChange) -> None:
        if change.lifted:
            self.model.remove((change.lock.id,))
        else:
            self.model.upsert((change.lock,))
