"""Fills a table with many rows without holding the window up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from ares_desktop.views.widgets.record_table import RecordTable

_AT_ONCE: Final = 400
_STEP: Final = 64
_BUDGET_S: Final = 0.003
_PAUSE_MS: Final = 16


class RowFeed(QObject):
    """Hands the first rows over at once and the rest in small parts while the table is seen.

    New rows end what is under way. Rows that come in the table's own order appear as they come; others are held until
    all are there, because each part of them would order the whole table anew.
    """

    def __init__(self, table: RecordTable) -> None:
        super().__init__(table)
        self._table = table
        self._records: Sequence[Any] = ()
        self._next = 0
        self._held = False
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._add_some)
        table.complete = self.finish

    @property
    def is_done(self) -> bool:
        """Whether the table has every row."""
        return not self._timer.isActive()

    def show(self, records: Sequence[Any]) -> None:
        """Replace the table's rows."""
        self._records = records
        self._table.model.reset(records[:_AT_ONCE])
        self._next = _AT_ONCE
        self._held = False
        if len(records) > _AT_ONCE:
            self._timer.start()
        else:
            self._timer.stop()

    def finish(self) -> None:
        """Hand over the rest now, because every row is asked for."""
        if not self.is_done:
            self._timer.stop()
            self._add(self._records[self._next :])
            self._reveal()

    def _add_some(self) -> None:
        if not self._table.isVisible():
            return
        until = time.perf_counter() + _BUDGET_S
        while self._next < len(self._records) and time.perf_counter() < until:
            self._add(self._records[self._next : self._next + _STEP])
            self._next += _STEP
        if self._next >= len(self._records):
            self._timer.stop()
            self._reveal()

    def _add(self, records: Sequence[Any]) -> None:
        model = self._table.model
        if self._held:
            model.hold(records)
            return
        model.upsert(records)
        shown = model.rowCount()
        self._held = not shown or model.record(shown - 1) is not records[-1]

    def _reveal(self) -> None:
        if self._held:
            self._table.model.reveal()
