"""Tries out restarts with one adapter."""

from collections.abc import AsyncIterator
from typing import Protocol

from ares_desktop.domain.rehearsals import Rehearsal


class Rehearser(Protocol):
    """Ends and restarts a copy of the application; nothing of the trader's own is touched."""

    @property
    def adapter(self) -> str:
        """Name of the broker it rehearses with."""

    def rehearse(self, restarts: int) -> AsyncIterator[Rehearsal]:
        """Yield the rehearsal as far as it has come, each time that it has come further; closing it ends the copy."""
