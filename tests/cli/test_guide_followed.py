"""A newcomer who does literally what the guide says has a tested strategy that trades."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ares_desktop.control.client import ControlClient
from ares_desktop.control.protocol import decode_document
from ares_desktop.domain.errors import AresError
from ares_desktop.paths import Profile

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(400)]

PART = re.compile(r"^## In fifteen minutes\n(.*?)^## ", flags=re.MULTILINE | re.DOTALL)
STEP = re.compile(
    r"(?:Save this as\s+`([\w.]+)`:\n\n```python\n(.*?)^```$)|(?:^```\n(.*?)^```$)", re.MULTILINE | re.DOTALL
)
CHANGE = "lookback=8"
WITHIN_S = 60.0


class Newcomer:
    """Somebody in a folder of their own with a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile = folder / "profile"
        self.environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        self.application: subprocess.Popen[bytes] | None = None

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def type(self, line: str) -> str:
        """Do what a line of the guide says and return what it printed."""
        words = shlex.split(line)
        if words[:2] == ["ares-desktop", "run"]:
            self.start()
            return ""
        done = subprocess.run(
            self._command(words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, command: str, **values: Any) -> Any:
        """Ask the application without typing, which takes a process each time; None while it does not answer."""
        try:
            with ControlClient(Profile.at(self.profile).control_socket) as client:
                return decode_document(bytes(client.request(command, values).document))
        except AresError:
            return None

    def start(self) -> None:
        words = ["ares-desktop", "run", "--headless", "--set", "feed.speed=200"]
        self.application = subprocess.Popen(self._command(words), cwd=self.folder, env=self.environment)
        self.wait(self._answers)

    def _answers(self) -> bool:
        status = self.ask("status")
        return bool(status) and any(row["state"] == "running" for row in status["strategies"])

    def _command(self, words: list[str]) -> list[str]:
        if words[0] == "pytest":
            return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words[1:]]
        return [sys.executable, "-m", "ares_desktop", "--profile", str(self.profile), *words[1:]]

    def wait(self, condition: Callable[[], Any]) -> None:
        end = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.2)

    def leave(self) -> None:
        if self.application is not None:
            self.application.terminate()
            self.application.wait(20)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    someone = Newcomer(tmp_path)
    yield someone
    someone.leave()


def test_the_guide_leads_from_an_empty_file_to_a_strategy_that_trades(root: Path, newcomer: Newcomer) -> None:
    part = PART.search((root / "docs" / "writing-a-strategy.md").read_text())
    assert part is not None
    typed: list[str] = []
    for name, text, lines in STEP.findall(part.group(1)):
        if name:
            newcomer.save(name, text)
        for line in filter(None, lines.splitlines()):
            if CHANGE in line:
                newcomer.wait(lambda: _filled(newcomer))
            newcomer.type(line)
            typed.append(line)
            if CHANGE in line:
                shown = newcomer.ask("strategies.show", name="dip")
                assert shown["params"]["lookback"] == 8
    assert [line.split()[2] for line in typed if line.startswith("ares-desktop strategies")] == [
        "check", "add", "set", "preflight", "enable", "show", "logs", "set", "history", "diff", "disable", "remove",
    ]  # fmt: skip
    assert "dip" not in {row["name"] for row in newcomer.ask("strategies.list")}


def _filled(newcomer: Newcomer) -> bool:
    mine = newcomer.ask("decisions", strategy="dip") or []
    return any(row["inputs"].get("average") for row in mine)
