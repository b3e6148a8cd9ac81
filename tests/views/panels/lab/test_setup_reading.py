"""What the set-up reads and declares, without a form."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.searches import ParameterRange
from ares_desktop.domain.simulation import MarketPolicy, SimulationSettings, SlippageModel, stressed
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.engine.simulation.costs import PROFILE_SETS
from ares_desktop.views.panels.lab.setup_fields import COST_SETS, cost_values, simulation_of
from ares_desktop.views.panels.lab.setup_ranges import count_of, suggested
from ares_desktop.views.panels.lab.setup_text import day_text, parse_cash, parse_day, parse_weight


def test_no_slippage_becomes_some_under_stress() -> None:
    none = SimulationSettings(slippage_model=SlippageModel.NONE, slippage=0)
    assert (stressed(none).slippage_model, stressed(none).slippage) == (SlippageModel.BPS, 3.0)


def test_every_set_of_commissions_is_offered() -> None:
    assert set(COST_SETS) == set(PROFILE_SETS)


@given(
    share=st.floats(0, 1),
    rate=st.floats(0, 5),
    policy=st.sampled_from(MarketPolicy),
    model=st.sampled_from(SlippageModel),
)
def test_costs_survive_the_form(share: float, rate: float, policy: MarketPolicy, model: SlippageModel) -> None:
    settings = SimulationSettings(
        volume_share=share, borrow_rate=rate, market_policy=policy, slippage_model=model, costs="tiered"
    )
    read = simulation_of(cost_values(settings), cash=settings.starting_cash, currency="USD")
    assert read.volume_share == pytest.approx(share)
    assert read.borrow_rate == pytest.approx(rate)
    assert (read.market_policy, read.slippage_model, read.costs) == (policy, model, "tiered")


@given(low=st.integers(-50, 50), steps=st.integers(0, 200), step=st.sampled_from([0.1, 0.25, 0.3, 1.0, 7.0]))
def test_every_step_of_a_range_is_counted(low: int, steps: int, step: float) -> None:
    one = ParameterRange(name="x", kind="float", low=low, high=low + steps * step, step=step)
    assert count_of(one) == steps + 1


@given(default=st.integers(2, 200))
def test_a_suggested_range_keeps_the_bounds(default: int) -> None:
    low, high, step = suggested(ParameterInfo(name="x", kind="int", default=default, minimum=2, maximum=200))
    assert 2 <= low <= default <= high <= 200
    assert step >= 1


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - made aware below
def test_dates_are_read_back(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    assert parse_day(day_text(at)) == at


@given(st.text(max_size=12))
def test_garbage_never_becomes_money_or_a_weight(text: str) -> None:
    for parse in (parse_cash, parse_weight):
        try:
            value = parse(text)
        except ValueError:
            continue
        assert value is None or (value.is_finite() and value > 0)
