"""The paper broker's dead-man timer: by the wall clock and on the disk, so that it goes on without its process."""

import time
from typing import Final

import msgspec

from ares_desktop.engine.adapters.brokers.paper.store import PaperStore

_KEPT_AS: Final = "dead_man"
_NS: Final = 1_000_000_000


class DeadManTimer:
    """When all orders of the account are canceled, unless somebody sets it anew before."""

    def __init__(self, store: PaperStore) -> None:
        self._store = store
        kept = store.kept(_KEPT_AS)
        self._ends_ns: int | None = None if kept is None else msgspec.msgpack.decode(kept, type=int | None)

    def set(self, seconds: float | None) -> None:
        """Set it to so long from now; None disarms it.

        Raises:
            StorageError: when that could not be made durable.
        """
        ends_ns = None if seconds is None else time.time_ns() + int(seconds * _NS)
        self._store.keep(_KEPT_AS, msgspec.msgpack.encode(ends_ns))
        self._ends_ns = ends_ns

    def is_due(self) -> bool:
        """Say once whether it has run out; from then on it is disarmed.

        Raises:
            StorageError: when that could not be made durable.
        """
        if self._ends_ns is None or time.time_ns() < self._ends_ns:
            return False
        self.set(None)
        return True
