"""Checkpoints of a run as files in its folder."""

from pathlib import Path
from typing import Final

from ares_desktop.domain.errors import StorageError
from ares_desktop.engine.adapters.stores.state_file import read_state, write_state

_FOLDER: Final = "checkpoints"


class FolderCheckpoints:
    """Implements :class:`~ares_desktop.engine.pipelines.base.Checkpoints`.

    Args:
        folder: of the run; one of its own is made in it at the first checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER

    def load(self, name: str) -> bytes | None:
        """Return what was saved last under a name, None when there is nothing that can be trusted."""
        return read_state(self._folder / name)

    def save(self, name: str, state: bytes) -> None:
        """Replace what is kept under a name, durably and as a whole.

        Raises:
            StorageError: when it can't be written; then the old state is kept.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{self._folder} can't be made: {error.strerror or error}"
            raise StorageError(msg) from error
        write_state(self._folder / name, state)

    def any(self) -> bool:
        """Say whether anything was saved."""
        return self._folder.is_dir() and any(not path.name.endswith(".new") for path in self._folder.iterdir())
