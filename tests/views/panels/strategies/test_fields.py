"""What can be set of an instance, and how it reads."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import ParameterInfo, StrategyInstance
from ares_desktop.views.panels.strategies.about import flowing
from ares_desktop.views.panels.strategies.fields import (
    limit_values,
    limits_of,
    shown_values,
    value_problems,
    with_values,
)
from ares_desktop.views.panels.strategies.hours_text import hours_words
from ares_desktop.views.widgets.parameter_form import parse_parameter
from tests.views.records import a_status, changed

_shares = st.decimals(min_value=0, max_value=1, places=6)
_amounts = st.none() | st.decimals(min_value=1, max_value=10**9, places=2)
CAPITAL = ParameterInfo(name="capital", kind="float", default=None, minimum=0)


@given(weight=_shares, low=_shares, high=_shares, capital=_amounts, limit=st.none() | st.integers(0, 1000))
def test_what_is_shown_and_not_changed_is_read_back_exactly(
    weight: Decimal, low: Decimal, high: Decimal, capital: Decimal | None, limit: int | None
) -> None:
    instance = a_status(weight=weight, min_weight=low, max_weight=high, capital=capital, restart_limit=limit).instance
    assert with_values(instance, shown_values(instance)) == instance


@given(share=st.decimals(min_value=0, max_value=100, places=4))
def test_a_typed_percentage_is_a_hundredth_to_the_last_digit(share: Decimal) -> None:
    instance: StrategyInstance = a_status(weight=Decimal(2)).instance
    typed = {**shown_values(instance), "weight": float(share)}
    assert with_values(instance, typed).weight == share / 100


@given(
    collar=st.none() | st.decimals(min_value=0, max_value=1, places=4),
    orders=st.none() | st.integers(1, 10_000),
    notional=st.none() | st.decimals(min_value=1, max_value=10**9, places=2),
)
def test_limits_that_are_left_empty_are_those_of_everything(
    collar: Decimal | None, orders: int | None, notional: Decimal | None
) -> None:
    common = RiskLimits(max_notional=Decimal(5000))
    changes = {"price_collar": collar, "max_open_orders": orders, "max_notional": notional}
    own = changed(common, **{name: value for name, value in changes.items() if value is not None})
    assert limits_of(limit_values(own, common), common) == own


def test_the_target_lies_between_minimum_and_maximum() -> None:
    values = {"name": "trend", "funding": "share of equity", "min_weight": 5.0, "weight": 10.0, "max_weight": 20.0}
    assert value_problems(values) == {}
    assert set(value_problems({**values, "weight": 25.0})) == {"weight"}
    assert set(value_problems({**values, "min_weight": 30.0})) == {"min_weight"}
    assert value_problems({**values, "min_weight": 30.0, "funding": "fixed amount", "capital": 1.0}) == {}


@pytest.mark.parametrize(
    ("typed", "value"), [("", None), ("1,234.5", 1234.5), ("12,345,678", 12345678.0), ("0.5", 0.5)]
)
def test_amounts_are_read_with_and_without_separators(typed: str, value: float | None) -> None:
    assert parse_parameter(CAPITAL, typed) == value


@pytest.mark.parametrize("typed", ["1,5", "12,34", "1,2345", "nan", "-1", "much"])
def test_what_may_be_meant_otherwise_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"must be|at least"):
        parse_parameter(CAPITAL, typed)


def test_hours_are_said_in_words() -> None:
    assert "at any time" in hours_words("")
    assert "from the open until 90 s before the close" in hours_words("session open to session close -90s")
    assert "from 09:35 exchange time until 15:50 exchange time" in hours_words("09:35 to 15:50")


def test_a_docstring_flows_and_keeps_its_paragraphs_and_lists() -> None:
    text = "Rule: long when\n    ``fast`` is above.\n\n    Needs:\n    - bars\n    - quotes"
    assert flowing(text) == "Rule: long when fast is above.\n\nNeeds:\n- bars\n- quotes"
