"""Fills a table with many rows without holding the window up."""

import time
from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from ares_desktop.views.models.record_table import RecordTableModel

_AT_ONCE: Final = 400
_STEP: Final = 200
_BUDGET_S: Final = 0.004
_PAUSE_MS: Final = 12


class RowFeed(QObject):
    """Hands the first rows over at once and the rest in small parts; new records end what is under way."""

    def __init__(self, model: RecordTableModel[Any]) -> None:
        super().__init__(model)
        self._model = model
        self._records: Sequence[Any] = ()
        self._next = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._add_some)

    @property
    def is_done(self) -> bool:
        """Whether the table has every row."""
        return not self._timer.isActive()

    def show(self, records: Sequence[Any]) -> None:
        """Replace the table's rows."""
        self._records = records
        self._model.reset(records[:_AT_ONCE])
        self._next = _AT_ONCE
        if len(records) > _AT_ONCE:
            self._timer.start()
        else:
            self._timer.stop()

    def finish(self) -> None:
        """Hand over the rest now, because a row of it is asked for."""
        if not self.is_done:
            self._timer.stop()
            self._model.upsert(self._records[self._next :])

    def _add_some(self) -> None:
        until = time.perf_counter() + _BUDGET_S
        while self._next < len(self._records) and time.perf_counter() < until:
            self._model.upsert(self._records[self._next : self._next + _STEP])
            self._next += _STEP
        if self._next >= len(self._records):
            self._timer.stop()
