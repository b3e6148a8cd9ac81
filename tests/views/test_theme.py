"""Tokens, stylesheet, icons and fonts."""

import re
from pathlib import Path

import msgspec
import pytest
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.resources import resources_folder
from ares_desktop.views.theme import Theme, stylesheet_of
from ares_desktop.views.tokens import THEMES, Tokens, Tone

READABLE = 4.5
"""Contrast that WCAG 2.1 asks for text (success criterion 1.4.3)."""

VIEWS = Path(__file__).resolve().parents[2] / "ares_desktop" / "views"


def luminance(color: str) -> float:
    shares = [channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4 for channel in rgb(color)]
    return 0.2126 * shares[0] + 0.7152 * shares[1] + 0.0722 * shares[2]


def rgb(color: str) -> tuple[float, float, float]:
    parsed = QColor(color)
    return parsed.redF(), parsed.greenF(), parsed.blueF()


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("tone", [tone for tone in Tone if tone not in (Tone.FAINT, Tone.DANGER)])
@pytest.mark.parametrize("background", ["surface", "raised", "row_fault"])
def test_text_is_legible_on_every_background(tokens: Tokens, tone: Tone, background: str) -> None:
    assert contrast(tokens.color(tone), getattr(tokens, background)) >= READABLE


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda tokens: tokens.name)
def test_text_on_soft_and_strong_colors_is_legible(tokens: Tokens) -> None:
    pairs = ((tokens.positive, tokens.positive_soft), (tokens.negative, tokens.negative_soft))
    more = ((tokens.warning, tokens.warning_soft), (tokens.on_accent, tokens.danger))
    assert min(contrast(text, under) for text, under in pairs + more) >= 4.2


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda tokens: tokens.name)
def test_the_stylesheet_uses_known_tokens_and_files_alone(tokens: Tokens) -> None:
    sheet = stylesheet_of(tokens)
    assert "$" not in sheet.replace("$name", "")
    files = re.findall(r"url\(([^)]+)\)", sheet)
    assert files
    assert all(Path(file).is_file() for file in files)


def test_every_color_of_a_theme_is_a_color() -> None:
    for tokens in THEMES.values():
        values = msgspec.structs.asdict(tokens)
        del values["name"]
        assert all(QColor(value).isValid() for value in values.values())


def test_every_icon_that_the_code_names_exists() -> None:
    source = "\n".join(file.read_text() for file in VIEWS.rglob("*.py"))
    named = set(re.findall(r'icon="([a-z-]+)"', source)) | set(re.findall(r'IconButton\([\w.]+, "([a-z-]+)"', source))
    shipped = {file.stem for file in (resources_folder() / "icons").glob("*.svg")}
    assert named
    assert named <= shipped


def test_an_icon_is_drawn_in_its_color(qapp: QApplication) -> None:
    del qapp
    pixmap = icon_pixmap("stop", "#ff0000", 16, 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (32, 2.0)
    assert pixmap.toImage().pixelColor(16, 16) == QColor("#ff0000")


def test_switching_the_theme_changes_palette_and_tells(theme: Theme, qapp: QApplication) -> None:
    told: list[str] = []
    theme.changed.connect(lambda: told.append(theme.tokens.name))
    theme.toggle()
    assert told == ["light"]
    assert qapp.palette().color(QPalette.ColorRole.Base).name() == theme.tokens.surface
    theme.apply("no such theme")
    assert theme.tokens.name == "dark"


def test_all_digits_have_one_width(theme: Theme) -> None:
    del theme
    metrics = QFontMetrics(ui_font())
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
