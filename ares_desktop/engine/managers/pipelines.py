"""Runs of pipelines: backtests, searches, resampled paths and comparisons with what was really traded."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from PySide6.QtCore import QObject

from ares_desktop.api.series import Bars
from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, BacktestSpec
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.fidelity import FidelityReport
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.monte_carlo import MonteCarloReport, MonteCarloSpec
from ares_desktop.domain.previews import Preview
from ares_desktop.domain.runs import Run, RunEnded, RunProgress, RunRemoved
from ares_desktop.domain.searches import SearchReport, SearchSpec
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.spans import data_spans
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.pipelines.base import BasePipeline
from ares_desktop.engine.pipelines.desk import RunDesk
from ares_desktop.engine.pipelines.preview import PreviewDesk
from ares_desktop.engine.simulation.costs import PROFILE_NOTES

_log = structlog.get_logger(__name__)

SetParameters = Callable[[str, Mapping[str, Any], str], Awaitable[object]]


class PipelineManager(QObject):
    """Starts runs, follows them, and hands out what they found.

    Signals:
        run_changed: a run is new, or its state, notes or tags are others.
        progressed: how far a run is, at most ten times a second.
        ended: a run is over, however it ended.
        removed: a run was deleted.
    """

    run_changed: SignalOf[Run] = signal_of(Run)
    progressed: SignalOf[RunProgress] = signal_of(RunProgress)
    ended: SignalOf[RunEnded] = signal_of(RunEnded)
    removed: SignalOf[RunRemoved] = signal_of(RunRemoved)

    def __init__(self, desk: RunDesk, previews: PreviewDesk, *, set_parameters: SetParameters) -> None:
        super().__init__()
        self._desk = desk
        self._previews = previews
        self._set_parameters = set_parameters
        desk.runs.listen(
            changed=self.run_changed.emit,
            progressed=self.progressed.emit,
            ended=self.ended.emit,
            removed=self.removed.emit,
        )

    def runs(self) -> tuple[Run, ...]:
        """Return every run, newest first."""
        return self._desk.runs.all()

    def run(self, run: str) -> Run:
        """Return a run.

        Raises:
            UsageError: when there is none of this id.
        """
        return self._desk.runs.get(run)

    async def start_backtest(self, spec: BacktestSpec, *, title: str = "") -> Run:
        """Start a backtest and return its run at once.

        Raises:
            UsageError: with every finding; then nothing is started.
            StorageError: when the run can't be kept.
        """
        return await self._desk.start_backtest(spec, title=title)

    async def start_search(self, spec: SearchSpec, *, title: str = "") -> Run:
        """Start a search over parameters; errors as :meth:`start_backtest`."""
        return await self._desk.start_search(spec, title=title)

    async def start_monte_carlo(self, spec: MonteCarloSpec, *, title: str = "") -> Run:
        """Start resampling a backtest; errors as :meth:`start_backtest`."""
        return await self._desk.start_monte_carlo(spec, title=title)

    async def start_fidelity(self, strategies: tuple[StrategyId, ...] = ()) -> Run:
        """Backtest what was traded since the application has been running, and compare.

        Args:
            strategies: the instances to compare, all that are or were switched on when it is empty.

        Raises:
            UsageError: when nothing was traded that could be compared, with every finding.
            StorageError: when the run can't be kept.
        """
        return await self._desk.start_fidelity(strategies)

    async def cancel(self, run: str) -> Run:
        """End a run and return it once everything of it is cleaned up.

        Raises:
            UsageError: when there is no such run.
            RefusedError: when another process executes it.
        """
        return await self._desk.runs.cancel(run)

    async def resume(self, run: str) -> Run:
        """Go on with a run from its newest checkpoint.

        Raises:
            UsageError: when there is no such run, or it has nothing to go on from.
            RefusedError: while another process works on it.
        """
        return await self._desk.runs.resume(run)

    async def delete(self, runs: Iterable[str]) -> None:
        """Remove runs with everything they kept.

        Raises:
            UsageError: when there is no such run.
            RefusedError: while one of them is executed; then none is removed.
        """
        await self._desk.runs.delete((runs,) if isinstance(runs, str) else runs)

    async def annotate(self, run: str, notes: str | None = None, tags: Sequence[str] | None = None) -> Run:
        """Keep other notes and tags of a run; None leaves them.

        Raises:
            UsageError: when there is no such run.
        """
        return await self._desk.runs.annotate(run, notes, tags)

    async def spec(self, run: str) -> BacktestSpec | SearchSpec | MonteCarloSpec:
        """Return what a run was asked to do; of a comparison, the backtest it made.

        Raises:
            UsageError: when there is no such run, or a live one, which has no specification.
            StorageError: when it can't be read.
        """
        return await self._desk.spec(run)

    async def outcome(self, run: str) -> tuple[BacktestOutcome, BacktestReport]:
        """Return what happened in a backtest, or in the backtest of a comparison.

        Raises:
            UsageError: when there is no such run.
            StorageError: when it has none, or it can't be read.
        """
        return await self._desk.outcome(run)

    async def search_report(self, run: str) -> SearchReport:
        """Return what a search found; errors as :meth:`outcome`."""
        return await self._desk.search_report(run)

    async def monte_carlo_report(self, run: str) -> MonteCarloReport:
        """Return the resampled paths of a run; errors as :meth:`outcome`."""
        return await self._desk.monte_carlo_report(run)

    async def fidelity_report(self, run: str) -> FidelityReport:
        """Return how a backtest compares with what was traded; errors as :meth:`outcome`."""
        return await self._desk.fidelity_report(run)

    async def bars(self, run: str, instrument: InstrumentId) -> Bars:
        """Return the bars that a run saw of an instrument, none where it has no such instrument.

        Raises:
            UsageError: when there is no such run.
            StorageError: when its data can't be read.
        """
        return await self._desk.bars(run, instrument)

    async def write_report(self, run: str, file: Path) -> None:
        """Write what a run found as one self-contained HTML file.

        Raises:
            UsageError: when there is no such run.
            StorageError: when it has no result, or the file can't be written.
        """
        await self._desk.write_report(run, file)

    async def data_choices(self) -> tuple[str, ...]:
        """Return the names of data beside files: stored symbols, then ``sample:SYMBOL``.

        Raises:
            StorageError: when the store can't be read.
        """
        return await asyncio.to_thread(self._desk.market.choices)

    def cost_notes(self) -> Mapping[str, str]:
        """Return what each named set of commissions charges, in a line for people."""
        return PROFILE_NOTES

    async def data_spans(self, names: Sequence[str]) -> dict[str, tuple[datetime, datetime]]:
        """Return from when to when each named data reaches; one that can't be read is left out."""
        return await asyncio.to_thread(data_spans, self._desk.market, tuple(names))

    async def apply_parameters(self, parameters: Mapping[str, Any], instance: str, run: str) -> None:
        """Give an instance parameters that a run found, as a new version that names the run as its source.

        Raises:
            UsageError: with every finding; then nothing is changed.
        """
        known = self.run(run)
        await self._set_parameters(instance, parameters, f"run {known.id}")

    async def preview(
        self, instance: StrategyInstance, current: StrategyInstance | None, *, bars: int = 500
    ) -> Preview:
        """Try an instance out on the last bars, as it is proposed and as it is in force; no run of the list.

        Cancel the task to end it; a newer preview of the same instance does so too.

        Raises:
            UsageError: when there is no such file, or no bars to try it on, with every finding.
        """
        return await self._previews.preview(instance, current, bars=bars)

    async def open(self) -> str:
        """Read the runs, and mark those whose process is gone as interrupted; return why not, empty when it worked."""
        try:
            await self._desk.runs.open()
        except StorageError as error:
            _log.warning("runs_not_read", error=str(error))
            return str(error)
        return ""

    async def watch(self) -> None:
        """Take over what other processes do, until canceled."""
        await self._desk.runs.watch()

    async def carry_out_live(self, pipeline: BasePipeline, *, strategies: Sequence[str], data: str) -> None:
        """Execute the live pipeline as a run of the list, in the caller's own task, whether or not it can be kept.

        Raises:
            Exception: what the pipeline raises.
        """
        await self._desk.carry_out_live(pipeline, strategies=strategies, data=data)

    async def close(self) -> None:
        """End what is executed here, to be resumed where it can be; idempotent."""
        await self._previews.close()
        await self._desk.runs.close()
