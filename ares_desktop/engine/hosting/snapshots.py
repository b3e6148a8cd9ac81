"""Keeps what strategies want to carry over a restart of the application."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import structlog

from ares_desktop.domain.ids import StrategyId

_log = structlog.get_logger(__name__)


class Snapshots:
    """One small file for each instance; without a folder nothing is kept.

    A lost or stale snapshot is no fault: positions and orders come from the journal, never from here.

    Args:
        folder: made when the first one is saved.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, name: StrategyId) -> bytes:
        """Return what was saved last, empty when there is nothing that can be read."""
        path = self._path(name)
        if path is None:
            return b""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            _log.warning("strategy_snapshot_unreadable", strategy=name, error=str(error))
            return b""

    def save(self, name: StrategyId, state: bytes) -> None:
        """Replace what was saved; blocks while it writes."""
        path = self._path(name)
        if path is None:
            return
        fresh = path.with_suffix(".new")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_bytes(state)
            fresh.replace(path)
        except OSError as error:
            _log.warning("strategy_snapshot_not_saved", strategy=name, error=str(error))

    def remove(self, name: StrategyId) -> None:
        """Forget what was saved."""
        path = self._path(name)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, name: StrategyId) -> Path | None:
        return None if self._folder is None else self._folder / f"{quote(name, safe='')}.msgpack"
