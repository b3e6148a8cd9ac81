"""A PID file tells a living process from a dead one, also when its number lives again."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ares_desktop.domain.errors import RefusedError, StorageError
from ares_desktop.engine.runtime.pid_file import PidFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.pid"


def test_it_names_this_process_until_it_is_dropped(path: Path) -> None:
    file = PidFile(path)
    assert file.holder() is None
    file.take()
    file.take()
    assert file.holder() == os.getpid()
    assert path.read_text().split()[0] == str(os.getpid())
    file.drop()
    assert file.holder() is None
    assert not path.exists()
    file.drop()


def test_another_living_process_keeps_it(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ares_desktop.engine.runtime.pid_file import PidFile;"
        "PidFile(Path(sys.argv[1])).take(); print('taken', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "taken"
        assert PidFile(path).holder() == other.pid
        with pytest.raises(RefusedError, match=str(other.pid)):
            PidFile(path).take()
        PidFile(path).drop()
        assert path.exists()
        other.kill()
        other.wait()
        assert PidFile(path).holder() is None
        PidFile(path).take()
        assert PidFile(path).holder() == os.getpid()


def test_the_same_number_with_another_start_is_a_dead_process(path: Path) -> None:
    path.write_text(f"{os.getpid()} 12345.00\n")
    assert PidFile(path).holder() is None


@pytest.mark.parametrize("content", ["", "x", "1 2 3", "-5 1.0", "\x00\xff", "99999999999999999999 1.0"])
def test_garbage_names_nobody_and_is_replaced(path: Path, content: str) -> None:
    path.write_bytes(content.encode("latin-1"))
    assert PidFile(path).holder() is None
    PidFile(path).take()
    assert PidFile(path).holder() == os.getpid()


def test_taking_and_dropping_at_once_leaves_a_file_that_can_be_trusted(path: Path) -> None:
    def work() -> None:
        for _ in range(50):
            PidFile(path).take()
            PidFile(path).drop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    PidFile(path).take()
    assert PidFile(path).holder() == os.getpid()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"run\.pid"):
        PidFile(tmp_path / "none" / "run.pid").take()
