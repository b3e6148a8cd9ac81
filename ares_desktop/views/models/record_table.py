"""A table model over frozen records that sorts and filters itself and repaints only what changed."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.rows import Row, RowOrder

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex

# A lookup of a qualified enum costs twenty times the comparison of an int.
_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
_ALIGNMENT: Final = int(Qt.ItemDataRole.TextAlignmentRole)
_TOOLTIP: Final = int(Qt.ItemDataRole.ToolTipRole)
_ACCESSIBLE: Final = int(Qt.ItemDataRole.AccessibleTextRole)
_HORIZONTAL: Final = Qt.Orientation.Horizontal
_NO_INDEX: Final = QModelIndex()

_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
_FLAGS: Final = {
    Align.LEFT: _MIDDLE | Qt.AlignmentFlag.AlignLeft,
    Align.RIGHT: _MIDDLE | Qt.AlignmentFlag.AlignRight,
    Align.CENTER: _MIDDLE | Qt.AlignmentFlag.AlignHCenter,
}
_MAX_RECTANGLES: Final = 24
"""More changed stretches than this are announced as one rectangle."""
_MAX_STRETCHES: Final = 24
"""More places of insertion or removal than this are announced as a new layout."""


class RecordTableModel(QAbstractTableModel, Generic[T]):
    """Rows by key, in the order of one column, reduced to what contains the filter's text.

    Attributes:
        columns: what is shown, left to right.
        limit: the oldest rows beyond this many go, None keeps all.
    """

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], Hashable],
        *,
        shade: Callable[[T], RowShade] | None = None,
        limit: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.limit = limit
        self._key = key
        self._shade = shade
        self._rows: dict[Hashable, Row[T]] = {}
        self._shown: list[Row[T]] = []
        self._order: RowOrder[T] | None = None
        self._sorted_by = -1
        self._needle = ""
        self._searched: tuple[int, ...] = tuple(range(len(self.columns)))
        self._predicate: Callable[[T], bool] | None = None

    # what Qt asks

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of rows that pass the filter."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of columns, hidden ones too."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:  # noqa: ANN401 - Qt's variant
        """Return what Qt and screen readers ask of a cell; the view paints from :meth:`row` instead."""
        if not index.isValid():
            return None
        if role in (_DISPLAY, _ACCESSIBLE):
            return self._shown[index.row()].text(index.column(), self.columns)
        if role == _ALIGNMENT:
            return _FLAGS[self.columns[index.column()].align]
        if role == _TOOLTIP:
            tooltip = self.columns[index.column()].tooltip
            return (tooltip(self._shown[index.row()].record) or None) if tooltip is not None else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:  # noqa: ANN401 - Qt's variant
        """Return a column's title."""
        if orientation != _HORIZONTAL or not 0 <= section < len(self.columns):
            return None
        if role == _DISPLAY:
            return translated(self.columns[section].title, "columns")
        return _FLAGS[self.columns[section].align] if role == _ALIGNMENT else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column; -1 leaves them as they arrived."""
        if not 0 <= column < len(self.columns):
            self._sorted_by, self._order = -1, None
            return
        chosen = self.columns[column]
        self._sorted_by = column
        self._order = RowOrder(chosen.sort or chosen.value, descending=order == Qt.SortOrder.DescendingOrder)
        for row in self._rows.values():
            self._order.assign(row)
        self._resort()

    # what views ask

    @property
    def total(self) -> int:
        """Number of rows, whether they pass the filter or not."""
        return len(self._rows)

    @property
    def filter_text(self) -> str:
        """The filter in force, case-folded."""
        return self._needle

    def row(self, number: int) -> Row[T]:
        """Return a shown row with its cached texts."""
        return self._shown[number]

    def record(self, number: int) -> T:
        """Return the record of a shown row."""
        return self._shown[number].record

    def text(self, number: int, column: int) -> str:
        """Return the text of a shown cell."""
        return self._shown[number].text(column, self.columns)

    def find(self, key: Hashable) -> T | None:
        """Return the record of a key, None when there is none."""
        row = self._rows.get(key)
        return None if row is None else row.record

    def row_of(self, key: Hashable) -> int:
        """Return where the row of a key is shown, -1 when it is not."""
        row = self._rows.get(key)
        return -1 if row is None else row.position

    def key_at(self, number: int) -> Hashable:
        """Return the key of a shown row."""
        return self._shown[number].key

    def records(self) -> list[T]:
        """Return the shown records, top to bottom."""
        return [row.record for row in self._shown]

    def column_number(self, key: str) -> int:
        """Return the position of a column.

        Raises:
            KeyError: when there is none of that key.
        """
        for number, column in enumerate(self.columns):
            if column.key == key:
                return number
        raise KeyError(key)

    # what changes

    def upsert(self, records: Iterable[T]) -> None:
        """Add or replace a batch, keeping order and filter; unchanged cells are not repainted."""
        touched: dict[Row[T], None] = {}
        dirty: dict[int, tuple[int, int]] = {}
        disordered: list[Row[T]] = []
        for record in records:
            key = self._key(record)
            row = self._rows.get(key)
            if row is None:
                row = self._new_row(key, record)
            else:
                span = self._update(row, record, disordered)
                if span is not None and row.position >= 0:
                    known = dirty.get(row.position, span)
                    dirty[row.position] = (min(known[0], span[0]), max(known[1], span[1]))
            touched[row] = None
        self._announce(dirty)
        self._take_out([row for row in touched if row.position >= 0 and not self._passes(row)])
        if disordered and not self._in_order(disordered):
            self._resort()
        self._insert([row for row in touched if row.position < 0 and self._passes(row)])
        self._trim()

    def hold(self, records: Iterable[T]) -> None:
        """Take over new records without showing them before :meth:`reveal`, which orders all of them at once."""
        for record in records:
            key = self._key(record)
            if key not in self._rows:
                self._new_row(key, record)

    def reveal(self) -> None:
        """Show what is held."""
        self._insert([row for row in self._rows.values() if row.position < 0 and self._passes(row)])
        self._trim()

    def remove(self, keys: Iterable[Hashable]) -> None:
        """Drop the rows of these keys; unknown keys are fine."""
        rows = [row for row in (self._rows.pop(key, None) for key in keys) if row is not None]
        self._take_out([row for row in rows if row.position >= 0])

    def reset(self, records: Iterable[T]) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._rows.clear()
        for record in records:
            self._new_row(self._key(record), record)
        self._show_passing()
        self.endResetModel()
        self._trim()

    def set_filter(self, text: str) -> None:
        """Show only rows with a cell that contains ``text``, upper and lower case alike; empty shows all."""
        needle = text.strip().casefold()
        if needle != self._needle:
            self._needle = needle
            self._filter_again()

    def search_in(self, columns: Iterable[int]) -> None:
        """Let the filter look at these columns alone, because only they are visible."""
        searched = tuple(columns)
        if searched == self._searched:
            return
        self._searched = searched
        for row in self._rows.values():
            row.haystack = None
        if self._needle:
            self._filter_again()

    def set_predicate(self, predicate: Callable[[T], bool] | None) -> None:
        """Show only rows whose record fulfils ``predicate``, besides the filter's text; None shows all."""
        self._predicate = predicate
        self._filter_again()

    # inside

    def _new_row(self, key: Hashable, record: T) -> Row[T]:
        row = Row(key, record, self.columns)
        if self._shade is not None:
            row.shade = self._shade(record)
        if self._order is not None:
            self._order.assign(row)
        self._rows[key] = row
        return row

    def _update(self, row: Row[T], record: T, disordered: list[Row[T]]) -> tuple[int, int] | None:
        span = row.update(record, self.columns)
        if self._shade is not None:
            shade = self._shade(record)
            if shade is not row.shade:
                row.shade = shade
                span = (0, len(self.columns) - 1)
        if self._order is not None and self._order.assign(row) and row.position >= 0:
            disordered.append(row)
        return span

    def _passes(self, row: Row[T]) -> bool:
        if self._predicate is not None and not self._predicate(row.record):
            return False
        return not self._needle or row.matches(self._needle, self.columns, self._searched)

    def _filter_again(self) -> None:
        self.beginResetModel()
        self._show_passing()
        self.endResetModel()

    def _show_passing(self) -> None:
        for row in self._rows.values():
            row.position = -1
        self._shown = [row for row in self._rows.values() if self._passes(row)]
        if self._order is not None:
            self._order.sort(self._shown)
        self._renumber(0)

    def _renumber(self, start: int) -> None:
        for number, row in enumerate(self._shown[start:], start):
            row.position = number

    def _announce(self, dirty: dict[int, tuple[int, int]]) -> None:
        if not dirty:
            return
        stretches: list[list[int]] = []
        for number in sorted(dirty):
            first, last = dirty[number]
            if stretches and number == stretches[-1][1] + 1:
                stretch = stretches[-1]
                stretch[1], stretch[2], stretch[3] = number, min(stretch[2], first), max(stretch[3], last)
            else:
                stretches.append([number, number, first, last])
        if len(stretches) > _MAX_RECTANGLES:
            columns = min(one[2] for one in stretches), max(one[3] for one in stretches)
            stretches = [[stretches[0][0], stretches[-1][1], *columns]]
        for top, bottom, first, last in stretches:
            self.dataChanged.emit(self.createIndex(top, first), self.createIndex(bottom, last))

    def _in_order(self, changed: list[Row[T]]) -> bool:
        order, shown = self._order, self._shown
        if order is None:
            return True
        for row in changed:
            here = row.position
            if here < 0:
                continue
            if here > 0 and order.precedes(row, shown[here - 1]):
                return False
            if here + 1 < len(shown) and order.precedes(shown[here + 1], row):
                return False
        return True

    def _resort(self) -> None:
        if self._order is None or not self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [(self._shown[index.row()], index.column()) for index in before]
        self._order.sort(self._shown)
        self._renumber(0)
        self.changePersistentIndexList(before, [self.createIndex(row.position, column) for row, column in held])
        self.layoutChanged.emit()

    def _insert(self, rows: list[Row[T]]) -> None:
        if not rows:
            return
        order = self._order
        if order is None:
            self._insert_at(len(self._shown), rows)
            return
        order.sort(rows)
        stretches: list[tuple[int, list[Row[T]]]] = []
        for row in rows:
            place = order.place(row, self._shown)
            if stretches and stretches[-1][0] == place:
                stretches[-1][1].append(row)
            else:
                stretches.append((place, [row]))
        if len(stretches) > _MAX_STRETCHES:
            self._insert_at(len(self._shown), rows)
            self._resort()
            return
        for place, members in reversed(stretches):
            self._insert_at(place, members)

    def _insert_at(self, place: int, rows: list[Row[T]]) -> None:
        self.beginInsertRows(_NO_INDEX, place, place + len(rows) - 1)
        self._shown[place:place] = rows
        self._renumber(place)
        self.endInsertRows()

    def _take_out(self, rows: list[Row[T]]) -> None:
        if not rows:
            return
        stretches: list[list[int]] = []
        for number in sorted({row.position for row in rows}):
            if stretches and number == stretches[-1][1] + 1:
                stretches[-1][1] = number
            else:
                stretches.append([number, number])
        if len(stretches) > _MAX_STRETCHES:
            self.beginResetModel()
            gone = {id(row) for row in rows}
            self._shown = [row for row in self._shown if id(row) not in gone]
            self._renumber(0)
            self.endResetModel()
        else:
            for top, bottom in reversed(stretches):
                self.beginRemoveRows(_NO_INDEX, top, bottom)
                del self._shown[top : bottom + 1]
                self._renumber(top)
                self.endRemoveRows()
        for row in rows:
            row.position = -1

    def _trim(self) -> None:
        if self.limit is None or len(self._rows) <= self.limit + self.limit // 10:
            return
        keys = iter(self._rows)
        self.remove([next(keys) for _ in range(len(self._rows) - self.limit)])
