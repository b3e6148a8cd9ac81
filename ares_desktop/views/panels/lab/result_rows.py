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

    New rows end what is under way. Rows come cheapest in the order that the table sorts by.
    """

    def __init__(self, table: RecordTable) -> None:
        super().__init__(table)
        self._table = table
        self._records: Sequence[Any] = ()
        self._next = 0
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
        if len(records) > _AT_ONCE:
            self._timer.start()
        else:
            self._timer.stop()

    def finish(self) -> None:
        """Hand over the rest now, because every row is asked for."""
        if not self.is_done:
            self._timer.stop()
            self._table.model.upsert(self._records[self._next :])

    def _add_some(self) -> None:
        if not self._table.isVisible():
            return
        until = time.perf_counter() + _BUDGET_S
        while self._next < len(self._records) and time.perf_counter() < until:
            self._table.model.upsert(self._records[self._next : self._next + _STEP])
            self._next += _STEP
        if self._next >= len(self._records):
            self._timer.stop()
