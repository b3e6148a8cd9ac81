"""A state store in a folder, one file a name."""

from pathlib import Path

from ares_desktop.engine.adapters.stores.state_file import read_state, write_state


class StateFolder:
    """Implements :class:`~ares_desktop.engine.ports.state_store.StateStore`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> bytes | None:
        """Return what was saved last, None when there is nothing that can be trusted."""
        return read_state(self._folder / name)

    def save(self, name: str, state: bytes) -> None:
        """Replace what is kept under a name.

        Raises:
            StorageError: when it can't be written; then the old state is kept.
        """
        write_state(self._folder / name, state)
