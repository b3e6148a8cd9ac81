"""A seed fixes the synthetic market, whatever the portions it is drawn in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.engine.adapters.feeds.random_market import RandomMarket


def a_market(seed: int = 7, *, count: int = 5) -> RandomMarket:
    return RandomMarket(seed, events_per_second=1000, count=count)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 3000), min_size=1, max_size=6))
def test_equal_seeds_give_equal_ticks_in_any_portions(seed: int, portions: list[int]) -> None:
    one, other = a_market(seed), a_market(seed)
    assert [tick for portion in portions for tick in one.take(portion)] == other.take(sum(portions))


def test_other_seeds_give_other_ticks() -> None:
    assert a_market(1).take(10) != a_market(2).take(10)


def test_bid_and_ask_lie_on_the_price_step_and_never_cross() -> None:
    for tick in a_market().take(10_000):
        assert 0 < tick.bid <= tick.ask
        assert tick.trade or tick.bid < tick.ask
        assert tick.bid_size > 0
        assert round(tick.bid, 2) == tick.bid


def test_all_instruments_quote_and_trade() -> None:
    market = a_market(count=12)
    ids = [instrument.id for instrument in market.instruments]
    assert len(set(ids)) == 12
    found = {(tick.instrument, tick.trade) for tick in market.take(2000)}
    assert found == {(name, trade) for name in ids for trade in (True, False)}


def test_the_past_leads_to_the_first_prices() -> None:
    market = a_market()
    now = 1_800_000_000 * 10**9 + 123
    past = market.past(now)
    first = {tick.instrument: tick.bid for tick in reversed(market.take(200))}
    for series in past:
        assert series.ts[-1] == now - 123
        assert abs(series.columns["close"][-1] / first[series.instrument.id] - 1) < 0.01
        assert (series.columns["high"] >= series.columns["low"]).all()
    assert [item.columns["close"].sum() for item in a_market().past(5 * now)] == [
        item.columns["close"].sum() for item in past
    ]


def test_a_second_of_events_carries_a_second_of_volatility() -> None:
    market = RandomMarket(3, events_per_second=1000, count=1)
    middle = np.array([(tick.bid + tick.ask) / 2 for tick in market.take(400_000) if not tick.trade])
    returns = np.diff(np.log(middle[::750]))
    yearly = returns.std() * np.sqrt(365 * 86_400)
    assert 0.2 < yearly < 0.7
