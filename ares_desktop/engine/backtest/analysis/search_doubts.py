"""What makes the best of a search less believable than it looks."""

from collections.abc import Iterable, Iterator
from typing import Final

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.searches import Overfitting, ParameterRange, ParameterSet, TrialResult

_AS_GOOD_AS_CHANCE: Final = 0.5
_SURE: Final = 0.95
_LEVEL: Final = 0.5


def search_doubts(
    best: TrialResult | None, ranges: Iterable[ParameterRange], overfitting: Overfitting
) -> tuple[RunFinding, ...]:
    """Return every doubt about a search: luck, a lone peak, and a best set at the edge of what was tried."""
    if best is None:
        return ()
    return (*luck_findings(overfitting), *_peaks(best), *edge_findings(best.parameters, ranges))


def luck_findings(overfitting: Overfitting) -> Iterator[RunFinding]:
    """Yield doubts where the best of the search may be the luckiest instead.

    The bounds are those of the papers named in :mod:`ares_desktop.engine.backtest.analysis.overfitting`: a probability
    of overfitting of one half is chance, and a deflated Sharpe ratio below 0.95 is not significant at 5 %.
    """
    probability, deflated = overfitting.probability, overfitting.deflated_sharpe
    if probability is not None and probability >= _AS_GOOD_AS_CHANCE:
        yield RunFinding(
            check="overfitting",
            severity=Severity.ERROR,
            title="The best was chosen by chance",
            detail=f"With a probability of {probability:.0%} the best on one part of the data is in the worse half on "
            "the rest: choosing by this score is no better than drawing lots.",
            remedy="Try fewer parameters, more data, or another rule; trust a walk-forward alone.",
            figure=probability,
        )
    if deflated is not None and deflated < _SURE:
        yield RunFinding(
            check="deflated_sharpe",
            severity=Severity.WARNING,
            title=f"The best of {overfitting.trials:,} may be luck",
            detail=f"The probability that its Sharpe ratio is above what the best of as many worthless rules shows is "
            f"{deflated:.0%}, at least {_SURE:.0%} are wanted.",
            remedy="Test it on data that was not searched, and on paper, before it gets money.",
            figure=deflated,
        )


def _peaks(best: TrialResult) -> Iterator[RunFinding]:
    if best.plateau is not None and best.plateau < _LEVEL:
        yield RunFinding(
            check="lone_peak",
            severity=Severity.WARNING,
            title="The best stands alone",
            detail=f"Parameter sets one step away reach {best.plateau:.0%} of its score on average.",
            remedy="Prefer a set whose neighbors are as good: look for a plateau in the heat map.",
            figure=best.plateau,
        )


def edge_findings(best: ParameterSet, ranges: Iterable[ParameterRange]) -> Iterator[RunFinding]:
    """Yield a doubt for each number that is the lowest or the highest of its range: the best may lie beyond it.

    Args:
        best: parameters of the best trial.
        ranges: what the search tried; choices have no edge.
    """
    for item in ranges:
        value = best.get(item.name)
        if item.choices or item.high <= item.low or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        # The greatest value on the grid may be below the upper end of the range.
        top = item.low + (item.high - item.low) // item.step * item.step if item.step > 0 else item.high
        slack = 1e-9 * max(1.0, abs(item.high), abs(item.low))
        end = "lowest" if value <= item.low + slack else "highest" if value >= top - slack else ""
        if end:
            yield RunFinding(
                check="edge_of_range",
                severity=Severity.WARNING,
                title=f"The best {item.name} is the {end} that was tried",
                detail=f"{item.name} = {value:g} lies at the edge of {item.low:g} to {item.high:g}; better may follow.",
                remedy="Widen the range, and doubt a rule that is best at an extreme.",
                figure=float(value),
            )
