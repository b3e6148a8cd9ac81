"""What makes a result less believable than it looks, read from the run alone."""

from collections.abc import Iterable, Sequence
from typing import Final

from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.cost_findings import cost_findings
from ares_desktop.engine.backtest.analysis.data_findings import data_findings
from ares_desktop.engine.backtest.analysis.evidence import evidence_of
from ares_desktop.engine.backtest.analysis.fill_findings import fill_findings
from ares_desktop.engine.backtest.analysis.trade_findings import trade_findings
from ares_desktop.engine.data.series import Series

_ORDER: Final = (Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO)


def findings_of(outcome: BacktestOutcome, report: BacktestReport, series: Sequence[Series]) -> tuple[RunFinding, ...]:
    """Return what was found, most severe first; what needs another replay is in the module ``honesty``."""
    evidence = evidence_of(outcome, report, series)
    checks = (trade_findings, fill_findings, cost_findings, data_findings)
    return by_severity(finding for check in checks for finding in check(evidence))


def by_severity(findings: Iterable[RunFinding]) -> tuple[RunFinding, ...]:
    """Return findings most severe first, otherwise in their order."""
    return tuple(sorted(findings, key=lambda finding: _ORDER.index(finding.severity)))
