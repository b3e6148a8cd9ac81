"""The strategies that come with the application are searched on the market that comes with it, two workers at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.searches import SearchMethod, SearchSpec
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.feeds.named import NamedData
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.pipelines.base import RunContext
from ares_desktop.engine.pipelines.search import SearchPipeline
from tests.engine.pipelines.searching import make_jobs


@pytest.mark.parametrize(
    ("name", "data", "method"),
    [("breakout", "sample:MSFT", SearchMethod.COARSE_FINE), ("ltmt", "sample:AAPL", SearchMethod.WALK_FORWARD)],
)
async def test_a_bundled_strategy_is_searched_over_its_own_ranges(
    root: Path, tmp_path: Path, name: str, data: str, method: SearchMethod
) -> None:
    instance = StrategyInstance(
        name=StrategyId(name), file=str(root / "strategies" / f"{name}.py"), account=BACKTEST_ACCOUNT, instruments=()
    )
    spec = SearchSpec(
        backtest=BacktestSpec(strategies=(instance,), data=(data,), start=datetime(2016, 1, 1, tzinfo=UTC)),
        strategy=instance.name,
        ranges=(),
        method=method,
        coarse_points=4,
        fine_trials=2,
        folds=2,
        workers=2,
    )
    context = RunContext("S-1", tmp_path, FolderCheckpoints(tmp_path), lambda _: None)
    pipeline = SearchPipeline(spec, context, market=NamedData(ArcticBarStore(tmp_path / "arctic")), jobs=make_jobs)
    await pipeline.run()
    report = pipeline.report
    assert report is not None
    assert not [trial.error for trial in report.trials if trial.error]
    assert report.best is not None
    assert report.best.figures is not None
    assert report.best.figures.trades > 0
    if method is SearchMethod.WALK_FORWARD:
        assert report.out_of_sample is not None
        assert report.overfitting.efficiency is not None
