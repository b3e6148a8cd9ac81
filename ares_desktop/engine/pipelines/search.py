"""A search over parameters as a pipeline: it keeps what is done, and goes on from there after any end."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding, StorageError, StrategyError, UsageError
from ares_desktop.domain.searches import FoldResult, SearchMethod, SearchReport, SearchSpec, TrialResult
from ares_desktop.domain.strategies import CatalogEntry
from ares_desktop.engine.backtest.analysis.search_doubts import search_doubts
from ares_desktop.engine.backtest.dataset import is_dataset, open_dataset, remove_dataset, write_dataset
from ares_desktop.engine.backtest.jobs import DATA
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.backtest.search.crew import Crew
from ares_desktop.engine.backtest.search.folds import Fold, fold_findings, make_folds, moments_of
from ares_desktop.engine.backtest.search.identity import identity_of
from ares_desktop.engine.backtest.search.keeper import Keeper
from ares_desktop.engine.backtest.search.ranges import ranges_in_force, size_findings
from ares_desktop.engine.backtest.search.ranking import best_of, ranked
from ares_desktop.engine.backtest.search.results import common_fault, fold_of, overall, sharpes_of
from ares_desktop.engine.backtest.search.space import Space
from ares_desktop.engine.backtest.search.study import Study
from ares_desktop.engine.backtest.search.trial_log import TrialLog
from ares_desktop.engine.backtest.search.trials import SPEC, JudgeTask, LookTask
from ares_desktop.engine.backtest.storing import save_search
from ares_desktop.engine.backtest.validation import search_findings
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.hosting.catalog import refuse_faulty
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext, RunResult
from ares_desktop.engine.pipelines.working import MakeJobs
from ares_desktop.engine.ports.jobs import Jobs

_CHECKPOINT: Final = "search"
_LOG: Final = "trials.log"
_LOADED: Final = 0.02
_JUDGED: Final = 0.99


class SearchPipeline(BasePipeline):
    """Tries parameter sets on worker processes, on this machine or on a cluster that sees the run's folder.

    A run that was canceled or killed goes on where it was when it is executed again in the same folder, and ends with
    the report of an undisturbed one; after a change of its data or strategy files it begins anew.

    The test spans of a walk-forward are kept as backtests in the folders ``fold-0`` and on, joined ones as the backtest
    of the run itself.

    Args:
        spec: what to try; without ranges those that the strategy declares.
        context: of the run.
        market: reads the data.
        jobs: makes the workers.

    Attributes:
        report: None until it is done.
    """

    def __init__(self, spec: SearchSpec, context: RunContext, *, market: MarketData, jobs: MakeJobs) -> None:
        super().__init__()
        self.report: SearchReport | None = None
        self._spec = spec
        self._context = context
        self._market = market
        self._make_jobs = jobs
        self._jobs: Jobs | None = None
        self._keeper: Keeper | None = None
        self._crew: Crew
        self._folds: tuple[Fold, ...] = ()
        self._found = 0
        self._total = 0
        self._clock = _Clock()

    async def prepare(self) -> None:
        """Load the data, look at the strategy, check everything, and find what was done before.

        Raises:
            UsageError: with everything that is wrong with the search, the data and the parameters.
            StrategyError: when a strategy's file is at fault, or no worker starts.
            FeedError, StorageError: when the data can't be read or written.
        """
        self._context.report("loading data", share=0.0)
        self._jobs = self._make_jobs(self._spec.workers, self._spec.dask)
        self._crew = Crew(self._jobs, str(self._context.folder))
        searched = next((item for item in self._spec.backtest.strategies if item.name == self._spec.strategy), None)
        if searched is None:
            raise UsageError(*search_findings(self._spec, None))
        look = LookTask(searched.file, searched.parameters)
        looked, loaded = await asyncio.gather(
            self._crew.look(look), asyncio.to_thread(self._load), return_exceptions=True
        )
        if isinstance(looked, BaseException):
            raise looked
        refuse_faulty(looked.entry)
        findings = [*looked.findings, *self._findings(looked.entry)]
        if isinstance(loaded, UsageError):
            raise UsageError(*findings, *loaded.findings)
        if isinstance(loaded, BaseException):
            raise loaded
        findings = findings or await asyncio.to_thread(self._cut, loaded)
        if findings:
            raise UsageError(*findings)
        await asyncio.to_thread(self._open_log, loaded)

    async def execute(self) -> None:
        """Search, span by span, then judge the whole.

        Raises:
            StrategyError: when the workers fail, or every set that the strategy accepts, by one and the same fault.
            StorageError: when results can't be written, or a worker can't open the data.
        """
        if self._keeper is None:
            raise RuntimeError("prepare comes first")
        space = Space(self._spec.ranges)
        study = Study(
            self._spec, space, crew=self._crew, keeper=self._keeper, folder=self._context.folder, tell=self._tell
        )
        self._total = (study.trials_a_span() + bool(self._folds)) * max(1, len(self._folds))
        self._clock.start()
        spans: list[list[TrialResult]] = []
        folds: list[FoldResult] = []
        if not self._folds:
            spans.append(await study.search())
        for fold in self._folds:
            spans.append(await study.search(fold))
            folds.append(await self._tested(study, fold, spans[-1]))
            await self._save_clock()
        fault = common_fault(trial for trials in spans for trial in trials)
        if fault:
            raise StrategyError(fault)
        report = await self._report(study, spans, folds)
        await asyncio.to_thread(save_search, self._context.folder, report)
        self.report = report
        self.result = RunResult(
            figures=None if report.best is None else report.best.figures,
            score=None if report.best is None else report.best.score,
        )
        self._context.report("done", share=1.0, done=report.runs, total=report.runs, unit="backtests")

    async def clean_up(self) -> None:
        """End the workers; the data is kept only for a run that can go on."""
        try:
            if self._keeper is not None:
                await self._keeper.close()
                await self._save_clock()
        finally:
            if self._jobs is not None:
                await self._jobs.close()
            if self.report is not None or self._keeper is None:
                await asyncio.to_thread(remove_dataset, self._context.folder / DATA)

    def _findings(self, entry: CatalogEntry) -> list[Finding]:
        """Put the ranges in force and return what is wrong with them, and with all else but the data."""
        ranges = ranges_in_force(self._spec.ranges, entry.parameters)
        self._spec = msgspec.structs.replace(self._spec, ranges=ranges)
        findings = search_findings(self._spec, entry)
        return findings or size_findings(ranges)

    def _load(self) -> tuple[Series, ...]:
        folder = self._context.folder / DATA
        if not is_dataset(folder):
            write_dataset(folder, self._market.load(self._spec.backtest.data))
        return open_dataset(folder)

    def _cut(self, series: Sequence[Series]) -> list[Finding]:
        """Cut the period into folds and return what is wrong with them."""
        if self._spec.method is not SearchMethod.WALK_FORWARD:
            return []
        moments = moments_of(series, self._spec.backtest.start, self._spec.backtest.end)
        findings = fold_findings(self._spec, len(moments))
        if not findings:
            self._folds = make_folds(moments, self._spec)
        return findings

    def _open_log(self, series: Sequence[Series]) -> None:
        folder = self._context.folder
        try:
            (folder / SPEC).write_bytes(msgspec.msgpack.encode(self._spec))
        except OSError as error:
            msg = f"{folder} can't be written: {error}"
            raise StorageError(msg) from error
        log = TrialLog(folder / _LOG, identity_of(self._spec, series))
        self._found = log.open()
        self._keeper = Keeper(log)
        state = self._context.checkpoints.load(_CHECKPOINT)
        self._clock = _Clock(msgspec.msgpack.decode(state, type=float) if state and self._found else 0.0)
        self._context.checkpoints.save(_CHECKPOINT, self._clock.state())

    async def _save_clock(self) -> None:
        await asyncio.to_thread(self._context.checkpoints.save, _CHECKPOINT, self._clock.state())

    async def _tested(self, study: Study, fold: Fold, trials: Sequence[TrialResult]) -> FoldResult:
        best = best_of(trials)
        return fold_of(fold, best, None if best is None else await study.test(fold, best.parameters))

    async def _report(
        self, study: Study, spans: Sequence[Sequence[TrialResult]], folds: Sequence[FoldResult]
    ) -> SearchReport:
        self._context.report("judging", share=_JUDGED, done=study.done, total=study.done, unit="backtests")
        tested = zip(self._folds, folds, strict=True)
        task = JudgeTask(
            str(self._context.folder),
            tuple(sharpes_of(trials) for trials in spans),
            tuple(str(study.outcome_folder(fold)) for fold, result in tested if result.out_of_sample is not None),
        )
        judged = await self._crew.judge(task)
        # The newest fold's choice is the one to go on with.
        best = best_of(spans[-1])
        luck = overall(judged.overfitting, folds, self._spec.objective)
        return SearchReport(
            trials=tuple(ranked(trial for trials in spans for trial in trials)),
            folds=tuple(folds),
            best=best,
            runs=study.done,
            seconds=self._clock.seconds(),
            overfitting=luck,
            out_of_sample=judged.out_of_sample,
            findings=search_doubts(best, self._spec.ranges, luck),
        )

    def _tell(self, stage: str, done: int, best: float | None) -> None:
        share = _LOADED + (_JUDGED - _LOADED) * done / self._total
        fresh, passed = done - self._found, self._clock.seconds() - self._clock.before
        rate = fresh / passed if fresh > 0 and passed > 0 else None
        self._context.report(stage, done=done, total=self._total, unit="backtests", share=share, rate=rate, best=best)


class _Clock:
    """Counts the seconds of work of a run, those of earlier executions included."""

    def __init__(self, before: float = 0.0) -> None:
        self.before = before
        self._began: float | None = None

    def start(self) -> None:
        self._began = monotonic()

    def seconds(self) -> float:
        return self.before + (0.0 if self._began is None else monotonic() - self._began)

    def state(self) -> bytes:
        return msgspec.msgpack.encode(self.seconds())
