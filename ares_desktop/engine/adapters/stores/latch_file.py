"""Latches of the kill switch in a file of their own, for as long as the journal can't take them.

A journal fails most often since the disk is full. Therefore the room of the file is kept from the start on, as a file
beside it that is written over in its place.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ares_desktop.config.saving import write_atomically
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.kill import KillSwitchReport

_ROOM: Final = 64 * 1024
"""Bytes: the reports of some twenty scopes."""
_log = structlog.get_logger(__name__)


class LatchFile:
    """Implements :class:`~ares_desktop.engine.ports.latch_store.LatchStore` as one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._room = path.with_suffix(".reserve")

    def load(self) -> tuple[KillSwitchReport, ...]:
        """Return what was kept; where that can't be read, the latch of everything."""
        self._keep_room()
        try:
            content = self._path.read_bytes()
            return msgspec.json.decode(content, type=tuple[KillSwitchReport, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            reason = f"the latch file {self._path} can't be read: {error}"
            return (KillSwitchReport(engaged=True, reason=reason, source="latch file"),)

    def save(self, reports: Sequence[KillSwitchReport]) -> None:
        """Replace the file, or remove it when nothing is latched.

        Raises:
            StorageError: when it can't be written.
        """
        if reports:
            content = msgspec.json.encode(tuple(reports))
            try:
                write_atomically(self._path, content.decode())
            except StorageError:
                if not self._written_in_place(content):
                    raise
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            msg = f"the latch file {self._path} can't be removed: {error}"
            raise StorageError(msg) from error
        self._keep_room()

    def _keep_room(self) -> None:
        """Take the room of the file from the disk while there is some."""
        try:
            if self._path.parent.is_dir() and not (self._room.exists() and self._room.stat().st_size == _ROOM):
                self._room.write_bytes(b" " * _ROOM)
        except OSError as error:
            _log.warning("latch_room_not_kept", path=str(self._room), error=str(error))

    def _written_in_place(self, content: bytes) -> bool:
        """Write into the room that was kept, and say whether that could be done; it takes no space of the disk."""
        if len(content) > _ROOM:
            return False
        try:
            with self._room.open("r+b") as file:
                # What follows the text is blank, which JSON allows.
                file.write(content.ljust(_ROOM))
                file.flush()
                os.fsync(file.fileno())
            self._room.replace(self._path)
        except OSError as error:
            _log.error("latch_room_not_written", path=str(self._room), error=str(error))
            return False
        return True
