"""Figures are the library's and those made by hand; too little to know is None, never zero."""

from decimal import Decimal
from importlib import import_module
from types import ModuleType

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.performance import PerformanceFigures
from ares_desktop.engine.backtest.analysis.figures import growth_figures
from ares_desktop.engine.performance.benchmark import Benchmark
from ares_desktop.engine.performance.figures import BookFacts, plain_figures, with_ratios
from ares_desktop.engine.performance.history import BookHistory, Valued
from ares_desktop.engine.performance.ratios import Ratios, RatioWorker, ratios_of
from ares_desktop.engine.trading.nav import Nav
from tests.engine.performance.builders import BEGIN_NS, DAY_NS, benchmark_of, facts, history_of


@pytest.fixture(scope="module")
def empyrical() -> ModuleType:
    """The library; it takes seconds to load, which every process that only collects the tests would wait for."""
    return import_module("empyrical")


RETURNS = st.lists(st.floats(-0.08, 0.08), min_size=30, max_size=120).filter(lambda it: min(it) < -0.001)


def figures_of(history: BookHistory, book: BookFacts, benchmark: Benchmark | None = None) -> PerformanceFigures:
    """Return all figures, computed here."""
    figures, task = plain_figures(history, book, benchmark)
    return figures if task is None else with_ratios(figures, ratios_of(task))


@settings(max_examples=30, deadline=None)
@given(RETURNS, st.integers(0, 2**32 - 1))
def test_standard_statistics_equal_the_library_s(empyrical: ModuleType, returns: list[float], seed: int) -> None:
    other = np.random.default_rng(seed).normal(0.0, 0.01, len(returns))
    closes = [100.0, *(100.0 * np.cumprod(1.0 + other)).tolist()]
    figures = figures_of(history_of(returns), facts(), benchmark_of(closes))
    daily, beside = np.array(returns), other
    assert figures.days == len(returns)
    expected = {
        "annual_return": empyrical.annual_return(daily, annualization=365),
        "volatility": empyrical.annual_volatility(daily, annualization=365),
        "sharpe": empyrical.sharpe_ratio(daily, annualization=365),
        "sortino": empyrical.sortino_ratio(daily, annualization=365),
        "alpha": empyrical.alpha(daily, beside, annualization=365),
        "beta": empyrical.beta(daily, beside),
    }
    assert {name: getattr(figures, name) for name in expected} == pytest.approx(expected, rel=1e-6, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(RETURNS)
def test_a_backtest_of_the_same_curve_has_the_same_ratios(empyrical: ModuleType, returns: list[float]) -> None:
    history = history_of(returns)
    daily = history.daily()
    peak = np.maximum.accumulate(1 + daily.twr)
    lab = growth_figures(
        EquityCurve(book="", ts=daily.ts, equity=daily.equity, drawdown=(1 + daily.twr) / peak - 1, twr=daily.twr)
    )
    live = figures_of(history, facts())
    assert (live.sharpe, live.sortino, live.volatility) == pytest.approx((lab.sharpe, lab.sortino, lab.volatility))
    assert lab.max_drawdown == pytest.approx(empyrical.max_drawdown(np.array(returns)))


def test_figures_made_by_hand() -> None:
    figures = figures_of(
        history_of([0.01, -0.01] * 20, traded=5000.0),
        facts(twr=0.2, drawdown=0.02, max_drawdown=0.04, trips=4, won=3, costs=Decimal(7)),
        benchmark_of([100.0 + day for day in range(41)]),
    )
    assert (figures.nav, figures.twr, figures.drawdown, figures.max_drawdown) == (1.2, 0.2, -0.02, -0.04)
    assert (figures.trips, figures.hit_rate, figures.costs) == (4, 0.75, Decimal(7))
    assert figures.benchmark_return == pytest.approx(0.4)
    assert figures.volatility == pytest.approx(np.std([0.01, -0.01] * 20, ddof=1) * np.sqrt(365))
    assert figures.exposure == pytest.approx(0.5, rel=0.02)
    assert figures.turnover == pytest.approx(5000 / 1000 * 365.25 / 40, rel=0.01)
    assert figures.annual_return is not None
    assert figures.calmar == pytest.approx(figures.annual_return / 0.04)


def test_the_worker_returns_what_it_is_asked_for_in_order() -> None:
    tasks = [plain_figures(history_of(returns), facts())[1] for returns in ([0.01, -0.01] * 20, [0.02, -0.01] * 20)]
    body = RatioWorker().run(msgspec.msgpack.encode(tasks), lambda _: None)
    found = msgspec.msgpack.decode(body, type=list[Ratios])
    assert found == [ratios_of(task) for task in tasks if task is not None]
    assert found[0].sharpe != found[1].sharpe


def test_a_young_profile_has_no_annual_figures() -> None:
    figures = figures_of(history_of([0.01] * 10), facts(), benchmark_of([100.0] * 11))
    assert figures.days == 10
    assert figures.benchmark_return == 0.0
    unknown = (figures.sharpe, figures.sortino, figures.volatility, figures.annual_return, figures.turnover)
    assert {*unknown, figures.calmar, figures.alpha, figures.beta, figures.hit_rate} == {None}


def test_without_any_risk_no_ratio_is_known() -> None:
    figures = figures_of(history_of([0.0] * 40), facts(max_drawdown=0.0))
    assert (figures.sharpe, figures.sortino, figures.calmar) == (None, None, None)


@pytest.mark.parametrize(
    ("benchmark", "problem"),
    [
        (benchmark_of([100.0] * 41, first_ns=BEGIN_NS + DAY_NS), "begin after"),
        (benchmark_of([100.0] * 20), "stale"),
        (benchmark_of([100.0] * 40 + [float("nan")]), "no price"),
        (benchmark_of([], problem="there are no bars"), "no bars"),
    ],
)
def test_a_benchmark_that_is_missing_or_stale_is_said_and_never_zero(benchmark: object, problem: str) -> None:
    history = history_of([0.01, -0.01] * 20)
    figures = figures_of(history, facts(), benchmark)  # type: ignore[arg-type]
    assert (figures.alpha, figures.beta, figures.benchmark_return) == (None, None, None)
    assert problem in str(benchmark.at(history.daily().ts))  # type: ignore[attr-defined]


FLOWS = st.lists(
    st.tuples(st.floats(-0.05, 0.05), st.integers(-500, 2000)),
    min_size=25,
    max_size=60,
)


@settings(max_examples=50, deadline=None)
@given(FLOWS)
def test_money_that_comes_or_goes_never_changes_the_return(steps: list[tuple[float, int]]) -> None:
    """The same daily returns, with and without cash flows, make the same curve and the same figures."""

    def lived(*, flows: bool) -> BookHistory:
        nav, history = Nav(), None
        equity = capital = Decimal(10_000)
        for day, (gain, flow) in enumerate([(0.0, 0), *steps]):
            equity *= Decimal(1) + Decimal(repr(gain))
            if flows and equity + flow > 1000:
                equity, capital = equity + flow, capital + flow
            ns = BEGIN_NS + day * DAY_NS
            nav.value(equity, capital, from_ns(ns).date())
            assert nav.twr is not None
            valued = Valued(ns=ns, value=1 + nav.twr, equity=float(equity), gross=0.0, traded=0.0)
            if history is None:
                history = BookHistory.begin(valued)
            else:
                history.extend(valued)
        assert history is not None
        return history

    with_flows, without = lived(flows=True), lived(flows=False)
    assert with_flows.daily().twr == pytest.approx(without.daily().twr, abs=1e-9)
    one, other = figures_of(with_flows, facts()), figures_of(without, facts())
    if one.volatility is not None and one.volatility > 1e-6:
        assert one.volatility == pytest.approx(other.volatility, rel=1e-6)
