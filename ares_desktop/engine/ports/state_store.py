"""Small states that outlive a restart without being events."""

from typing import Protocol


class StateStore(Protocol):
    """Keeps the newest state under a name. Its methods block for a disk write: call them off the loop."""

    def load(self, name: str) -> bytes | None:
        """Return what was saved last, None when there is nothing that can be trusted."""

    def save(self, name: str, state: bytes) -> None:
        """Replace what is kept under a name, durably and as a whole.

        Raises:
            StorageError: when it can't be written; then the old state is kept.
        """
