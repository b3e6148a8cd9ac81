"""Fonts of the window: a shipped family whose digits all have one width, with system families behind it."""

from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from ares_desktop.views.resources import resources_folder
from ares_desktop.views.tokens import FONT_PX

_FAMILIES: Final = ("Roboto", "Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")


def load_fonts() -> None:
    """Make the shipped fonts known to Qt; a file that can't be read leaves the system's families."""
    if "Roboto" in QFontDatabase.families():
        return
    for file in sorted((resources_folder() / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))


def ui_font(pixels: int = FONT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the window's font with tabular digits."""
    font = QFont()
    font.setFamilies(list(_FAMILIES))
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font
