"""The clock in force: the wall clock live, the market's own time in a replay."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time that strategies and orders live in."""

    def now(self) -> datetime:
        """Return the aware UTC time."""

    def now_ns(self) -> int:
        """Return nanoseconds since the epoch."""
