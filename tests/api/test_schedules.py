"""Timers are due when their text says."""

from datetime import UTC, datetime, timedelta

import pytest

from ares_desktop.api.schedules import Sessions, parse_schedule
from ares_desktop.api.timers import Timers
from ares_desktop.domain.market import from_ns, to_ns

FRIDAY = datetime(2024, 5, 31, tzinfo=UTC)


def sessions(start_ns: int, end_ns: int) -> Sessions:
    days = [FRIDAY + timedelta(days=number) for number in range(-400, 400)]
    opens = [to_ns(day + timedelta(hours=13, minutes=30)) for day in days if day.weekday() < 5]
    spans = [(at, at + 23_400 * 10**9) for at in opens if at + 23_400 * 10**9 > start_ns and at < end_ns]
    return Sessions(tuple(at for at, _ in spans), tuple(end for _, end in spans))


def following(when: str | timedelta, now: datetime, count: int = 2) -> list[str]:
    schedule, ns, found = parse_schedule(when, sessions), to_ns(now), []
    for _ in range(count):
        due = schedule.next_after(ns)
        assert due is not None
        found.append(f"{from_ns(due):%m-%d %H:%M:%S}")
        ns = due
    return found


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("every 5m", ["05-31 12:05:00", "05-31 12:10:00"]),
        (timedelta(hours=8), ["05-31 16:00:00", "06-01 00:00:00"]),
        ("session open", ["05-31 13:30:00", "06-03 13:30:00"]),
        ("session open +30m", ["05-31 14:00:00", "06-03 14:00:00"]),
        ("session close - 10m", ["05-31 19:50:00", "06-03 19:50:00"]),
        ("month end", ["05-31 20:00:00", "06-28 20:00:00"]),
        ("30 9 * * 1-5", ["06-03 09:30:00", "06-04 09:30:00"]),
    ],
)
def test_the_next_times(when: str | timedelta, expected: list[str]) -> None:
    assert following(when, FRIDAY + timedelta(hours=12)) == expected


@pytest.mark.parametrize("when", ["", "tomorrow", "every 5 minutes", "* * *", "session noon", timedelta(0)])
def test_other_text_is_refused(when: str | timedelta) -> None:
    with pytest.raises(ValueError):
        parse_schedule(when, sessions)


def test_timers_come_in_order_and_once_for_what_was_missed() -> None:
    timers, start = Timers(), to_ns(FRIDAY)
    timers.set("slow", "every 1h", sessions, start)
    timers.set("fast", "every 10m", sessions, start)
    due = list(timers.pop_due(start + 3600 * 10**9))
    assert [name for _, name in due] == ["fast", "slow"]
    assert timers.next_due == start + 4200 * 10**9
    timers.remove("fast")
    timers.remove("nothing")
    assert timers.next_due == start + 7200 * 10**9
