"""Strategies can tell which contract of a chain to hold, and roll."""

from decimal import Decimal
from math import nan

import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.api import futures as chains
from ares_desktop.api.testing import run_on_bars
from tests.api.chains import APRIL, MARCH, MAY, SPY, a_session, definitions, seen

CURVE = (a_session(0, 15, MAY), a_session(0, 14, APRIL), a_session(0, 13, MARCH), a_session(0, 500, SPY))


def test_a_chain_is_what_has_not_expired_the_next_to_expire_first() -> None:
    context = seen(*CURVE)
    assert [item.id for item in chains.chain(context, "VX")] == [MARCH, APRIL, MAY]
    assert chains.chain(context, "ES") == chains.chain(context, "") == ()
    # March ends with Wednesday the 20th.
    later = seen(*CURVE, a_session(12, 500, SPY))
    assert [item.id for item in chains.chain(later, "VX")] == [MARCH, APRIL, MAY]
    over = seen(*CURVE, a_session(13, 500, SPY))
    assert [item.id for item in chains.chain(over, "VX")] == [APRIL, MAY]


def test_days_and_sessions_to_expiry_are_counted_from_now() -> None:
    context = seen(*CURVE)
    # From Monday the 4th, 21:00, to the end of Wednesday the 20th.
    assert chains.days_left(context, MARCH) == pytest.approx(16 + 3 / 24)
    assert chains.sessions_left(context, MARCH) == 13
    assert chains.sessions_left(seen(*CURVE, a_session(12, 500, SPY)), MARCH) == 1
    assert chains.sessions_left(seen(*CURVE, a_session(13, 500, SPY)), MARCH) == 0
    assert chains.days_left(seen(*CURVE, a_session(13, 500, SPY)), MARCH) < 0
    with pytest.raises(ValueError, match=r"SPY\.SIM does not expire"):
        chains.days_left(context, SPY)


def test_the_front_contract_is_the_first_with_enough_days() -> None:
    context = seen(*CURVE)
    assert chains.front(context, "VX") == MARCH
    assert chains.front(context, "VX", min_days=17) == APRIL
    assert chains.front(context, "VX", min_days=100) is None
    assert chains.successor(context, MARCH) == APRIL
    assert chains.successor(context, MARCH, min_days=60) == MAY
    assert chains.successor(context, MAY) is None


def test_volume_tells_the_contract_that_is_traded_most() -> None:
    days = [
        a_session(day, 10, name, volume=volume)
        for day in range(3)
        for name, volume in ((MARCH, 900 - 300 * day), (APRIL, 200 + 300 * day), (MAY, 50))
    ]
    assert chains.most_traded(seen(*days), "VX", bars=3) == MARCH
    assert chains.most_traded(seen(*days), "VX", bars=1) == APRIL
    assert not chains.volume_moved(seen(*days), MARCH, APRIL, bars=3)
    assert chains.volume_moved(seen(*days), MARCH, APRIL, bars=1)


def test_an_unknown_volume_is_not_taken_for_none() -> None:
    days = [a_session(0, 10, MARCH, volume=nan), a_session(0, 10, APRIL, volume=5)]
    assert chains.most_traded(seen(*days), "VX") == APRIL
    assert not chains.volume_moved(seen(*days), MARCH, APRIL, bars=1)
    assert chains.most_traded(seen(a_session(0, 10, MARCH)), "VX") is None


def test_the_term_structure_has_the_newest_price_of_each_contract() -> None:
    curve = chains.term_structure(seen(*CURVE, a_session(1, 12, MARCH)), "VX")
    assert [point.instrument for point in curve.points] == [MARCH, APRIL, MAY]
    assert [point.price for point in curve.points] == [12, 14, 15]
    assert curve.contango
    assert chains.term_structure(seen(*CURVE), "ES").points == ()


class Rolling(Strategy):
    """Sells the first contract, and rolls once it has fewer than 10 sessions."""

    def on_bar(self, bar: Bar) -> None:
        """Look at the last contract of each day."""
        if bar.instrument != APRIL:
            return
        if not chains.held(self.context, "VX"):
            self.context.target(MARCH, -6)
        elif chains.sessions_left(self.context, MARCH) < 10:
            chains.roll(self.context, "VX", APRIL)


def test_a_roll_keeps_value_and_sign_and_happens_once() -> None:
    bars = [a_session(day, price, name) for day in range(8) for name, price in ((MARCH, 12), (APRIL, 15))]
    run = run_on_bars(Rolling, bars, instruments=definitions(bars))
    assert [(intent.side.value, int(intent.quantity), intent.instrument) for intent in run.intents] == [
        ("SELL", 6, MARCH),
        ("BUY", 6, MARCH),
        ("SELL", 4, APRIL),
    ]
    assert run.intents[-1].reason == "rolled to VXJ24.SIM"
    assert (run.position(MARCH), run.position(APRIL)) == (Decimal(0), Decimal(-4))


def test_a_roll_into_something_else_is_refused_and_a_missing_price_waits() -> None:
    context = seen(*CURVE)
    with pytest.raises(ValueError, match="is no contract of VX"):
        chains.roll(context, "VX", SPY)
    assert chains.roll(context, "VX", APRIL) == ()
