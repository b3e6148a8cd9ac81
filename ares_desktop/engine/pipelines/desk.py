"""Everything that is asked of runs: checked and started, and their results read."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ares_desktop.api.series import Bars
from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, BacktestSpec
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.fidelity import FidelityReport
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.monte_carlo import MonteCarloReport, MonteCarloSpec
from ares_desktop.domain.runs import Run, RunKind, RunState
from ares_desktop.domain.searches import SearchReport, SearchSpec
from ares_desktop.engine.backtest import storing
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.backtest.run_data import bars_of_run
from ares_desktop.engine.backtest.run_report import write_report
from ares_desktop.engine.backtest.validation import monte_carlo_findings
from ares_desktop.engine.pipelines.base import BasePipeline
from ares_desktop.engine.pipelines.checking import SpecCheck
from ares_desktop.engine.pipelines.fidelity import EvidenceSource
from ares_desktop.engine.pipelines.making import PipelineMaker, decode_spec
from ares_desktop.engine.pipelines.runs import Runs
from ares_desktop.engine.ports.clock import Clock

T = TypeVar("T")
_NAMED: Final = 3
"""Data names that a title lists."""


class RunDesk:
    """Checks and starts runs, and reads what they kept.

    Args:
        runs: executes them.
        make: makes pipelines.
        market: past data.
        check: looks at specifications.
        evidence: of what was traded live, None where nothing is.
        wall: dates them.
    """

    def __init__(
        self,
        runs: Runs,
        make: PipelineMaker,
        *,
        market: MarketData,
        check: SpecCheck,
        evidence: EvidenceSource | None = None,
        wall: Clock,
    ) -> None:
        self.runs = runs
        self.market = market
        self._make = make
        self._check = check
        self._evidence = evidence
        self._wall = wall

    async def start_backtest(
        self, spec: BacktestSpec, *, title: str = "", checks: bool = True, found: Sequence[Finding] = ()
    ) -> Run:
        """Start a backtest.

        Args:
            spec: with names of bundled strategies or paths.
            title: shown in the list, else the specification's own.
            checks: look for look-ahead and start-up sensitivity too.
            found: what is wrong already, to be reported with the rest.

        Raises:
            UsageError: with every finding; then nothing is started.
            StorageError: when the run can't be kept.
        """
        checked = await self._check.backtest(spec, found)
        run = self._new(RunKind.BACKTEST, title or spec.title, checked)
        return await self.runs.start(run, _encode(checked), self._make.backtest(checked, checks=checks))

    async def start_search(self, spec: SearchSpec, *, title: str = "", found: Sequence[Finding] = ()) -> Run:
        """Start a search; errors as :meth:`start_backtest`."""
        checked = await self._check.search(spec, found)
        run = self._new(RunKind.SEARCH, title or spec.backtest.title, checked.backtest)
        return await self.runs.start(run, _encode(checked), self._make.search(checked))

    async def start_monte_carlo(self, spec: MonteCarloSpec, *, title: str = "", found: Sequence[Finding] = ()) -> Run:
        """Start resampling a backtest; errors as :meth:`start_backtest`."""
        findings = [*found, *monte_carlo_findings(spec)]
        try:
            parent = self.runs.get(spec.run)
        except UsageError as error:
            raise UsageError(*error.findings, *findings) from None
        if parent.kind not in {RunKind.BACKTEST, RunKind.FIDELITY} or parent.state is not RunState.DONE:
            state = "failed" if parent.state is RunState.FAILED else f"is {parent.state}"
            problem = f"is a {parent.kind} that {state}: only a backtest that is done can be resampled"
            findings.append(Finding(place="run", value=parent.id, problem=problem))
        if findings:
            raise UsageError(*findings)
        run = Run(
            id="",
            kind=RunKind.MONTE_CARLO,
            state=RunState.WAITING,
            title=title or parent.title,
            strategies=parent.strategies,
            data=parent.data,
            created_at=self._wall.now(),
            parent=parent.id,
        )
        return await self.runs.start(run, _encode(spec), self._make.monte_carlo(spec))

    async def start_fidelity(self, strategies: Sequence[StrategyId] = ()) -> Run:
        """Backtest what was traded live, and compare.

        Raises:
            UsageError: when there is nothing to compare, with every finding.
            StorageError: when the run can't be kept.
        """
        if self._evidence is None:
            problem = "nothing is traded here"
            raise UsageError(Finding(place="fidelity", value="", problem=problem, remedy="Start the application."))
        evidence = await self._evidence.collect(strategies)
        evidence = msgspec.structs.replace(evidence, spec=self._check.located(evidence.spec))
        live = next((item for item in self.runs.all() if item.kind is RunKind.LIVE), None)
        run = self._new(RunKind.FIDELITY, evidence.spec.title, evidence.spec)
        run = msgspec.structs.replace(run, parent=live.id if live is not None else "")
        return await self.runs.start(run, _encode(evidence.spec), self._make.fidelity(evidence))

    async def carry_out_live(self, pipeline: BasePipeline, *, strategies: Sequence[str], data: str) -> None:
        """Execute the live pipeline as a run of the list, in the caller's own task, whether or not it can be kept.

        Raises:
            Exception: what the pipeline raises.
        """
        run = Run(
            id="",
            kind=RunKind.LIVE,
            state=RunState.WAITING,
            title=data,
            strategies=tuple(strategies),
            data=(data,),
            created_at=self._wall.now(),
        )
        await self.runs.carry_out_here(run, pipeline)

    async def spec(self, run: str) -> BacktestSpec | SearchSpec | MonteCarloSpec:
        """Return what a run was asked to do; of a comparison, the backtest it made.

        Raises:
            UsageError: when there is no such run, or a live one, which has no specification.
            StorageError: when it can't be read.
        """
        known = self.runs.get(run)
        if known.kind is RunKind.LIVE:
            problem = "is a live run: it has no specification"
            raise UsageError(Finding(place="run", value=run, problem=problem, remedy="See the strategies' settings."))
        return decode_spec(known, await self.runs.spec(run))

    async def outcome(self, run: str) -> tuple[BacktestOutcome, BacktestReport]:
        """Return what happened in a backtest, or in the backtest of a comparison.

        Raises:
            UsageError: when there is no such run.
            StorageError: when it has none, or it can't be read.
        """
        return await self._read(run, storing.load_outcome)

    async def search_report(self, run: str) -> SearchReport:
        """Return what a search found; errors as :meth:`outcome`."""
        return await self._read(run, storing.load_search)

    async def monte_carlo_report(self, run: str) -> MonteCarloReport:
        """Return the resampled paths of a run; errors as :meth:`outcome`."""
        return await self._read(run, storing.load_monte_carlo)

    async def fidelity_report(self, run: str) -> FidelityReport:
        """Return how a backtest compares with what was traded; errors as :meth:`outcome`."""
        return await self._read(run, storing.load_fidelity)

    async def bars(self, run: str, instrument: InstrumentId) -> Bars:
        """Return the bars that a run saw of an instrument, of resampled paths those of their backtest.

        Raises:
            UsageError: when there is no such run.
            StorageError: when its data can't be read.
        """
        known = self.runs.get(run)
        source = known.parent if known.kind is RunKind.MONTE_CARLO else known.id
        return await asyncio.to_thread(bars_of_run, self.runs.folder(source), instrument)

    async def write_report(self, run: str, file: Path) -> None:
        """Write a backtest as one self-contained HTML file.

        Raises:
            UsageError: when there is no such run.
            StorageError: when it has no result, or the file can't be written.
        """
        await asyncio.to_thread(write_report, self.runs.get(run), self.runs.folder(run), file)

    async def _read(self, run: str, load: Callable[[Path], T]) -> T:
        return await asyncio.to_thread(load, self.runs.folder(self.runs.get(run).id))

    def _new(self, kind: RunKind, title: str, spec: BacktestSpec) -> Run:
        return Run(
            id="",
            kind=kind,
            state=RunState.WAITING,
            title=title or default_title(spec),
            strategies=tuple(item.name for item in spec.strategies),
            data=spec.data,
            created_at=self._wall.now(),
        )


def default_title(spec: BacktestSpec) -> str:
    """Return what a backtest is called when nobody named it."""
    data = ", ".join(Path(name).stem if "/" in name else name for name in spec.data[:_NAMED])
    more = f" and {len(spec.data) - _NAMED} more" if len(spec.data) > _NAMED else ""
    return f"{', '.join(item.name for item in spec.strategies)} on {data}{more}"


def _encode(spec: object) -> bytes:
    return msgspec.msgpack.encode(spec)
