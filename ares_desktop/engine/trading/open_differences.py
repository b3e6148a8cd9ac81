"""The differences to one broker over time: since when, how often in a row, and what became of those that are gone."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from ares_desktop.domain.positions import Discrepancy

_KEPT: Final = 500


class OpenDifferences:
    """Takes what each comparison found.

    Attributes:
        open: those of the newest comparison, by id.
        tell: called with each that was found, and with each that has gone.
    """

    def __init__(self) -> None:
        self.open: dict[str, Discrepancy] = {}
        self.tell: Callable[[Discrepancy], None] = lambda _: None
        self._resolved: dict[str, Discrepancy] = {}
        self._acted: dict[str, str] = {}

    def resolved(self) -> tuple[Discrepancy, ...]:
        """Return the newest ones that have gone, oldest first."""
        return tuple(self._resolved.values())

    def note_action(self, discrepancy: str, text: str) -> None:
        """Remember what a person did about a difference."""
        if discrepancy in self.open:
            self._acted[discrepancy] = text

    def take(self, found: Iterable[Discrepancy], now: datetime) -> None:
        """Take what a comparison found; what it no longer found is resolved."""
        current: dict[str, Discrepancy] = {}
        for item in found:
            known = self.open.get(item.id)
            since = item.at if known is None else known.since
            current[item.id] = replace(item, since=since, seen=1 if known is None else known.seen + 1)
        gone = [known for name, known in self.open.items() if name not in current]
        self.open = current
        for known in gone:
            text = self._acted.pop(known.id, "it was gone at the next comparison")
            ended = replace(known, at=now, resolved=True, resolution=text, remedies=())
            self._resolved.pop(known.id, None)
            self._resolved[known.id] = ended
            self.tell(ended)
        while len(self._resolved) > _KEPT:
            del self._resolved[next(iter(self._resolved))]
        for item in current.values():
            self.tell(item)
