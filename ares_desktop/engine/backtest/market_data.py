"""Where the data that a specification names comes from."""

from collections.abc import Sequence
from typing import Protocol

from ares_desktop.domain.errors import Finding
from ares_desktop.engine.data.series import Series


class MarketData(Protocol):
    """Past data by name: files, symbols of the local store, and the bundled market. Its methods block."""

    def choices(self) -> tuple[str, ...]:
        """Return every name there is beside files: stored symbols, then ``sample:SYMBOL``."""

    def findings(self, names: Sequence[str]) -> Sequence[Finding]:
        """Return what is wrong with names, without reading what they name."""

    def load(self, names: Sequence[str]) -> Sequence[Series]:
        """Read everything that is named.

        Raises:
            UsageError: with the findings of all of them.
            FeedError: when the bundled market is not installed.
            StorageError: when the store fails.
        """
