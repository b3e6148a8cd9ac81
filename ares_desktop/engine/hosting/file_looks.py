"""Notices strategy files that were changed, added or removed."""

from collections.abc import Iterable
from pathlib import Path

from ares_desktop.engine.hosting.source import source_sha256

_Stamp = tuple[int, int, int]


class FileLooks:
    """Compares files with the last look; blocks while it does.

    A file counts as changed once it is the same on two looks in a row: an editor that writes in pieces, or removes a
    file for the moment in which it puts a new one in its place, is waited for. One that was only touched is no change.
    """

    def __init__(self) -> None:
        self._settled: dict[Path, _Stamp | None] = {}
        self._pending: dict[Path, _Stamp | None] = {}
        self._sources: dict[Path, str] = {}
        self._first = True

    def source(self, path: Path) -> str:
        """Return the checksum of a file as it settled, empty for one that is not there."""
        return self._sources.get(path, "")

    def look(self, files: Iterable[Path]) -> tuple[Path, ...]:
        """Look at files, and at those seen before; return what has changed. The first look finds no change."""
        changed = [path for path in sorted({*files, *self._settled}) if self._has_changed(path)]
        self._first = False
        return tuple(changed)

    def _has_changed(self, path: Path) -> bool:
        stamp = _stamp(path)
        if path in self._settled and stamp == self._settled[path]:
            self._pending.pop(path, None)
            return False
        if not self._first and (path not in self._pending or self._pending[path] != stamp):
            self._pending[path] = stamp
            return False
        before, now = self._sources.get(path, ""), source_sha256(path)
        if stamp is not None and not now:
            return False  # it is there and can't be read at the moment: the next look tells
        self._pending.pop(path, None)
        if stamp is None:
            self._settled.pop(path, None)
            self._sources.pop(path, None)
        else:
            self._settled[path], self._sources[path] = stamp, now
        return now != before and not self._first


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
