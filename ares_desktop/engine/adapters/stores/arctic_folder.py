"""One opened ArcticDB folder, shared by the stores whose libraries lie in it."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ares_desktop.domain.errors import StorageError

_MAP_SIZE: Final = "64GB"
"""Address space that LMDB reserves for each library; the files are sparse and grow with the data."""
_LEAST_FREE: Final = 16 * 1024 * 1024
"""Bytes. LMDB maps its files: on a full disk the first touch of a page ends the whole process (``SIGBUS``)."""
_LOCK_WAIT_MS: Final = 10
"""How long a listing waits for other writers: a second by default, meant for object stores; LMDB is local."""


class ArcticFolder:
    """Opens the folder when it is first needed, and lets one thread at a time into it.

    ArcticDB allows one instance for each path in a process, so every store of the folder goes through one of these.
    Nothing is loaded or opened, and the folder is not made, before the first use of a library.

    Args:
        path: of the LMDB files.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._arctic: Any = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever stored.

        Raises:
            StorageError: when that can't be looked at.
        """
        if self._arctic is not None:
            return False
        try:
            return not (self.path.is_dir() and any(self.path.iterdir()))
        except OSError as error:
            msg = f"the store in {self.path} can't be looked at: {error}"
            raise StorageError(msg) from error

    @contextmanager
    def library(self, name: str) -> Iterator[Any]:
        """Give a library, made when there is none, to one thread at a time.

        Raises:
            StorageError: when the store fails inside the block, can't be opened, or hardly has space left.
        """
        try:
            from arcticdb import Arctic  # noqa: PLC0415 - takes a second to load, so only when it is needed
            from arcticdb.config import set_config_int  # noqa: PLC0415 - as above
            from arcticdb.exceptions import ArcticException  # noqa: PLC0415 - as above
        except (ImportError, OSError) as error:
            msg = f"the library of the store in {self.path} can't be loaded: {error}"
            raise StorageError(msg) from error
        with self._lock:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                if shutil.disk_usage(self.path).free < _LEAST_FREE:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301 - told like the disk's own
                if self._arctic is None:
                    set_config_int("StorageLock.WaitMs", _LOCK_WAIT_MS)
                    self._arctic = Arctic(f"lmdb://{self.path}?map_size={_MAP_SIZE}")
                yield self._arctic.get_library(name, create_if_missing=True)
            except (ArcticException, OSError) as error:
                msg = f"the store in {self.path} failed: {error}"
                raise StorageError(msg) from error

    def close(self) -> None:
        """Release the folder; idempotent."""
        with self._lock:
            self._arctic = None
