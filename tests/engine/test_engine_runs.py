"""The market is a run of the list like any other, and trades whether or not the list can be kept."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.runs import RunKind, RunState
from ares_desktop.engine.pipelines.runner import PID_FILE
from tests.engine.house import House
from tests.engine.pipelines.running import a_spec

MakeHouse = Callable[..., House]


async def test_the_live_run_is_in_the_list_and_is_done_when_the_application_stops(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    await house.until(lambda: any(item.state is RunState.RUNNING for item in house.managers.pipelines.runs()))
    live = house.managers.pipelines.runs()[0]
    assert live.kind is RunKind.LIVE
    assert (house.profile.runs / live.id / PID_FILE).exists()
    await house.close()
    assert not (house.profile.runs / live.id / PID_FILE).exists()
    await house.open()
    assert house.managers.pipelines.run(live.id).state is RunState.DONE


async def test_an_engine_starts_and_trades_although_the_list_of_runs_is_damaged(make_house: MakeHouse) -> None:
    house = make_house()
    house.profile.prepare()
    (house.profile.runs / "runs.sqlite").write_text("this is no database" * 100)
    await house.open()
    await house.add("holder", capital=Decimal(50_000))
    await house.play(3)
    assert house.managers.trades.fills()
    assert any(alert.key == "runs" for alert in house.alerts)
    with pytest.raises(StorageError, match="move it away"):
        await house.managers.pipelines.start_backtest(a_spec(house.folder))
