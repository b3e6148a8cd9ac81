"""A table view that paints its own cells, so that a live table costs little of a frame."""

from typing import Any, Final

from PySide6.QtCore import QEvent, QItemSelection, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.formats import translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.models.rows import Row
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import ROW_HEIGHT, SMALL_FONT_PX, Tone

_PADDING: Final = 6
_GLYPH: Final = 14
_MAX_WIDTHS: Final = 20_000
_ALIGN: Final = {
    Align.LEFT: int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine),
    Align.RIGHT: int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine),
    Align.CENTER: int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextSingleLine),
}


class TableView(QTableView):
    """Shows a :class:`RecordTableModel`.

    Signals:
        cell_clicked: row and column number of a click with the left button.
        activated_row: row number, on Enter or double click.
        toggled_row: row number, on the space bar.
    """

    cell_clicked = Signal(int, int)
    activated_row = Signal(int)
    toggled_row = Signal(int)

    def __init__(self, theme: Theme, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._empty_text = empty_text
        self._hovered = -1
        self._widths: dict[str, int] = {}
        self.setFont(ui_font(SMALL_FONT_PX))
        self._metrics = QFontMetrics(self.font())
        self._configure()
        self._take_colors()
        theme.changed.connect(self._take_colors)

    def _configure(self) -> None:
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionsMovable(True)
        columns.setMinimumSectionSize(28)
        columns.setFixedHeight(26)
        columns.setTextElideMode(Qt.TextElideMode.ElideRight)

    def _take_colors(self) -> None:
        tokens = self._theme.tokens
        self._colors = {tone: QColor(tokens.color(tone)) for tone in Tone}
        self._line = QColor(tokens.grid)
        self._hover = QColor(tokens.raised)
        self._selection = QColor(tokens.selection)
        self._accent = QColor(tokens.accent)
        self.viewport().update()

    def table(self) -> RecordTableModel[Any] | None:
        """Return the model, None before one was set."""
        model = self.model()
        return model if isinstance(model, RecordTableModel) else None

    def set_empty_text(self, text: str) -> None:
        """Say in the middle of an empty table why it is empty."""
        self._empty_text = text
        self.viewport().update()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells inside the event's rectangle."""
        model = self.table()
        painter = QPainter(self.viewport())
        painter.setFont(self.font())
        if model is None or model.rowCount() == 0:
            self._paint_empty(painter)
            painter.end()
            return
        area = event.rect()
        columns = self._columns_in(area, model)
        last = self.rowAt(area.bottom())
        bottom = last if last >= 0 else model.rowCount() - 1
        selected = self.selectionModel()
        any_selected = selected.hasSelection()
        for number in range(max(0, self.rowAt(area.top())), bottom + 1):
            chosen = any_selected and selected.isRowSelected(number)
            self._paint_row(painter, number, model, columns, chosen=chosen)
        painter.end()

    def _columns_in(self, area: QRect, model: RecordTableModel[Any]) -> list[tuple[int, Column[Any], int, int]]:
        found = []
        for number, column in enumerate(model.columns):
            width = self.columnWidth(number)
            left = self.columnViewportPosition(number)
            if width > 0 and left <= area.right() and left + width > area.left():
                found.append((number, column, left, width))
        return found

    def _paint_row(
        self,
        painter: QPainter,
        number: int,
        model: RecordTableModel[Any],
        columns: list[tuple[int, Column[Any], int, int]],
        *,
        chosen: bool,
    ) -> None:
        row = model.row(number)
        top = self.rowViewportPosition(number)
        width = self.viewport().width()
        if chosen:
            painter.fillRect(0, top, width, ROW_HEIGHT, self._selection)
        elif row.shade.value:
            painter.fillRect(0, top, width, ROW_HEIGHT, QColor(getattr(self._theme.tokens, row.shade.value)))
        elif number == self._hovered:
            painter.fillRect(0, top, width, ROW_HEIGHT, self._hover)
        painter.fillRect(0, top + ROW_HEIGHT - 1, width, 1, self._line)
        if chosen and self.hasFocus() and number == self.currentIndex().row():
            painter.fillRect(0, top, 2, ROW_HEIGHT - 1, self._accent)
        for index, column, left, wide in columns:
            if column.painter is not None:
                box = QRect(left + _PADDING, top, wide - 2 * _PADDING, ROW_HEIGHT - 1)
                column.painter(painter, box, row.values[index], self._theme)
            else:
                self._paint_text(painter, row, index, column, QRect(left, top, wide, ROW_HEIGHT - 1), model)

    def _paint_text(
        self,
        painter: QPainter,
        row: Row[Any],
        index: int,
        column: Column[Any],
        box: QRect,
        model: RecordTableModel[Any],
    ) -> None:
        tone = row.tones[index]
        left, room = box.left() + _PADDING, box.width() - 2 * _PADDING
        glyph = column.glyph(row.record) if column.glyph is not None else ""
        if glyph:
            ratio = self.devicePixelRatioF()
            pixmap = icon_pixmap(glyph, self._theme.tokens.color(tone), _GLYPH, ratio)
            # Figures stand at the right, and their mark beside them: at the left it would seem to belong to a neighbor.
            width = self._width(row.text(index, model.columns))
            at = left if column.align is not Align.RIGHT else max(left, left + room - width - _GLYPH - 5)
            painter.drawPixmap(at, box.top() + (box.height() - _GLYPH) // 2, pixmap)
            left, room = left + _GLYPH + 5, room - _GLYPH - 5
        text = row.text(index, model.columns)
        if not text or room <= 0:
            return
        painter.setPen(self._colors[tone])
        if self._width(text) > room:
            text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, box.top(), room, box.height()), _ALIGN[column.align], text)

    def _width(self, text: str) -> int:
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > _MAX_WIDTHS:
                self._widths.clear()
            width = self._metrics.horizontalAdvance(text)
            self._widths[text] = width
        return width

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(self._colors[Tone.FAINT])
        model = self.table()
        filtered = model is not None and bool(model.filter_text) and model.total > 0
        text = translated("Nothing matches the filter") if filtered else self._empty_text
        area = self.viewport().rect().adjusted(16, 8, -16, -8)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)

    # input

    def selectionChanged(  # noqa: N802 - Qt's name
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        """Paint the rows anew as far as they reach: the base class thinks of their columns only."""
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer with a soft highlight."""
        self._hover_over(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the highlight away."""
        self._hover_over(-1)
        super().leaveEvent(event)

    def _hover_over(self, number: int) -> None:
        if number == self._hovered:
            return
        for row in (self._hovered, number):
            if row >= 0:
                self.viewport().update(0, self.rowViewportPosition(row), self.viewport().width(), ROW_HEIGHT)
        self._hovered = number

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Report a click on a cell."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            index = self.indexAt(event.position().toPoint())
            if index.isValid():
                self.cell_clicked.emit(index.row(), index.column())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the row."""
        super().mouseDoubleClickEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.activated_row.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open or toggle the current row by keyboard."""
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated_row.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_Space:
            self.toggled_row.emit(row)
        else:
            super().keyPressEvent(event)

    def cell_center(self, row: int, column: int) -> QPoint:
        """Return the middle of a cell in viewport coordinates."""
        return self.visualRect(self.model().index(row, column)).center()
