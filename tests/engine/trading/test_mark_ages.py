"""A holding is stale when its feed is silent while its market is open, and not over a night."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

import pytest

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.engine.hosting.sessions import NO_SESSIONS
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.trading.mark_ages import MarkAges
from tests.engine.trading.books_builders import AAPL, PAPER, TREND

FRIDAY = datetime(2026, 3, 6, 14, 30, tzinfo=UTC)
MONDAY = FRIDAY + timedelta(days=3)
CLOSES = timedelta(hours=6.5)
OPENS = tuple(to_ns(day) for day in (FRIDAY - timedelta(days=1), FRIDAY, MONDAY, MONDAY + timedelta(days=1)))
SESSIONS = Sessions(OPENS, tuple(opens + int(CLOSES.total_seconds()) * NS_PER_SECOND for opens in OPENS))
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Market:
    """One share with data of one spacing, and its calendar."""

    def __init__(self, interval: timedelta, sessions: Sessions | None = SESSIONS) -> None:
        self.spacing = int(interval.total_seconds()) * NS_PER_SECOND
        self.held = sessions

    def instrument(self, instrument: InstrumentId) -> Instrument:
        return Instrument(id=instrument, calendar="XNYS")

    def interval_ns(self, instrument: InstrumentId) -> int:
        del instrument
        return self.spacing

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions | None:
        del calendar, start_ns, end_ns
        return self.held

    def zone(self, calendar: str) -> tzinfo:
        del calendar
        return UTC


def overdue(market: Market, marked: datetime, now: datetime, quantity: int = 10) -> float:
    """Return by how many seconds a holding's price is too old: five intervals or a minute are allowed."""
    clock = MarketClock()
    clock.advance(to_ns(now))
    ages = MarkAges(market, lambda _: RiskLimits(), market, clock)
    held = Position(
        account=PAPER,
        strategy=TREND,
        instrument=AAPL,
        quantity=Decimal(quantity),
        average_price=Decimal(1),
        realized=Decimal(0),
        commission=Decimal(0),
        mark=Decimal(1),
        marked_at=marked,
        unrealized=Decimal(0),
        market_value=Decimal(1),
        currency="USD",
    )
    assert ages.look([held]) == ({AAPL} if ages.overdue_s(AAPL) else set())
    return ages.overdue_s(AAPL)


@pytest.mark.parametrize(
    ("interval", "marked", "now", "beyond_s"),
    [
        (MINUTE, FRIDAY, FRIDAY + 5 * MINUTE, 0),
        (MINUTE, FRIDAY, FRIDAY + 7 * MINUTE, 120),
        (MINUTE, FRIDAY + CLOSES, MONDAY + 5 * MINUTE, 0),
        (MINUTE, FRIDAY + CLOSES, MONDAY + 6 * MINUTE, 60),
        (MINUTE, FRIDAY + CLOSES - 6 * MINUTE, MONDAY - MINUTE, 60),
        (timedelta(0), FRIDAY, FRIDAY + 3 * MINUTE, 120),
        (DAY, FRIDAY - DAY + CLOSES, MONDAY + DAY, 0),
    ],
)
def test_only_the_hours_of_the_market_make_a_price_old(
    interval: timedelta, marked: datetime, now: datetime, beyond_s: float
) -> None:
    assert overdue(Market(interval), marked, now) == beyond_s


def test_without_a_known_calendar_every_hour_counts() -> None:
    assert overdue(Market(MINUTE, NO_SESSIONS), FRIDAY, FRIDAY + 7 * MINUTE) == 120


def test_nothing_is_said_while_a_calendar_is_made_or_of_what_is_not_held() -> None:
    assert overdue(Market(MINUTE, None), FRIDAY, FRIDAY + DAY) == 0
    assert overdue(Market(MINUTE), FRIDAY, FRIDAY + 7 * MINUTE, quantity=0) == 0
