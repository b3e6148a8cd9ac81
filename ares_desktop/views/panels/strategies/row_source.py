"""Joins what the managers tell of an instance into one row of the table."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from ares_desktop.domain.strategies import StrategyStatus
from ares_desktop.views.panels.strategies.rows import StrategyRow, file_key

if TYPE_CHECKING:
    from ares_desktop.domain.accounts import BookSnapshot, CurvePoint
    from ares_desktop.domain.ids import InstrumentId
    from ares_desktop.domain.positions import Position
    from ares_desktop.views.desk import Desk

_TRAIL: Final = 48
"""Points of the small curve in a row."""
_MINUTE_S: Final = 60


class RowSource:
    """Knows books, holdings and returns by instance.

    Attributes:
        now: wall clock, UTC.
    """

    def __init__(self, desk: Desk) -> None:
        self._managers = desk.managers
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        portfolio = desk.managers.portfolio
        self._books: dict[str, BookSnapshot] = {book.strategy: book for book in portfolio.books()}
        self._held: dict[str, dict[InstrumentId, Decimal]] = {}
        self._trails: dict[str, deque[float]] = {}
        for position in portfolio.positions():
            self.take_position(position)

    def rows(self) -> list[StrategyRow]:
        """Return every instance, then the files that can't be used."""
        strategies = self._managers.strategies
        rows = [self.row(status) for status in strategies.statuses()]
        faulty = [StrategyRow(name=file_key(entry), entry=entry) for entry in strategies.catalog() if entry.faults]
        return [*rows, *faulty]

    def row(self, status: StrategyStatus) -> StrategyRow:
        """Return an instance's row as of now."""
        name = status.instance.name
        held = self._held.get(name)
        return StrategyRow(
            name=name,
            status=status,
            book=self._books.get(name),
            holdings=tuple(sorted(held.items())) if held else (),
            trail=tuple(self._trail(name)),
            state_s=self._seconds(status.since),
            due_s=None if status.restart_at is None else max(0, -self._seconds(status.restart_at)),
        )

    def aged(self, row: StrategyRow) -> StrategyRow | None:
        """Return a row with its age of this second, None when it reads as before."""
        status = row.status
        if status is None or row.state_s is None:
            return None
        seconds = self._seconds(status.since)
        due = None if status.restart_at is None else max(0, -self._seconds(status.restart_at))
        # From a minute on, ages are told in minutes at the finest.
        same = seconds // _MINUTE_S == row.state_s // _MINUTE_S if row.state_s >= _MINUTE_S else seconds == row.state_s
        if same and due == row.due_s:
            return None
        return msgspec.structs.replace(row, state_s=seconds, due_s=due)

    def take_book(self, book: BookSnapshot) -> None:
        """Keep a book's newest money."""
        self._books[book.strategy] = book

    def take_position(self, position: Position) -> bool:
        """Keep a holding; say whether its quantity changed."""
        held = self._held.setdefault(position.strategy, {})
        if held.get(position.instrument, Decimal(0)) == position.quantity:
            return False
        if position.quantity:
            held[position.instrument] = position.quantity
        else:
            held.pop(position.instrument, None)
        return True

    def take_point(self, extended: CurvePoint) -> None:
        """Keep a new point of a book's return."""
        trail = self._trails.get(extended.book)
        if trail is not None:
            trail.append(extended.point.twr)

    def _trail(self, name: str) -> deque[float]:
        trail = self._trails.get(name)
        if trail is None:
            newest = self._managers.portfolio.curve(name).twr[-_TRAIL:]
            trail = self._trails[name] = deque(newest.tolist(), maxlen=_TRAIL)
        return trail

    def _seconds(self, moment: datetime) -> int:
        return int((self.now() - moment).total_seconds())
