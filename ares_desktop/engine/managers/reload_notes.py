"""What became of changed strategy files, by instance."""

from datetime import datetime

import msgspec

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import Fault


class ReloadNote(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an instance's changed file.

    Attributes:
        fault: why it did not take over, None when there is no such change.
        at: when one took over last, None when none has.
    """

    fault: Fault | None = None
    at: datetime | None = None


class ReloadNotes:
    """Keeps one note for each instance since the application was started."""

    def __init__(self) -> None:
        self._notes: dict[StrategyId, ReloadNote] = {}

    def get(self, name: StrategyId) -> ReloadNote:
        """Return what is known of an instance."""
        return self._notes.get(name, ReloadNote())

    def failed(self, name: StrategyId, fault: Fault) -> None:
        """Note that its changed file did not take over."""
        self._notes[name] = msgspec.structs.replace(self.get(name), fault=fault)

    def done(self, name: StrategyId, at: datetime) -> None:
        """Note that its changed file took over."""
        self._notes[name] = ReloadNote(at=at)

    def forgive(self, name: StrategyId) -> None:
        """Note that its file is the one that runs."""
        if self.get(name).fault is not None:
            self._notes[name] = msgspec.structs.replace(self.get(name), fault=None)
