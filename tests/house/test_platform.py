"""What surrounds the code: Qt keeps its references, the lock its hosts, the documents their promise."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

EMITS = """
import sys
from PySide6.QtCore import QObject, Signal

class Source(QObject):
    changed = Signal(object)

def receive(value):
    return None

source = Source()
source.changed.connect(receive)
before = [sys.getrefcount(value) for value in (None, True, False)]
for number in range(100_000):
    source.changed.emit(number % 2 == 0)
after = [sys.getrefcount(value) for value in (None, True, False)]
print(max(abs(b - a) for a, b in zip(before, after, strict=True)))
"""


def test_signals_leave_the_reference_counts_of_true_and_none_alone() -> None:
    """PySide6 6.12 on CPython 3.11 drops a reference with each emit and aborts after some thousands."""
    result = subprocess.run([sys.executable, "-c", EMITS], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) < 100


def test_the_lock_names_no_host_but_the_public_index(root: Path) -> None:
    addresses = [word.strip("\"',") for word in (root / "uv.lock").read_text().split() if "://" in word]
    assert {urlsplit(address).hostname for address in addresses} == {"pypi.org", "files.pythonhosted.org"}


def test_the_lock_fits_the_project(root: Path) -> None:
    places = os.pathsep.join([os.environ["PATH"], str(root / ".uv" / "bin"), str(Path.home() / ".local" / "bin")])
    uv = shutil.which("uv", path=places)
    if uv is None:
        pytest.skip("uv is not installed: make setup installs it")
    result = subprocess.run([uv, "lock", "--check", "--offline"], cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_locked_file_has_a_checksum(root: Path) -> None:
    for package in tomllib.loads((root / "uv.lock").read_text())["package"]:
        assert all(wheel["hash"].startswith("sha256:") for wheel in package.get("wheels", [])), package["name"]


def test_the_pages_made_from_the_code_are_up_to_date(root: Path) -> None:
    command = [sys.executable, "scripts/reference_pages.py", "--check"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
