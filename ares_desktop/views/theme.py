"""Turns design tokens into a palette and a stylesheet, and switches between them while the window runs."""

from string import Template
from typing import Final

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from ares_desktop.views.fonts import load_fonts, ui_font
from ares_desktop.views.icons import icon
from ares_desktop.views.resources import resources_folder
from ares_desktop.views.tokens import DARK, THEMES, Tokens, Tone

_ROLES: Final = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "raised",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "faint",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "on_accent",
    QPalette.ColorRole.Light: "border_strong",
    QPalette.ColorRole.Midlight: "border",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "border",
    QPalette.ColorRole.Shadow: "shadow",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.Accent: "accent",
}
_DIMMED: Final = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def palette_of(tokens: Tokens) -> QPalette:
    """Return the palette that Fusion draws with."""
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, QColor(getattr(tokens, name)))
    for role in _DIMMED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return palette


def stylesheet_of(tokens: Tokens) -> str:
    """Return the window's stylesheet; its ``$name`` marks are token names and ``$resources`` the folder of icons."""
    folder = resources_folder()
    values = msgspec.structs.asdict(tokens) | {"resources": folder.as_posix()}
    return Template((folder / "window.qss").read_text(encoding="utf-8")).substitute(values)


class Theme(QObject):
    """The look in force.

    Signals:
        changed: after the tokens were switched; who paints by hand repaints then.
    """

    changed = Signal()

    def __init__(self, app: QApplication, name: str = DARK.name) -> None:
        super().__init__()
        self._app = app
        load_fonts()
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(ui_font())
        self.tokens = DARK
        self.apply(name)

    def apply(self, name: str) -> None:
        """Switch to the theme ``dark`` or ``light``; an unknown name means dark."""
        self.tokens = THEMES.get(name, DARK)
        self._app.setPalette(palette_of(self.tokens))
        self._app.setStyleSheet(stylesheet_of(self.tokens))
        self.changed.emit()

    def toggle(self) -> None:
        """Switch between dark and light."""
        self.apply(next(name for name in THEMES if name != self.tokens.name))

    def color(self, tone: Tone) -> QColor:
        """Return the color of a tone in the theme in force."""
        return QColor(self.tokens.color(tone))

    def icon(self, name: str, tone: Tone = Tone.MUTED) -> QIcon:
        """Return an icon in the color of a tone."""
        return icon(name, self.tokens.color(tone), self.tokens.faint)
