"""When a DAY order ends, by market time."""

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ares_desktop.domain.market import from_ns, to_ns

_NEW_YORK: Final = ZoneInfo("America/New_York")
_UTC: Final = ZoneInfo("UTC")
_SATURDAY: Final = 5
_MIDNIGHT: Final = time(0)

_RULES: Final = {
    "XNYS": (_NEW_YORK, time(9, 30), time(16, 0), True),
    "24/5": (_NEW_YORK, time(17, 0), time(17, 0), True),
    "24/7": (_UTC, _MIDNIGHT, _MIDNIGHT, False),
}
"""Zone, begin and end of the trading day, and whether weekends are left out; other calendars count as 24/7 days.

Holidays are not listed: an order placed while its market is closed waits for the first event of its instrument, so
that the session it is valid for is the one that really takes place.
"""


NEVER_NS: Final = 2**63 - 1
"""Later than any time of a market."""
_MEMO: Final[dict[str, "TradingDay"]] = {}


class TradingDay(NamedTuple):
    """What is true of a market between two times.

    Attributes:
        from_ns, until_ns: from the first on, before the second.
        end_ns: the first end of a trading day that is later.
        closed: an order placed now waits for the next session; markets that never close are never closed.
    """

    from_ns: int
    until_ns: int
    end_ns: int
    closed: bool


def trading_day(calendar: str, ns: int) -> TradingDay:
    """Return what is true of the markets of a calendar at a time."""
    known = _MEMO.get(calendar)
    if known is None or not known.from_ns <= ns < known.until_ns:
        zone, begin, _, _ = _RULES.get(calendar, _RULES["24/7"])
        end_ns = _day_end_ns(calendar, ns)
        local = from_ns(ns).astimezone(zone)
        opening = datetime.combine(local.date() + timedelta(days=local.time() >= begin), begin, tzinfo=zone)
        known = TradingDay(ns, min(end_ns, to_ns(opening)), end_ns, _is_closed(calendar, ns))
        _MEMO[calendar] = known
    return known


def _day_end_ns(calendar: str, ns: int) -> int:
    zone, _, end, skips_weekends = _RULES.get(calendar, _RULES["24/7"])
    local = from_ns(ns).astimezone(zone)
    return _day_end(zone, local.date().toordinal() + (local.time() >= end), end, skips_weekends)


@lru_cache(maxsize=4096)
def _day_end(zone: ZoneInfo, day: int, end: time, skips_weekends: bool) -> int:
    date = datetime.fromordinal(day)
    while skips_weekends and date.weekday() >= _SATURDAY:
        date += timedelta(days=1)
    return to_ns(datetime.combine(date.date(), end, tzinfo=zone))


def _is_closed(calendar: str, ns: int) -> bool:
    rule = _RULES.get(calendar)
    if rule is None:
        return True
    zone, begin, end, skips_weekends = rule
    if not skips_weekends:
        return False
    local = from_ns(ns).astimezone(zone)
    if begin == end:
        trading_day = local.date() + timedelta(days=local.time() >= begin)
        return trading_day.weekday() >= _SATURDAY
    return local.weekday() >= _SATURDAY or not begin <= local.time() < end
