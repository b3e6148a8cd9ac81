"""What a worker reports is believed of its own instance alone, and kept within bounds."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ares_desktop.domain.events import InstanceFaulted
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.orders import OrderPurpose
from ares_desktop.domain.strategies import Fault, StrategyInstance, StrategyLog, StrategyRecord, StrategyState
from ares_desktop.engine.managers.instances import Instances
from ares_desktop.engine.managers.worker_reports import WorkerReports
from ares_desktop.engine.runtime.clocks import WallClock
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, an_intent
from tests.engine.trading.desk import Desk

FAULT = Fault(kind="exception", message="it broke", file="trend.py", line=3)


@pytest_asyncio.fixture(loop_scope="module")
async def reports(desk: Desk) -> AsyncIterator[WorkerReports]:
    instances = Instances(desk.recorder, WallClock())
    instance = StrategyInstance(name=TREND, file="trend", account=PAPER, instruments=(AAPL,))
    await instances.save(instance, "test")
    made = WorkerReports(desk.recorder, desk.router, instances, WallClock())
    yield made
    await made.close()


async def test_an_intent_can_neither_name_another_strategy_nor_another_purpose(
    desk: Desk, reports: WorkerReports
) -> None:
    forged = an_intent("trend-000001", strategy=StrategyId("other"), purpose=OrderPurpose.KILL_SWITCH)
    foreign = an_intent("trend-2-000001")
    reports.on_intents(TREND, [forged, foreign])
    await desk.settled()
    (order,) = desk.fold.registry.orders()
    assert (order.id, order.intent.strategy, order.intent.purpose) == ("trend-000001", TREND, OrderPurpose.STRATEGY)


async def test_a_fault_is_kept_journaled_and_ended_by_a_fresh_start(desk: Desk, reports: WorkerReports) -> None:
    shown: list[StrategyId] = []
    reports.changed.append(shown.append)
    reports.on_status(TREND, StrategyState.FAULTED, FAULT)
    assert reports.fault(TREND) == FAULT
    await reports.close()
    payloads = [event.payload for event in desk.journal.read()]
    assert [item.fault for item in payloads if isinstance(item, InstanceFaulted)] == [FAULT]
    reports.on_status(TREND, StrategyState.RUNNING, None)
    assert reports.fault(TREND) is None
    assert shown == [TREND, TREND]


@pytest.mark.parametrize("state", [StrategyState.STOPPING, StrategyState.STOPPED])
async def test_an_end_does_not_hide_why_it_ended(reports: WorkerReports, state: StrategyState) -> None:
    reports.faulted(TREND, FAULT)
    reports.on_status(TREND, state, None)
    assert reports.fault(TREND) == FAULT
    reports.forget_fault(TREND)
    assert reports.fault(TREND) is None


async def test_the_newest_lines_are_kept_and_every_one_is_passed_on(reports: WorkerReports) -> None:
    lines: list[StrategyLog] = []
    values: list[StrategyRecord] = []
    reports.logged.append(lines.append)
    reports.recorded.append(values.append)
    for number in range(1005):
        reports.on_log(StrategyLog(strategy=TREND, level="info", text=str(number), at=NOW))
    reports.on_record(StrategyRecord(strategy=TREND, name="speed", value=1.5, ts=1))
    assert len(lines) == 1005
    assert [line.text for line in reports.lines(TREND)[:1]] == ["5"]
    assert reports.lines(StrategyId("other")) == ()
    assert [value.value for value in values] == [1.5]
