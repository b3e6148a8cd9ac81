"""A figure with its caption, as the top bar shows them."""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property


class Figure(QWidget):
    """A caption above a value; the widest value so far keeps its room, so that neighbors don't jump."""

    def __init__(self, caption: str, *, pixels: int = 16, weight: QFont.Weight = QFont.Weight.Medium) -> None:
        super().__init__()
        self.caption = label(caption, part="caption")
        self.value = label()
        self.value.setFont(ui_font(pixels, weight))
        self.value.setStyleSheet(f"font-size: {pixels}px; font-weight: {weight.value};")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.caption)
        column.addWidget(self.value)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(caption)

    def show_value(self, text: str, tone: Tone = Tone.NORMAL, tooltip: str = "") -> None:
        """Show a value in a tone."""
        if self.value.text() != text:
            self.value.setText(text)
            self.value.setMinimumWidth(max(self.value.minimumWidth(), self.value.sizeHint().width()))
            self.setAccessibleDescription(text)
        set_property(self.value, "tone", tone.value)
        self.setToolTip(tooltip)
