"""Where a replay has come to."""

from typing import Protocol


class Bookmark(Protocol):
    """Keeps the market time of the last moment that was carried out, moment by moment, over the death of the process.

    None of its methods blocks for a disk, so a power cut may lose the newest moments.
    """

    def load(self, feed: str) -> int:
        """Return the market time that the feed had come to in nanoseconds, 0 when it was another one or none."""

    def begin(self, feed: str, ns: int) -> None:
        """Follow a feed from ``ns`` on.

        Raises:
            StorageError: when it can't be written.
        """

    def put(self, ns: int) -> None:
        """Note that everything up to ``ns`` was carried out; without effect before :meth:`begin`."""

    def close(self) -> None:
        """Let go; idempotent."""
