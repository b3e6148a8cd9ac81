"""Each protection calls for its lock, and for no other."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.orders import Side
from ares_desktop.domain.protections import LockKind, ProtectionRules
from ares_desktop.engine.managers.protection_checks import checked_rules
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.protection_rules import (
    cool_down,
    errors_in_a_row,
    given_back,
    low_profit,
    max_drawdown,
    stop_loss_guard,
)
from ares_desktop.engine.trading.trips import Close, Trips

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
ALPHA = StrategyId("alpha")
ACME = InstrumentId("ACME.SIM")
KEY = PositionKey(AccountId("PAPER"), ALPHA, ACME)
BOTH = "strategy:alpha instrument:ACME.SIM"


def a_close(
    minute: float = 0, result: float = -0.01, *, stopped: bool = True, instrument: InstrumentId = ACME
) -> Close:
    """Return a closed trade."""
    return Close(NOW + timedelta(minutes=minute), ALPHA, instrument, result, stopped)


def a_fill(number: int, quantity: int, price: int = 100) -> Fill:
    """Return an execution; a negative quantity sells."""
    return Fill(
        trade_id=TradeId(f"t{number}"),
        client_order_id=ClientOrderId(f"alpha-{number:06d}"),
        strategy=ALPHA,
        account=KEY.account,
        instrument=ACME,
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=Decimal(abs(quantity)),
        price=Decimal(price),
        at=NOW,
        commission=Decimal(1),
    )


def test_stop_outs_within_the_window_lock_the_instrument() -> None:
    rules = ProtectionRules(stop_losses=3, stop_loss_minutes=60, stop_loss_lock_minutes=30)
    closes = [a_close(0), a_close(30), a_close(59)]
    found = stop_loss_guard(closes[-1], closes, rules)
    assert found is not None
    assert (found.scope, found.until) == (BOTH, closes[-1].at + timedelta(minutes=30))
    late = [a_close(0), a_close(30), a_close(61)]
    assert stop_loss_guard(late[-1], late, rules) is None
    wins = [a_close(0), a_close(1, stopped=False), a_close(2)]
    assert stop_loss_guard(wins[-1], wins, rules) is None


def test_stop_outs_of_all_instruments_lock_the_strategy_where_so_asked() -> None:
    closes = [a_close(0, instrument=InstrumentId("B.SIM")), a_close(1)]
    rules = ProtectionRules(stop_losses=2)
    assert stop_loss_guard(closes[-1], closes, rules) is None
    found = stop_loss_guard(closes[-1], closes, replace(rules, stop_loss_all=True))
    assert found is not None
    assert found.scope == "strategy:alpha"


def test_an_instrument_that_returned_too_little_is_locked() -> None:
    rules = ProtectionRules(low_profit_trades=2, low_profit_return=0.01)
    closes = [a_close(0, 0.02), a_close(1, -0.015)]
    found = low_profit(closes[-1], closes, rules)
    assert found is not None
    assert found.kind is LockKind.LOW_PROFIT
    better = [a_close(0, 0.02), a_close(1, -0.005)]
    assert low_profit(better[-1], better, rules) is None


def test_a_close_cools_its_instrument_down() -> None:
    found = cool_down(a_close(), [], ProtectionRules(cool_down_minutes=5))
    assert found is not None
    assert (found.id, found.until) == (f"cool_down:{BOTH}", NOW + timedelta(minutes=5))
    assert cool_down(a_close(), [], ProtectionRules()) is None


def test_a_fall_within_the_window_locks_and_one_before_it_does_not() -> None:
    rules = ProtectionRules(max_drawdown=0.05, max_drawdown_minutes=60)
    worth = [(NOW, 1.2), (NOW + timedelta(minutes=70), 1.1), (NOW + timedelta(minutes=80), 1.06)]
    assert max_drawdown(ALPHA, worth, rules, worth[-1][0]) is None
    worth.append((NOW + timedelta(minutes=90), 1.04))
    assert max_drawdown(ALPHA, worth, rules, worth[-1][0]) is not None


def test_errors_in_a_row_are_counted() -> None:
    assert errors_in_a_row(ALPHA, 2, ProtectionRules(errors=3), NOW) is None
    assert errors_in_a_row(ALPHA, 3, ProtectionRules(errors=3), NOW) is not None
    assert errors_in_a_row(ALPHA, 99, ProtectionRules(), NOW) is None


@given(st.floats(0, 2), st.floats(-1, 2))
def test_what_is_given_back_closes_only_above_the_guarded_gain(peak: float, gain: float) -> None:
    rules = ProtectionRules(give_back_gain=0.05, give_back_share=0.4)
    assert given_back(peak, gain, rules) is (peak >= 0.05 and gain <= peak * 0.6)
    assert not given_back(peak, gain, ProtectionRules())


def test_a_trade_is_what_was_earned_from_flat_to_flat() -> None:
    trips, position = Trips(), FLAT
    close = None
    for fill in (a_fill(1, 10), a_fill(2, 10, 110), a_fill(3, -5, 120), a_fill(4, -15, 90)):
        position = apply_fill(position, fill)
        close = trips.take(fill, position, stops=True)
    assert close is not None
    assert close.result == pytest.approx((-150 - 4) / 2100)
    assert close.stopped


def test_a_trade_that_went_through_zero_is_closed_and_another_begun() -> None:
    trips, position = Trips(), FLAT
    found = []
    for fill in (a_fill(1, 10), a_fill(2, -20, 110), a_fill(3, 10, 100)):
        position = apply_fill(position, fill)
        found.append(trips.take(fill, position, stops=False))
    assert [close is not None for close in found] == [False, True, True]
    assert not any(close.stopped for close in found if close is not None)


@given(st.lists(st.tuples(st.integers(-20, 20).filter(bool), st.integers(50, 150)), max_size=12), st.integers(0, 12))
def test_what_is_looked_at_again_after_a_restart_closes_the_same_trades(
    trades: list[tuple[int, int]], cut: int
) -> None:
    fills = [a_fill(number, quantity, price) for number, (quantity, price) in enumerate(trades)]
    whole, position = Trips(), FLAT
    for fill in fills:
        position = apply_fill(position, fill)
        whole.take(fill, position, stops=False)
    half: BookPosition = FLAT
    for fill in fills[:cut]:
        half = apply_fill(half, fill)
    again = Trips()
    again.begin(fills[:cut], {KEY: half}, lambda _: False)
    for fill in fills[cut:]:
        half = apply_fill(half, fill)
        again.take(fill, half, stops=False)
    assert [close.result for close in again.closes] == pytest.approx([close.result for close in whole.closes])


def test_a_position_that_was_moved_meanwhile_is_no_trade_with_a_result() -> None:
    trips = Trips()
    trips.take(a_fill(1, 10), apply_fill(FLAT, a_fill(1, 10)), stops=False)
    assert trips.take(a_fill(2, -4), FLAT, stops=True) is None
    assert not trips.closes


def test_rules_that_can_not_be_are_refused_all_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        checked_rules(ProtectionRules(), {"day_limit": "7", "errors": "-1", "foo": "1"})
    assert {finding.place for finding in caught.value.findings} == {"day_limit", "errors", "foo"}
    with pytest.raises(UsageError, match="below day_limit"):
        checked_rules(ProtectionRules(), {"day_limit": "0.1", "day_hard": "0.05"})
    assert checked_rules(ProtectionRules(day_limit=0.1), {"day_limit": "off"}).day_limit is None
