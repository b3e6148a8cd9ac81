"""Latches of the kill switch in a file of their own, for as long as the journal can't take them."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ares_desktop.config.saving import write_atomically
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.kill import KillSwitchReport


class LatchFile:
    """Implements :class:`~ares_desktop.engine.ports.latch_store.LatchStore` as one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[KillSwitchReport, ...]:
        """Return what was kept; where that can't be read, the latch of everything."""
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
            write_atomically(self._path, msgspec.json.encode(tuple(reports)).decode())
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            msg = f"the latch file {self._path} can't be removed: {error}"
            raise StorageError(msg) from error
