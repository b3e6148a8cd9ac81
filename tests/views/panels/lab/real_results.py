"""Results to look at: a real backtest on prices that wander, and reports of everything else."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ares_desktop.api import Bar, Params, Strategy, param
from ares_desktop.api.series import Bars
from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestOutcome, BacktestReport, BacktestSpec, RunFinding
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.fidelity import FidelityReport, FillPair
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind, to_ns
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.monte_carlo import MonteCarloReport, MonteCarloSpec, Paths, Percentiles, Resampling
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.runs import Run, RunKind
from ares_desktop.domain.searches import (
    FoldResult,
    Overfitting,
    ParameterRange,
    SearchReport,
    SearchSpec,
    TrialResult,
)
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.replay.run import run_backtest
from ares_desktop.engine.data.series import Series
from tests.views.fake_pipelines import FakePipelines, a_run
from tests.views.fake_previews import some_figures
from tests.views.records import NOW

STRATEGY = StrategyId("crossing")
NAMES = (InstrumentId("ACME.SIM"), InstrumentId("ZETA.SIM"))
DAY_NS = 86_400_000_000_000
PARENT = Path(__file__).parents[4] / "strategies" / "breakout.py"


class Crossing(Strategy):
    """Long above a mean of closes, with a stop, and it records and says what it does."""

    class Params(Params):
        """What can be set."""

        length: int = param(20, ge=2)

    def on_start(self) -> None:
        """Fill the mean."""
        self.context.warm_up(self.params.length)

    def on_bar(self, bar: Bar) -> None:
        """Enter above the mean, leave below."""
        if self.context.warming:
            return
        name = bar.instrument
        mean = float(self.context.bars(name, self.params.length).close.mean())
        self.context.record(f"mean {name}", mean)
        held = self.context.position(name).quantity
        if not held and bar.close > mean:
            self.context.target_weight(name, 0.45, reason="closed above the mean")
        elif held and bar.close < mean:
            self.context.flatten(name, reason="closed below the mean")
            said = f"left {name} at {bar.close:.2f}"
            self.context.log.info(said)
        elif held and not self.context.orders(name):
            self.context.sell(name, int(held), stop=round(bar.close * 0.95, 2), reduce_only=True, tif="GTC")


def some_series(instrument: InstrumentId, days: int, seed: int) -> Series:
    """Return daily bars that wander upwards."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0.0004, 0.012, days))), 2)
    open_ = np.concatenate((close[:1], close[:-1]))
    start = to_ns(NOW - timedelta(days=days)) + np.arange(days, dtype=np.int64) * DAY_NS
    columns = {
        "start": start,
        "end": start + DAY_NS,
        "open": open_,
        "high": np.round(np.maximum(open_, close) * 1.004, 2),
        "low": np.round(np.minimum(open_, close) * 0.996, 2),
        "close": close,
        "volume": rng.integers(50_000, 250_000, days).astype(np.float64),
    }
    return Series(
        instrument=Instrument(id=instrument, calendar="24/7"),
        kind=DataKind.BARS,
        spec=BarSpec.parse("1d"),
        columns=columns,
    )


def a_backtest_spec(**changes: Any) -> BacktestSpec:
    """Return a specification of a backtest of :class:`Crossing`."""
    instance = StrategyInstance(
        name=STRATEGY,
        file=str(PARENT),
        account=BACKTEST_ACCOUNT,
        instruments=NAMES,
        parameters=changes.pop("parameters", {}),
        weight=Decimal(1),
    )
    fields = {
        "strategies": (instance,),
        "data": ("sample",),
        "simulation": SimulationSettings(account=BACKTEST_ACCOUNT, starting_cash=Decimal(100_000)),
        "limits": RiskLimits(duplicate_window_s=0.0),
    }
    return BacktestSpec(**{**fields, **changes})


@cache
def some_data(days: int = 900) -> tuple[Series, ...]:
    """Return bars of two instruments."""
    return tuple(some_series(name, days, seed) for seed, name in enumerate(NAMES))


@cache
def a_backtest(days: int = 900, length: int = 20) -> tuple[BacktestOutcome, BacktestReport]:
    """Return a real run with its report."""
    spec = a_backtest_spec(parameters={"length": length})
    data = some_data(days)
    outcome = run_backtest(spec, data, {STRATEGY: Crossing})
    return outcome, make_report(outcome, data)


def a_finding(severity: Severity = Severity.ERROR, **changes: Any) -> RunFinding:
    """Return something that makes a result less believable."""
    fields = {
        "check": "look_ahead",
        "severity": severity,
        "title": "The strategy knows the future",
        "detail": "With the data cut at 2013-06-03 it decides otherwise on 41 of 200 bars before that time.",
        "remedy": "Use closed bars only; don't read the bar that is being built.",
        "figure": 41.0,
    }
    return RunFinding(**{**fields, **changes})


def bars_of(series: Series) -> Bars:
    """Return a series as columns, as the manager hands them out."""
    columns = {name: values.astype(np.float64) for name, values in series.columns.items()}
    return Bars(
        series.instrument.id,
        columns["start"].astype(np.int64),
        columns["end"].astype(np.int64),
        columns["open"],
        columns["high"],
        columns["low"],
        columns["close"],
        columns["volume"],
    )


def a_search_spec(**changes: Any) -> SearchSpec:
    """Return a specification of a search over three parameters."""
    fields = {
        "backtest": a_backtest_spec(),
        "strategy": STRATEGY,
        "ranges": (
            ParameterRange(name="entry", kind="int", low=10, high=60, step=5),
            ParameterRange(name="exit", kind="int", low=5, high=30, step=5),
            ParameterRange(name="side", kind="choice", choices=("long", "both")),
        ),
    }
    return SearchSpec(**{**fields, **changes})


def a_search_report(*, folds: int = 4) -> SearchReport:
    """Return a ranked search with a plateau around entry 40, exit 15."""
    trials = []
    for number, (entry, exit_, side) in enumerate(
        (e, x, s) for e in range(10, 65, 5) for x in range(5, 35, 5) for s in ("long", "both")
    ):
        score = 1.8 - ((entry - 40) / 30) ** 2 - ((exit_ - 15) / 14) ** 2 - (0.2 if side == "both" else 0.0)
        failed = entry == 10 and exit_ == 30
        trials.append(
            TrialResult(
                number=number,
                parameters={"entry": entry, "exit": exit_, "side": side},
                stage="coarse" if number % 3 else "fine",
                figures=None if failed else some_figures(sharpe=score, total_return=score / 5, trades=number),
                score=None if failed else score,
                feasible=not failed and score > 0,
                plateau=None if failed else min(1.0, max(0.1, 0.5 + score / 4)),
                error="division by zero at line 41" if failed else "",
            )
        )
    ranked = sorted(trials, key=lambda trial: -(trial.score if trial.score is not None else -math.inf))
    return SearchReport(
        trials=tuple(ranked),
        folds=tuple(a_fold(index) for index in range(folds)),
        best=ranked[0],
        runs=len(ranked) * (folds or 1),
        seconds=14.2,
        overfitting=Overfitting(
            trials=len(ranked),
            probability=0.34,
            deflated_sharpe=0.71,
            expected_best_sharpe=1.12,
            efficiency=0.45 if folds else None,
        ),
        out_of_sample=some_figures(total_return=0.087) if folds else None,
    )


def a_fold(index: int) -> FoldResult:
    """Return a fold that keeps some of its score."""
    begin = to_ns(NOW) - (8 - index) * 90 * DAY_NS
    return FoldResult(
        index=index,
        train_start_ns=begin,
        train_end_ns=begin + 120 * DAY_NS,
        test_start_ns=begin + 121 * DAY_NS,
        test_end_ns=begin + 180 * DAY_NS,
        parameters={"entry": 35 + 5 * (index % 2), "exit": 15, "side": "long"},
        in_sample=some_figures(sharpe=1.6 - 0.1 * index),
        out_of_sample=some_figures(sharpe=(0.9, -0.3, 1.7, 0.4)[index % 4]),
    )


def a_monte_carlo_report() -> MonteCarloReport:
    """Return paths of three methods, and why the fourth has none."""
    results = []
    for number, method in enumerate(tuple(Resampling)[:3]):
        rng = np.random.default_rng(number)
        paths = np.exp(np.cumsum(rng.normal(0.0008, 0.012, (500, 250)), axis=1))
        ends, x = paths[:, -1] - 1, tuple(float(step) for step in range(250))
        falls = np.sort((paths / np.maximum.accumulate(paths, axis=1) - 1).min(axis=1))
        results.append(
            Paths(
                method=method,
                paths=500,
                final_return=_percentiles(ends),
                max_drawdown=_percentiles(falls),
                sharpe=_percentiles(ends * 4),
                ruin=float((falls < -0.2).mean()),
                loss=float((ends < 0).mean()),
                fan_x=x,
                fan=tuple(tuple(np.percentile(paths, share, axis=0).tolist()) for share in (5, 25, 50, 75, 95)),
                observed=tuple(paths[7].tolist()),
                drawdowns=tuple(falls.tolist()),
            )
        )
    note = "There are only 4 trades; at least 20 are needed."
    none = Paths(
        method=Resampling.JITTERED,
        paths=0,
        final_return=None,
        max_drawdown=None,
        sharpe=None,
        ruin=None,
        loss=None,
        note=note,
    )
    return MonteCarloReport(
        spec=MonteCarloSpec(run="B000001", paths=500, ruin=0.2), results=(*results, none), seconds=1.4
    )


def _percentiles(values: np.ndarray[Any, Any]) -> Percentiles:
    return Percentiles(
        **{f"p{share}": float(np.percentile(values, share)) for share in (5, 25, 50, 75, 95)},
    )


def a_fidelity_report() -> FidelityReport:
    """Return a comparison with one missing and one extra fill."""
    outcome, _ = a_backtest()
    curve = outcome.curve
    noise = np.cumsum(np.random.default_rng(3).normal(0, 0.0002, len(curve.ts)))
    live = EquityCurve(
        book="live", ts=curve.ts, equity=curve.equity * (1 + noise), drawdown=curve.drawdown, twr=curve.twr + noise
    )
    pairs = [
        FillPair(
            strategy=fill.strategy,
            instrument=fill.instrument,
            side=fill.side.value,
            live_ns=None if number == 2 else to_ns(fill.at) + 900_000_000,
            backtest_ns=None if number == 5 else to_ns(fill.at),
            live_quantity=None if number == 2 else float(fill.quantity),
            backtest_quantity=None if number == 5 else float(fill.quantity),
            live_price=None if number == 2 else float(fill.price) + 0.01,
            backtest_price=None if number == 5 else float(fill.price),
            price_bps=None if number in {2, 5} else 0.8,
            delay_s=None if number in {2, 5} else 0.9,
        )
        for number, fill in enumerate(outcome.fills[:40])
    ]
    return FidelityReport(
        score=87.0,
        correlation=0.982,
        distance=0.0031,
        return_live=0.118,
        return_backtest=0.124,
        matched=38,
        missing=1,
        extra=1,
        mean_price_bps=0.8,
        pairs=tuple(pairs),
        live=live,
        backtest=curve,
        explanation=(
            "5 points: 1 of 39 fills of the backtest was not traded.",
            "5 points: 1 fill was not in the backtest.",
            "3 points: live prices were 0.8 basis points worse on average.",
        ),
    )


class ResultPipelines(FakePipelines):
    """Runs with results; a test may hold an answer back, or make it fail."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, tuple[BacktestOutcome, BacktestReport]] = {}
        self.unreadable: set[str] = set()
        self.held = {one.instrument.id: bars_of(one) for one in some_data()}
        self.monte_carlo = a_monte_carlo_report()
        self.fidelity = a_fidelity_report()

    async def outcome(self, run: str) -> tuple[BacktestOutcome, BacktestReport]:
        if run in self.unreadable or run not in self.outcomes:
            msg = f"{run}: the file of the outcome is damaged; run it again"
            raise StorageError(msg)
        return self.outcomes[run]

    async def bars(self, run: str, instrument: InstrumentId) -> Bars:
        del run
        return self.held[instrument]

    async def monte_carlo_report(self, run: str) -> MonteCarloReport:
        del run
        return self.monte_carlo

    async def fidelity_report(self, run: str) -> FidelityReport:
        del run
        return self.fidelity


def some_pipelines() -> ResultPipelines:
    """Return runs of every kind: B000001 and B000002 backtests, the second doubtful, then the others."""
    made = ResultPipelines()
    first, second = a_backtest(), a_backtest(length=45)
    doubtful = msgspec.structs.replace(
        second[1], findings=(a_finding(Severity.WARNING, title="Few trades"), a_finding())
    )
    kinds = (RunKind.BACKTEST, RunKind.BACKTEST, RunKind.SEARCH, RunKind.MONTE_CARLO, RunKind.FIDELITY)
    for number, kind in enumerate(kinds, 1):
        made.put(a_run(number, kind=kind, title=f"{kind.value.capitalize()} {number}"))
    made.outcomes = {"B000001": first, "B000002": (second[0], doubtful)}
    made.specs = {
        "B000001": first[0].spec,
        "B000002": second[0].spec,
        "B000003": a_search_spec(),
        "B000004": made.monte_carlo.spec,
        "B000005": first[0].spec,
    }
    made.reports = {"B000003": a_search_report()}
    return made


def run_of(pipelines: FakePipelines, number: int) -> Run:
    """Return a run by its number."""
    return pipelines.run(f"B{number:06d}")
