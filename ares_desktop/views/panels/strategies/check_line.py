"""One check of the card before a start: icon and word for its state, then title, reason and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel

from ares_desktop.domain.preflight import CheckState
from ares_desktop.views.formats import translated, word
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property

if TYPE_CHECKING:
    from collections.abc import Collection

    from ares_desktop.domain.preflight import PreflightCheck
    from ares_desktop.views.theme import Theme

CHECK_LOOKS: Final = {
    CheckState.PASSED: (Tone.POSITIVE, "check"),
    CheckState.WARNING: (Tone.WARNING, "warning"),
    CheckState.FAILED: (Tone.NEGATIVE, "error"),
    CheckState.UNKNOWN: (Tone.MUTED, "ring"),
}
_STATE_WIDTH: Final = 74


def sentence(text: str, names: Collection[str] = ()) -> str:
    """Return a text as a sentence begins, unless it begins with one of the names or something that is no word."""
    first = text.partition(" ")[0].rstrip(",;:")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() and first not in names else text


class CheckLine(QFrame):
    """A check, in two or three lines."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state = CheckState.UNKNOWN
        self._mark = QLabel()
        self.title = label(part="strong")
        self.state = label(part="caption")
        self.reason = label()
        self.remedy = label(tone=Tone.MUTED)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, _STATE_WIDTH)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(self.title, 0, 1)
        grid.addWidget(self.state, 0, 2, Qt.AlignmentFlag.AlignRight)
        for number, part in enumerate((self.reason, self.remedy), 1):
            part.setWordWrap(True)
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(part, number, 1, 1, 2)
        theme.changed.connect(self._paint)

    def show_check(self, check: PreflightCheck, names: Collection[str] = ()) -> None:
        """Show another check; ``names`` are written as they are also where a sentence begins with one."""
        self._state = check.state
        binding = check.state is CheckState.FAILED and not check.forcible
        state = translated("Failed, binding") if binding else word(check.state)
        self.title.setText(translated(check.title))
        self.state.setText(state)
        set_property(self.state, "tone", CHECK_LOOKS[check.state][0].value)
        for part, text in ((self.reason, sentence(check.reason, names)), (self.remedy, check.remedy)):
            part.setText(text)
            part.setVisible(bool(text))
        self.setAccessibleName(f"{check.title}: {state}")
        self.setAccessibleDescription(f"{check.reason} {check.remedy}".strip())
        self._paint()

    def _paint(self) -> None:
        tone, icon = CHECK_LOOKS[self._state]
        self._mark.setPixmap(icon_pixmap(icon, self._theme.tokens.color(tone), 16, self.devicePixelRatioF()))
