"""Named locks that end with the process that holds them."""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ares_desktop.domain.errors import ProfileInUseError, StorageError

_TRIES: Final = 3
"""Asking who holds a lock takes it for an instant; that must not look like a running application."""


class InstanceLock:
    """Admits one application to a profile.

    The kernel drops the lock with its process, so a file left behind by a dead one never blocks. The file is not
    removed: two processes could then hold locks on two different files of the same name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock and write our process id into its file.

        Raises:
            ProfileInUseError: when another running application holds it.
            StorageError: when the file can't be written.
        """
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            msg = f"the lock file {self._path} can't be opened: {error.strerror}. Check its permissions."
            raise StorageError(msg) from error
        try:
            _lock(descriptor)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except BlockingIOError as error:
            os.close(descriptor)
            holder = lock_holder(self._path)
            who = f"process {holder}" if holder else "another process"
            msg = f"Ares Desktop already runs on the profile {self._path.parent} ({who})"
            raise ProfileInUseError(msg) from error
        except OSError as error:
            os.close(descriptor)
            msg = f"the lock file {self._path} can't be written: {error.strerror}. Free some space on its disk."
            raise StorageError(msg) from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; idempotent."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _lock(descriptor: int) -> None:
    for _ in range(_TRIES - 1):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(0.02)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_holder(path: Path) -> int | None:
    """Return the process id of the application that holds the lock at ``path``: None when nobody does, 0 if unknown."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 32).strip()
            return int(text) if text.isdigit() else 0
        return None
    finally:
        os.close(descriptor)
