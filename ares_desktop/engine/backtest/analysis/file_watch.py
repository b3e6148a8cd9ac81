"""Notes which files are opened while strategies run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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


def opened_of(watch: FileWatch, wanted: Iterator[str] | tuple[str, ...]) -> list[str]:
    """Return which of the wanted files were opened."""
    known = {os.path.realpath(name): name for name in wanted if Path(name).is_file()}
    return [known[name] for name in watch.files if name in known]
