"""A search in a folder of its own: the pipeline, its workers and its files are real, the market is made up."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestFigures, BacktestSpec
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, DataKind
from ares_desktop.domain.runs import RunProgress
from ares_desktop.domain.searches import ParameterRange, SearchReport, SearchSpec
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.pipelines.base import RunContext
from ares_desktop.engine.pipelines.search import SearchPipeline
from ares_desktop.engine.ports.jobs import Jobs
from ares_desktop.engine.runtime.job_pool import ProcessJobs

CROSS = StrategyId("cross")
STEP_NS = 6 * 3600 * NS_PER_SECOND

CROSS_FILE = '''
"""Crosses two averages."""
from ares_desktop.api import SMA, Params, Strategy, param
from pydantic import model_validator


class Cross(Strategy):
    """Long while the fast average is above the slow one."""

    class Params(Params):
        fast: int = param(3, title="Fast", ge=1, le=50, search=(2, 8, 2))
        slow: int = param(12, title="Slow", ge=2, le=100, search=(6, 24, 6))
        size: int = param(10, title="Size", ge=1)

        @model_validator(mode="after")
        def fast_is_faster(self):
            if self.fast >= self.slow:
                raise ValueError(f"fast must be below slow ({self.slow})")
            return self

    def on_start(self):
        self.fast, self.slow = SMA(self.params.fast), SMA(self.params.slow)

    def on_bar(self, bar):
        self.fast.update(bar.close)
        self.slow.update(bar.close)
        if self.slow.ready:
            self.context.target(bar.instrument, self.params.size if self.fast.value > self.slow.value else 0)
'''


def a_market(bars: int = 600, *, seed: int = 7) -> Series:
    """Return six-hour bars of a random walk with waves in it."""
    rng = np.random.default_rng(seed)
    steps = np.arange(bars)
    close = np.round(100 + 8 * np.sin(steps / 11) + np.cumsum(rng.normal(0, 0.25, bars)), 2)
    start = np.int64(1_700_000_000) * NS_PER_SECOND // STEP_NS * STEP_NS + steps * STEP_NS
    opens = np.concatenate([close[:1], close[:-1]])
    columns: dict[str, Any] = {
        "start": start,
        "end": start + STEP_NS,
        "open": opens,
        "high": np.maximum(opens, close) + 0.1,
        "low": np.minimum(opens, close) - 0.1,
        "close": close,
        "volume": np.full(bars, 1e6),
    }
    instrument = Instrument(id=InstrumentId("WAVE.SIM"), calendar="24/7")
    return Series(instrument=instrument, kind=DataKind.BARS, spec=BarSpec.parse("6h"), columns=columns)


class Market:
    """Past data that knows one name."""

    def __init__(self, *series: Series) -> None:
        self.series = series
        self.loads = 0

    def choices(self) -> tuple[str, ...]:
        return ("WAVE",)

    def findings(self, names: Sequence[str]) -> Sequence[Finding]:
        return ()

    def load(self, names: Sequence[str]) -> Sequence[Series]:
        self.loads += 1
        wrong = [name for name in names if name != "WAVE"]
        if wrong:
            raise UsageError(*(Finding(place="data", value=name, problem="is not there") for name in wrong))
        return self.series


def strategy_file(folder: Path, text: str = CROSS_FILE) -> Path:
    """Write a strategy."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cross.py"
    path.write_text(text)
    return path


def a_search(file: Path, *ranges: ParameterRange, **known: Any) -> SearchSpec:
    """Return a search over the strategy's own ranges unless there are others."""
    instance = StrategyInstance(
        name=CROSS, file=str(file), account=BACKTEST_ACCOUNT, instruments=(), parameters=known.pop("parameters", {})
    )
    backtest = BacktestSpec(strategies=(instance,), data=known.pop("data", ("WAVE",)), start=None, end=None)
    values: dict[str, Any] = {"coarse_points": 9, "fine_trials": 6, "workers": 2, "seed": 3} | known
    return SearchSpec(backtest=backtest, strategy=CROSS, ranges=ranges, **values)


class Bench:
    """A folder for one run, executed as often as a test wants."""

    def __init__(self, folder: Path, market: Market | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.market = market or Market(a_market())
        self.progress: list[RunProgress] = []
        self.on_progress: Callable[[RunProgress], None] = self.progress.append

    def pipeline(self, spec: SearchSpec, jobs: Callable[[int, str], Jobs] | None = None) -> SearchPipeline:
        """Return a pipeline in this folder."""
        context = RunContext("S-1", self.folder, FolderCheckpoints(self.folder), self._tell)
        return SearchPipeline(spec, context, market=self.market, jobs=jobs or make_jobs)

    async def report(self, spec: SearchSpec, jobs: Callable[[int, str], Jobs] | None = None) -> SearchReport:
        """Run a search to its end."""
        pipeline = self.pipeline(spec, jobs)
        await pipeline.run()
        assert pipeline.report is not None
        return pipeline.report

    def _tell(self, progress: RunProgress) -> None:
        self.progress.append(progress)
        self.on_progress(progress)


def make_jobs(workers: int, dask: str) -> Jobs:
    """Return processes of this machine."""
    assert not dask
    return ProcessJobs(workers)


def untimed(report: SearchReport) -> SearchReport:
    """Return a report without how long things took."""

    def figures(found: BacktestFigures | None) -> BacktestFigures | None:
        return None if found is None else msgspec.structs.replace(found, seconds=0.0, bars_per_s=0.0)

    trials = tuple(msgspec.structs.replace(item, figures=figures(item.figures)) for item in report.trials)
    folds = tuple(
        msgspec.structs.replace(item, in_sample=figures(item.in_sample), out_of_sample=figures(item.out_of_sample))
        for item in report.folds
    )
    best = next((item for item in trials if report.best is not None and item.number == report.best.number), None)
    return msgspec.structs.replace(
        report, trials=trials, folds=folds, best=best, seconds=0.0, out_of_sample=figures(report.out_of_sample)
    )
