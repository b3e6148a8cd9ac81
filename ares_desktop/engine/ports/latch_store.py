"""Where latches of the kill switch are kept while the journal can't take them."""

from collections.abc import Sequence
from typing import Protocol

from ares_desktop.domain.kill import KillSwitchReport


class LatchStore(Protocol):
    """Keeps latches durably, apart from the journal; its calls block."""

    def load(self) -> tuple[KillSwitchReport, ...]:
        """Return what was kept; where that can't be read, the latch of everything: nothing is traded on doubt."""

    def save(self, reports: Sequence[KillSwitchReport]) -> None:
        """Keep these latches and no others; returns once they are on the disk.

        Raises:
            StorageError: when they can't be written.
        """
