"""A live run beside the backtest of its period."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId, TradeId
from ares_desktop.engine.backtest.analysis.fidelity import compare
from tests.engine.backtest.analysis.builders import MINUTE, MONDAY, a_curve, a_fill, an_outcome, bars

DATA = bars([100 + 5 * np.sin(row / 7) for row in range(200)], step=MINUTE, spec="1m")
TS = DATA.ts.tolist()


def trades(rows: Sequence[int]) -> list[Fill]:
    """Return buys and sales of 100 in turn at the opens of bars."""
    prices = DATA.columns["open"].tolist()
    return [
        a_fill(number, 100 if number % 2 == 0 else -100, round(prices[row], 2), TS[row])
        for number, row in enumerate(rows)
    ]


BACKTEST = an_outcome([DATA], trades(range(10, 190, 20)))


def moved(fills: Sequence[Fill], *, bps: float = 0.0, seconds: float = 0.0) -> list[Fill]:
    """Return fills at worse prices and later."""
    return [
        replace(
            fill,
            price=fill.price * (1 + fill.side.sign * Decimal(str(bps)) / 10_000),
            at=fill.at + timedelta(seconds=seconds),
        )
        for fill in fills
    ]


def test_the_same_run_has_the_full_score_and_nothing_to_explain() -> None:
    found = compare(BACKTEST.fills, BACKTEST.curve, BACKTEST)
    assert (found.score, found.matched, found.missing, found.extra) == (100.0, 9, 0, 0)
    assert (found.correlation, found.distance, found.mean_price_bps) == pytest.approx((1.0, 0.0, 0.0))
    assert found.return_live == found.return_backtest
    assert found.explanation == ()


def test_later_and_worse_fills_are_paired_and_measured() -> None:
    found = compare(moved(BACKTEST.fills, bps=10, seconds=20), BACKTEST.curve, BACKTEST)
    assert (found.matched, found.missing, found.extra) == (9, 0, 0)
    assert found.mean_price_bps == pytest.approx(10)
    assert [pair.delay_s for pair in found.pairs] == [20.0] * 9
    assert found.score == pytest.approx(100 - 15 * 10 / 50)
    assert found.explanation == ("-3.0: prices are 10.0 basis points apart in the mean, live 10.0 worse on balance",)


def test_better_prices_are_negative_and_a_difference_all_the_same() -> None:
    found = compare(moved(BACKTEST.fills, bps=-10), BACKTEST.curve, BACKTEST)
    assert found.mean_price_bps == pytest.approx(-10)
    assert found.score == pytest.approx(97.0)


def test_a_missing_trade_leaves_the_others_paired() -> None:
    live = [fill for number, fill in enumerate(BACKTEST.fills) if number != 4]
    found = compare(live, BACKTEST.curve, BACKTEST)
    assert (found.matched, found.missing, found.extra) == (8, 1, 0)
    assert [pair.backtest_ns for pair in found.pairs if pair.live_ns is None] == [TS[90]]
    assert found.score == pytest.approx(100 - 40 / 9)
    assert "1 are in the backtest alone" in found.explanation[0]


def test_an_extra_trade_is_found_even_between_two_near_ones() -> None:
    tested = an_outcome([DATA], trades(range(10, 190, 2)))
    odd = replace(a_fill(999, 100, 100, TS[21]), at=tested.fills[6].at - timedelta(seconds=50))
    found = compare([*tested.fills, odd], tested.curve, tested)
    assert (found.matched, found.missing, found.extra) == (90, 0, 1)


def test_partial_fills_of_one_order_are_one_execution() -> None:
    first = BACKTEST.fills[0]
    parts = [
        replace(first, trade_id=TradeId("a"), quantity=Decimal(30), price=first.price - 1),
        replace(first, trade_id=TradeId("b"), quantity=Decimal(70), at=first.at + timedelta(seconds=30)),
    ]
    found = compare([*parts, *BACKTEST.fills[1:]], BACKTEST.curve, BACKTEST)
    assert (found.matched, found.missing, found.extra) == (9, 0, 0)
    pair = found.pairs[0]
    assert (pair.live_quantity, pair.delay_s) == (100.0, 0.0)
    assert pair.live_price == pytest.approx(float(first.price) - 0.3)


def test_quantities_that_differ_cost_points() -> None:
    live = [replace(fill, quantity=Decimal(50)) for fill in BACKTEST.fills]
    found = compare(live, BACKTEST.curve, BACKTEST)
    assert found.score == pytest.approx(95.0)
    assert "quantities differ by 50.0%" in found.explanation[0]


def test_fills_of_other_strategies_and_of_another_time_are_left_out() -> None:
    strange = replace(BACKTEST.fills[0], strategy=StrategyId("manual"), client_order_id="m-1", trade_id=TradeId("m"))
    early = replace(BACKTEST.fills[0], client_order_id="e-1", at=BACKTEST.fills[0].at - timedelta(days=2))
    found = compare([*BACKTEST.fills, strange, early], BACKTEST.curve, BACKTEST)
    assert (found.matched, found.missing, found.extra, found.score) == (9, 0, 0, 100.0)


def test_a_live_run_that_did_something_else_has_a_low_score() -> None:
    live = trades(range(4, 200, 17))
    other = an_outcome([DATA], [replace(fill, side=fill.side.opposite) for fill in live])
    found = compare(other.fills, other.curve, BACKTEST)
    assert found.score is not None
    assert found.score < 45
    assert len(found.explanation) >= 3


def test_a_live_run_that_stood_still_is_not_correlated_with_anything() -> None:
    idle = an_outcome([DATA])
    found = compare((), idle.curve, BACKTEST)
    assert found.correlation is None
    assert any("stands still" in line for line in found.explanation)


def test_without_a_common_curve_the_score_rests_on_the_fills() -> None:
    found = compare(BACKTEST.fills[1:], a_curve([], []), BACKTEST)
    assert (found.correlation, found.distance, found.return_live) == (None, None, None)
    assert found.score == pytest.approx(100 - 40 / 9 * 100 / 65)
    assert "too little time" in found.explanation[-1]


def test_two_runs_that_never_traded_have_no_score() -> None:
    idle = an_outcome([DATA])
    found = compare((), idle.curve, idle)
    assert found.score is None
    assert found.explanation


def test_a_live_curve_with_its_own_moments_and_money_is_compared_by_its_returns() -> None:
    rows = np.arange(3, 198, 5)
    curve = BACKTEST.curve
    live = a_curve(curve.ts[rows] + 7_000_000_000, (curve.equity[rows] * 0.25).tolist())
    found = compare(BACKTEST.fills, live, BACKTEST)
    assert found.correlation == pytest.approx(1.0, abs=1e-6)
    assert found.distance == pytest.approx(0.0, abs=1e-6)
    assert found.score == pytest.approx(100.0, abs=0.01)


@given(st.sets(st.integers(0, 199), max_size=40), st.sets(st.integers(0, 199), max_size=40))
def test_every_execution_is_in_one_pair_and_the_score_is_between_0_and_100(one: set[int], other: set[int]) -> None:
    live, tested = trades(sorted(one)), an_outcome([DATA], trades(sorted(other)))
    found = compare(live, tested.curve, tested)
    assert found.matched + found.extra == len(one)
    assert found.matched + found.missing == len(other)
    assert len(found.pairs) == found.matched + found.missing + found.extra
    assert found.score is None if not one and not other else found.score is not None and 0 <= found.score <= 100
    assert all(abs(pair.delay_s) <= 120 for pair in found.pairs if pair.delay_s is not None)
    assert min((pair.live_ns or pair.backtest_ns or 0 for pair in found.pairs), default=MONDAY) >= MONDAY
