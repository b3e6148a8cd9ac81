"""Rows of a record table: cached texts and the order that a column gives."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from ares_desktop.views.models.columns import Column, RowShade
from ares_desktop.views.tokens import Tone

T = TypeVar("T")


class Row(Generic[T]):
    """A record with what was computed from it; texts are made when a cell is first looked at."""

    __slots__ = ("haystack", "key", "position", "record", "shade", "sort_key", "texts", "tones", "values")

    def __init__(self, key: Hashable, record: T, columns: Sequence[Column[T]]) -> None:
        self.key = key
        self.record = record
        self.values: list[Any] = [column.value(record) for column in columns]
        self.tones: list[Tone] = [column.tone(record) if column.tone else Tone.NORMAL for column in columns]
        self.texts: list[str | None] = [None] * len(columns)
        self.haystack: str | None = None
        self.shade = RowShade.NONE
        self.sort_key: Any = None
        self.position = -1

    def update(self, record: T, columns: Sequence[Column[T]]) -> tuple[int, int] | None:
        """Take a newer record; return the first and last changed column, or None."""
        self.record = record
        values, tones, texts = self.values, self.tones, self.texts
        first, last = -1, -1
        for number, column in enumerate(columns):
            value = column.value(record)
            tone = column.tone(record) if column.tone is not None else tones[number]
            if tone is tones[number] and value == values[number]:
                continue
            values[number] = value
            tones[number] = tone
            texts[number] = None
            last = number
            if first < 0:
                first = number
        if first < 0:
            return None
        self.haystack = None
        return first, last

    def text(self, number: int, columns: Sequence[Column[T]]) -> str:
        """Return a cell's text."""
        text = self.texts[number]
        if text is None:
            text = self.texts[number] = columns[number].text(self.values[number])
        return text

    def matches(self, needle: str, columns: Sequence[Column[T]], searched: Sequence[int]) -> bool:
        """Say whether the text of any ``searched`` cell contains ``needle``, which must be case-folded."""
        haystack = self.haystack
        if haystack is None:
            texts = self.texts
            for number in searched:
                if texts[number] is None:
                    texts[number] = columns[number].text(self.values[number])
            haystack = "\n".join([texts[number] or "" for number in searched]).casefold()
            self.haystack = haystack
        return needle in haystack


class RowOrder(Generic[T]):
    """Orders rows by one column: values as values, None and NaN last in both directions, ties by arrival."""

    def __init__(self, key: Callable[[T], Any], *, descending: bool) -> None:
        self._key = key
        self.descending = descending

    def assign(self, row: Row[T]) -> bool:
        """Compute a row's sort key; say whether it changed."""
        key = self._key(row.record)
        if key is not None and key != key:  # noqa: PLR0124 - NaN is the value that differs from itself
            key = None
        changed = row.sort_key is not key and row.sort_key != key
        row.sort_key = key
        return changed

    def sort(self, rows: list[Row[T]]) -> None:
        """Sort ``rows`` in place by their assigned keys."""
        missing = [row for row in rows if row.sort_key is None]
        known = [row for row in rows if row.sort_key is not None] if missing else rows
        known.sort(key=_sort_key, reverse=self.descending)
        if missing:
            rows[:] = known + missing

    def precedes(self, left: Row[T], right: Row[T]) -> bool:
        """Say whether ``left`` must stand before ``right``."""
        if left.sort_key is None or right.sort_key is None:
            return left.sort_key is not None and right.sort_key is None
        before = left.sort_key > right.sort_key if self.descending else left.sort_key < right.sort_key
        return bool(before)

    def place(self, row: Row[T], rows: Sequence[Row[T]]) -> int:
        """Return where ``row`` belongs in ordered ``rows``, after its equals."""
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            if self.precedes(row, rows[middle]):
                high = middle
            else:
                low = middle + 1
        return low


def _sort_key(row: Row[Any]) -> Any:  # noqa: ANN401 - whatever the column orders by
    return row.sort_key
