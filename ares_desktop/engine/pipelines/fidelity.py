"""The comparison of what was traded live with a backtest of the same, as a pipeline."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.backtest.dataset import write_dataset
from ares_desktop.engine.backtest.jobs import DATA, FIDELITY_JOB, BacktestTask
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.backtest.storing import save_live
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.pipelines.backtest import ReplayPipeline
from ares_desktop.engine.pipelines.base import RunContext
from ares_desktop.engine.pipelines.working import MakeJobs


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was traded live, and the backtest that should have foretold it.

    Attributes:
        spec: the same instances, parameters, limits, simulation and period.
        series: the data that was seen where it has no name to load it by; None to load ``spec.data``.
        fills: of those instances, oldest first.
        curve: their money together.
    """

    spec: BacktestSpec
    series: tuple[Series, ...] | None
    fills: tuple[Fill, ...]
    curve: EquityCurve


class EvidenceSource(Protocol):
    """Collects what was traded since the application has been running."""

    async def collect(self, strategies: Sequence[StrategyId]) -> Evidence:
        """Return the evidence of instances, of all that traded or could have when none is named.

        Raises:
            UsageError: when there is nothing to compare, with every finding.
        """


class FidelityPipeline(ReplayPipeline):
    """Backtests the evidence in a worker process and compares.

    Args:
        evidence: collected when the run was started.
        context: of the run.
        market: reads data by name.
        jobs: makes the worker.
    """

    def __init__(self, evidence: Evidence, context: RunContext, *, market: MarketData, jobs: MakeJobs) -> None:
        task = BacktestTask(spec=evidence.spec, folder=str(context.folder), checks=False)
        super().__init__(task, FIDELITY_JOB, context, jobs=jobs)
        self._evidence = evidence
        self._market = market

    def write(self) -> None:
        """Write data and evidence."""
        folder = self._context.folder
        series = self._evidence.series
        write_dataset(folder / DATA, self._market.load(self._evidence.spec.data) if series is None else series)
        save_live(folder, self._evidence.fills, self._evidence.curve)
