"""Holds a flood of records back and hands the newest of each key on, a few times a second and a little at a time."""

import time
from collections.abc import Callable, Hashable
from itertools import islice
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

T = TypeVar("T")

_FASTEST_BATCH: Final = 8
_BACKLOG_SHARE: Final = 3


class Coalescer(QObject, Generic[T]):
    """Between an engine signal and a table: the latest record per key, at most ``hz`` batches a second.

    A tick works for about ``budget_ms``; what does not fit waits for the next tick, which comes sooner then. Keys keep
    the order of their first arrival, so nothing starves.
    """

    def __init__(
        self,
        sink: Callable[[list[T]], None],
        key: Callable[[T], Hashable],
        *,
        hz: float = 20.0,
        budget_ms: float = 3.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._sink = sink
        self._key = key
        self._budget_s = budget_ms / 1000
        self._interval_ms = round(1000 / hz)
        self._pending: dict[Hashable, T] = {}
        self._batch = 64
        self._waiting = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush_some)

    def __len__(self) -> int:
        return len(self._pending)

    def push(self, record: T) -> None:
        """Take a record; it replaces one of the same key that has not been handed on."""
        self._pending[self._key(record)] = record
        if not self._waiting:
            self._waiting = True
            self._timer.start(self._interval_ms)

    def flush_some(self) -> None:
        """Hand on as much as fits into the budget."""
        self._waiting = False
        if not self._pending:
            return
        keys = list(islice(self._pending, self._batch))
        batch = [self._pending.pop(key) for key in keys]
        began = time.perf_counter()
        self._sink(batch)
        self._learn(len(batch), time.perf_counter() - began)
        if self._pending and not self._waiting:
            self._waiting = True
            self._timer.start(self._interval_ms // _BACKLOG_SHARE)

    def flush(self) -> None:
        """Hand on everything at once, for tests and for the last state before closing."""
        self._timer.stop()
        self._waiting = False
        batch = list(self._pending.values())
        self._pending.clear()
        if batch:
            self._sink(batch)

    def _learn(self, records: int, took_s: float) -> None:
        fitting = int(records * self._budget_s / max(took_s, 1e-6))
        self._batch = max(_FASTEST_BATCH, min(fitting, self._batch * 2, 4096))
