"""What a person sees until the window is made: name and place, painted a moment after the command."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QDeadlineTimer, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tokens

_SIZE: Final = QSize(420, 150)
_MARGIN: Final = 28
_TITLE_PX: Final = 26
_EXPOSED_WITHIN_MS: Final = 100


class Splash(QLabel):
    """Says that the application starts, and with which profile; the window takes its place.

    A QSplashScreen would wait up to a second for a window manager that may not be there.
    """

    def __init__(self, tokens: Tokens, profile: Path) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint)
        self.setAccessibleName(translated("Ares Desktop starts"))
        self.setPixmap(_picture(tokens, profile))
        self.setFixedSize(_SIZE)
        self.move(self.screen().availableGeometry().center() - self.rect().center())

    def show_at_once(self) -> None:
        """Return when it is painted, or when there is no waiting for the screen any longer."""
        self.show()
        patience = QDeadlineTimer(_EXPOSED_WITHIN_MS)
        while not self.windowHandle().isExposed() and not patience.hasExpired():
            QApplication.processEvents()
        self.repaint()


def _picture(tokens: Tokens, profile: Path) -> QPixmap:
    picture = QPixmap(_SIZE)
    picture.fill(QColor(tokens.surface))
    painter = QPainter(picture)
    painter.setPen(QColor(tokens.border_strong))
    painter.drawRect(0, 0, _SIZE.width() - 1, _SIZE.height() - 1)
    room = QRect(_MARGIN, _MARGIN, _SIZE.width() - 2 * _MARGIN, _SIZE.height() - 2 * _MARGIN)
    font = painter.font()
    place = painter.fontMetrics().elidedText(str(profile), Qt.TextElideMode.ElideMiddle, room.width())
    painter.setPen(QColor(tokens.muted))
    painter.drawText(room, Qt.AlignmentFlag.AlignBottom, translated("Opening {0}").format(place))
    font.setPixelSize(_TITLE_PX)
    painter.setFont(font)
    painter.setPen(QColor(tokens.text))
    painter.drawText(room, Qt.AlignmentFlag.AlignTop, "Ares Desktop")
    painter.end()
    return picture
