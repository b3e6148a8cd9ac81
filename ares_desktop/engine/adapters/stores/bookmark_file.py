"""A bookmark in a small file, overwritten in place: what was written outlives the process that wrote it."""

import os
import struct
from pathlib import Path
from typing import Final

import structlog

from ares_desktop.domain.errors import StorageError

_log = structlog.get_logger(__name__)
_TIME: Final = struct.Struct("<q")


class BookmarkFile:
    """Implements :class:`~ares_desktop.engine.ports.bookmark.Bookmark`: eight bytes of time, then the feed's name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def load(self, feed: str) -> int:
        """Return the market time that the feed had come to in nanoseconds, 0 when it was another one or none."""
        try:
            content = self._path.read_bytes()
        except OSError:
            return 0
        if content[_TIME.size :] != feed.encode() or len(content) < _TIME.size:
            return 0
        (ns,) = _TIME.unpack_from(content)
        return max(0, int(ns))

    def begin(self, feed: str, ns: int) -> None:
        """Follow a feed from ``ns`` on.

        Raises:
            StorageError: when it can't be written.
        """
        self.close()
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            with fresh.open("wb") as file:
                file.write(_TIME.pack(ns) + feed.encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            msg = f"{self._path} can't be written: {error}"
            raise StorageError(msg) from error

    def put(self, ns: int) -> None:
        """Note that everything up to ``ns`` was carried out; without effect before :meth:`begin`."""
        if self._descriptor is not None:
            # Bytes that the file has already need no further space on the disk.
            try:
                os.pwrite(self._descriptor, _TIME.pack(ns), 0)
            except OSError as error:
                # The market goes on: after a crash it is resumed from the newest order, or from what was kept before.
                _log.error("bookmark_not_put", path=str(self._path), error=str(error))
                self.close()

    def close(self) -> None:
        """Let go; idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
