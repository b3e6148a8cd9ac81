"""A file that names the process at work, so that a dead one's is told from a living one's."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from ares_desktop.domain.errors import RefusedError, StorageError

_NEARLY_S: Final = 2.0
"""Start times of one process may be read this far apart: they are counted from a boot time that the clock corrects."""


class PidFile:
    """Claims a piece of work for this process.

    It holds the process id and the start time: after a crash the same id may belong to another program.

    Args:
        path: of the file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self) -> None:
        """Write this process down; a file that a dead process left is replaced.

        Raises:
            RefusedError: while another living process has it.
            StorageError: when it can't be written.
        """
        try:
            with _locked(self._path) as descriptor:
                holder = _living(os.pread(descriptor, 64, 0))
                if holder is not None and holder != os.getpid():
                    raise RefusedError("RUN_IN_USE", f"process {holder} works on {self._path.parent.name}")
                os.ftruncate(descriptor, 0)
                own = psutil.Process()
                os.pwrite(descriptor, f"{own.pid} {own.create_time():.2f}\n".encode(), 0)
        except OSError as error:
            msg = f"{self._path} can't be written: {error.strerror or error}"
            raise StorageError(msg) from error

    def drop(self) -> None:
        """Remove the file where it is ours; idempotent."""
        if self.holder() == os.getpid():
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def holder(self) -> int | None:
        """Return the id of the living process that the file names, None when there is none."""
        try:
            return _living(self._path.read_bytes()[:64])
        except OSError:
            return None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open a file and keep others from reading and replacing it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Who held the lock before may have removed the file: then this one is no longer at its path.
            if _same_file(descriptor, path):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def _living(content: bytes) -> int | None:
    try:
        pid, started = content.split()
        process = psutil.Process(int(pid))
        alive = abs(process.create_time() - float(started)) < _NEARLY_S and process.status() != psutil.STATUS_ZOMBIE
    except (ValueError, psutil.Error):
        return None
    return process.pid if alive else None
