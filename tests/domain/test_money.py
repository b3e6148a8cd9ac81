"""Exact arithmetic that no typed number can break."""

from decimal import Decimal

import pytest

from ares_desktop.domain.money import is_multiple


@pytest.mark.parametrize(("value", "step"), [("10", "1"), ("0.30", "0.01"), ("7", "0"), ("9e26", "1"), ("0", "5")])
def test_whole_numbers_of_a_step_are_multiples(value: str, step: str) -> None:
    assert is_multiple(Decimal(value), Decimal(step))


@pytest.mark.parametrize(("value", "step"), [("1.5", "1"), ("0.305", "0.01"), ("1e-30", "0.01")])
def test_what_lies_between_two_steps_is_none(value: str, step: str) -> None:
    assert not is_multiple(Decimal(value), Decimal(step))


@pytest.mark.parametrize("value", ["1e30", "1e400000", "9" * 40])
def test_a_number_too_large_to_be_counted_exactly_is_none(value: str) -> None:
    assert not is_multiple(Decimal(value), Decimal(1))
