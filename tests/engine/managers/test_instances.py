"""Instances are found by name, kept in the journal, and left alone while the kill switch holds."""

import pytest
from msgspec.structs import replace

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.events import OrderFilled, TradingStateSet
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.managers.instances import Instances
from ares_desktop.engine.runtime.clocks import WallClock
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill
from tests.engine.trading.desk import Desk

TREND_INSTANCE = StrategyInstance(name=TREND, file="trend", account=PAPER, instruments=(AAPL,))


async def kept(desk: Desk) -> Instances:
    instances = Instances(desk.recorder, WallClock())
    await instances.save(TREND_INSTANCE, "test")
    return instances


async def test_the_newest_version_of_an_instance_counts(desk: Desk) -> None:
    instances = await kept(desk)
    await instances.save(replace(TREND_INSTANCE, active=True), "test")
    assert instances.get("trend").active
    assert [item.name for item in instances.all()] == list(instances.names()) == [TREND]


async def test_an_unknown_one_is_refused_with_the_known_ones(desk: Desk) -> None:
    with pytest.raises(UsageError, match="none"):
        Instances(desk.recorder, WallClock()).get("tren")
    instances = await kept(desk)
    with pytest.raises(UsageError, match="trend"):
        instances.get("tren")


@pytest.mark.parametrize("scope", [ALL_SCOPE, "account:PAPER", "strategy:trend"])
async def test_the_kill_switch_covers_it_in_each_of_its_scopes(desk: Desk, scope: str) -> None:
    instances = await kept(desk)
    await desk.recorder.record(
        TradingStateSet(scope=scope, state=TradingState.HALTED, reason="", source="test", at=NOW)
    )
    with pytest.raises(RefusedError, match="kill switch"):
        await instances.set_trading("trend", TradingState.ACTIVE, "test")


async def test_the_kill_switch_of_another_leaves_it_alone(desk: Desk) -> None:
    instances = await kept(desk)
    for scope in ("account:OTHER", "strategy:trend-2", "strategy:tren"):
        await desk.recorder.record(
            TradingStateSet(scope=scope, state=TradingState.HALTED, reason="", source="test", at=NOW)
        )
    instances.refuse_when_halted(TREND_INSTANCE)


async def test_one_that_holds_something_says_what(desk: Desk) -> None:
    instances = await kept(desk)
    instances.refuse_when_holding(TREND_INSTANCE)
    await desk.recorder.record(OrderFilled(fill=a_fill()))
    with pytest.raises(RefusedError, match=r"AAPL\.SMART"):
        instances.refuse_when_holding(TREND_INSTANCE)
