"""The store of presets."""

from collections.abc import Sequence
from typing import Protocol

from ares_desktop.domain.versions import Preset


class PresetStore(Protocol):
    """Keeps named parameter values for each strategy file. What it keeps is small, but its methods touch the disk."""

    def load(self, strategy: str) -> Sequence[Preset]:
        """Return the presets of a strategy file by name, empty when there are none.

        Raises:
            StorageError: when what is kept is damaged or can't be read; it says where.
        """

    def save(self, strategy: str, presets: Sequence[Preset]) -> None:
        """Replace the presets of a strategy file, as a whole.

        Raises:
            StorageError: when they can't be written; then the old ones are still there.
        """
