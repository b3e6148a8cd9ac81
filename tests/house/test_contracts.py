"""The import contracts and bans bite: each is given a violation and must name it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VIOLATIONS = {
    "domain/planted.py": "from ares_desktop import api",
    "planted_room/__init__.py": "",
    "engine/trading/planted.py": "import PySide6.QtCore\nfrom ares_desktop.engine import managers",
    "engine/data/planted.py": "import sqlite3",
    "engine/managers/planted.py": "import qasync",
    "views/planted.py": "from ares_desktop.engine import trading",
    "../strategies/planted.py": "from ares_desktop import domain",
}
BROKEN = {
    "Imports point down only; a new room must be given its floor": (
        "ares_desktop.domain is not allowed to import ares_desktop.api",
        "ares_desktop.planted_room",
    ),
    "Inside the engine imports point down only": (
        "ares_desktop.engine.trading is not allowed to import ares_desktop.engine.managers",
    ),
    "The window and the control socket know managers and domain records": (
        "ares_desktop.views is not allowed to import ares_desktop.engine.trading",
    ),
    "A strategy sees ares_desktop.api alone": ("strategies is not allowed to import ares_desktop",),
    "Qt is known to the window, the managers and the event loop alone": (
        "ares_desktop.engine.trading.planted -> PySide6",
        "ares_desktop.engine.managers.planted -> qasync",
    ),
    "Databases, file formats and bundled data are known to adapters alone": (
        "ares_desktop.engine.data.planted -> sqlite3",
    ),
}


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The code and its configuration, to be spoiled."""
    for folder in ("ares_desktop", "strategies"):
        shutil.copytree(root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=folder,
        env={"PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def banned(folder: Path, file: str, source: str) -> str:
    (folder / file).write_text(source)
    program = str(Path(sys.executable).with_name("ruff"))
    command = [program, "check", "--no-cache", "--select", "TID251", "--output-format", "concise", file]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_code_keeps_its_import_contracts(copy: Path) -> None:
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_planted_import_breaks_its_contract(copy: Path) -> None:
    for file, source in VIOLATIONS.items():
        path = copy / "ares_desktop" / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(source + "\n")
    result = lint_imports(copy)
    assert result.returncode == 1
    report = " ".join(result.stdout.split())
    for contract, findings in BROKEN.items():
        assert f"{contract} BROKEN" in report, result.stdout
        for finding in findings:
            assert finding in report, result.stdout


@pytest.mark.parametrize(
    "file",
    ["ares_desktop/engine/managers/planted.py", "ares_desktop/domain/planted.py", "ares_desktop/planted.py"],
)
@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from PySide6.QtWidgets import QLabel", "PySide6.QtWidgets"),
        ("from PySide6 import QtGui", "PySide6.QtGui"),
        ("import qasync", "qasync"),
        ("import asyncio\n\nasyncio.create_task(None)", "asyncio.create_task"),
    ],
)
def test_what_is_banned_outside_its_room_is_found(copy: Path, file: str, source: str, name: str) -> None:
    assert f"`{name}` is banned" in banned(copy, file, source)


def test_in_views_widgets_are_welcome_and_loose_tasks_are_not(copy: Path) -> None:
    file = "ares_desktop/views/planted.py"
    assert "banned" not in banned(copy, file, "from PySide6.QtWidgets import QLabel\n")
    assert "banned" in banned(copy, file, "import asyncio\n\nasyncio.ensure_future(None)\n")
