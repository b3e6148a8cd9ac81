"""Fills paired into round trips."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.backtests import BacktestOutcome, CashEntry
from ares_desktop.domain.ids import InstrumentId, StrategyId, client_order_id
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.orders import OrderType
from ares_desktop.engine.backtest.analysis.trips import round_trips
from tests.engine.backtest.analysis.builders import (
    CASH,
    DAY,
    MONDAY,
    SPY,
    TREND,
    a_fill,
    an_instrument,
    an_outcome,
    bars,
)


def end_of(row: int) -> int:
    """Return when a daily bar is known, and what its fills are stamped with."""
    return MONDAY + (row + 1) * DAY


def test_a_buy_and_a_sale_are_one_trip_with_both_commissions() -> None:
    data = bars([100, 102, 104, 103, 105])
    entry = a_fill(1, 10, 100, end_of(1), commission=1)
    leave = a_fill(2, -10, 104, end_of(3), commission=2)
    reasons = {entry.client_order_id: "crossed up", leave.client_order_id: "crossed down"}
    (trip,) = round_trips(an_outcome([data], [entry, leave], reasons=reasons), [data])
    assert (trip.direction, trip.quantity, trip.closed) == (1, Decimal(10), True)
    assert (trip.entry_price, trip.exit_price, trip.pnl, trip.commission) == (100.0, 104.0, 37.0, 3.0)
    assert trip.return_pct == pytest.approx(3.7)
    assert (trip.bars, trip.entry_ns, trip.exit_ns) == (2, end_of(1), end_of(3))
    assert (trip.entry_reason, trip.exit_reason) == ("crossed up", "crossed down")


def test_a_flip_ends_one_trip_and_begins_the_other_and_shares_its_commission_by_quantity() -> None:
    data = bars([100, 110, 105, 90])
    fills = [a_fill(1, 10, 100, end_of(0)), a_fill(2, -40, 110, end_of(1), commission=4), a_fill(3, 30, 90, end_of(3))]
    first, second = round_trips(an_outcome([data], fills), [data])
    assert (first.direction, first.pnl, first.commission) == (1, 99.0, 1.0)
    assert (second.direction, second.quantity, second.pnl, second.commission) == (-1, Decimal(30), 597.0, 3.0)
    assert second.return_pct == pytest.approx(597 / 3300 * 100)


def test_prices_are_averages_over_partial_entries_and_exits() -> None:
    data = bars([100] * 6)
    fills = [
        a_fill(1, 10, 100, end_of(0)),
        a_fill(2, 30, 104, end_of(1)),
        a_fill(3, -20, 110, end_of(2)),
        a_fill(4, -20, 106, end_of(3)),
    ]
    (trip,) = round_trips(an_outcome([data], fills), [data])
    assert (trip.entry_price, trip.exit_price, trip.quantity) == (103.0, 108.0, Decimal(40))
    assert trip.pnl == pytest.approx(200.0)


def test_an_open_trip_is_valued_at_its_mark_and_comes_last() -> None:
    data = bars([100, 101, 102, 120])
    fills = [a_fill(1, 10, 100, end_of(0)), a_fill(2, -4, 110, end_of(2), commission=1)]
    other = [
        replace(a_fill(9, 1, 100, end_of(0)), strategy=StrategyId("other")),
    ]
    other.append(replace(a_fill(10, -1, 101, end_of(1)), strategy=StrategyId("other")))
    done, held = round_trips(an_outcome([data], [*fills, *other]), [data])
    assert done.closed
    assert (held.closed, held.exit_price, held.exit_ns, held.exit_reason) == (False, 120.0, end_of(3), "")
    assert held.pnl == pytest.approx(4 * 10 + 6 * 20 - 1)


def test_the_multiplier_counts_in_profit_and_return() -> None:
    future = an_instrument(InstrumentId("ES.CME"), multiplier=Decimal(50))
    data = bars([4000, 4010], instrument=future)
    fills = [a_fill(1, -2, 4000, end_of(0), instrument=future), a_fill(2, 2, 4010, end_of(1), instrument=future)]
    (trip,) = round_trips(an_outcome([data], fills), [data])
    assert trip.pnl == -1000.0
    assert trip.return_pct == pytest.approx(-0.25)


def test_excursions_count_the_whole_bar_of_an_entry_at_its_open_and_nothing_of_the_exit_bar() -> None:
    data = bars([100, 101, 102, 103], opens=[100, 100, 101, 102], high=[130, 108, 104, 150], low=[70, 97, 99, 50])
    fills = [a_fill(1, 10, 100, end_of(1)), a_fill(2, -10, 102, end_of(3))]
    (trip,) = round_trips(an_outcome([data], fills), [data])
    assert (trip.worst, trip.best) == pytest.approx((-0.03, 0.08))


def test_an_entry_within_a_bar_counts_that_bar_s_close_alone() -> None:
    data = bars([100, 101, 102, 103], opens=[100, 99, 101, 102], high=[130, 108, 104, 150], low=[70, 80, 99, 50])
    fills = [a_fill(1, 10, 100, end_of(1)), a_fill(2, -10, 102, end_of(3))]
    (trip,) = round_trips(an_outcome([data], fills), [data])
    assert (trip.worst, trip.best) == pytest.approx((-0.01, 0.04))


def test_a_short_s_adverse_excursion_is_upward() -> None:
    data = bars([100, 100, 100, 100], high=[100, 100, 112, 100], low=[100, 100, 95, 100])
    fills = [a_fill(1, -10, 100, end_of(1)), a_fill(2, 10, 100, end_of(3))]
    (trip,) = round_trips(an_outcome([data], fills), [data])
    assert (trip.worst, trip.best) == pytest.approx((-0.12, 0.05))


def test_a_trip_within_one_bar_has_only_its_own_prices() -> None:
    data = bars([100, 100, 100], high=[200, 200, 200], low=[10, 10, 10])
    fills = [a_fill(1, 10, 100, end_of(1)), a_fill(2, -10, 98, end_of(1))]
    (trip,) = round_trips(an_outcome([data], fills), [data])
    assert (trip.bars, trip.worst, trip.best) == pytest.approx((0, -0.02, 0.0))


def test_without_fills_there_is_no_trip() -> None:
    assert round_trips(an_outcome([bars([100, 101])]), [bars([100, 101])]) == ()


quantities = st.integers(-20, 20).filter(bool)


@st.composite
def outcomes(draw: st.DrawFn) -> BacktestOutcome:
    """Return a run of two strategies on one instrument that trades any quantities at any prices."""
    closes = draw(st.lists(st.integers(50, 150), min_size=4, max_size=14))
    data = bars(closes)
    fills = [
        replace(
            a_fill(
                number,
                quantity,
                draw(st.integers(5000, 15000)) / 100,
                end_of(row),
                commission=draw(st.integers(-50, 300)) / 100,
            ),
            strategy=draw(st.sampled_from([TREND, StrategyId("other")])),
        )
        for number, (row, quantity) in enumerate(
            sorted(
                draw(st.lists(st.tuples(st.integers(0, len(closes) - 1), quantities), max_size=16)),
                key=lambda item: item[0],
            )
        )
    ]
    cash = [
        CashEntry(
            strategy=TREND,
            instrument=SPY,
            kind="dividend",
            amount=Decimal(draw(st.integers(-20, 20))),
            currency="USD",
            at=from_ns(end_of(row)),
        )
        for row in draw(st.lists(st.integers(0, len(closes) - 1), max_size=3))
    ]
    return an_outcome([data], fills, cash=cash)


@given(outcomes())
def test_profits_of_all_trips_and_cash_entries_are_the_change_of_equity(outcome: BacktestOutcome) -> None:
    data = bars([1.0])
    trips = round_trips(outcome, [data])
    entries = float(sum(entry.amount for entry in outcome.cash))
    assert sum(trip.pnl for trip in trips) + entries == pytest.approx(float(outcome.curve.equity[-1]) - CASH, abs=1e-6)
    assert sum(trip.commission for trip in trips) == pytest.approx(
        float(sum(fill.commission for fill in outcome.fills))
    )


@given(outcomes())
def test_trips_of_one_strategy_follow_each_other_and_the_open_ones_are_what_is_held(outcome: BacktestOutcome) -> None:
    trips = round_trips(outcome, [])
    for strategy in {trip.strategy for trip in trips}:
        own = sorted(
            (trip for trip in trips if trip.strategy == strategy), key=lambda trip: (trip.entry_ns, trip.exit_ns)
        )
        assert all(before.exit_ns <= after.entry_ns for before, after in pairwise(own))
    held = {(position.strategy, position.quantity > 0) for position in outcome.positions}
    assert {(trip.strategy, trip.direction > 0) for trip in trips if not trip.closed} == held


@given(outcomes(), st.integers(1, 5000))
def test_a_shift_of_time_shifts_trips_and_changes_nothing_else(outcome: BacktestOutcome, days: int) -> None:
    later = timedelta(days=days)
    fills = tuple(replace(fill, at=fill.at + later) for fill in outcome.fills)
    curve = replace(outcome.curve, ts=outcome.curve.ts + days * DAY)
    moved = round_trips(replace(outcome, fills=fills, curve=curve), [])
    back = [replace(trip, entry_ns=trip.entry_ns - days * DAY, exit_ns=trip.exit_ns - days * DAY) for trip in moved]
    assert tuple(back) == round_trips(outcome, [])


def test_a_bracket_s_exit_without_a_reason_says_what_it_was() -> None:
    data = bars([100, 101, 102, 103])
    entry, leave = a_fill(1, 10, 100, end_of(0)), a_fill(2, -10, 103, end_of(2))
    outcome = an_outcome([data], [entry, leave])
    bought, sold = outcome.orders
    target = replace(sold, intent=replace(sold.intent, type=OrderType.LIMIT, parent=client_order_id(TREND, 1)))
    (trip,) = round_trips(replace(outcome, orders=(bought, target)), [data])
    assert trip.exit_reason == "target"
