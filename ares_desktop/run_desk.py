"""Builds what executes runs on a profile, for the application and for the command line alike."""

from functools import partial

from ares_desktop.config.schema import Settings
from ares_desktop.domain.simulation import AccountMode, LimitPolicy, SimulationSettings, SlippageModel
from ares_desktop.engine.adapters.feeds.named import NamedData
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.adapters.stores.runs import SqliteRunStore
from ares_desktop.engine.pipelines.checking import SpecCheck, StrategyFiles
from ares_desktop.engine.pipelines.desk import RunDesk
from ares_desktop.engine.pipelines.fidelity import EvidenceSource
from ares_desktop.engine.pipelines.making import PipelineMaker
from ares_desktop.engine.pipelines.runner import Runner
from ares_desktop.engine.pipelines.runs import Runs
from ares_desktop.engine.ports.bar_store import BarStore
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.jobs import Jobs
from ares_desktop.engine.ports.notifier import Notifier
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from ares_desktop.paths import Profile


def build_run_desk(
    profile: Profile,
    *,
    store: BarStore,
    files: StrategyFiles,
    notifier: Notifier,
    wall: Clock,
    evidence: EvidenceSource | None = None,
    background: bool = True,
) -> RunDesk:
    """Build it; nothing is read yet.

    Args:
        profile: holds the runs.
        store: of market data, opened when a symbol is named.
        files: finds and describes strategies.
        notifier: told when a run ends.
        wall: dates runs.
        evidence: of what is traded live, None where nothing is.
        background: workers give way to this process, False where it only waits for them.
    """
    kept = SqliteRunStore(profile.runs)
    market = NamedData(store)
    maker = PipelineMaker(kept, market=market, jobs=partial(make_jobs, background=background))
    runner = Runner(kept, checkpoints=FolderCheckpoints, notifier=notifier, wall=wall)
    return RunDesk(
        Runs(runner, maker.resumed, wall=wall),
        maker,
        market=market,
        check=SpecCheck(files, market),
        evidence=evidence,
        wall=wall,
    )


def simulation_settings(settings: Settings) -> SimulationSettings:
    """Return how the paper account of these settings, and a backtest of its trading, is simulated."""
    return SimulationSettings(
        starting_cash=settings.account.starting_cash,
        mode=AccountMode.MARGIN if settings.account.margin else AccountMode.CASH,
        latency_ms=settings.paper.latency_ms,
        costs=settings.paper.costs,
        slippage_model=SlippageModel(settings.paper.slippage_model),
        slippage=settings.paper.slippage,
        limit_policy=LimitPolicy(settings.paper.limit_policy),
        volume_share=settings.paper.volume_share,
    )


def make_jobs(workers: int, cluster: str, *, background: bool = True) -> Jobs:
    """Return worker processes on this machine, or those of a Dask cluster where an address is given."""
    if cluster:
        from ares_desktop.engine.adapters.clusters.dask import DaskJobs  # noqa: PLC0415 - slow to load, and optional

        return DaskJobs(cluster)
    return ProcessJobs(workers, background=background)
