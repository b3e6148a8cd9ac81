"""Exact arithmetic that no typed number can break."""

from decimal import Decimal

import numpy as np
import pytest

from ares_desktop.domain.money import decimal, is_multiple


@pytest.mark.parametrize(("value", "step"), [("10", "1"), ("0.30", "0.01"), ("7", "0"), ("9e26", "1"), ("0", "5")])
def test_whole_numbers_of_a_step_are_multiples(value: str, step: str) -> None:
    assert is_multiple(Decimal(value), Decimal(step))


@pytest.mark.parametrize(("value", "step"), [("1.5", "1"), ("0.305", "0.01"), ("1e-30", "0.01")])
def test_what_lies_between_two_steps_is_none(value: str, step: str) -> None:
    assert not is_multiple(Decimal(value), Decimal(step))


@pytest.mark.parametrize("value", ["1e30", "1e400000", "9" * 40])
def test_a_number_too_large_to_be_counted_exactly_is_none(value: str) -> None:
    assert not is_multiple(Decimal(value), Decimal(1))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (np.float64(0.1), "0.1"), (np.float32(0.1), "0.1"), (np.int64(7), "7"), ("0.10", "0.10"), (3, "3")],
)
def test_numbers_of_every_kind_are_taken_as_they_write_themselves(value: float | str, text: str) -> None:
    assert str(decimal(value)) == text


@pytest.mark.parametrize("value", [np.float64("nan"), np.float32("inf"), "ten", float("-inf")])
def test_what_is_no_finite_number_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match="number"):
        decimal(value)
