"""A wall clock that is set is noticed, one that runs on is not."""

from datetime import UTC, datetime

from ares_desktop.engine.runtime.clock_watch import ClockWatch, passed_ns
from ares_desktop.engine.runtime.clocks import WallClock

SECOND = 1_000_000_000


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ns = 1_800_000_000 * SECOND

    def now_ns(self) -> int:
        return self.ns

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.ns / SECOND, UTC)


def test_only_what_time_did_not_bring_is_a_jump() -> None:
    wall, passed = Hands(), [5 * SECOND]
    watch = ClockWatch(wall, lambda: passed[0])
    wall.ns += 90 * SECOND
    passed[0] += 90 * SECOND
    assert watch.jumped_s() == 0.0
    wall.ns -= 61 * SECOND
    assert watch.jumped_s() == -61.0


def test_a_clock_that_nobody_sets_goes_on() -> None:
    first = passed_ns()
    assert passed_ns() >= first
    assert abs(ClockWatch(WallClock()).jumped_s()) < 60
