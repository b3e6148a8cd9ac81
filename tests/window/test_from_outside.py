"""The application as a process of its own under a window manager, with mouse and keyboard of the screen."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage

from ares_desktop.views.tokens import DARK

pytestmark = [pytest.mark.window, pytest.mark.scenario]

WITHIN_S = 40.0
TAKE_PICTURE = """
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
assert application.primaryScreen().grabWindow(0).save(sys.argv[1])
"""

LEAST_WIDTH = 60
"""Of the kill switch, in pixels."""


class Outside:
    """A running process, what it says to the command line, and the screen it is on."""

    def __init__(self, profile: Path, screen: dict[str, str]) -> None:
        self.profile = profile
        self.screen = screen
        self.process = subprocess.Popen(
            [*self._program(), "run", "--set", "feed.speed=200"], env=screen, stdout=subprocess.DEVNULL
        )
        self.window = ""

    def _program(self) -> list[str]:
        return [sys.executable, "-m", "ares_desktop", "--profile", str(self.profile)]

    def ask(self, *words: str) -> Any:
        """Return a command's document, None while nothing answers."""
        command = [*self._program(), *words, "--json"]
        done = subprocess.run(command, env=self.screen, capture_output=True, text=True, timeout=WITHIN_S, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def hand(self, *words: str) -> str:
        """Use mouse and keyboard."""
        done = subprocess.run(
            ["xdotool", *words], env=self.screen, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
        return done.stdout

    def wait(self, condition: Callable[[], Any]) -> Any:
        """Return what a condition gives once that is something."""
        end = time.monotonic() + WITHIN_S
        while not (found := condition()):
            assert self.process.poll() is None, "the application ended"
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.1)
        return found

    def find_window(self) -> None:
        """Wait for the window and bring it to the front."""
        found = self.wait(lambda: self.hand("search", "--onlyvisible", "--name", "^Ares Desktop$"))
        self.window = found.split()[-1]
        self.hand("windowactivate", "--sync", self.window)

    def picture(self, file: Path) -> QImage:
        """Return what the screen shows."""
        command = [sys.executable, "-c", TAKE_PICTURE, str(file)]
        subprocess.run(command, env=self.screen, timeout=WITHIN_S, check=True)
        return QImage(str(file))

    def click(self, place: tuple[int, int]) -> None:
        """Click a place of the screen once."""
        self.hand("mousemove", "--sync", str(place[0]), str(place[1]), "click", "1")


@pytest.fixture
def outside(display: dict[str, str], tmp_path: Path) -> Iterator[Outside]:
    started = Outside(tmp_path / "profile", display)
    try:
        started.find_window()
        yield started
    finally:
        if started.process.poll() is None:
            started.process.terminate()
        started.process.wait(timeout=WITHIN_S)


def middle_of_the_kill_switch(screen: QImage) -> tuple[int, int] | None:
    """Return the middle of the longest line in the kill switch's color."""
    red = QColor(DARK.danger).rgb()
    longest, place = LEAST_WIDTH, None
    for y in range(0, screen.height() // 4, 4):
        run = 0
        for x in range(screen.width()):
            run = run + 1 if screen.pixel(x, y) == red else 0
            if run > longest:
                longest, place = run, (x - run // 2, y)
    return place


def test_a_click_on_the_red_button_halts_and_typing_the_word_releases(outside: Outside, tmp_path: Path) -> None:
    outside.wait(lambda: outside.ask("fills"))
    place = outside.wait(lambda: middle_of_the_kill_switch(outside.picture(tmp_path / "screen.png")))

    outside.click(place)
    halted = outside.wait(lambda: (now := outside.ask("status")) and now["state"] == "HALTED" and now)
    assert halted["reason"] == "kill switch button"
    outside.wait(lambda: outside.ask("positions") == [])
    assert outside.ask("orders", "--working") == []
    outside.wait(lambda: {one["state"] for one in outside.ask("status")["strategies"]} == {"stopped"})

    outside.hand("key", "ctrl+shift+k")
    outside.hand("type", "RELEASE")
    outside.hand("key", "Return")
    outside.wait(lambda: outside.ask("status")["state"] == "ACTIVE")


def test_closing_the_window_ends_the_application(outside: Outside) -> None:
    outside.wait(lambda: outside.ask("status"))
    outside.hand("key", "ctrl+q")
    assert outside.process.wait(timeout=WITHIN_S) == 0
