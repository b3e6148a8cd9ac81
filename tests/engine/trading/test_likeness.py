"""The correlation of two baskets is that of their equally weighted returns over the bars that all have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar
from ares_desktop.engine.trading.likeness import FEWEST, closes_of, correlation

A, B, C = (InstrumentId(f"{name}.SIM") for name in "ABC")
MINUTE = 60_000_000_000


def bars(name: InstrumentId, closes: list[float], first: int = 0) -> list[Bar]:
    return [
        Bar(name, (first + row) * MINUTE, (first + row + 1) * MINUTE, close, close, close, close, 1.0)
        for row, close in enumerate(closes)
    ]


def wander(seed: int, count: int = 60) -> list[float]:
    steps = np.random.default_rng(seed).normal(0, 0.01, count)
    return [float(value) for value in 100 * np.exp(np.cumsum(steps))]


def test_it_is_numpys_correlation_of_the_mean_returns() -> None:
    one, two, three = (np.array(wander(seed)) for seed in (1, 2, 3))
    closes = {name: closes_of(bars(name, list(values))) for name, values in ((A, one), (B, two), (C, three))}
    basket = (one[1:] / one[:-1] + two[1:] / two[:-1]) / 2 - 1
    expected = np.corrcoef(basket, three[1:] / three[:-1] - 1)[0, 1]
    found, returns = correlation(closes, [A, B], [C])
    assert found == pytest.approx(expected)
    assert returns == 59


def test_the_same_instrument_moves_alike_and_its_inverse_against_it() -> None:
    up = wander(4)
    down = list(np.cumprod([100.0, *(2 - np.array(up[1:]) / np.array(up[:-1]))]))
    closes = {A: closes_of(bars(A, up)), B: closes_of(bars(B, down))}
    assert correlation(closes, [A], [A])[0] == pytest.approx(1.0)
    assert correlation(closes, [A], [B])[0] == pytest.approx(-1.0)


def test_nothing_is_told_of_too_few_common_bars_or_of_what_stands_still() -> None:
    still = closes_of(bars(B, [5.0] * 60))
    late = closes_of(bars(C, wander(5), first=60 - FEWEST))
    closes = {A: closes_of(bars(A, wander(6))), B: still, C: late, InstrumentId("D.SIM"): closes_of([])}
    assert correlation(closes, [A], [B]) == (None, 59)
    assert correlation(closes, [A], [C]) == (None, FEWEST - 1)
    assert correlation(closes, [A], [InstrumentId("D.SIM")]) == (None, 0)


@given(st.lists(st.floats(0.01, 1e6), min_size=0, max_size=60), st.lists(st.floats(0.01, 1e6), max_size=60))
def test_it_is_never_beyond_one(one: list[float], two: list[float]) -> None:
    closes = {A: closes_of(bars(A, one)), B: closes_of(bars(B, two))}
    amount, common = correlation(closes, [A], [B])
    assert common == max(0, min(len(one), len(two)) - 1)
    assert amount is None or -1.0000001 <= amount <= 1.0000001
