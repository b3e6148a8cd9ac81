"""What a search found, put together once every backtest is done."""

from collections.abc import Iterable, Sequence
from math import isfinite, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import RankBy
from ares_desktop.domain.searches import FoldResult, Overfitting, SearchSpec, TrialResult
from ares_desktop.engine.backtest.search.folds import Fold
from ares_desktop.engine.backtest.search.ranking import keeps, score_of
from ares_desktop.engine.backtest.search.trials import TrialOrder, Tried, returns_file


def trial_of(order: TrialOrder, tried: Tried, spec: SearchSpec, *, stage: str, fold: int | None) -> TrialResult:
    """Return a tried parameter set with its score."""
    figures = tried.figures
    return TrialResult(
        number=order.number,
        parameters=order.parameters,
        stage=stage,
        fold=fold,
        figures=figures,
        score=None if figures is None else score_of(figures, spec.objective),
        feasible=figures is not None and keeps(figures, spec.constraints),
        error=tried.error,
        refused=tried.refused,
    )


def common_fault(trials: Iterable[TrialResult]) -> str:
    """Return the fault of every set that its strategy accepts, empty when one of them worked or failed otherwise."""
    accepted = [trial for trial in trials if not trial.refused]
    faults = {trial.error.partition("\n")[0] for trial in accepted}
    return accepted[0].error if len(faults) == 1 and all(faults) else ""


def fold_of(fold: Fold, best: TrialResult | None, tested: Tried | None) -> FoldResult:
    """Return a fold with what its best parameters did afterwards."""
    if best is None:
        error = "no parameter set of the training span could be ranked and kept the constraints"
    else:
        error = tested.error if tested is not None else "was not tested"
    return FoldResult(
        index=fold.index,
        train_start_ns=fold.train.start_ns,
        train_end_ns=fold.train.end_ns,
        test_start_ns=fold.test.start_ns,
        test_end_ns=fold.test.end_ns,
        parameters={} if best is None else best.parameters,
        in_sample=None if best is None else best.figures,
        out_of_sample=None if tested is None else tested.figures,
        error=error,
    )


def write_returns(folder: Path, number: int, returns: Sequence[bytes]) -> None:
    """Keep the daily returns of one span's trials, in the order of their numbers; blocks.

    Args:
        folder: of the search.
        number: of the span.
        returns: float32 of each trial; one with other days than most have counts as having none.
    """
    rows = [np.frombuffer(body, dtype="<f4") for body in returns]
    lengths = [row.size for row in rows if row.size]
    days = max(set(lengths), key=lengths.count) if lengths else 0
    table: NDArray[np.float32] = np.full((len(rows), days), nan, dtype=np.float32)
    for index, row in enumerate(rows):
        if row.size == days:
            table[index] = row
    np.save(returns_file(folder, number), table, allow_pickle=False)


def sharpes_of(trials: Sequence[TrialResult]) -> tuple[float, ...]:
    """Return Sharpe ratios, NaN where there is none."""
    found = (None if trial.figures is None else trial.figures.sharpe for trial in trials)
    return tuple(nan if value is None else value for value in found)


def overall(spans: Sequence[Overfitting], folds: Sequence[FoldResult], objective: RankBy) -> Overfitting:
    """Return how likely luck is over all spans: the mean of what is known of each, and the folds' efficiency."""
    return Overfitting(
        trials=sum(span.trials for span in spans),
        probability=_mean([span.probability for span in spans]),
        deflated_sharpe=_mean([span.deflated_sharpe for span in spans]),
        expected_best_sharpe=_mean([span.expected_best_sharpe for span in spans]),
        efficiency=efficiency(folds, objective),
    )


def efficiency(folds: Sequence[FoldResult], objective: RankBy) -> float | None:
    """Return the mean out-of-sample score over the mean in-sample score, None where that is not above 0.

    Known as walk-forward efficiency (R. Pardo, The Evaluation and Optimization of Trading Strategies, 2008).
    """
    pairs = [
        (score_of(fold.in_sample, objective), score_of(fold.out_of_sample, objective))
        for fold in folds
        if fold.in_sample is not None and fold.out_of_sample is not None
    ]
    known = [(inside, outside) for inside, outside in pairs if inside is not None and outside is not None]
    inside = sum(pair[0] for pair in known)
    return sum(pair[1] for pair in known) / inside if inside > 0 else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and isfinite(value)]
    return sum(known) / len(known) if known else None
