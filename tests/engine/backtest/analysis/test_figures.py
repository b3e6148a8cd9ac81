"""Figures of a run against figures that are worked out another way."""

import hashlib
import math
import statistics
import struct
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.backtests import BacktestFigures, CashEntry
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.engine.backtest.analysis.days import days_a_year
from ares_desktop.engine.backtest.analysis.figures import equity_sha256, figures_of
from ares_desktop.engine.backtest.analysis.trips import round_trips
from tests.engine.backtest.analysis.builders import (
    DAY,
    MINUTE,
    MONDAY,
    a_curve,
    a_fill,
    an_instrument,
    an_outcome,
    bars,
)

FLAT = bars([100.0, 100.0])
RATIOS = ("total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "longest_drawdown_days")


def of_curve(ts: list[int], equity: list[float]) -> BacktestFigures:
    return figures_of(an_outcome([FLAT], curve=a_curve(ts, equity)), ())


def weekdays(count: int) -> list[int]:
    """Return the ends of the first ``count`` working days from the Monday on, in nanoseconds."""
    days = [day for day in range(2 * count) if day % 7 < 5][:count]
    return [MONDAY + day * DAY + 21 * 60 * MINUTE for day in days]


def wavy(count: int) -> list[float]:
    return [1000.0 * (1 + 0.001 * row + 0.02 * math.sin(row)) for row in range(count)]


def test_ratios_are_those_of_the_textbook() -> None:
    equity = wavy(300)
    found = of_curve(weekdays(300), equity)
    returns = [after / before - 1 for before, after in pairwise(equity)]
    mean, spread = statistics.fmean(returns), statistics.stdev(returns)
    downside = math.sqrt(sum(min(value, 0) ** 2 for value in returns) / len(returns))
    years = (weekdays(300)[-1] - weekdays(300)[0]) / DAY / 365.25
    assert found.total_return == pytest.approx(equity[-1] / equity[0] - 1)
    assert found.cagr == pytest.approx((equity[-1] / equity[0]) ** (1 / years) - 1)
    assert found.volatility == pytest.approx(spread * math.sqrt(252))
    assert found.sharpe == pytest.approx(mean / spread * math.sqrt(252))
    assert found.sortino == pytest.approx(mean / downside * math.sqrt(252))
    deepest = min(value / max(equity[: row + 1]) - 1 for row, value in enumerate(equity))
    assert found.max_drawdown == pytest.approx(deepest)
    assert found.calmar == pytest.approx(found.cagr / -deepest if found.cagr else None)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([day for day in range(300) if day % 7 < 5], 252),
        ([day for day in range(300) if day % 7 < 5 and day not in {30, 31, 60, 123}], 252),
        ([day for day in range(300) if day % 7 != 5], 312),
        (list(range(300)), 365),
        ([day for day in range(300) if day != 77], 365),
        (list(range(0, 700, 7)), 365.25 / 7),
        ([3], 252),
        ([], 252),
    ],
)
def test_the_calendar_is_read_from_the_days_with_data(days: list[int], expected: float) -> None:
    assert days_a_year(np.array(days, dtype=np.int64)) == pytest.approx(expected)


def test_a_market_that_never_closes_is_annualized_by_all_its_days() -> None:
    equity = wavy(200)
    every_day = of_curve([MONDAY + day * DAY for day in range(200)], equity)
    working_days = of_curve(weekdays(200), equity)
    assert every_day.sharpe is not None
    assert working_days.sharpe is not None
    assert every_day.sharpe / working_days.sharpe == pytest.approx(math.sqrt(365 / 252))


def test_data_shorter_than_a_day_has_a_return_and_a_drawdown_but_nothing_annual() -> None:
    found = of_curve([MONDAY + minute * MINUTE for minute in range(390)], wavy(390))
    assert found.total_return is not None
    assert found.max_drawdown is not None
    assert found.max_drawdown < 0
    assert (found.cagr, found.volatility, found.sharpe, found.sortino, found.calmar) == (None,) * 5


def test_minutes_have_the_daily_ratios_of_their_last_points() -> None:
    closes = wavy(40)
    ts = [day + minute * MINUTE for day in weekdays(40) for minute in range(-3, 1)]
    equity = [value for close in closes for value in (close - 9, close + 7, close - 2, close)]
    assert of_curve(ts, equity).sharpe == pytest.approx(of_curve(weekdays(40), closes).sharpe)


def test_a_curve_that_lost_everything_says_so_and_has_no_ratio() -> None:
    found = of_curve(weekdays(60), [*wavy(50), *[0.0] * 10])
    assert (found.total_return, found.cagr, found.max_drawdown) == (-1.0, -1.0, -1.0)
    assert (found.sharpe, found.sortino, found.volatility) == (None, None, None)
    assert found.calmar == pytest.approx(-1.0)


def test_debt_is_a_loss_of_more_than_everything() -> None:
    found = of_curve(weekdays(60), [*wavy(50), *[-200.0] * 10])
    assert found.total_return == pytest.approx(-1.2)
    assert (found.final_equity, found.cagr, found.sharpe) == (-200.0, -1.0, None)


def test_a_run_without_trades_or_with_one_point_or_none_has_no_invented_figures() -> None:
    still = of_curve(weekdays(60), [1000.0] * 60)
    assert (still.total_return, still.max_drawdown, still.volatility, still.cagr) == (0.0, 0.0, 0.0, 0.0)
    assert (still.sharpe, still.sortino, still.calmar, still.win_rate, still.profit_factor) == (None,) * 5
    assert (still.trades, still.average_trade, still.exposure, still.turnover) == (0, None, 0.0, 0.0)
    one = of_curve([MONDAY], [1000.0])
    assert (one.total_return, one.final_equity, one.start_ns, one.end_ns) == (0.0, 1000.0, MONDAY, MONDAY)
    assert (one.exposure, one.longest_drawdown_days, one.cagr) == (None, None, None)
    none = of_curve([], [])
    assert [getattr(none, name) for name in (*RATIOS, "final_equity", "exposure", "turnover")] == [None] * 11


def test_the_longest_drawdown_is_from_a_peak_to_its_recovery_or_the_end() -> None:
    equity = [100, 90, 100, 110, 105, 104, 108, 110, 120, 119, 118]
    ts = [MONDAY + day * DAY for day in range(11)]
    assert of_curve(ts, [float(value) for value in equity]).longest_drawdown_days == 4.0
    assert of_curve(ts[:7], [float(value) for value in equity[:7]]).longest_drawdown_days == 3.0
    assert of_curve(ts[:1] + ts[9:], [100.0, 100.0, 100.0]).longest_drawdown_days == 0.0


def test_trade_figures_count_closed_trades_after_costs() -> None:
    data = bars([100.0] * 8)
    ends = data.ts.tolist()
    profits = ((110, 0), (95, 0), (101, 20), (100, 0))
    fills = []
    for row, (leave, fee) in enumerate(profits):
        fills += [a_fill(2 * row, 10, 100, ends[row]), a_fill(2 * row + 1, -10, leave, ends[row + 1], commission=fee)]
    fills.append(a_fill(99, 5, 100, ends[6]))
    outcome = an_outcome([data], fills)
    found = figures_of(outcome, round_trips(outcome, [data]))
    assert (found.trades, found.fills, found.win_rate) == (4, 9, 0.25)
    assert found.profit_factor == pytest.approx(100 / 60)
    assert found.average_trade == pytest.approx(10.0)
    assert found.commission == 20.0
    assert found.exposure == pytest.approx(5 / 7)
    values = 4 * 1000 + 1100 + 950 + 1010 + 1000 + 500
    assert found.turnover == pytest.approx(values / float(np.mean(outcome.curve.equity)))


def test_overlapping_trades_of_several_strategies_are_not_counted_twice() -> None:
    data = bars([100.0] * 11)
    ends = data.ts.tolist()
    fills = [a_fill(0, 1, 100, ends[2]), a_fill(1, -1, 100, ends[6])]
    others = [replace(a_fill(2, 1, 100, ends[4]), strategy="b"), replace(a_fill(3, -1, 100, ends[8]), strategy="b")]
    outcome = an_outcome([data], [*fills, *others])
    assert figures_of(outcome, round_trips(outcome, [data])).exposure == pytest.approx(0.6)


def test_no_losing_trade_means_no_profit_factor() -> None:
    data = bars([100.0] * 4)
    outcome = an_outcome([data], [a_fill(1, 1, 100, data.ts.tolist()[0]), a_fill(2, -1, 105, data.ts.tolist()[1])])
    found = figures_of(outcome, round_trips(outcome, [data]))
    assert (found.win_rate, found.profit_factor) == (1.0, None)


def test_slippage_is_worse_than_the_reference_and_cash_entries_have_their_own_places() -> None:
    data = bars([100.0] * 4)
    ends = data.ts.tolist()
    fills = [a_fill(1, 10, 100.5, ends[0]), a_fill(2, -10, 99.8, ends[1])]
    kinds = {"dividend": 12, "borrow": -3, "interest": -1, "funding": 2, "settlement": 1000}
    cash = [
        CashEntry(
            strategy=fills[0].strategy,
            instrument=fills[0].instrument,
            kind=kind,
            amount=Decimal(amount),
            currency="USD",
            at=from_ns(ends[1]),
        )
        for kind, amount in kinds.items()
    ]
    outcome = replace(an_outcome([data], fills, cash=cash), reference=(100.0, 100.0))
    found = figures_of(outcome, ())
    assert (found.slippage, found.dividends, found.financing) == pytest.approx((7.0, 12.0, 2.0))


def euros(rate: float) -> tuple[BacktestFigures, BacktestFigures]:
    """Return the figures of a trade in euros, with and without the pair that tells their rate."""
    share = an_instrument(InstrumentId("SAP.XETR"), currency="EUR")
    pair = an_instrument(InstrumentId("EURUSD.IDEALPRO"), asset_class=AssetClass.FX)
    data = [bars([100.0] * 4, instrument=share), bars([rate] * 4, instrument=pair)]
    ends = data[0].ts.tolist()
    fills = [
        a_fill(1, 10, 100, ends[0], commission=2, instrument=share),
        a_fill(2, -10, 110, ends[1], commission=2, instrument=share),
    ]
    outcome = an_outcome(data, fills)
    trips = round_trips(outcome, data)
    return figures_of(outcome, trips, data), figures_of(outcome, trips)


def test_amounts_in_another_currency_are_converted_by_the_pair_of_the_data_or_are_not_known() -> None:
    known, unknown = euros(1.25)
    assert (known.commission, known.average_trade) == pytest.approx((5.0, 120.0))
    assert math.isnan(unknown.commission)
    assert (unknown.average_trade, unknown.turnover, unknown.win_rate) == (None, None, 1.0)


def test_the_digest_is_that_of_times_then_values_in_little_endian() -> None:
    curve = a_curve([1, 2, 3], [1.5, 2.5, -3.25])
    packed = struct.pack("<3q", 1, 2, 3) + struct.pack("<3d", 1.5, 2.5, -3.25)
    assert equity_sha256(curve) == hashlib.sha256(packed).hexdigest()


@given(
    st.lists(st.integers(500, 2000), min_size=2, max_size=60),
    st.integers(1, 3000),
    st.sampled_from([DAY, 60 * MINUTE, 7 * DAY]),
)
def test_figures_do_not_depend_on_when_it_was(values: list[int], days: int, step: int) -> None:
    start = to_ns(datetime(2020, 1, 6, 12, tzinfo=UTC))
    ts = [start + row * step for row in range(len(values))]
    equity = [float(value) for value in values]
    before, after = of_curve(ts, equity), of_curve([moment + days * DAY for moment in ts], equity)
    assert [getattr(before, name) for name in RATIOS] == pytest.approx([getattr(after, name) for name in RATIOS])


@given(st.lists(st.integers(500, 2000), min_size=25, max_size=60), st.integers(2, 50))
def test_figures_of_growth_do_not_depend_on_the_size_of_the_account(values: list[int], scale: int) -> None:
    small = of_curve(weekdays(len(values)), [float(value) for value in values])
    large = of_curve(weekdays(len(values)), [float(value * scale) for value in values])
    names = ("total_return", "volatility", "max_drawdown", "longest_drawdown_days")
    assert [getattr(small, name) for name in names] == pytest.approx([getattr(large, name) for name in names])
