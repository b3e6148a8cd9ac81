"""The store of versions of strategy instances."""

from collections.abc import Sequence
from typing import Protocol

from ares_desktop.domain.versions import InstanceVersion


class InstanceStore(Protocol):
    """Keeps every version of every instance's configuration. Its methods block: call them off the loop."""

    def save(self, version: InstanceVersion) -> InstanceVersion:
        """Add a version and return it with its number; one whose journal sequence is stored already is not added.

        Raises:
            StorageError: when it can't be written; nothing is changed then.
        """

    def history(self, name: str) -> Sequence[InstanceVersion]:
        """Return every version of a name, newest first; empty for an unknown name.

        Raises:
            StorageError: when the store can't be read.
        """

    def names(self) -> Sequence[str]:
        """Return every name that has versions, also of removed instances.

        Raises:
            StorageError: when the store can't be read.
        """
