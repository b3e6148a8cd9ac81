"""Messages and questions inside the window; nothing here ever waits for an answer."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.views.formats import translated, word
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, push_button

WIDTH: Final = 380
_MARGIN: Final = 16
_STATUS_HEIGHT: Final = 24
_MOST: Final = 4
_INFO_MS: Final = 6000

SEVERITY_TONES: Final = {
    Severity.INFO: Tone.ACCENT,
    Severity.WARNING: Tone.WARNING,
    Severity.ERROR: Tone.NEGATIVE,
    Severity.CRITICAL: Tone.DANGER,
}


class Notice(QFrame):
    """One message with its findings, and buttons when it asks something."""

    def __init__(self, theme: Theme, severity: Severity, title: str, lines: tuple[str, ...]) -> None:
        super().__init__()
        self.title = title
        self.lines = lines
        self.setProperty("surface", "notice")
        self.setProperty("severity", severity.value)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(f"{word(severity)}: {title}")
        mark = QLabel()
        mark.setPixmap(
            icon_pixmap(severity.value, theme.tokens.color(SEVERITY_TONES[severity]), 16, self.devicePixelRatioF())
        )
        heading = label(title)
        heading.setWordWrap(True)
        heading.setStyleSheet("font-weight: 600;")
        close = IconButton(theme, "close", translated("Dismiss"))
        close.clicked.connect(self.dismiss)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(heading, 1)
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 10, 8, 10)
        self._column.setSpacing(4)
        self._column.addLayout(top)
        for line in lines:
            text = label(line, tone=Tone.MUTED)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.setContentsMargins(24, 0, 8, 0)
            self._column.addWidget(text)

    def add_choice(self, text: str, chosen: Callable[[], object]) -> None:
        """Add the buttons of a question: do it, or leave it."""
        row = QHBoxLayout()
        row.addStretch(1)

        def confirm() -> None:
            self.dismiss()
            chosen()

        row.addWidget(push_button(translated("Cancel"), self.dismiss))
        button = push_button(text, confirm, role="danger")
        row.addWidget(button)
        self._column.addSpacing(4)
        self._column.addLayout(row)
        button.setFocus()

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()
        self.deleteLater()


class NoticeArea(QWidget):
    """The corner of the window where messages appear; it covers nothing while there are none."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(8)
        self.hide()
        parent.installEventFilter(self)

    def notices(self) -> list[Notice]:
        """Return what is shown, oldest first."""
        return [one for one in self.findChildren(Notice) if not one.isHidden()]

    def inform(self, title: str, *lines: str) -> None:
        """Say that something was done; it goes by itself."""
        notice = self._add(Severity.INFO, title, lines)
        QTimer.singleShot(_INFO_MS, notice, notice.dismiss)

    def warn(self, title: str, *lines: str) -> None:
        """Say what a person should look at; it stays until it is dismissed."""
        self._add(Severity.WARNING, title, lines)

    def show_error(self, title: str, error: BaseException) -> None:
        """Show an error in full: each finding of wrong input, the code and detail of a refusal."""
        if isinstance(error, UsageError):
            self._add(Severity.ERROR, title, tuple(finding_text(finding) for finding in error.findings))
        elif isinstance(error, RefusedError):
            self._add(Severity.WARNING, title, (f"{error.code}: {error.detail}",))
        else:
            self._add(Severity.ERROR, title, (str(error) or type(error).__name__,))

    def ask(self, question: str, detail: str, button: str, chosen: Callable[[], object]) -> None:
        """Ask before something that is hard to undo; doing nothing leaves it undone."""
        self._add(Severity.WARNING, question, (detail,)).add_choice(button, chosen)

    def _add(self, severity: Severity, title: str, lines: tuple[str, ...]) -> Notice:
        for old in self.notices():
            if (old.title, old.lines) == (title, lines):
                old.dismiss()
        shown = self.notices()
        for old in shown[: max(0, len(shown) - _MOST + 1)]:
            old.dismiss()
        notice = Notice(self._theme, severity, title, lines)
        notice.installEventFilter(self)
        self._stack.addWidget(notice)
        notice.show()
        self._place()
        # The texts of the first message have their heights only after it was shown.
        QTimer.singleShot(0, notice, self._settle)
        return notice

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the corner when the window or a message changes."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def _settle(self) -> None:
        for notice in self.notices():
            layout = notice.layout()
            if layout is not None:
                layout.invalidate()
                layout.activate()
        self._place()
        self._stack.activate()

    def _place(self) -> None:
        self.setVisible(bool(self.notices()))
        parent = self.parentWidget()
        if not self.isVisible() or parent is None:
            return
        self._stack.invalidate()
        height = self._stack.totalHeightForWidth(WIDTH)
        top = max(_MARGIN, parent.height() - height - _MARGIN - _STATUS_HEIGHT)
        self.setGeometry(parent.width() - WIDTH - _MARGIN, top, WIDTH, height)
        self.raise_()


def finding_text(finding: Finding) -> str:
    """Return a finding in one line: place, problem, what it was, and the remedy."""
    return str(finding)
