"""The series gives the newest bars and never changes what it gave."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from ares_desktop.api import Bar
from ares_desktop.api.series import BarSeries
from ares_desktop.domain.ids import InstrumentId

ACME = InstrumentId("ACME.XNYS")


def a_bar(number: int) -> Bar:
    return Bar(ACME, number - 1, number, 1.0, 2.0, 0.5, float(number), 3.0)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.integers(1, 50), st.integers(1, 100))
def test_it_holds_the_newest_bars(blocks: list[int], keep: int, count: int) -> None:
    series, number, given_out = BarSeries(ACME, keep), 0, []
    for block in blocks:
        for _ in range(block):
            number += 1
            assert series.append(a_bar(number))
        got = series.last(min(count, keep))
        expected = list(range(max(1, number - min(count, keep) + 1), number + 1))
        assert got.close.tolist() == expected
        assert got.end.tolist() == expected
        given_out.append((got, expected))
    assert all(got.close.tolist() == expected for got, expected in given_out)
    assert len(series) <= max(2 * keep, 1) + 1024 + 64


def test_an_old_bar_is_left_out_and_older_ones_may_come_in_front() -> None:
    series = BarSeries(ACME)
    assert series.append(a_bar(5))
    assert not series.append(a_bar(5))
    series.prepend([a_bar(3), a_bar(4), a_bar(5)])
    assert series.last(10).end.tolist() == [3, 4, 5]
    assert len(series.last(2)) == 2


def test_what_it_gives_can_not_be_written() -> None:
    series = BarSeries(ACME)
    series.append(a_bar(1))
    bars = series.last(1)
    with pytest.raises(ValueError):
        bars.close[0] = np.nan
