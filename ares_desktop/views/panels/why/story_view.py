"""Draws the story of a decision as a line with a mark, a time and a text for each of its parts."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from ares_desktop.views import formats
from ares_desktop.views.fonts import ui_font
from ares_desktop.views.formats import translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.panels.why.story import Beat, lapse, told
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import FONT_PX, SMALL_FONT_PX, Tone

_MARGIN: Final = 12
_RAIL: Final = 22
"""Width of the line with its marks."""
_MARK: Final = 16
_GAP: Final = 12
"""Between two parts."""
_LINE_GAP: Final = 2
_COLUMN_GAP: Final = 24
_VALUE_ROOM: Final = 210
"""Width from which a further column of inputs is made."""
_MOST_COLUMNS: Final = 4
_WRAP: Final = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class _Place(NamedTuple):
    """Where a part stands: its top, the height of its text below the title, and its whole height."""

    top: int
    detail: int
    height: int


class StoryView(QWidget):
    """The picture itself; it is as high as its story needs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._beats: tuple[Beat, ...] = ()
        self._places: list[_Place] = []
        self._title_font = ui_font(FONT_PX, QFont.Weight.Medium)
        self.setFont(ui_font(SMALL_FONT_PX))
        self._titles = QFontMetrics(self._title_font)
        self._texts = QFontMetrics(self.font())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(translated("Story of the decision"))
        copy = QAction(translated("Copy the story"), self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        theme.changed.connect(self.update)

    @property
    def beats(self) -> tuple[Beat, ...]:
        """What is told."""
        return self._beats

    def show_story(self, beats: tuple[Beat, ...]) -> None:
        """Tell another story, or the same one with what has happened since."""
        if beats == self._beats:
            return
        self._beats = beats
        self.setAccessibleDescription(told(beats))
        self._lay_out()
        self.update()

    def copy(self) -> None:
        """Put the story on the clipboard as text."""
        QGuiApplication.clipboard().setText(told(self._beats))

    # geometry

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def sizeHint(self) -> QSize:
        """Return the height that the story needs at this width."""
        last = self._places[-1] if self._places else _Place(0, 0, 0)
        return QSize(320, last.top + last.height + _MARGIN)

    def _left(self) -> int:
        return _MARGIN + _RAIL + 6

    def _room(self) -> int:
        return max(60, self.width() - self._left() - _MARGIN)

    def _lay_out(self) -> None:
        self._places = []
        top = _MARGIN
        for beat in self._beats:
            detail = self._detail_height(beat)
            height = self._titles.height() + detail + self._values_height(beat)
            self._places.append(_Place(top, detail, height))
            top += height + _GAP
        self.setFixedHeight(max(1, self.sizeHint().height()))

    def _detail_height(self, beat: Beat) -> int:
        if not beat.detail:
            return 0
        room = QRect(0, 0, self._room(), 10_000)
        return self._texts.boundingRect(room, _WRAP, beat.detail).height() + _LINE_GAP

    def _grid(self, beat: Beat) -> tuple[int, int]:
        """Return rows and columns of a part's values."""
        columns = max(1, min(_MOST_COLUMNS, self._room() // _VALUE_ROOM, len(beat.values)))
        return -(-len(beat.values) // columns), columns

    def _values_height(self, beat: Beat) -> int:
        return self._grid(beat)[0] * self._value_step() + _LINE_GAP if beat.values else 0

    def _value_step(self) -> int:
        return self._texts.height() + 2

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line and what is seen of its parts."""
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.fillRect(event.rect(), QColor(tokens.surface))
        if self._places:
            self._paint_line(painter)
        for beat, place in zip(self._beats, self._places, strict=True):
            if place.top <= event.rect().bottom() and place.top + place.height >= event.rect().top():
                self._paint_beat(painter, beat, place)
        if self.hasFocus():
            painter.fillRect(0, 0, 2, self.height(), QColor(tokens.accent))
        painter.end()

    def _paint_line(self, painter: QPainter) -> None:
        middle = _MARGIN + _MARK // 2
        first, last = self._places[0], self._places[-1]
        painter.setPen(QPen(QColor(self._theme.tokens.border_strong), 1))
        painter.drawLine(middle, first.top + _MARK, middle, last.top)

    def _paint_beat(self, painter: QPainter, beat: Beat, place: _Place) -> None:
        tokens = self._theme.tokens
        line = self._titles.height()
        mark = QRect(_MARGIN, place.top + (line - _MARK) // 2, _MARK, _MARK)
        painter.fillRect(mark.adjusted(-1, -2, 1, 2), QColor(tokens.surface))
        pixmap = icon_pixmap(beat.icon, tokens.color(beat.tone), _MARK, self.devicePixelRatioF())
        painter.drawPixmap(mark.topLeft(), pixmap)
        left, room = self._left(), self._room()
        painter.setFont(self._title_font)
        painter.setPen(QColor(tokens.color(beat.tone if beat.tone is not Tone.MUTED else Tone.NORMAL)))
        painter.drawText(QRect(left, place.top, room, line), _LEFT, beat.title)
        used = self._titles.horizontalAdvance(beat.title)
        painter.setFont(self.font())
        self._paint_time(painter, beat, QRect(left, place.top, room, line), used)
        painter.setPen(QColor(tokens.text if beat.at is not None or beat.icon == "pnl" else tokens.muted))
        top = place.top + line
        if beat.detail:
            painter.drawText(QRect(left, top + _LINE_GAP, room, place.detail), _WRAP, beat.detail)
        if beat.values:
            self._paint_values(painter, beat, top + place.detail + _LINE_GAP)

    def _paint_time(self, painter: QPainter, beat: Beat, box: QRect, used: int) -> None:
        if beat.at is None:
            return
        tokens = self._theme.tokens
        when = formats.moment(beat.at)
        if used + self._texts.horizontalAdvance(when) + _COLUMN_GAP > box.width():
            when = formats.clock_time(beat.at)
        painter.setPen(QColor(tokens.muted))
        painter.drawText(box, _RIGHT, when)
        if beat.after_s is None:
            return
        gap = f"+{lapse(beat.after_s)}"
        right = box.width() - self._texts.horizontalAdvance(when) - 12
        if used + self._texts.horizontalAdvance(gap) + 8 <= right:
            painter.setPen(QColor(tokens.faint))
            painter.drawText(QRect(box.left(), box.top(), right, box.height()), _RIGHT, gap)

    def _paint_values(self, painter: QPainter, beat: Beat, top: int) -> None:
        rows, columns = self._grid(beat)
        tokens, step = self._theme.tokens, self._value_step()
        wide = (self._room() - (columns - 1) * _COLUMN_GAP) // columns
        for number, (name, value) in enumerate(beat.values):
            column, row = divmod(number, rows)
            box = QRect(self._left() + column * (wide + _COLUMN_GAP), top + row * step, wide, step)
            painter.setPen(QColor(tokens.text))
            painter.drawText(box, _RIGHT, value)
            room = wide - self._texts.horizontalAdvance(value) - 8
            painter.setPen(QColor(tokens.muted))
            shown = self._texts.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(box, _LEFT, shown)
            if row < rows - 1 or rows == 1:
                painter.setPen(QColor(tokens.grid))
                painter.drawLine(box.left(), box.bottom(), box.right(), box.bottom())


def scrolled(view: StoryView) -> QScrollArea:
    """Return an area that a story is scrolled in, up and down alone."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(view)
    return area
