"""Tells a silent application from a machine that slept or a sentinel that was held up itself."""

from enum import Enum
from typing import Final

_GRACE_S: Final = 0.3
"""A beat that is later than this is overdue."""
_HELD_UP_S: Final = 0.5
"""When the sentinel itself did not look for so long, the silence before proves nothing."""


class Verdict(Enum):
    """What the silence so far means."""

    FRESH = "fresh"
    SILENT = "silent"
    DUE = "due"


class Watch:
    """The beats of one application, by a clock that nobody sets.

    Args:
        beat_s: seconds between beats.
        after_s: seconds of silence after which the sentinel has to act.
        now: seconds of a monotonic clock.

    Attributes:
        last: when the newest beat came.
    """

    def __init__(self, beat_s: float, after_s: float, *, now: float) -> None:
        self.last = self._looked = now
        self._beat_s = beat_s
        self._after_s = after_s
        self._not_before = now
        self._slept_s: float | None = None

    def beat(self, now: float) -> None:
        """Take a beat."""
        self.last = now

    def look(self, now: float, slept_s: float = 0.0) -> Verdict:
        """Judge the silence.

        Args:
            now: seconds of the monotonic clock.
            slept_s: how long the machine has slept since it was started, as far as the system tells.
        """
        held_up = now - self._looked > _HELD_UP_S
        woke = self._slept_s is not None and slept_s - self._slept_s > _GRACE_S
        self._looked, self._slept_s = now, slept_s
        if held_up or woke:
            # Whoever froze with us has beats on their way, or beats once more before it is judged.
            self._not_before = now + self._beat_s + _HELD_UP_S
        silent_s = now - self.last
        if silent_s <= self._beat_s + _GRACE_S:
            return Verdict.FRESH
        if silent_s < self._after_s or now < self._not_before:
            return Verdict.SILENT
        return Verdict.DUE
