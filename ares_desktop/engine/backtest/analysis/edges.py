"""Parameters that a search found best at the edge of where it looked."""

from collections.abc import Iterable, Iterator

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.searches import ParameterRange, ParameterSet


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
