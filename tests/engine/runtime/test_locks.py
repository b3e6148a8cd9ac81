"""One application on a profile at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ares_desktop.domain.errors import ProfileInUseError, StorageError
from ares_desktop.engine.runtime.locks import InstanceLock, lock_holder

HOLD = """
import sys, time
from pathlib import Path
from ares_desktop.engine.runtime.locks import InstanceLock
InstanceLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_the_holder_is_known_while_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert lock_holder(path) is None
    with InstanceLock(path) as lock:
        lock.acquire()
        assert lock_holder(path) == os.getpid()
    assert lock_holder(path) is None
    lock.release()


def test_a_second_one_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with InstanceLock(path), pytest.raises(ProfileInUseError, match=f"process {os.getpid()}"):
        InstanceLock(path).acquire()
    with InstanceLock(path):
        assert lock_holder(path) == os.getpid()


def test_what_a_killed_application_left_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert lock_holder(path) == process.pid
        process.kill()
    assert path.read_text().strip() == str(process.pid)
    with InstanceLock(path):
        assert lock_holder(path) == os.getpid()


def test_a_lock_file_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be opened"):
        InstanceLock(tmp_path / "nowhere" / "lock").acquire()
