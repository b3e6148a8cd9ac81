"""Which pipeline a run is, and what it is made of."""

from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.runs import Run, RunKind
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.pipelines.backtest import BacktestPipeline
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext
from ares_desktop.engine.pipelines.fidelity import Evidence, FidelityPipeline
from ares_desktop.engine.pipelines.monte_carlo import MonteCarloPipeline
from ares_desktop.engine.pipelines.runner import MakePipeline
from ares_desktop.engine.pipelines.working import MakeJobs
from ares_desktop.engine.ports.run_store import RunStore

_SPECS: Final = {
    RunKind.BACKTEST: BacktestSpec,
    RunKind.SEARCH: SearchSpec,
    RunKind.MONTE_CARLO: MonteCarloSpec,
    RunKind.FIDELITY: BacktestSpec,
}


class PipelineMaker:
    """Makes pipelines for the contexts of their runs.

    Args:
        store: knows the folders of runs.
        market: past data.
        jobs: makes worker processes.
    """

    def __init__(self, store: RunStore, *, market: MarketData, jobs: MakeJobs) -> None:
        self._store = store
        self._market = market
        self._jobs = jobs

    def resumed(self, run: Run, spec: bytes) -> MakePipeline:
        """Return what makes the pipeline of a run that goes on from its checkpoint.

        Raises:
            UsageError: for a kind of run that can't go on.
            StorageError: when its specification can't be read.
        """
        known = decode_spec(run, spec)
        if isinstance(known, SearchSpec):
            return self.search(known)
        remedy = "Start it anew with the same settings."
        raise UsageError(Finding(place="run", value=run.id, problem=f"a {run.kind} can't go on", remedy=remedy))

    def backtest(self, spec: BacktestSpec, *, checks: bool = True) -> MakePipeline:
        """Return what makes a backtest."""

        def make(context: RunContext) -> BasePipeline:
            return BacktestPipeline(spec, context, market=self._market, jobs=self._jobs, checks=checks)

        return make

    def search(self, spec: SearchSpec) -> MakePipeline:
        """Return what makes a search."""

        def make(context: RunContext) -> BasePipeline:
            from ares_desktop.engine.pipelines.search import SearchPipeline  # noqa: PLC0415 - optuna is slow to load

            return SearchPipeline(spec, context, market=self._market, jobs=self._jobs)

        return make

    def monte_carlo(self, spec: MonteCarloSpec) -> MakePipeline:
        """Return what makes resampled paths."""
        parent: Path = self._store.folder(spec.run)

        def make(context: RunContext) -> BasePipeline:
            return MonteCarloPipeline(spec, context, parent=parent, jobs=self._jobs)

        return make

    def fidelity(self, evidence: Evidence) -> MakePipeline:
        """Return what makes a comparison."""

        def make(context: RunContext) -> BasePipeline:
            return FidelityPipeline(evidence, context, market=self._market, jobs=self._jobs)

        return make


def decode_spec(run: Run, spec: bytes) -> BacktestSpec | SearchSpec | MonteCarloSpec:
    """Return what a run was asked to do.

    Raises:
        StorageError: when it can't be read.
    """
    try:
        decoded: BacktestSpec | SearchSpec | MonteCarloSpec = msgspec.msgpack.decode(spec, type=_SPECS[run.kind])
    except (KeyError, msgspec.MsgspecError) as error:
        msg = f"what {run.id} was asked to do can't be read: {error!r}. Start it anew."
        raise StorageError(msg) from error
    return decoded
