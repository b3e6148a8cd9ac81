"""Strategies find options by expiry, strike and right."""

from datetime import UTC, datetime

import pytest

from ares_desktop.api import options
from ares_desktop.api.options import OptionPair, OptionTerms, black_scholes
from ares_desktop.domain.ids import InstrumentId
from tests.api.chains import SPY, a_session, seen

FRIDAY, NEXT = datetime(2024, 3, 8, 21, tzinfo=UTC), datetime(2024, 3, 15, 20, tzinfo=UTC)


def an_option(day: int, right: str, strike: int) -> InstrumentId:
    return InstrumentId(f"SPY2403{day:02d}{right}{strike * 1000:08d}.SIM")


NAMES = [an_option(day, right, strike) for day in (15, 8) for right in "PC" for strike in (95, 100, 105)]
MARKET = (a_session(0, 101, SPY), *(a_session(0, 2, name) for name in NAMES))


def test_a_chain_is_ordered_by_expiry_strike_and_right() -> None:
    context = seen(*MARKET)
    first = [item.id for item in options.chain(context, SPY)][:3]
    assert first == [an_option(8, "C", 95), an_option(8, "P", 95), an_option(8, "C", 100)]
    assert len(options.chain(context, SPY, right="put")) == 6
    assert options.chain(context, InstrumentId("OTHER.SIM")) == ()
    assert len(options.chain(seen(*MARKET, a_session(4, 101, SPY)), SPY)) == 6


def test_the_nearest_expiry_is_at_least_so_many_days_away() -> None:
    context = seen(*MARKET)
    assert options.expiries(context, SPY) == (FRIDAY, NEXT)
    assert options.nearest_expiry(context, SPY) == FRIDAY
    assert options.nearest_expiry(context, SPY, min_days=4) == FRIDAY
    assert options.nearest_expiry(context, SPY, min_days=4.1) == NEXT
    assert options.nearest_expiry(context, SPY, min_days=12) is None


def test_strikes_are_found_by_moneyness() -> None:
    context = seen(*MARKET)
    assert options.by_moneyness(context, SPY, NEXT, "call") == an_option(15, "C", 100)
    assert options.by_moneyness(context, SPY, NEXT, "put", 0.93) == an_option(15, "P", 95)
    assert options.by_moneyness(context, SPY, datetime(2025, 1, 1, tzinfo=UTC), "put") is None


def test_straddle_and_strangle() -> None:
    context = seen(*MARKET)
    assert options.straddle(context, SPY, NEXT) == OptionPair(an_option(15, "C", 100), an_option(15, "P", 100))
    assert options.strangle(context, SPY, NEXT, 0.05) == OptionPair(an_option(15, "C", 105), an_option(15, "P", 95))
    assert options.strangle(context, SPY, FRIDAY.replace(hour=1), 0.05) is None


def test_a_straddle_needs_both_at_one_strike() -> None:
    lone = seen(a_session(0, 101, SPY), a_session(0, 2, an_option(8, "C", 100)), a_session(0, 2, an_option(8, "P", 95)))
    assert options.straddle(lone, SPY, FRIDAY) is None
    assert options.strangle(lone, SPY, FRIDAY, 0.02) is not None


def test_the_volatility_of_an_option_comes_from_its_newest_price() -> None:
    name = an_option(15, "C", 100)
    years = (NEXT - datetime(2024, 3, 4, 21, tzinfo=UTC)).total_seconds() / (365 * 86_400)
    price = black_scholes(OptionTerms("call", 101, 100, years), 0.25)
    context = seen(a_session(0, 101, SPY), a_session(0, price, name))
    assert options.terms(context, name) == OptionTerms("call", 101, 100, years)
    assert options.volatility_of(context, name) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="is no option"):
        options.terms(context, SPY)


def test_without_a_price_of_the_underlying_nothing_is_told() -> None:
    name = an_option(15, "C", 100)
    context = seen(a_session(0, 2, name))
    assert options.terms(context, name) is None
    assert options.volatility_of(context, name) is None
    assert options.straddle(context, SPY, NEXT) is None
    assert options.by_moneyness(context, SPY, NEXT, "call") is None
