"""Notes which files are opened while strategies run."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_PACKED: Final = frozenset({".gz", ".bz2", ".xz", ".zip", ".zst"})
_TABLES: Final = frozenset({".csv", ".tsv", ".parquet", ".feather", ".arrow", ".npy", ".npz", ".h5", ".hdf5", ".xlsx"})


class FileWatch:
    """Knows every file that Python code opened while it was on; files opened by other languages' code escape it.

    An audit hook can't be taken away again: it stays in the process and does nothing while the watch is off.

    Attributes:
        files: real paths, in the order in which they were opened first.
    """

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self._on = False
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note the files that are opened within."""
        self._on = True
        try:
            yield
        finally:
            self._on = False

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if not self._on or event != "open":
            return
        name = details[0]
        if isinstance(name, bytes):
            name = os.fsdecode(name)
        if isinstance(name, str):
            self.files[os.path.realpath(name)] = None

    def opened(self, wanted: Iterable[str]) -> list[str]:
        """Return which of the wanted files were opened."""
        known = {os.path.realpath(name): name for name in wanted if Path(name).is_file()}
        return [known[name] for name in self.files if name in known]

    def tables(self, known: Iterable[str]) -> list[str]:
        """Return which other files that look like tables of data were opened, those of the known folders apart."""
        folders = tuple(os.path.realpath(name) for name in known)
        return [name for name in self.files if _is_table(name) and not name.startswith(folders)]


def _is_table(name: str) -> bool:
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in _TABLES
