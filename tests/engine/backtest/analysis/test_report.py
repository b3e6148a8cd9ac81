"""Tables, charts and parts of a report."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.backtests import BacktestOutcome, CashEntry, MonthlyReturn
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.engine.backtest.analysis.charts import charts_of, histogram, rolling_sharpe, thinned
from ares_desktop.engine.backtest.analysis.drawdowns import deepest_drawdowns
from ares_desktop.engine.backtest.analysis.figures import figures_of, trial_figures
from ares_desktop.engine.backtest.analysis.months import monthly_returns
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.analysis.trips import round_trips
from tests.engine.backtest.analysis.builders import (
    DAY,
    MONDAY,
    TREND,
    a_curve,
    a_fill,
    a_spec,
    an_instance,
    an_instrument,
    an_outcome,
    bars,
)
from tests.engine.backtest.analysis.test_trips import outcomes


def at(year: int, month: int, day: int) -> int:
    return to_ns(datetime(year, month, day, 12, tzinfo=UTC))


def test_months_are_calendar_months_and_compound_to_the_whole() -> None:
    ts = [at(2023, 11, 20), at(2023, 11, 30), at(2023, 12, 1), at(2023, 12, 31), at(2024, 2, 10)]
    curve = a_curve(ts, [100.0, 110.0, 99.0, 121.0, 60.5])
    months = monthly_returns(curve)
    assert [(item.year, item.month) for item in months] == [(2023, 11), (2023, 12), (2024, 2)]
    assert [item.value for item in months] == pytest.approx([0.1, 0.1, -0.5])
    assert np.prod([1 + item.value for item in months]) == pytest.approx(1 + float(curve.twr[-1]))


def test_nothing_comes_after_the_month_in_which_everything_was_lost() -> None:
    curve = a_curve([at(2024, 1, 5), at(2024, 2, 5), at(2024, 3, 5)], [100.0, 0.0, 0.0])
    assert monthly_returns(curve) == (MonthlyReturn(2024, 1, 0.0), MonthlyReturn(2024, 2, -1.0))
    assert monthly_returns(a_curve([], [])) == ()


OTHER = StrategyId("other")


def two_strategies() -> BacktestOutcome:
    share, future = an_instrument(), an_instrument(InstrumentId("ES.CME"), multiplier=Decimal(50))
    data = [bars([100.0, 101, 102, 103]), bars([4000.0, 4010, 4020, 4030], instrument=future)]
    ends = data[0].ts.tolist()
    fills = [
        a_fill(1, 10, 100.1, ends[0], commission=1, instrument=share),
        a_fill(2, 1, 4000, ends[0], commission=2, instrument=future, strategy=OTHER),
        a_fill(3, -10, 102, ends[2], commission=1, instrument=share),
    ]
    cash = [
        CashEntry(
            strategy=TREND, instrument=share.id, kind="dividend", amount=Decimal(5), currency="USD", at=from_ns(1)
        ),
        CashEntry(strategy=OTHER, instrument=None, kind="interest", amount=Decimal(-3), currency="USD", at=from_ns(1)),
    ]
    outcome = an_outcome(data, fills, cash=cash, spec=a_spec(strategies=(an_instance(), an_instance(OTHER))))
    books = (replace(outcome.curve, book=TREND), replace(outcome.curve, book=OTHER))
    return replace(outcome, books=books, reference=(100.0, 4000.0, 102.0))


def test_costs_are_listed_by_strategy_and_instrument_and_add_up() -> None:
    outcome = two_strategies()
    report = make_report(outcome, (), findings=False)
    lines = {(line.strategy, line.instrument): line for line in report.costs}
    assert list(lines) == [("trend", "SPY.ARCX"), ("other", "ES.CME"), ("other", "")]
    share = lines[TREND, InstrumentId("SPY.ARCX")]
    assert (share.turnover, share.commission, share.slippage, share.dividends) == pytest.approx((2021, 2, 1, 5))
    assert lines[OTHER, InstrumentId("ES.CME")].turnover == pytest.approx(200_000)
    assert lines[OTHER, InstrumentId("")].financing == 3.0
    for name in ("commission", "slippage", "financing", "dividends"):
        assert sum(getattr(line, name) for line in report.costs) == pytest.approx(getattr(report.figures, name))


def test_each_strategy_has_the_figures_of_its_own_part() -> None:
    report = make_report(two_strategies(), (), findings=False)
    trend, other = report.by_strategy["trend"], report.by_strategy["other"]
    assert (trend.fills, trend.orders, trend.trades, trend.dividends) == (2, 2, 1, 5.0)
    assert (other.fills, other.orders, other.trades, other.financing) == (1, 1, 0, 3.0)
    assert (trend.slippage, other.slippage) == pytest.approx((1.0, 0.0))
    assert report.figures.fills == 3


@given(outcomes())
def test_a_trial_has_the_figures_of_the_report(outcome: BacktestOutcome) -> None:
    found, expected = trial_figures(outcome), figures_of(outcome, round_trips(outcome, []))
    assert found == expected


@given(st.lists(st.floats(-1e6, 1e6), max_size=200))
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    found = histogram(np.array(values))
    if len(values) < 5:
        assert found is None
        return
    assert found is not None
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1
    assert list(found.edges) == sorted(found.edges)
    assert found.edges[0] <= min(values)
    assert found.edges[-1] >= max(values)


def test_one_far_value_does_not_squeeze_the_others_into_one_bin() -> None:
    values = np.append(np.random.default_rng(0).normal(0, 1, 500), 1e6)
    found = histogram(values)
    assert found is not None
    assert max(found.counts) < 200


def test_the_rolling_ratio_is_that_of_each_window() -> None:
    equity = (100 * np.cumprod(1 + np.random.default_rng(1).normal(0.001, 0.01, 60))).tolist()
    curve = a_curve([MONDAY + day * DAY for day in range(60)], equity)
    found = rolling_sharpe(curve, 20)
    assert found is not None
    assert len(found.ts) == len(found.values) == 40
    assert found.ts[-1] == curve.ts[-1]
    returns = np.diff(equity) / equity[:-1]
    last = returns[-20:]
    assert found.values[-1] == pytest.approx(last.mean() / last.std(ddof=1) * np.sqrt(365))


def test_a_thinned_trace_keeps_the_extremes() -> None:
    values = np.zeros(10_000)
    values[777], values[5555] = 3.0, -4.0
    found = thinned(np.arange(10_000, dtype=np.int64), values)
    assert found is not None
    assert len(found.ts) == 2000
    assert (max(found.values), min(found.values)) == (3.0, -4.0)


def test_the_deepest_drawdowns_are_told_from_peak_to_recovery() -> None:
    equity = [100.0, 90, 100, 110, 55, 88, 110, 120, 114]
    curve = a_curve([MONDAY + day * DAY for day in range(9)], equity)
    first, second, third = deepest_drawdowns(curve)
    assert [span.depth for span in (first, second, third)] == pytest.approx([-0.5, -0.1, -0.05])
    assert (first.days, first.recovery_ns) == (3.0, MONDAY + 6 * DAY)
    assert (first.peak_ns, first.trough_ns) == (MONDAY + 3 * DAY, MONDAY + 4 * DAY)
    assert (third.recovery_ns, third.days) == (None, 1.0)
    assert deepest_drawdowns(a_curve([MONDAY], [100.0])) == ()


def test_charts_of_a_run_that_never_traded_are_empty_where_they_must_be() -> None:
    outcome = an_outcome([bars([100.0, 100.0])])
    charts = charts_of(outcome, ())
    assert (charts.trade_returns, charts.daily_returns, charts.rolling_sharpe, charts.drawdowns) == (
        None,
        None,
        None,
        (),
    )
    assert charts.exposure is not None
