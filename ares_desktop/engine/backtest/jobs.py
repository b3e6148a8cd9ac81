"""What worker processes do for the pipelines of backtests, resampled paths and comparisons."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestFigures, BacktestOutcome, BacktestReport, BacktestSpec
from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.strategies import Fault
from ares_desktop.engine.backtest.dataset import open_dataset
from ares_desktop.engine.backtest.storing import (
    load_live,
    load_outcome,
    save_fidelity,
    save_monte_carlo,
    save_outcome,
)
from ares_desktop.engine.data.series import Series

DATA: Final = "data"
"""Folder of a run that holds its market data."""
BACKTEST_JOB: Final = f"{__name__}:BacktestJob"
MONTE_CARLO_JOB: Final = f"{__name__}:MonteCarloJob"
FIDELITY_JOB: Final = f"{__name__}:FidelityJob"
REPLAY: Final = "replay"
CHECKS: Final = "honesty checks"

Tell = Callable[[bytes], None]


class BacktestTask(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest to be run.

    Attributes:
        folder: of the run: it holds the data and receives the result.
        checks: look for look-ahead and start-up sensitivity too, which runs it several times more.
    """

    spec: BacktestSpec
    folder: str
    checks: bool = True


class MonteCarloTask(msgspec.Struct, frozen=True, kw_only=True):
    """Paths to be resampled from the backtest in the folder ``parent``, kept in ``folder``."""

    spec: MonteCarloSpec
    parent: str
    folder: str


class JobProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is, in events of the market."""

    stage: str
    done: int = 0
    total: int = 0
    equity: tuple[EquityPoint, ...] = ()


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended; with ``usage`` or a ``fault`` there is nothing else.

    Attributes:
        usage: everything that was wrong with the input.
        fault: where a strategy failed, with ``message``.
    """

    figures: BacktestFigures | None = None
    score: float | None = None
    findings: int = 0
    usage: tuple[Finding, ...] = ()
    fault: Fault | None = None
    message: str = ""

    def raise_failure(self) -> None:
        """Raise what the job failed of, as it was raised in the worker.

        Raises:
            UsageError: wrong input.
            StrategyError: a strategy failed.
        """
        if self.usage:
            raise UsageError(*self.usage)
        if self.message:
            raise StrategyError(self.message, self.fault)


class BacktestJob:
    """Runs a backtest and keeps its outcome and report."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        """Do a :class:`BacktestTask` and return a :class:`JobResult`."""
        task = msgspec.msgpack.decode(payload, type=BacktestTask)
        return _told(lambda: _backtest(task, tell))


class MonteCarloJob:
    """Resamples a backtest and keeps the paths' figures."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        """Do a :class:`MonteCarloTask` and return a :class:`JobResult`."""
        del tell
        task = msgspec.msgpack.decode(payload, type=MonteCarloTask)
        return _told(lambda: _resample(task))


class FidelityJob:
    """Backtests what was traded live, compares both, and keeps the comparison with the backtest."""

    def run(self, payload: bytes, tell: Tell) -> bytes:
        """Do a :class:`BacktestTask` whose folder holds what was traded, and return a :class:`JobResult`."""
        task = msgspec.msgpack.decode(payload, type=BacktestTask)
        return _told(lambda: _compare(task, tell))


def _told(work: Callable[[], JobResult]) -> bytes:
    """Return a job's result; errors that have more to tell than a text are part of it."""
    try:
        result = work()
    except UsageError as error:
        result = JobResult(usage=error.findings)
    except StrategyError as error:
        result = JobResult(fault=error.fault, message=str(error))
    return msgspec.msgpack.encode(result)


def _backtest(task: BacktestTask, tell: Tell) -> JobResult:
    series = open_dataset(Path(task.folder) / DATA)
    outcome, report = _replayed(task.spec, series, tell)
    if task.checks:
        _say(tell, JobProgress(stage=CHECKS))
        report = _checked(outcome, report, series)
    save_outcome(Path(task.folder), outcome, report)
    return JobResult(figures=report.figures, findings=len(report.findings))


def _compare(task: BacktestTask, tell: Tell) -> JobResult:
    from ares_desktop.engine.backtest.analysis.fidelity import compare  # noqa: PLC0415 - only this job needs it

    folder = Path(task.folder)
    fills, curve = load_live(folder)
    series = open_dataset(folder / DATA)
    outcome, report = _replayed(task.spec, series, tell)
    fidelity = compare(fills, curve, outcome)
    save_outcome(folder, outcome, report)
    save_fidelity(folder, fidelity)
    return JobResult(figures=report.figures, score=fidelity.score, findings=len(fidelity.explanation))


def _resample(task: MonteCarloTask) -> JobResult:
    from ares_desktop.engine.backtest.analysis.monte_carlo import resample  # noqa: PLC0415 - only this job needs it

    outcome, report = load_outcome(Path(task.parent))
    save_monte_carlo(Path(task.folder), resample(task.spec, outcome, report.trips))
    return JobResult()


def _replayed(spec: BacktestSpec, series: Sequence[Series], tell: Tell) -> tuple[BacktestOutcome, BacktestReport]:
    from ares_desktop.engine.backtest.analysis.report import make_report  # noqa: PLC0415 - only replays need it
    from ares_desktop.engine.backtest.replay.kinds import load_kinds  # noqa: PLC0415 - only replays need it
    from ares_desktop.engine.backtest.replay.run import ReplayProgress, run_backtest  # noqa: PLC0415 - only replays need it

    def say(progress: ReplayProgress) -> None:
        _say(tell, JobProgress(stage=REPLAY, done=progress.done, total=progress.total, equity=progress.points))

    with load_kinds(spec) as kinds:
        outcome = run_backtest(spec, series, kinds, tell=say)
    return outcome, make_report(outcome, series)


def _checked(outcome: BacktestOutcome, report: BacktestReport, series: Sequence[Series]) -> BacktestReport:
    from ares_desktop.engine.backtest.analysis.honesty import rerun_findings  # noqa: PLC0415 - only replays need it
    from ares_desktop.engine.backtest.replay.kinds import load_kinds  # noqa: PLC0415 - only replays need it
    from ares_desktop.engine.backtest.replay.run import run_backtest  # noqa: PLC0415 - only replays need it

    def rerun(spec: BacktestSpec, part: Sequence[Series]) -> BacktestOutcome:
        with load_kinds(spec) as kinds:
            return run_backtest(spec, part, kinds)

    found = rerun_findings(rerun, outcome, series)
    return msgspec.structs.replace(report, findings=(*report.findings, *found))


def _say(tell: Tell, progress: JobProgress) -> None:
    tell(msgspec.msgpack.encode(progress))
