"""Searches over a strategy's parameters, and what they found."""

from enum import StrEnum
from typing import Any

import msgspec

from ares_desktop.domain.backtests import BacktestFigures, BacktestSpec, RankBy, RunFinding
from ares_desktop.domain.ids import StrategyId

ParameterSet = dict[str, Any]


class ParameterRange(msgspec.Struct, frozen=True, kw_only=True):
    """Values of one parameter: from ``low`` to ``high`` inclusive in steps of ``step``, or the ``choices``."""

    name: str
    kind: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    choices: tuple[Any, ...] = ()


class SearchMethod(StrEnum):
    """How the space is searched."""

    COARSE_FINE = "coarse-fine"
    WALK_FORWARD = "walk-forward"


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on a figure that a parameter set must keep to be ranked; an unknown figure breaks it."""

    figure: str
    at_least: float | None = None
    at_most: float | None = None


class SearchSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a search tries.

    Attributes:
        strategy: the instance of ``backtest`` whose parameters vary; the others keep theirs.
        coarse_points: most parameter sets of the coarse grid; the grid thins evenly until it fits.
        fine_trials: parameter sets that the fine search tries around the best coarse ones.
        folds: of a walk-forward; each trains on what precedes its test span.
        train_share: part of a fold that trains; ``anchored``: every fold trains from the very beginning.
        purge, embargo: market time left out before and after each test span, in bars of the data.
        workers: processes, 0 for one a core; ``dask``: address of a scheduler to use instead.
    """

    backtest: BacktestSpec
    strategy: StrategyId
    ranges: tuple[ParameterRange, ...]
    method: SearchMethod = SearchMethod.COARSE_FINE
    objective: RankBy = RankBy.SHARPE
    constraints: tuple[Constraint, ...] = ()
    coarse_points: int = 100
    fine_trials: int = 50
    folds: int = 5
    train_share: float = 0.7
    anchored: bool = False
    purge: int = 0
    embargo: int = 0
    workers: int = 0
    dask: str = ""
    seed: int = 0


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter set that was tried.

    Attributes:
        stage: ``coarse`` or ``fine``.
        fold: of a walk-forward, None outside of one.
        score: the objective, None when it could not be computed.
        feasible: every constraint holds.
        plateau: mean score of the neighbors in the parameter space relative to its own, 1 on level ground; None
            before it is known.
        error: why it has no figures.
        refused: the strategy does not accept these parameters.
    """

    number: int
    parameters: ParameterSet
    stage: str
    fold: int | None = None
    figures: BacktestFigures | None = None
    score: float | None = None
    feasible: bool = False
    plateau: float | None = None
    error: str = ""
    refused: bool = False


class FoldResult(msgspec.Struct, frozen=True, kw_only=True):
    """One fold of a walk-forward: the best parameters of its training span, tried on its test span."""

    index: int
    train_start_ns: int
    train_end_ns: int
    test_start_ns: int
    test_end_ns: int
    parameters: ParameterSet
    in_sample: BacktestFigures | None
    out_of_sample: BacktestFigures | None
    error: str = ""


class Overfitting(msgspec.Struct, frozen=True, kw_only=True):
    """How likely the best of a search is luck.

    Attributes:
        trials: parameter sets that were compared.
        probability: of backtest overfitting, by combinatorially symmetric cross-validation, None with too little data.
        deflated_sharpe: probability that the true Sharpe ratio of the best is above what the best of as many
            worthless strategies would show, None when it can't be computed.
        expected_best_sharpe: that bar, annualized.
        efficiency: mean out-of-sample score over mean in-sample score of the folds.
    """

    trials: int
    probability: float | None
    deflated_sharpe: float | None
    expected_best_sharpe: float | None
    efficiency: float | None = None


class SearchReport(msgspec.Struct, frozen=True, kw_only=True):
    """A finished search, trials ranked best first.

    Attributes:
        runs: backtests that were run.
        best: None when no parameter set kept the constraints.
        out_of_sample: figures of the joined test spans of a walk-forward.
        findings: what makes the best less believable than it looks.
    """

    trials: tuple[TrialResult, ...]
    folds: tuple[FoldResult, ...]
    best: TrialResult | None
    runs: int
    seconds: float
    overfitting: Overfitting
    out_of_sample: BacktestFigures | None = None
    findings: tuple[RunFinding, ...] = ()


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """The best score over a grid of two parameters; NaN where nothing was tried.

    Attributes:
        x_values, y_values: ascending.
        scores: ``len(y_values)`` rows of ``len(x_values)``.
    """

    x: str
    y: str
    x_values: tuple[float, ...]
    y_values: tuple[float, ...]
    scores: tuple[tuple[float, ...], ...]
