"""The lease: the application sends orders only while the sentinel has lately said that it does not act."""

import time
from collections.abc import Callable


class Lease:
    """Runs out on a clock that nobody sets and that stands while the machine sleeps, as the sentinel's own does.

    It is extended from the moment a beat was sent, and is shorter than the silence after which the sentinel acts: so it
    has always run out before, and an application that wakes from a freeze can't trade against what was closed for it.

    Args:
        length_s: from the sending of a beat.
        now: seconds of the monotonic clock.
    """

    def __init__(self, length_s: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._length_s = length_s
        self._now = now
        self._until: float | None = None

    @property
    def stands(self) -> bool | None:
        """Whether it has not run out; None without a sentinel, when trading goes on without a lease."""
        return None if self._until is None else self._now() <= self._until

    def extend(self, sent_at: float) -> None:
        """Extend it by a beat that was sent at a time of the monotonic clock and answered since."""
        self._until = max(self._until or 0.0, sent_at + self._length_s)

    def lift(self) -> None:
        """Go on without a lease: there is no sentinel that could act."""
        self._until = None

    def problem(self) -> str:
        """Say why nothing may be sent, empty while it stands or is lifted."""
        until = self._until
        if until is None:
            return ""
        late_s = self._now() - until
        if late_s <= 0:
            return ""
        silent_s = late_s + self._length_s
        return f"the sentinel has not answered for {silent_s:.1f} s: nothing is sent until it says whether it acted"
