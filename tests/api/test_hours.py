"""Hours are read as people write them, and say exactly when positions may be opened."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.api.hours import parse_hours
from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.market import to_ns

MINUTE = 60_000_000_000
NEW_YORK = ZoneInfo("America/New_York")
OPEN, CLOSE = (to_ns(datetime(2026, 3, 2, hour, minute, tzinfo=NEW_YORK)) for hour, minute in ((9, 30), (16, 0)))
ONE_DAY = Sessions((OPEN,), (CLOSE,))


def spans(text: str, sessions: Sessions = ONE_DAY) -> list[tuple[float, float]]:
    """Return the windows in minutes since the open."""
    found = parse_hours(text).spans(sessions, NEW_YORK)
    return [((start - OPEN) / MINUTE, (end - OPEN) / MINUTE) for start, end in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("session open +5m to session close -10m", [(5, 380)]),
        ("  session  open+5m   to session close  -  10m", [(5, 380)]),
        ("session open to session close", [(0, 390)]),
        ("session open -30m to session open +1h", [(-30, 60)]),
        ("09:35 to 15:50", [(5, 380)]),
        ("8:00 to 17:00", [(0, 390)]),
        ("10:00 to session close -1h", [(30, 330)]),
        ("09:30 to 10:00, 15:00 to 16:00", [(0, 30), (330, 390)]),
        ("09:30 to 11:00, 10:00 to 12:00", [(0, 150)]),
        ("17:00 to 18:00", []),
        ("", []),
    ],
)
def test_windows_of_a_session(text: str, expected: list[tuple[int, int]]) -> None:
    assert spans(text) == expected


def test_a_time_of_the_clock_follows_the_change_to_summer_time() -> None:
    days = [datetime(2026, 3, day, tzinfo=NEW_YORK) for day in (6, 9)]
    sessions = Sessions(
        tuple(to_ns(day.replace(hour=9, minute=30)) for day in days), tuple(to_ns(day.replace(hour=16)) for day in days)
    )
    found = [start for start, _ in parse_hours("10:00 to 11:00").spans(sessions, NEW_YORK)]
    assert [datetime.fromtimestamp(start / 1e9, UTC).hour for start in found] == [15, 14]


def test_a_session_that_begins_on_the_evening_before_has_its_times_of_the_clock_on_both_dates() -> None:
    opening, closing = (to_ns(datetime(2026, 3, day, hour, tzinfo=NEW_YORK)) for day, hour in ((2, 18), (3, 17)))
    sessions = Sessions((opening,), (closing,))
    found = parse_hours("22:00 to 02:00").spans(sessions, NEW_YORK)
    assert [((start - opening) / MINUTE, (end - opening) / MINUTE) for start, end in found] == [(240, 480)]


@pytest.mark.parametrize(
    "text",
    [
        "always",
        "session open",
        "session open to",
        "25:00 to 26:00",
        "session open 5m to session close",
        "session open +0m to session close",
        "session close to session open",
        "session open +10m to session open +5m",
        "10:00 to 10:00",
        "09:35 to 15:50,",
        "month end to session close",
    ],
)
def test_what_can_not_be_read_or_never_be_open_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours must be such as|must end after its start"):
        parse_hours(text)


offsets = st.integers(-60, 60)


@given(
    lengths=st.lists(st.integers(1, 600), min_size=1, max_size=5),
    windows=st.lists(st.tuples(st.sampled_from(["open", "close"]), offsets, offsets), min_size=1, max_size=3),
    minute=st.integers(-100, 6000),
)
def test_a_time_is_within_the_spans_exactly_when_it_is_within_a_window_of_some_session(
    lengths: list[int], windows: list[tuple[str, int, int]], minute: int
) -> None:
    opens = [OPEN + number * 1440 * MINUTE for number in range(len(lengths))]
    sessions = Sessions(
        tuple(opens), tuple(start + length * MINUTE for start, length in zip(opens, lengths, strict=True))
    )
    edges = [(first, offset, later) for first, offset, later in windows if first != "close" or later > offset] or [
        ("open", 0, 1)
    ]

    def written(name: str, offset: int) -> str:
        return f"session {name} {'-' if offset < 0 else '+'} {abs(offset)}m" if offset else f"session {name}"

    text = ", ".join(f"{written(first, offset)} to {written('close', later)}" for first, offset, later in edges)
    now = OPEN + minute * MINUTE
    expected = any(
        (opening if first == "open" else closing) + offset * MINUTE <= now < closing + later * MINUTE
        for opening, closing in zip(sessions.opens, sessions.closes, strict=True)
        for first, offset, later in edges
    )
    found = parse_hours(text).spans(sessions, NEW_YORK)
    assert any(start <= now < end for start, end in found) is expected
    assert all(one[1] < other[0] for one, other in pairwise(found))
