"""A fresh worker takes the place of one that runs: nothing is lost, repeated or half done."""

import asyncio
import textwrap
from decimal import Decimal
from typing import Any

import msgspec
import psutil
import pytest

from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND, TradeTick, from_ns
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.strategies import Isolation, RestartPolicy, StrategyState
from ares_desktop.engine.hosting.status import HostStatus
from tests.engine.hosting.stage import ACME, START, Stage, a_bar, a_fill

BOTH = pytest.mark.parametrize("isolation", list(Isolation))
COUNTER = """
class Counter(Strategy):
    seen = 0
    VERSION = 1

    def on_start(self):
        self.context.subscribe("news")

    def on_bar(self, bar):
        self.seen += 1
        self.context.record("seen", self.seen)
        self.context.record("version", self.VERSION)
        self.context.buy(bar.instrument, 1)

    def on_order(self, order):
        self.context.record(order.id, 1)

    def on_fill(self, fill):
        self.context.record("held", float(self.context.position(fill.instrument).quantity))

    def on_message(self, topic, payload):
        self.context.record(topic, payload)

    def on_stop(self):
        self.context.record("stopped", 1)

    def snapshot(self):
        return {"seen": self.seen}

    def restore(self, state):
        self.seen = state["seen"]
"""
NEWER = COUNTER.replace("VERSION = 1", "VERSION = 2")


def values(stage: Stage, name: str) -> list[float]:
    return [record.value for record in stage.listener.records if record.name == name]


def status_of(stage: Stage, name: StrategyId) -> HostStatus:
    status = stage.supervisor.status(name)
    assert status is not None
    return status


async def swapped(stage: Stage, body: str, name: StrategyId, **options: Any) -> None:
    await stage.supervisor.swap(name, stage.setup(body, name, **options), timeout_s=10.0)


@BOTH
async def test_a_changed_file_takes_over_with_the_state_of_the_one_that_ran(stage: Stage, isolation: Isolation) -> None:
    name = await stage.run(COUNTER, isolation=isolation)
    await stage.play(a_bar(1), a_bar(2))
    before = status_of(stage, name)
    await swapped(stage, NEWER, name, isolation=isolation)
    await stage.play(a_bar(3))
    assert values(stage, "seen") == [1, 2, 3]
    assert values(stage, "version") == [1, 1, 2]
    after = status_of(stage, name)
    assert after.state is StrategyState.RUNNING
    assert after.sha256 not in {"", before.sha256}
    assert after.restarts == 0
    assert stage.listener.states[name] == [StrategyState.STARTING, StrategyState.RUNNING]
    # A successor is no end: the old one is not told to tidy up its orders.
    assert values(stage, "stopped") == []


async def test_the_worker_that_ran_is_gone_afterwards(stage: Stage) -> None:
    name = await stage.run(COUNTER)
    pid = status_of(stage, name).pid
    assert pid is not None
    old = psutil.Process(pid)
    await swapped(stage, NEWER, name)
    assert status_of(stage, name).pid != pid
    await asyncio.to_thread(old.wait, 10)


async def test_order_numbers_go_on_where_the_books_do_not_know_them_yet(stage: Stage) -> None:
    name = await stage.run(COUNTER)
    await stage.play(a_bar(1), a_bar(2))
    await swapped(stage, NEWER, name)
    await stage.play(a_bar(3))
    ids = [intent.client_order_id for intent in stage.listener.intents]
    assert ids == ["probe-000001", "probe-000002", "probe-000003"]


async def test_an_order_on_its_way_counts_towards_the_target_of_the_new_one(stage: Stage) -> None:
    body = """
    class Target(Strategy):
        def on_bar(self, bar):
            self.context.target(bar.instrument, 10)
    """
    name = await stage.run(body)
    await stage.play(a_bar(1))
    await swapped(stage, body, name)
    await stage.play(a_bar(2))
    assert [intent.quantity for intent in stage.listener.intents] == [Decimal(10)]


async def test_it_happens_at_a_bar_and_what_comes_meanwhile_is_seen_once(stage: Stage) -> None:
    """News of every kind is told at every stage of the swap, in the midst of it most of all."""
    slow = NEWER.replace("def restore", "def really").replace(
        "def snapshot",
        "def restore(self, state):\n        import time; time.sleep(.3); self.really(state)\n\n    def snapshot",
    )
    name = await stage.run(COUNTER)
    bars, told = 0, 0
    swap = asyncio.ensure_future(swapped(stage, slow, name))
    while not swap.done():
        bars += 1
        stage.clock.advance(a_bar(bars).end_ns)
        stage.supervisor.deliver_market([a_bar(bars)])
        stage.supervisor.deliver_message("news", msgspec.msgpack.encode(bars))
        if stage.listener.intents[told:]:
            intent = stage.listener.intents[told]
            told += 1
            stage.sequence = told + 1
            order = Order(intent=intent, state=OrderState.FILLED, updated_at=from_ns(START), filled=Decimal(1))
            stage.supervisor.deliver_order(order)
            stage.supervisor.deliver_fill(a_fill(intent.client_order_id, name, "1"))
        await asyncio.sleep(0.02)
    await swap
    await stage.play(a_bar(bars + 1))
    assert values(stage, "seen") == list(range(1, bars + 2))
    assert values(stage, "news") == list(range(1, bars + 1))
    versions = values(stage, "version")
    assert versions == sorted(versions)
    assert set(versions) == {1, 2}
    ids = [intent.client_order_id for intent in stage.listener.intents]
    assert ids == [f"{name}-{number:06d}" for number in range(1, bars + 2)]
    assert [values(stage, order) for order in ids[:told]] == [[1.0]] * told


@pytest.mark.parametrize(
    ("body", "kind", "line"),
    [
        ("class Broken(:", "syntax", 2),
        ("import no_such_module_here", "import", 2),
        ("class A(Strategy):\n    def on_start(self):\n        1 / 0\n", "exception", 4),
        ("class A(Strategy):\n    def restore(self, state):\n        state['nothing']\n", "exception", 4),
        ("import os\nclass A(Strategy):\n    def on_start(self):\n        os._exit(3)\n", "exited", None),
        (
            "class A(Strategy):\n    on_start = lambda a: a.context.warm_up(2)\n    on_bar = lambda a, bar: 1 / 0\n",
            "exception",
            4,
        ),
    ],
    ids=["syntax", "import", "on_start", "restore", "exit", "warm-up"],
)
async def test_a_file_that_can_not_run_leaves_the_old_one_at_work(
    stage: Stage, body: str, kind: str, line: int | None
) -> None:
    stage.past = [a_bar(-1), a_bar(0)]
    name = await stage.run(COUNTER)
    await stage.play(a_bar(1))
    pid = status_of(stage, name).pid
    with pytest.raises(StrategyError) as raised:
        await swapped(stage, body, name)
    fault = raised.value.fault
    assert fault is not None
    assert (fault.kind, fault.line) == (kind, line)
    assert fault.file.endswith("probe.py")
    await stage.play(a_bar(2))
    assert values(stage, "seen") == [1, 2]
    assert (status_of(stage, name).pid, status_of(stage, name).fault) == (pid, None)
    assert stage.listener.states[name][-1] is StrategyState.RUNNING


async def test_values_that_the_new_file_does_not_take_leave_the_old_one_at_work(stage: Stage) -> None:
    body = """
    class Sized(Strategy):
        class Params(Params):
            size: int = param(1, ge=1, le=9)
        def on_bar(self, bar):
            self.context.buy(bar.instrument, self.params.size)
    """
    name = await stage.run(body, parameters={"size": 9})
    with pytest.raises(StrategyError, match="size") as raised:
        await swapped(stage, body.replace("le=9", "le=5"), name, parameters={"size": 9})
    assert raised.value.fault is not None
    assert raised.value.fault.kind == "parameters"
    await stage.play(a_bar(1))
    assert [intent.quantity for intent in stage.listener.intents] == [Decimal(9)]


@BOTH
async def test_one_that_fails_when_it_takes_over_leaves_the_old_one_at_work(stage: Stage, isolation: Isolation) -> None:
    """The rehearsal knows nothing of the final state, so the take-over itself can fail: at the very last moment."""
    name = await stage.run(COUNTER, isolation=isolation)
    await stage.play(a_bar(1))
    picky = NEWER.replace('self.seen = state["seen"]', 'self.context.buy("ACME.XNYS", 5); [][state["seen"]]')
    with pytest.raises(StrategyError, match="IndexError"):
        await swapped(stage, picky, name, isolation=isolation)
    await stage.play(a_bar(2), a_bar(3))
    assert values(stage, "seen") == [1, 2, 3]
    assert values(stage, "version") == [1, 1, 1]
    assert [intent.quantity for intent in stage.listener.intents] == [Decimal(1)] * 3
    await swapped(stage, NEWER, name, isolation=isolation)
    await stage.play(a_bar(4))
    assert values(stage, "version")[-1] == 2


async def test_what_the_new_one_asks_for_in_on_start_is_asked_once_and_after_it_took_over(stage: Stage) -> None:
    name = await stage.run(COUNTER)
    starts = NEWER.replace("def on_start(self):", "def on_start(self):\n        self.context.buy('ACME.XNYS', 7)")
    await swapped(stage, starts, name)
    await stage.play(a_bar(1))
    assert [intent.quantity for intent in stage.listener.intents] == [Decimal(7), Decimal(1)]


async def test_one_that_spins_at_its_rehearsal_is_ended(stage: Stage) -> None:
    name = await stage.run(COUNTER)
    setup = stage.setup("class Spin(Strategy):\n    def on_start(self):\n        while True: pass\n", name)
    with pytest.raises(StrategyError, match=r"did not get ready within 0\.5 s"):
        await stage.supervisor.swap(name, setup, timeout_s=0.5)
    await stage.play(a_bar(1))
    assert values(stage, "seen") == [1]


async def test_one_that_fails_to_give_its_state_stays_and_says_why(stage: Stage) -> None:
    name = await stage.run(COUNTER.replace('return {"seen": self.seen}', "return {'no': object()}"))
    with pytest.raises(StrategyError, match="can't hand over"):
        await swapped(stage, NEWER, name)
    assert status_of(stage, name).state is StrategyState.RUNNING


async def test_what_is_stopped_or_does_not_run_is_not_exchanged(stage: Stage) -> None:
    with pytest.raises(StrategyError, match="does not run"):
        await swapped(stage, NEWER, StrategyId("probe"))
    name = await stage.run(COUNTER)
    setup = stage.setup("import time\ntime.sleep(5)\n" + textwrap.dedent(NEWER), name)
    swap = asyncio.ensure_future(stage.supervisor.swap(name, setup, timeout_s=20.0))
    await asyncio.sleep(0.2)
    await stage.supervisor.stop(name)
    with pytest.raises(StrategyError, match="stopped"):
        await swap
    assert status_of(stage, name).state is StrategyState.STOPPED


async def test_the_end_of_the_old_one_in_the_midst_is_its_own_fault_and_ends_the_swap(stage: Stage) -> None:
    name = await stage.run(COUNTER.replace("self.seen += 1", "1 / 0"), restart=RestartPolicy.NEVER)
    setup = stage.setup("import time\ntime.sleep(5)\n" + textwrap.dedent(NEWER), name)
    swap = asyncio.ensure_future(stage.supervisor.swap(name, setup, timeout_s=20.0))
    await asyncio.sleep(0.1)
    stage.supervisor.deliver_market([a_bar(1)])
    with pytest.raises(StrategyError, match="has ended"):
        await swap
    assert "ZeroDivisionError" in stage.listener.faults[name].message


async def test_a_bar_that_is_half_built_is_finished_by_the_new_one(stage: Stage) -> None:
    body = """
    class Closes(Strategy):
        def on_bar(self, bar):
            self.context.record("open", bar.open)
            self.context.record("volume", bar.volume)
    """
    name = await stage.run(body, bar_spec="1h")
    minute = 60 * NS_PER_SECOND
    for number, price in enumerate([10.0, 20.0]):
        stage.supervisor.deliver_market([TradeTick(ACME, START + number * minute, price, 2.0)])
    await swapped(stage, body, name, bar_spec="1h")
    stage.supervisor.deliver_market([TradeTick(ACME, START + 70 * minute, 30.0, 2.0)])
    await stage.supervisor.settle(10.0)
    assert (values(stage, "open"), values(stage, "volume")) == ([10.0], [4.0])


@pytest.mark.parametrize("own", ["async for _ in self.context.events(): pass", "await asyncio.sleep(600)"])
async def test_a_strategy_with_a_life_of_its_own_is_exchanged_too(stage: Stage, own: str) -> None:
    body = f"""
    import asyncio
    class Own(Strategy):
        async def run_strategy(self):
            self.context.buy(self.context.instruments[0], 1)
            {own}
    """
    name = await stage.run(body)
    await stage.listener.until(lambda: stage.listener.intents)
    await swapped(stage, body, name)
    await stage.listener.until(lambda: len(stage.listener.intents) == 2)
    assert [intent.client_order_id for intent in stage.listener.intents] == [
        ClientOrderId("probe-000001"),
        ClientOrderId("probe-000002"),
    ]


async def test_from_process_to_thread(stage: Stage) -> None:
    name = await stage.run(COUNTER)
    await stage.play(a_bar(1))
    await swapped(stage, COUNTER, name, isolation=Isolation.THREAD)
    await stage.play(a_bar(2))
    assert values(stage, "seen") == [1, 2]
    assert status_of(stage, name).pid is None


async def test_a_replay_gives_the_same_orders_with_a_swap_as_without(stage: Stage) -> None:
    """Moments are settled one by one, and a swap to the same source may happen between or in any of them."""
    body = """
    class Cross(Strategy):
        def on_start(self):
            self.average = 106.0
            self.context.schedule("check", "every 3h")
        def on_bar(self, bar):
            self.average += 0.3 * (bar.close - self.average)
            self.context.target(bar.instrument, 10 if bar.close > self.average else -10)
        def on_timer(self, name):
            self.context.record(name, self.context.now.timestamp())
        def snapshot(self):
            return {"value": self.average}
        def restore(self, state):
            self.average = state["value"]
    """
    closes = [100.0 + (number * 7919) % 13 for number in range(60)]
    found = []
    for name, swaps in (("plain", 0), ("swapped", 3)):
        await stage.run(body, name)
        first = len(stage.listener.intents), len(stage.listener.records)
        tasks: list[asyncio.Task[None]] = []
        for number, close in enumerate(closes, start=1):
            if swaps and number % 15 == 1 and len(tasks) < swaps:
                tasks.append(asyncio.ensure_future(swapped(stage, body, StrategyId(name))))
                await asyncio.sleep(0.3)
            bar = a_bar(number, close)
            stage.supervisor.deliver_market([bar])
            assert not await stage.supervisor.settle(20.0)
        await asyncio.gather(*tasks)
        intents, records = stage.listener.intents[first[0] :], stage.listener.records[first[1] :]
        found.append(
            ([(item.side, item.quantity, item.created_at) for item in intents], [item.value for item in records])
        )
        await stage.supervisor.stop(StrategyId(name))
    assert found[0] == found[1]
    assert len(found[0][1]) == 20
