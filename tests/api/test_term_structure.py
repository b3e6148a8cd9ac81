"""Curves of prices by days to expiry."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.api.term_structure import TermPoint, TermStructure
from ares_desktop.domain.ids import InstrumentId

A, B, C = (InstrumentId(f"{letter}.SIM") for letter in "ABC")
CONTANGO = TermStructure([TermPoint(B, 60, 16), TermPoint(A, 30, 15), TermPoint(C, 90, 18)])


def test_points_are_ordered_and_those_without_a_price_left_out() -> None:
    curve = TermStructure([TermPoint(B, 60, 16), TermPoint(A, 30, 15), TermPoint(C, 90, 0), TermPoint(C, -1, 9)])
    assert [point.instrument for point in curve.points] == [A, B]
    assert len(curve) == 2


def test_contango_ratio_and_slope_of_an_index_curve() -> None:
    curve = TermStructure([TermPoint(A, 30, 20), TermPoint(B, 93, 16)])
    assert (curve.backwardation, curve.contango, curve.ratio) == (True, False, 1.25)
    assert curve.slope == pytest.approx(log(0.8) * 365 / 63)
    assert CONTANGO.contango
    flat = TermStructure([TermPoint(A, 30, 20), TermPoint(B, 93, 20)])
    assert not flat.contango
    assert not flat.backwardation


def test_nothing_is_told_of_a_curve_without_two_points() -> None:
    curve = TermStructure([TermPoint(A, 30, 20)])
    assert [curve.ratio, curve.slope, curve.best_roll_yield(1), curve.at(31)] == [None] * 4
    assert curve.at(30) == 20
    assert not curve.contango
    assert TermStructure([]).at(30) is None


def test_roll_yields_by_hand() -> None:
    first, second = CONTANGO.roll_yields()
    assert first.annualized == pytest.approx(log(15 / 16) * 365 / 30)
    assert (second.near.instrument, second.far.instrument) == (B, C)
    assert CONTANGO.best_roll_yield(-1) == second
    assert CONTANGO.best_roll_yield(1) == first
    assert CONTANGO.best_roll_yield(-1, max_days=60) == first
    assert CONTANGO.best_roll_yield(-1, min_days=91) is None
    assert CONTANGO.best_roll_yield(-1, among={B}) == first
    assert CONTANGO.best_roll_yield(-1, among={A}) is None, "nothing is nearer"


def test_a_constant_maturity_lies_between_its_neighbours_and_nothing_is_extrapolated() -> None:
    assert CONTANGO.at(45) == pytest.approx(15.5)
    assert CONTANGO.at(60) == 16
    assert CONTANGO.at(80) == pytest.approx(16 + 2 * 20 / 30)
    assert CONTANGO.at(29) is CONTANGO.at(91) is None


@given(st.floats(-2, 2), st.lists(st.integers(1, 900), min_size=2, max_size=8, unique=True))
def test_a_curve_that_grows_at_one_rate_has_it_everywhere(rate: float, days: list[int]) -> None:
    curve = TermStructure(TermPoint(A, day, 20 * exp(rate * day / 365)) for day in days)
    assert curve.slope == pytest.approx(rate, abs=1e-9)
    assert [item.annualized for item in curve.roll_yields()] == pytest.approx([-rate] * (len(days) - 1), abs=1e-9)
