"""Value at risk is what the standard statistics say, or nothing."""

from datetime import UTC, datetime
from typing import Any

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats  # type: ignore[import-untyped]  # it has no stubs here

from ares_desktop.domain.portfolio import LeftOut, RiskMethod, RiskReport
from ares_desktop.engine.adapters.feeds.sample import load_sample
from ares_desktop.engine.portfolio.var import DAY_NS, Closes, RiskTask, Stake, assess, parametric, value_at_risk

AT = datetime(2020, 1, 2, tzinfo=UTC)
RETURNS = arrays(np.float64, st.integers(2, 300), elements=st.floats(-0.5, 0.5))


def closes(prices: Any, first: int = 18_000) -> Closes:
    return Closes(np.arange(first, first + len(prices)), np.asarray(prices, dtype=np.float64))


def walk(days: int, seed: int = 1, risk: float = 0.01) -> Closes:
    return closes(100 * np.cumprod(1 + np.random.default_rng(seed).normal(0, risk, days)))


def task(*stakes: Stake, **fields: Any) -> RiskTask:
    return RiskTask(stakes, "USD", 1000.0, AT, **{"most": 500, "fewest": 60, **fields})


def figure(report: RiskReport, method: RiskMethod, confidence: float, days: int = 1) -> Any:
    return next(one for one in report.figures if (one.method, one.confidence, one.days) == (method, confidence, days))


@pytest.fixture(scope="module")
def sample() -> dict[str, Closes]:
    found = {}
    for series in load_sample():
        if series.instrument.symbol in {"AAPL", "JPM", "XOM"}:
            found[series.instrument.symbol] = Closes.of(
                series.columns["end"].tolist(), series.columns["close"].tolist()
            )
    return found


def test_figures_on_real_prices_are_those_of_the_libraries(sample: dict[str, Closes]) -> None:
    exposures = {"AAPL": 500.0, "JPM": -200.0, "XOM": 300.0}
    report = assess(task(*(Stake(name, exposures[name], sample[name]) for name in exposures)))
    outcomes = np.array(report.outcomes)
    assert outcomes.size == 500
    for confidence in (0.95, 0.99):
        found = figure(report, RiskMethod.HISTORICAL, confidence)
        loss = -float(np.quantile(outcomes, 1 - confidence, method="higher"))
        assert found.value == pytest.approx(loss)
        assert abs(found.value + empyrical.value_at_risk(outcomes, 1 - confidence)) < 0.05 * found.value
        worst = np.sort(outcomes)[: round(500 * (1 - confidence))]
        assert found.shortfall == pytest.approx(-worst.mean())
        normal = figure(report, RiskMethod.PARAMETRIC, confidence)
        assert normal.value == pytest.approx(-stats.norm.ppf(1 - confidence) * outcomes.std(ddof=1))
    assert report.volatility == pytest.approx(float(outcomes.std(ddof=1)))
    assert (report.covered, report.left_out) == (1.0, ())


def test_the_normal_shortfall_is_the_mean_beyond_the_quantile() -> None:
    value, shortfall = parametric(1.0, 0.95)
    mean, _ = stats.truncnorm(value, np.inf).stats("mv"), None
    assert shortfall == pytest.approx(float(mean[0]))


@given(RETURNS)
def test_more_confidence_never_means_less_at_risk(returns: Any) -> None:
    figures = [value_at_risk(returns, confidence) for confidence in (0.5, 0.9, 0.95, 0.99)]
    values = [value for value, _ in figures]
    assert values == sorted(values)
    assert all(shortfall >= value - 1e-12 for value, shortfall in figures)


@given(RETURNS, st.floats(0.1, 1000))
def test_twice_the_holding_risks_twice_as_much(returns: Any, factor: float) -> None:
    once, often = value_at_risk(returns, 0.95), value_at_risk(returns * factor, 0.95)
    assert often == pytest.approx((once[0] * factor, once[1] * factor), abs=1e-9)


def test_too_little_data_gives_no_figure_and_says_how_much_there_is() -> None:
    report = assess(task(Stake("AAPL", 100.0, walk(50))))
    assert report.figures == ()
    assert report.volatility is None
    assert report.problem == "nothing that is held has enough daily returns"
    assert report.left_out == (LeftOut(item="AAPL", problem="49 daily returns, 60 are needed"),)


def test_what_has_no_history_is_left_out_and_its_share_is_said() -> None:
    report = assess(task(Stake("AAPL", 300.0, walk(200)), Stake("NEW", -100.0, None, "there are no stored bars")))
    assert report.covered == pytest.approx(0.75)
    assert report.left_out == (LeftOut(item="NEW", problem="there are no stored bars"),)
    assert figure(report, RiskMethod.HISTORICAL, 0.95).observations == 199


def test_days_that_are_not_common_are_no_observations() -> None:
    early, late = closes(walk(200).prices, 0), closes(walk(190).prices, 100)
    report = assess(task(Stake("A", 1.0, early), Stake("B", 1.0, late)))
    assert figure(report, RiskMethod.HISTORICAL, 0.95).observations == 99


def test_a_short_history_is_left_out_before_it_leaves_the_others_without_a_figure() -> None:
    early, late = closes(walk(200).prices, 0), closes(walk(100).prices, 150)
    report = assess(task(Stake("A", 3.0, early), Stake("B", 1.0, late)))
    assert report.left_out == (LeftOut(item="B", problem="49 daily returns in common with the others, 60 are needed"),)
    assert report.covered == pytest.approx(0.75)
    assert figure(report, RiskMethod.HISTORICAL, 0.95).observations == 199


def test_several_days_are_whole_windows_and_say_how_many_do_not_overlap() -> None:
    report = assess(task(Stake("A", 1000.0, walk(201))))
    found = figure(report, RiskMethod.HISTORICAL, 0.95, 10)
    assert (found.observations, found.independent) == (191, 20)
    one = figure(report, RiskMethod.PARAMETRIC, 0.95).value
    assert figure(report, RiskMethod.PARAMETRIC, 0.95, 10).value == pytest.approx(one * 10**0.5)


def test_nothing_held_is_no_risk_figure() -> None:
    assert assess(task()).problem == "nothing is held"


def test_the_last_bar_of_a_day_is_its_close_and_midnight_belongs_to_the_day_before() -> None:
    found = Closes.of([DAY_NS // 2, DAY_NS, DAY_NS + 1, 2 * DAY_NS], [1.0, 2.0, float("nan"), 3.0])
    assert (found.days.tolist(), found.prices.tolist()) == ([0, 1], [2.0, 3.0])
