"""Words of the lab's commands become values, or say what is wrong with them."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.cli.lab_values import (
    assignment,
    constraint,
    from_time,
    not_negative,
    search_range,
    share,
    slippage,
    spoken,
    to_time,
    whole,
)
from ares_desktop.cli.values import BadValueError
from ares_desktop.domain.searches import Constraint, ParameterRange
from ares_desktop.domain.simulation import MarketPolicy, SlippageModel


def test_a_day_begins_and_ends_in_utc_and_its_last_moment_belongs_to_it() -> None:
    assert from_time("2020-01-31") == datetime(2020, 1, 31, tzinfo=UTC)
    assert to_time("2020-01-31") == datetime(2020, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def test_a_time_is_taken_as_it_is_and_without_a_zone_as_utc() -> None:
    assert to_time("2020-01-31T14:30:00Z") == datetime(2020, 1, 31, 14, 30, tzinfo=UTC)
    assert from_time("2020-01-31T14:30:00+02:00") == datetime(2020, 1, 31, 12, 30, tzinfo=UTC)
    assert from_time("2020-01-31 14:30") == datetime(2020, 1, 31, 14, 30, tzinfo=UTC)


def test_ranges_have_bounds_and_a_step_or_choices() -> None:
    assert search_range("fast=5:20:5") == ParameterRange(name="fast", kind="float", low=5, high=20, step=5)
    assert search_range("fast=5:20") == ParameterRange(name="fast", kind="float", low=5, high=20, step=1)
    assert search_range("x=-1.5:1e1:0.25").low == -1.5
    assert search_range("side=long, short").choices == ("long", "short")


def test_constraints_bound_a_figure_from_below_or_above() -> None:
    assert constraint("max_drawdown>=-0.2") == Constraint(figure="max_drawdown", at_least=-0.2)
    assert constraint(" trades <= 100 ") == Constraint(figure="trades", at_most=100)


def test_slippage_is_basis_points_or_a_model_with_its_strength() -> None:
    assert slippage("2.5") == (SlippageModel.BPS, 2.5)
    assert slippage("spread:0.5") == (SlippageModel.SPREAD, 0.5)
    assert slippage("none") == (SlippageModel.NONE, 0.0)


def test_policies_may_be_written_with_hyphens() -> None:
    convert = spoken(*MarketPolicy)
    assert convert("next-open") == convert("next open") == "next open"
    assert convert("WORST") == "worst"


def test_assignments_keep_their_value_as_text() -> None:
    assert assignment("smag7.fast= 12") == ("smag7.fast", "12")
    assert assignment("a=b=c") == ("a", "b=c")


@pytest.mark.parametrize(
    ("convert", "word"),
    [
        *((from_time, word) for word in ("yesterday", "2020-13-01", "2020-02-30", "1e9", "")),
        *((search_range, word) for word in ("fast", "=1:2", "fast=", "fast=1:2:3:4", "fast=a:b", "fast=1:")),
        *((constraint, word) for word in ("sharpe", "sharpe>1", "sharpe>=x", "sharpe>=nan", ">=1")),
        *((slippage, word) for word in ("-1", "bps", "bps:-1", "magic:1", "bps:inf", "x")),
        *((share, word) for word in ("-0.1", "1.1", "nan", "half")),
        *((whole(1), word) for word in ("0", "-3", "1.5", "", "five", "²")),
        *((not_negative, word) for word in ("-1", "inf", "x")),
        *((assignment, word) for word in ("fast", "=1")),
        *((spoken(*MarketPolicy), word) for word in ("next", "", "open")),
    ],
)
def test_what_is_wrong_is_told(convert: Callable[[str], Any], word: str) -> None:
    with pytest.raises(BadValueError) as raised:
        convert(word)
    assert raised.value.problem


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_is_refused(word: str) -> None:
    for convert in (from_time, to_time, search_range, constraint, slippage, share, whole(0), assignment, not_negative):
        with contextlib.suppress(BadValueError):
            convert(word)
