"""What makes a result less believable than it looks, read from the run alone."""

from collections.abc import Sequence

from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, RunFinding
from ares_desktop.engine.data.series import Series


def findings_of(outcome: BacktestOutcome, report: BacktestReport, series: Sequence[Series]) -> tuple[RunFinding, ...]:
    """Return what was found, most severe first."""
    del outcome, report, series
    return ()
