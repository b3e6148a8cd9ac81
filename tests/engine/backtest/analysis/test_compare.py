"""Several runs side by side."""

from datetime import UTC, datetime
from math import isnan

import numpy as np
import pytest

from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, BacktestSpec
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.backtest.analysis.compare import compare
from ares_desktop.engine.backtest.analysis.report import make_report
from tests.engine.backtest.analysis.builders import DAY, MINUTE, MONDAY, a_curve, a_spec, an_instance, an_outcome, bars

DATA = bars([100.0, 101.0])
RISING = [100.0 * 1.01**day for day in range(60)]


def a_run(
    equity: list[float], *, first: int = 0, step: int = DAY, spec: BacktestSpec | None = None
) -> tuple[str, BacktestOutcome, BacktestReport]:
    ts = [MONDAY + (first + row) * step for row in range(len(equity))]
    outcome = an_outcome([DATA], curve=a_curve(ts, equity), spec=spec)
    return f"run {len(equity)}", outcome, make_report(outcome, [DATA], findings=False)


def test_growth_is_that_of_each_run_where_it_has_any() -> None:
    found = compare([a_run(RISING), a_run(RISING[:30], first=20)])
    assert found.titles == ("run 60", "run 30")
    assert len(found.ts) == 60
    assert list(found.ts) == sorted(found.ts)
    one, other = found.growth
    assert one[0] == 1.0
    assert one[-1] == pytest.approx(1.01**59)
    assert [isnan(value) for value in other] == [not 20 <= row < 50 for row in range(60)]
    assert other[20] == 1.0
    assert found.figures[0].total_return == pytest.approx(1.01**59 - 1)


def test_days_of_both_runs_are_correlated_and_too_few_are_not() -> None:
    waves = [100 + float(np.sin(row)) for row in range(60)]
    against = [100 / value for value in waves]
    found = compare([a_run(waves), a_run(against), a_run(waves[:15])])
    assert found.correlation[0][0] == pytest.approx(1.0)
    assert found.correlation[0][1] == found.correlation[1][0] == pytest.approx(-1.0, abs=1e-3)
    assert isnan(found.correlation[0][2])


def test_runs_within_a_day_are_compared_at_many_moments() -> None:
    found = compare([a_run([100.0 + row for row in range(5000)], step=MINUTE // 60)])
    assert len(found.ts) == 2000
    assert found.growth[0][-1] == pytest.approx(50.99)


def test_only_settings_that_differ_are_told() -> None:
    first = a_spec(strategies=(an_instance(fast=5, slow=20),))
    second = a_spec(
        strategies=(an_instance(fast=7, slow=20), an_instance(StrategyId("other"), depth=3)),
        cash=5000,
        seed=4,
        start=datetime(2024, 3, 5, tzinfo=UTC),
    )
    found = compare([a_run(RISING, spec=first), a_run(RISING, spec=second)])
    told = {(item.place, item.name): item.values for item in found.differences}
    assert told["trend", "fast"] == (5, 7)
    assert ("trend", "slow") not in told
    assert told["other", "depth"] == (None, 3)
    assert told["simulation", "starting_cash"] == ("100000.0", "5000")
    assert told["", "seed"] == (0, 4)
    assert told["", "start"] == (None, "2024-03-05T00:00:00Z")
    assert compare([a_run(RISING), a_run(RISING)]).differences == ()


def test_no_runs_and_empty_ones_are_compared_to_nothing() -> None:
    assert compare([]).ts == ()
    found = compare([a_run([]), a_run(RISING)])
    assert all(isnan(value) for value in found.growth[0])
