"""Resampled paths: what they must vary, what they must keep, and when there are none."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.backtests import BacktestOutcome, RoundTrip
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.monte_carlo import MonteCarloSpec, Paths, Resampling
from ares_desktop.engine.backtest.analysis.blocks import block_length, stationary_rows
from ares_desktop.engine.backtest.analysis.monte_carlo import resample
from ares_desktop.engine.backtest.analysis.trips import round_trips
from tests.engine.backtest.analysis.builders import DAY, MONDAY, a_curve, a_fill, an_outcome, bars


def a_run(days: int = 250, trades: int = 40, seed: int = 1) -> tuple[BacktestOutcome, tuple[RoundTrip, ...]]:
    """Return a run that holds 500 shares of a wandering price now and then."""
    prices = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0005, 0.01, days)))
    data = bars([round(float(price), 2) for price in prices])
    rows = np.linspace(1, days - 2, 2 * trades).astype(int).tolist()
    fills = [
        a_fill(number, 500 if number % 2 == 0 else -500, float(data.columns["open"][row]), int(data.ts[row]))
        for number, row in enumerate(rows)
    ]
    outcome = an_outcome([data], fills)
    return outcome, round_trips(outcome, [data])


def paths(method: Resampling, *, days: int = 250, trades: int = 40, **changes: Any) -> Paths:
    spec = MonteCarloSpec(run="r", methods=(method,), **{"paths": 300, **changes})
    (result,) = resample(spec, *a_run(days, trades)).results
    return result


@pytest.mark.parametrize("method", list(Resampling))
def test_the_end_varies(method: Resampling) -> None:
    found = paths(method)
    assert found.note == ""
    assert found.final_return is not None
    assert found.final_return.p5 < found.final_return.p50 < found.final_return.p95
    assert found.max_drawdown is not None
    assert found.max_drawdown.p5 <= found.max_drawdown.p95 <= 0.0
    assert len(found.drawdowns) == found.paths == 300
    assert list(found.drawdowns) == sorted(found.drawdowns)


@pytest.mark.parametrize("method", list(Resampling))
def test_the_fan_begins_at_one_and_ends_with_the_final_returns(method: Resampling) -> None:
    found = paths(method)
    assert found.fan_x[0] == 0.0
    assert found.fan_x[-1] == (249 if method is Resampling.RETURNS else 40)
    assert list(found.fan_x) == sorted(set(found.fan_x))
    assert found.final_return is not None
    assert [line[0] for line in found.fan] == [1.0] * 5
    assert [line[-1] - 1 for line in found.fan] == pytest.approx(list(_values(found.final_return)), abs=1e-6)
    assert {len(line) for line in (*found.fan, found.observed)} == {len(found.fan_x)}


def _values(percentiles: Any) -> Sequence[float]:
    return [percentiles.p5, percentiles.p25, percentiles.p50, percentiles.p75, percentiles.p95]


def test_the_observed_line_is_the_run_itself() -> None:
    outcome, trips = a_run()
    spec = MonteCarloSpec(run="r", paths=10)
    by_method = {result.method: result for result in resample(spec, outcome, trips).results}
    growth = (1 + outcome.curve.twr[-1]) / (1 + outcome.curve.twr[0])
    assert by_method[Resampling.RETURNS].observed[-1] == pytest.approx(growth)
    assert by_method[Resampling.TRADES].observed[-1] == pytest.approx(1 + outcome.curve.twr[-1], rel=2e-3)


@pytest.mark.parametrize(
    ("method", "changes"), [(Resampling.SKIPPED, {"skip": 0.0}), (Resampling.JITTERED, {"jitter_bps": 0.0})]
)
def test_without_any_change_every_path_is_the_run(method: Resampling, changes: dict[str, Any]) -> None:
    found = paths(method, **changes)
    assert all(line == pytest.approx(found.observed, rel=1e-6) for line in found.fan)


def test_more_jitter_spreads_more_and_its_middle_stays_where_it_was() -> None:
    little, much = paths(Resampling.JITTERED, jitter_bps=2.0), paths(Resampling.JITTERED, jitter_bps=20.0)
    assert little.final_return is not None
    assert much.final_return is not None
    narrow, wide = (item.p95 - item.p5 for item in (little.final_return, much.final_return))
    assert wide / narrow == pytest.approx(10, rel=0.2)
    assert much.final_return.p50 == pytest.approx(much.observed[-1] - 1, abs=wide / 4)


def test_equal_requests_give_equal_paths_and_another_seed_gives_others() -> None:
    run = a_run()
    spec = MonteCarloSpec(run="r", paths=50, seed=3)
    first, again = resample(spec, *run), resample(spec, *run)
    assert first.results == again.results
    assert resample(replace(spec, seed=4), *run).results != first.results


def test_the_paths_of_a_method_do_not_depend_on_the_others() -> None:
    run = a_run()
    spec = MonteCarloSpec(run="r", paths=50)
    alone = resample(replace(spec, methods=(Resampling.JITTERED,)), *run).results[0]
    assert alone == resample(spec, *run).results[-1]


def test_the_share_of_losses_and_ruins_is_counted() -> None:
    found = paths(Resampling.RETURNS, ruin=0.02)
    assert found.loss is not None
    assert 0 < found.loss < 1
    assert found.ruin == pytest.approx(np.mean(np.array(found.drawdowns) <= -0.02))
    assert paths(Resampling.RETURNS, ruin=1.0).ruin == 0.0


@pytest.mark.parametrize("method", list(Resampling))
def test_too_little_data_has_a_note_and_no_numbers(method: Resampling) -> None:
    found = paths(method, days=20, trades=5)
    assert "too few" in found.note
    assert (found.paths, found.final_return, found.max_drawdown, found.sharpe, found.ruin, found.loss) == (
        0,
        *[None] * 5,
    )
    assert (found.fan, found.observed, found.drawdowns) == ((), (), ())


def test_a_run_that_lost_everything_has_a_note() -> None:
    ts = [MONDAY + day * DAY for day in range(60)]
    outcome = an_outcome([bars([100.0, 100.0])], curve=a_curve(ts, [*np.linspace(100, 1, 50).tolist(), *[0.0] * 10]))
    (found,) = resample(MonteCarloSpec(run="r", methods=(Resampling.RETURNS,)), outcome, ()).results
    assert "lost everything" in found.note


def test_everything_wrong_with_a_request_is_said_at_once() -> None:
    spec = MonteCarloSpec(run="r", paths=0, skip=1.0, jitter_bps=-1.0, ruin=0.0, block=-1, seed=-1, methods=())
    with pytest.raises(UsageError) as caught:
        resample(spec, *a_run())
    places = {finding.place for finding in caught.value.findings}
    assert places == {"paths", "skip", "jitter_bps", "ruin", "block", "seed", "methods"}


@given(st.integers(1, 60), st.integers(1, 20), st.floats(1, 30), st.integers(0, 1000))
@settings(deadline=None)
def test_rows_follow_each_other_within_a_block(count: int, number: int, length: float, seed: int) -> None:
    rows = stationary_rows(np.random.default_rng(seed), count, number, length)
    assert rows.shape == (number, count)
    assert rows.min() >= 0
    assert rows.max() < count


def test_blocks_have_the_wanted_mean_length_and_every_row_is_as_likely() -> None:
    rows = stationary_rows(np.random.default_rng(0), 1000, 200, 8.0)
    breaks = (np.diff(rows, axis=1) % 1000) != 1
    assert 1 / breaks.mean() == pytest.approx(8.0, rel=0.03)
    counts = np.bincount(rows.ravel(), minlength=1000)
    assert counts.std() / counts.mean() < 0.3


@pytest.mark.parametrize("persistence", [0.3, 0.6])
def test_the_block_length_is_the_theoretical_one_of_an_autoregression(persistence: float) -> None:
    """For autocovariances p^k the rule's sums have closed forms: b = (2p / (1 - p^2))^(2/3) n^(1/3)."""
    count = 20_000
    noise = np.random.default_rng(5).normal(size=count)
    values = np.empty(count)
    values[0] = noise[0]
    for row in range(1, count):
        values[row] = persistence * values[row - 1] + noise[row]
    expected = (2 * persistence / (1 - persistence**2)) ** (2 / 3) * count ** (1 / 3)
    assert block_length(values) == pytest.approx(expected, rel=0.15)


def test_independent_or_constant_or_few_values_need_no_blocks() -> None:
    assert block_length(np.random.default_rng(2).normal(size=5000)) < 5
    assert block_length(np.ones(500)) == 1.0
    assert block_length(np.arange(5.0)) == 1.0
