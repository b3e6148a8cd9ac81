"""The commands of README and guide are commands: they are parsed as the program parses them."""

import re
import shlex
from pathlib import Path

import pytest

from ares_desktop.cli.commands import COMMANDS
from ares_desktop.cli.parsing import parse
from ares_desktop.cli.spec import Invocation

FENCE = re.compile(r"^```(?:sh)?\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
PAGES = ("README.md", "docs/user-guide.md", "docs/backtest-lab.md", "docs/writing-a-strategy.md")


def commands(root: Path) -> list[str]:
    lines = [
        line.partition("#")[0].strip()
        for page in PAGES
        for block in FENCE.findall((root / page).read_text())
        for line in block.splitlines()
    ]
    return [line for line in lines if re.match(r"(\S*/)?ares-desktop\b", line)]


def test_every_command_shown_is_understood(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = commands(root)
    assert shown
    for line in shown:
        for word in shlex.split(line):
            if re.fullmatch(r"[\w./-]+\.(py|toml|csv|csv\.gz|parquet)", word):
                file = tmp_path / word
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
        assert isinstance(parse(shlex.split(line)[1:], COMMANDS), Invocation), line


def test_the_guide_shows_every_command(root: Path) -> None:
    text = (root / "docs" / "user-guide.md").read_text()
    assert [name for name in (command.name for command in COMMANDS.values()) if name not in text] == []
