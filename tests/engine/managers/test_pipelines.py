"""The lab's façade over a whole engine: runs beside the live one, their results, and parameters sent to instances."""

import asyncio
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.errors import StorageError, UsageError
from ares_desktop.domain.events import InstanceSaved
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.runs import Run, RunKind, RunProgress, RunState
from ares_desktop.domain.searches import ParameterRange, SearchSpec
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.pipelines import PipelineManager
from tests.engine.house import House


def a_spec(house: House, **changes: object) -> BacktestSpec:
    instance = StrategyInstance(
        name=StrategyId("holder"), file="holder", account=BACKTEST_ACCOUNT, instruments=(), weight=Decimal(1)
    )
    data = str(house.folder / "ACME.csv")
    return BacktestSpec(**{"strategies": (instance,), "data": (data,), **changes})  # type: ignore[arg-type]


async def ended(house: House, run: Run) -> Run:
    pipelines = house.managers.pipelines
    # As long as it takes: worker processes start slowly on a machine that is busy with other tests.
    while not pipelines.run(run.id).state.is_final:
        await asyncio.sleep(0.02)
    return pipelines.run(run.id)


def pipelines_of(house: House) -> PipelineManager:
    return house.managers.pipelines


@pytest_asyncio.fixture(loop_scope="module")
async def done(house: House) -> Run:
    """A backtest that is done."""
    return await ended(house, await pipelines_of(house).start_backtest(a_spec(house), title="first"))


async def test_a_backtest_runs_beside_the_live_run_and_hands_out_what_it_found(house: House, tmp_path: Path) -> None:
    pipelines = pipelines_of(house)
    changed: list[Run] = []
    progress: list[RunProgress] = []
    pipelines.run_changed.connect(changed.append)
    pipelines.progressed.connect(progress.append)
    run = await ended(house, await pipelines.start_backtest(a_spec(house), title="first"))
    assert (run.state, run.error, run.title) == (RunState.DONE, "", "first")
    assert run.figures is not None
    assert run.figures.bars == 400
    outcome, report = await pipelines.outcome(run.id)
    assert report.figures == run.figures
    assert len(outcome.fills) == 1
    bars = await pipelines.bars(run.id, outcome.instruments[0].id)
    assert np.array_equal(bars.close, np.full(400, 100.0))
    spec = await pipelines.spec(run.id)
    assert isinstance(spec, BacktestSpec)
    assert spec.strategies[0].file == str(house.strategies / "holder.py")
    file = tmp_path / "report.html"
    await pipelines.write_report(run.id, file)
    assert "<html" in file.read_text()
    assert pipelines.runs()[0] == run
    assert pipelines.runs()[-1].kind is RunKind.LIVE
    assert changed[0].state is RunState.WAITING
    assert progress[-1].share == 1.0
    assert any(alert.title == f"Backtest {run.id} is done" for alert in house.alerts)


async def test_everything_wrong_with_a_backtest_is_told_at_once_and_nothing_is_started(house: House) -> None:
    before = pipelines_of(house).runs()
    spec = a_spec(house)
    strategies = (
        *(item for item in spec.strategies),
        StrategyInstance(
            name=StrategyId("other"), file="nobody", account=BACKTEST_ACCOUNT, instruments=(), weight=Decimal("0.5")
        ),
        StrategyInstance(
            name=StrategyId("third"), file="holder", account=BACKTEST_ACCOUNT, instruments=(), parameters={"size": 0}
        ),
    )
    simulation = SimulationSettings(account=BACKTEST_ACCOUNT, costs="cheap")
    wrong = a_spec(house, strategies=strategies, data=("nothing.csv", "sample:XYZ", "UNKNOWN"), simulation=simulation)
    with pytest.raises(UsageError) as raised:
        await pipelines_of(house).start_backtest(wrong)
    values = {item.value for item in raised.value.findings}
    assert {"nobody", "0", "cheap", "nothing.csv", "sample:XYZ", "UNKNOWN"} <= values
    assert any(item.place == "weights" for item in raised.value.findings)
    assert pipelines_of(house).runs() == before


async def test_an_instrument_without_its_venue_is_looked_up_in_the_data(house: House) -> None:
    spec = a_spec(house)
    named = a_spec(house, strategies=tuple(_trading(item, "acme") for item in spec.strategies))
    run = await pipelines_of(house).start_backtest(named)
    known = await pipelines_of(house).spec(run.id)
    assert isinstance(known, BacktestSpec)
    assert known.strategies[0].instruments[0].startswith("ACME.")
    assert (await ended(house, run)).state is RunState.DONE
    unknown = a_spec(house, strategies=tuple(_trading(item, "zzz") for item in spec.strategies))
    with pytest.raises(UsageError, match="zzz"):
        await pipelines_of(house).start_backtest(unknown)


def _trading(instance: StrategyInstance, *symbols: str) -> StrategyInstance:
    return StrategyInstance(
        name=instance.name, file=instance.file, account=instance.account, instruments=symbols, weight=Decimal(1)  # type: ignore[arg-type]
    )  # fmt: skip


async def test_paths_are_resampled_from_a_backtest_and_know_it(house: House, done: Run) -> None:
    pipelines = pipelines_of(house)
    run = await ended(house, await pipelines.start_monte_carlo(MonteCarloSpec(run=done.id, paths=50)))
    assert (run.state, run.parent, run.error) == (RunState.DONE, done.id, "")
    report = await pipelines.monte_carlo_report(run.id)
    assert report.spec == await pipelines.spec(run.id)
    assert len(report.results) == 4


async def test_paths_of_nothing_are_refused_with_every_finding(house: House) -> None:
    live = next(item for item in pipelines_of(house).runs() if item.kind is RunKind.LIVE)
    with pytest.raises(UsageError) as raised:
        await pipelines_of(house).start_monte_carlo(MonteCarloSpec(run="bt-4711", paths=0, ruin=2.0))
    assert {item.place for item in raised.value.findings} == {"run", "paths", "ruin"}
    with pytest.raises(UsageError, match="only a backtest"):
        await pipelines_of(house).start_monte_carlo(MonteCarloSpec(run=live.id))


async def test_a_search_finds_parameters_that_an_instance_takes_over_by_its_journaled_way(house: House) -> None:
    pipelines = pipelines_of(house)
    spec = SearchSpec(
        backtest=a_spec(house),
        strategy=StrategyId("holder"),
        ranges=(ParameterRange(name="size", kind="int", low=10, high=30, step=10),),
        coarse_points=3,
        fine_trials=0,
        workers=1,
    )
    run = await ended(house, await pipelines.start_search(spec))
    assert (run.state, run.error) == (RunState.DONE, "")
    report = await pipelines.search_report(run.id)
    assert {trial.parameters["size"] for trial in report.trials} == {10, 20, 30}
    name = await house.add("holder", name="taker", capital=Decimal(50_000))
    await pipelines.apply_parameters({"size": 20}, name, run.id)
    assert house.managers.strategies.status(name).instance.parameters == {"size": 20}
    saved = [event.payload for event in house.events() if isinstance(event.payload, InstanceSaved)]
    assert saved[-1].source == f"run {run.id}"
    with pytest.raises(UsageError, match="size"):
        await pipelines.apply_parameters({"size": 0}, name, run.id)
    with pytest.raises(UsageError, match="op-4711"):
        await pipelines.apply_parameters({"size": 5}, name, "op-4711")
    assert house.managers.strategies.status(name).instance.parameters == {"size": 20}


async def test_every_wrong_range_is_told_at_once(house: House) -> None:
    spec = SearchSpec(
        backtest=a_spec(house),
        strategy=StrategyId("holder"),
        ranges=(
            ParameterRange(name="size", kind="int", low=-5, high=5000, step=0.5),
            ParameterRange(name="nothing", kind="int", low=5, high=1, step=0),
        ),
        folds=0,
        workers=-1,
    )
    with pytest.raises(UsageError) as raised:
        await pipelines_of(house).start_search(spec)
    places = [item.place for item in raised.value.findings]
    assert places.count("search size") == 3
    assert places.count("search nothing") == 3
    assert "workers" in places


async def test_notes_tags_and_deleting_reach_the_window(house: House, done: Run) -> None:
    pipelines = pipelines_of(house)
    removed = []
    pipelines.removed.connect(lambda item: removed.append(item.run))
    await pipelines.annotate(done.id, notes="keep", tags=("good",))
    assert (pipelines.run(done.id).notes, pipelines.run(done.id).tags) == ("keep", ("good",))
    await pipelines.delete([done.id])
    assert removed == [done.id]
    with pytest.raises(UsageError, match=done.id):
        await pipelines.outcome(done.id)


async def test_results_that_are_not_there_are_told_apart_from_runs_that_are_not_there(house: House, done: Run) -> None:
    with pytest.raises(StorageError, match="has no search"):
        await pipelines_of(house).search_report(done.id)
    with pytest.raises(UsageError, match="bt-4711"):
        await pipelines_of(house).search_report("bt-4711")


async def test_data_can_be_chosen_by_name(house: House) -> None:
    choices = await pipelines_of(house).data_choices()
    assert "sample:AAPL" in choices
    await house.managers.data.import_files([house.folder / "ACME.csv"])
    choices = await pipelines_of(house).data_choices()
    assert choices[0] == "ACME"
    run = await ended(house, await pipelines_of(house).start_backtest(a_spec(house, data=("ACME",))))
    assert (run.state, run.error) == (RunState.DONE, "")
