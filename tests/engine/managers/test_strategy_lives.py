"""Instances are ended, restarted, restrained and started in order; a fault settles orders by policy."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.strategies import FaultOrders, Isolation, StrategyInstance, StrategyState
from ares_desktop.engine.managers.strategies import StrategyManager
from ares_desktop.engine.managers.strategy_starts import start_in_order
from ares_desktop.engine.runtime.tasks import TaskSet
from tests.engine.house import House

SOURCE = "test"
FAILING = """
from ares_desktop.api import Strategy


class Failing(Strategy):
    def on_start(self):
        self.bars = 0
        self.found = [order.id for order in self.context.orders()]
        if self.found:
            self.context.log.info("found " + " ".join(self.found))

    def on_bar(self, bar):
        self.bars += 1
        if self.bars == 1 and not self.found:
            self.context.buy(bar.instrument, 10)
            self.context.buy(bar.instrument, 1, limit=50, tif="GTC")
        if self.bars == 3 and not self.found:
            self.context.sell(bar.instrument, 10, stop=40, tif="GTC", reduce_only=True)
        if self.bars == 5 and not self.found:
            raise RuntimeError("it fails")
"""
SPINNING = """
from ares_desktop.api import Strategy


class Spinning(Strategy):
    def on_bar(self, bar):
        while bar.close:
            pass
"""


@pytest.fixture
def strategies(house: House) -> StrategyManager:
    return house.managers.strategies


def working(house: House, name: str) -> list[str]:
    return [item.intent.type.name for item in house.managers.trades.working() if item.intent.strategy == name]


@pytest.mark.parametrize("policy", list(FaultOrders))
async def test_a_fault_cancels_or_keeps_orders_and_protective_ones_stay_in_either_case(
    house: House, strategies: StrategyManager, policy: FaultOrders
) -> None:
    file = f"fails_{policy.value}"
    (house.strategies / f"{file}.py").write_text(FAILING)
    name = (await strategies.add(file, source=SOURCE, isolation=Isolation.PROCESS)).instance.name
    await strategies.editing.apply(
        msgspec.structs.replace(strategies.status(name).instance, on_fault=policy), source=SOURCE
    )
    other = await house.add("holder", f"beside-{policy.value}")
    await strategies.enable(name, source=SOURCE)
    await house.until(lambda: house.state(name) == "running")
    await house.play(4)
    assert sorted(working(house, name)) == ["LIMIT", "STOP"]
    await house.play(1)
    await house.until(lambda: strategies.status(name).restarts == 1 and house.state(name) == "running")
    kept = ["LIMIT", "STOP"] if policy is FaultOrders.KEEP else ["STOP"]
    await house.until(lambda: sorted(working(house, name)) == kept)
    await house.until(lambda: any(line.text.startswith("found") for line in strategies.logs(name)))
    found = next(line.text for line in strategies.logs(name) if line.text.startswith("found"))
    assert len(found.split()) - 1 == len(kept)
    assert strategies.status(other).restarts == 0
    canceled = [item for item in house.managers.trades.orders() if item.state is OrderState.CANCELED]
    assert len([item for item in canceled if item.intent.strategy == name]) == 2 - len(kept)
    for item in (name, other):
        await strategies.disable(item, source=SOURCE)


async def test_a_restart_is_announced_and_its_time_is_shown(house: House, strategies: StrategyManager) -> None:
    (house.strategies / "once.py").write_text(SPINNING.replace("while bar.close:\n            pass", "1 / 0"))
    name = (await strategies.add("once", source=SOURCE, isolation=Isolation.PROCESS)).instance.name
    slow = msgspec.structs.replace(strategies.status(name).instance, restart_limit=1, restart_backoff_s=0.3)
    await strategies.editing.apply(slow, source=SOURCE)
    await strategies.enable(name, source=SOURCE)
    await house.until(lambda: house.state(name) == "running")
    await house.play(1)
    await house.until(lambda: strategies.status(name).restart_at)
    await house.until(lambda: house.state(name) == "running")
    assert strategies.status(name).restart_at is None
    await house.play(1)
    await house.until(lambda: house.state(name) == "faulted")
    fault = strategies.status(name).fault
    assert fault is not None
    assert fault.message.endswith("it was restarted once within 300 s and stays down; start it by hand")
    assert (fault.line, strategies.status(name).restart_at) == (7, None)
    await strategies.disable(name, source=SOURCE)


async def test_a_stalled_worker_is_ended_or_restarted(house: House, strategies: StrategyManager) -> None:
    (house.strategies / "spins.py").write_text(SPINNING)
    name = await house.add("spins", isolation=Isolation.PROCESS)
    await house.play(1)
    await house.until(lambda: house.state(name) == "stalled")
    await strategies.lives.restart(name, source=SOURCE)
    await house.until(lambda: house.state(name) == "running")
    await house.play(1)
    await house.until(lambda: house.state(name) == "stalled")
    await strategies.lives.end(name, source=SOURCE)
    status = strategies.status(name)
    assert (status.state, status.instance.active, status.pid) == (StrategyState.STOPPED, False, None)
    with pytest.raises(UsageError, match="switched off"):
        await strategies.lives.restart(name, source=SOURCE)


async def test_one_that_is_close_only_says_so_and_opens_nothing(house: House, strategies: StrategyManager) -> None:
    name = await house.add("holder", "closing")
    assert (await strategies.close_only(name, source=SOURCE)).state is StrategyState.CLOSE_ONLY
    await house.play(2)
    assert not [item for item in house.managers.trades.working() if item.intent.strategy == name]
    assert (await strategies.resume(name, source=SOURCE)).state is StrategyState.RUNNING
    await strategies.disable(name, source=SOURCE)


async def test_what_a_worker_costs_is_shown_and_a_thread_has_no_cost_of_its_own(
    house: House, strategies: StrategyManager
) -> None:
    (house.strategies / "talks.py").write_text(
        "from ares_desktop.api import Strategy\nclass Talks(Strategy):\n"
        "    def on_bar(self, bar):\n        [self.context.record('x', n) for n in range(50)]\n"
    )
    process = await house.add("talks", "in-a-process", isolation=Isolation.PROCESS)
    thread = await house.add("talks", "in-a-thread", isolation=Isolation.THREAD)
    await house.play(2)
    await house.until(lambda: strategies.status(process).memory_mb)
    shown = strategies.status(process)
    assert shown.cpu_percent is not None
    assert shown.dropped == 0
    await house.until(lambda: strategies.status(thread).messages_per_s)
    assert (strategies.status(thread).cpu_percent, strategies.status(thread).memory_mb) == (None, None)
    for name in (process, thread):
        await strategies.disable(name, source=SOURCE)
        assert strategies.status(name).messages_per_s is None


async def test_the_settings_bound_restarts_where_an_instance_does_not(tmp_path: Path) -> None:
    house = House(tmp_path, [100.0] * 20)
    house.settings["strategies.max_restarts"] = "0"
    (house.strategies / "fails.py").write_text(SPINNING.replace("while bar.close:\n            pass", "1 / 0"))
    await house.open()
    try:
        name = await house.add("fails")
        await house.play(1)
        await house.until(lambda: house.state(name) == "faulted")
        fault = house.managers.strategies.status(name).fault
        assert fault is not None
        assert fault.message.endswith("it may not be restarted by itself; start it by hand")
    finally:
        await house.close()


def an_instance(name: str, order: int) -> StrategyInstance:
    return StrategyInstance(
        name=StrategyId(name), file="x", account=AccountId("PAPER"), instruments=(), start_order=order
    )


async def test_instances_start_by_their_order_and_none_waits_for_ever() -> None:
    tasks, begun = TaskSet("test"), list[str]()
    together, most = 0, 0

    async def start(name: StrategyId) -> None:
        nonlocal together, most
        begun.append(name)
        together += 1
        most = max(most, together)
        await asyncio.sleep(60 if name.startswith("hung") else 0)
        together -= 1

    late = [an_instance(f"late{number}", 5) for number in range(3)]
    first = [an_instance(f"first{number}", -1) for number in range(9)]
    hung = [an_instance(f"hung{number}", 0) for number in range(4)]
    await start_in_order((*late, *hung, *first), start, tasks, group_s=0.05)
    assert begun == [item.name for item in (*first, *hung, *late)]
    # Those that hang do not count among those that are started at once.
    assert most <= 4 + len(hung)
    await tasks.close()
