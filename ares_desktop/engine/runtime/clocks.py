"""The wall clock and the market's clock."""

import time
from datetime import UTC, datetime

from ares_desktop.domain.market import from_ns


class WallClock:
    """Real time."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        return datetime.now(UTC)

    def now_ns(self) -> int:
        """Return nanoseconds since the epoch."""
        return time.time_ns()


class MarketClock:
    """The time of the newest market event of a replay; it never goes back."""

    def __init__(self, start_ns: int = 0) -> None:
        self._ns = start_ns

    def now(self) -> datetime:
        """Return the aware UTC market time."""
        return from_ns(self._ns)

    def now_ns(self) -> int:
        """Return market time in nanoseconds since the epoch."""
        return self._ns

    def advance(self, ns: int) -> None:
        """Move to ``ns``; an earlier time changes nothing."""
        self._ns = max(self._ns, ns)
