"""What a worker process of a search knows and does: data, strategies and prepared bars once, then trial after trial."""

import gc
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import AresError, StorageError, UsageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.engine.backtest.analysis.days import DAY_NS, days_a_year
from ares_desktop.engine.backtest.analysis.figures import trial_figures
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.dataset import open_dataset
from ares_desktop.engine.backtest.jobs import DATA
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.backtest.replay.run import PreparedData, run_backtest
from ares_desktop.engine.backtest.search.joining import joined_run
from ares_desktop.engine.backtest.search.trials import (
    SPEC,
    Broken,
    Judged,
    JudgeTask,
    Looked,
    LookTask,
    Task,
    TrialOrder,
    TrialTask,
    Tried,
    returns_file,
)
from ares_desktop.engine.backtest.storing import load_outcome, save_outcome
from ares_desktop.engine.competition.statistics import daily_returns
from ares_desktop.engine.hosting.checker import check_file


class SearchWorker:
    """Runs the trials of one search at a time."""

    def __init__(self) -> None:
        self._folder = ""
        self._bench: _Bench | None = None
        self._decoder: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)

    def run(self, payload: bytes, tell: Callable[[bytes], None]) -> bytes:
        """Do a task; the answer is a record of its kind, of trials a tuple."""
        del tell
        task = self._decoder.decode(payload)
        return msgspec.msgpack.encode(self._done(task))

    def _done(self, task: Task) -> Looked | Judged | Broken | tuple[Tried, ...]:
        if isinstance(task, LookTask):
            checked = check_file(task.file, task.parameters)
            return Looked(checked.entry, checked.findings)
        if isinstance(task, JudgeTask):
            return _judged(task)
        try:
            bench = self._bench_of(task)
        except StorageError as error:
            return Broken(str(error))
        return tuple(bench.tried(order) for order in task.orders)

    def _bench_of(self, task: TrialTask) -> "_Bench":
        if self._bench is None or self._folder != task.folder:
            if self._bench is not None:
                self._bench.close()
            self._folder, self._bench = task.folder, _Bench(Path(task.folder))
        return self._bench


class _Bench:
    """Everything that the trials of a search share."""

    def __init__(self, folder: Path) -> None:
        series = open_dataset(folder / DATA)
        try:
            self._spec = msgspec.msgpack.decode((folder / SPEC).read_bytes(), type=SearchSpec)
        except (OSError, msgspec.MsgspecError) as error:
            msg = f"what the search in {folder} tries can't be read: {error}"
            raise StorageError(msg) from error
        self._data = PreparedData(series)
        self._stack = ExitStack()
        self._kinds: Mapping[StrategyId, type[Strategy]] = self._stack.enter_context(load_kinds(self._spec.backtest))
        # What is here now stays: a collection need not look at it after every few fills of every trial.
        gc.collect()
        gc.freeze()

    def tried(self, order: TrialOrder) -> Tried:
        """Run a backtest; what its strategy or the engine refuses is its result."""
        try:
            outcome = run_backtest(self._backtest(order), self._data, self._kinds)
        except AresError as error:
            return Tried(order.number, error=str(error), refused=isinstance(error, UsageError))
        series = self._data.series
        if order.outcome:
            report = make_report(outcome, series)
            save_outcome(Path(order.outcome), outcome, report)
            figures = report.figures
        else:
            figures = trial_figures(outcome, series)
        returns = daily_returns(outcome.curve).astype("<f4")
        return Tried(order.number, figures=figures, returns=returns.tobytes())

    def close(self) -> None:
        """Forget the strategies."""
        self._stack.close()

    def _backtest(self, order: TrialOrder) -> BacktestSpec:
        searched = self._spec.strategy
        strategies = tuple(
            msgspec.structs.replace(item, parameters=item.parameters | order.parameters)
            if item.name == searched
            else item
            for item in self._spec.backtest.strategies
        )
        spec = msgspec.structs.replace(self._spec.backtest, strategies=strategies)
        changes: dict[str, Any] = {}
        if order.start_ns is not None:
            changes["start"] = from_ns(order.start_ns)
        if order.end_ns is not None:
            changes["end"] = from_ns(order.end_ns)
        return msgspec.structs.replace(spec, **changes) if changes else spec


def _judged(task: JudgeTask) -> Judged:
    from ares_desktop.engine.backtest.analysis.overfitting import (  # noqa: PLC0415 - needs scipy, once, at the end
        overfitting,
    )

    folder = Path(task.folder)
    series = open_dataset(folder / DATA)
    yearly = days_a_year(np.unique(np.concatenate([item.ts for item in series]) // DAY_NS))
    found = []
    for number, sharpes in enumerate(task.sharpes):
        returns: NDArray[np.float32] = np.load(returns_file(folder, number), allow_pickle=False)
        known = returns[np.isfinite(returns).all(axis=1)] if returns.size else returns
        found.append(overfitting(known.astype(np.float64).T, sharpes, days_a_year=yearly))
    if not task.outcomes:
        return Judged(tuple(found))
    outcome, report = joined_run([load_outcome(Path(name)) for name in task.outcomes], series)
    # Each run counts its orders from 1: they are with the folds, where their ids mean one order.
    save_outcome(folder, msgspec.structs.replace(outcome, orders=(), denials=()), report)
    return Judged(tuple(found), report.figures)
