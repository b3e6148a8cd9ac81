"""Protections remember over a restart what they measure."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.trading.protections import Protections
from ares_desktop.engine.trading.rule_book import RuleBook
from tests.engine.trading.books_builders import NOW, PAPER, TREND
from tests.engine.trading.desk import Desk


def over(desk: Desk) -> Protections:
    """Return protections that lock a strategy which falls by a tenth within a day."""
    rules = ProtectionSettings(max_drawdown=0.1).rules(strategy=True)
    book = RuleBook({}, strategies=rules, accounts=rules)
    return Protections(desk.recorder, book, clock=desk.clock, wall=WallClock())


def worth(twr: float, minutes: float) -> BookSnapshot:
    none: dict[str, Any] = dict.fromkeys(("equity", "unrealized", "drawdown", "max_drawdown"))
    money: dict[str, Any] = dict.fromkeys(("capital", "cash", "realized", "commission"), Decimal(0))
    return BookSnapshot(
        account=PAPER, strategy=TREND, twr=twr, fills=0, at=NOW + timedelta(minutes=minutes), **none, **money
    )


async def test_a_fall_within_the_window_is_seen_over_a_restart(desk: Desk) -> None:
    before = over(desk)
    before.take_book(worth(0.0, 0))
    before.take_book(worth(-0.06, 5))
    again = over(desk)
    again.restore(before.encode())
    again.take_book(worth(-0.105, 10))
    await again.look()
    assert [lock.kind.value for lock in again.locks()] == ["max_drawdown"]
    once_more = over(desk)
    once_more.restore(again.encode())
    once_more.take_book(worth(-0.11, 11))
    assert not once_more._wanted


async def test_windows_that_can_t_be_read_are_left_aside(desk: Desk) -> None:
    protections = over(desk)
    protections.restore(b"\xc1")
    protections.take_book(worth(-0.5, 0))
    await protections.look()
    assert not protections.locks()
