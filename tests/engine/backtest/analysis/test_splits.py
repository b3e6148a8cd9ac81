"""Positions over share splits."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT
from ares_desktop.domain.events import PositionSplit
from ares_desktop.domain.market import from_ns
from ares_desktop.engine.backtest.analysis.figures import figures_of, trial_figures
from ares_desktop.engine.backtest.analysis.trips import round_trips
from tests.engine.backtest.analysis.builders import SPY, TREND, a_fill, an_outcome, bars

# Two for one after the third bar.
CLOSES = [100.0, 104.0, 96.0, 50.0, 54.0, 52.0]
DATA = bars(CLOSES, opens=[100.0, 100.0, 104.0, 48.0, 50.0, 54.0])
TS = DATA.ts.tolist()
AT = int(DATA.columns["start"][3])


def a_split(before: str, after: str, numerator: int = 2, denominator: int = 1, cash: str = "0") -> PositionSplit:
    return PositionSplit(
        account=BACKTEST_ACCOUNT,
        strategy=TREND,
        instrument=SPY,
        before=Decimal(before),
        after=Decimal(after),
        numerator=numerator,
        denominator=denominator,
        cash=Decimal(cash),
        price=Decimal(48),
        currency="USD",
        key="split-1",
        at=from_ns(AT),
    )


def test_a_position_over_a_split_is_one_trip_in_the_units_of_its_end() -> None:
    fills = [a_fill(1, 10, 100, TS[1], commission=1), a_fill(2, -20, 54, TS[5], commission=1)]
    outcome = replace(an_outcome([DATA], fills), splits=(a_split("10", "20"),))
    (trip,) = round_trips(outcome, [DATA])
    assert (trip.quantity, trip.entry_price, trip.exit_price, trip.pnl) == (Decimal(20), 50.0, 54.0, 78.0)
    assert trip.return_pct == pytest.approx(7.8)
    assert trip.worst == pytest.approx(48 / 50 - 1)
    assert trip.best == pytest.approx(54 / 50 - 1)


def test_a_trip_before_the_split_keeps_its_own_units() -> None:
    fills = [a_fill(1, 10, 100, TS[0]), a_fill(2, -10, 104, TS[1])]
    outcome = replace(an_outcome([DATA], fills), splits=(a_split("5", "10"),))
    (trip,) = round_trips(outcome, [DATA])
    assert (trip.quantity, trip.entry_price, trip.exit_price, trip.pnl) == (Decimal(10), 100.0, 104.0, 40.0)
    assert trip.best == pytest.approx(0.04)


def test_a_fraction_that_was_paid_out_is_sold_at_its_price() -> None:
    """Seven shares become ten and a half: ten, and 24 for the half."""
    fills = [a_fill(1, 7, 72, TS[1]), a_fill(2, -10, 50, TS[5])]
    split = a_split("7", "10", 3, 2, "24")
    outcome = replace(an_outcome([DATA], fills), splits=(split,))
    (trip,) = round_trips(outcome, [DATA])
    assert (trip.closed, trip.quantity) == (True, Decimal("10.5"))
    assert trip.pnl == pytest.approx(10 * 50 + 24 - 7 * 72)


def test_a_reverse_split_that_is_no_finite_decimal_leaves_no_dust() -> None:
    fills = [a_fill(1, 10, 100, TS[1]), a_fill(2, -3, 290, TS[5])]
    split = replace(a_split("10", "3", 1, 3), price=Decimal(300), cash=Decimal(100))
    (trip,) = round_trips(replace(an_outcome([DATA], fills), splits=(split,)), [DATA])
    assert trip.closed
    assert trip.pnl == pytest.approx(3 * 290 + 100 - 1000)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.sampled_from([(2, 1), (3, 1), (3, 2), (1, 2), (1, 7)]))
def test_a_split_changes_no_profit(sizes: list[int], ratio: tuple[int, int]) -> None:
    """Buying before, being split and selling the new units at the new price makes what it makes without a split."""
    numerator, denominator = ratio
    sizes = [size * denominator for size in sizes]
    held = sum(sizes)
    bought = [a_fill(number, size, 100 + number, TS[1]) for number, size in enumerate(sizes)]
    sold = a_fill(90, -held * numerator / denominator, 60, TS[5])
    split = a_split(str(held), str(held * numerator // denominator), numerator, denominator)
    (trip,) = round_trips(replace(an_outcome([DATA], [*bought, sold]), splits=(split,)), [DATA])
    paid = sum(size * (100 + number) for number, size in enumerate(sizes))
    assert trip.closed
    assert trip.pnl == pytest.approx(held * numerator / denominator * 60 - paid)
    assert np.isfinite(trip.worst)


def test_a_trial_has_the_same_figures() -> None:
    fills = [a_fill(1, 10, 100, TS[1], commission=1), a_fill(2, -20, 54, TS[5], commission=1)]
    outcome = replace(an_outcome([DATA], fills), splits=(a_split("10", "20"),))
    assert trial_figures(outcome) == figures_of(outcome, round_trips(outcome, [DATA]))
    assert trial_figures(outcome).average_trade == pytest.approx(78)
