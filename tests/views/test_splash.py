"""What a person sees first."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from ares_desktop.views.splash import Splash
from ares_desktop.views.tokens import DARK, LIGHT


def test_the_splash_is_painted_when_it_returns(qtbot: QtBot) -> None:
    splash = Splash(DARK, Path("/somewhere"))
    qtbot.addWidget(splash)
    splash.show_at_once()
    assert splash.isVisible()
    assert splash.grab().toImage().pixelColor(10, 10).name() == DARK.surface


def test_a_long_profile_path_stays_inside(qtbot: QtBot) -> None:
    splash = Splash(LIGHT, Path("/" + "very-long-name/" * 40))
    qtbot.addWidget(splash)
    image = splash.grab().toImage()
    assert {image.pixelColor(image.width() - 12, y).name() for y in range(4, 146)} == {LIGHT.surface}
