"""Bad strategies hurt nobody but themselves."""

import asyncio
import os
import signal
from itertools import pairwise

import psutil
import pytest

from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import RestartPolicy, StrategyState
from tests.engine.hosting.stage import Stage, a_bar

GOOD = """
class Good(Strategy):
    def on_bar(self, bar):
        self.context.buy(bar.instrument, 1)
"""
LOOP = """
class Loop(Strategy):
    def on_bar(self, bar):
        while True:
            pass
"""
FAULTS = [
    ("raise ValueError('bad price')", "exception", "ValueError: bad price", 4),
    ("import sys; sys.exit(3)", "exited", "the strategy called sys.exit(3)", 4),
    ("import os; os._exit(7)", "exited", "the worker process ended with exit code 7", None),
    ("import os; os.kill(os.getpid(), 9)", "exited", "the worker process was ended by SIGKILL", None),
    ("self.hoard = [bytes(1 << 24) for _ in range(10_000)]", "memory", "more memory than it may have", 4),
]


def pid_of(stage: Stage, name: StrategyId) -> int:
    status = stage.supervisor.status(name)
    assert status is not None
    assert status.pid is not None
    return status.pid


@pytest.mark.parametrize(("body", "kind", "message", "line"), FAULTS, ids=[row[0][:24] for row in FAULTS])
async def test_what_ends_one_strategy_is_its_fault_and_the_other_trades_on(
    stage: Stage, body: str, kind: str, message: str, line: int | None
) -> None:
    bad = await stage.run(f"class Bad(Strategy):\n    def on_bar(self, bar):\n        {body}\n", "bad", memory_mb=256)
    good = await stage.run(GOOD, "good")
    await stage.play(a_bar(1))
    await stage.listener.until_state(bad, StrategyState.FAULTED)
    fault = stage.listener.faults[bad]
    assert (fault.kind, fault.line) == (kind, line)
    assert message in fault.message
    assert fault.file.endswith("bad.py")
    await stage.play(a_bar(2), a_bar(3))
    assert [intent.strategy for intent in stage.listener.intents] == [good] * 3


async def test_an_exception_in_on_start_is_a_fault_after_the_hello(stage: Stage) -> None:
    body = "class Bad(Strategy):\n    def on_start(self):\n        self.nothing.there\n"
    await stage.supervisor.start(stage.setup(body, "bad"))
    await stage.listener.until_state("bad", StrategyState.FAULTED)
    fault = stage.listener.faults[StrategyId("bad")]
    assert (fault.kind, fault.line) == ("exception", 4)
    assert "AttributeError" in fault.trace


@pytest.mark.parametrize(
    ("body", "kind", "line"),
    [
        ("def broken(:", "syntax", 2),
        ("import no_such_module_anywhere", "import", 2),
        ("1 / 0", "import", 2),
        ("VALUE = 1", "import", None),
        ("class A(Strategy): ...\nclass B(Strategy): ...", "import", None),
        ("import os; os._exit(0)", "exited", None),
    ],
)
async def test_a_file_that_can_not_be_loaded_is_told_at_the_start(
    stage: Stage, body: str, kind: str, line: int | None
) -> None:
    with pytest.raises(StrategyError) as raised:
        await stage.supervisor.start(stage.setup(body, restart=RestartPolicy.ALWAYS))
    fault = raised.value.fault
    assert fault is not None
    assert (fault.kind, fault.line) == (kind, line)
    status = stage.supervisor.status(StrategyId("probe"))
    assert status is not None
    assert status.state is StrategyState.FAULTED
    assert status.restarts == 0


async def test_wrong_parameters_are_all_told_at_the_start(stage: Stage) -> None:
    body = """
    class One(Strategy):
        class Params(Params):
            fast: int = param(10, ge=2)
    """
    with pytest.raises(StrategyError) as raised:
        await stage.supervisor.start(stage.setup(body, parameters={"fast": "1", "slow": "5"}))
    assert raised.value.fault is not None
    assert raised.value.fault.kind == "parameters"
    assert "fast" in str(raised.value)
    assert "slow" in str(raised.value)


async def test_an_endless_loop_costs_a_replay_one_time_out_and_is_shown_as_stalled(stage: Stage) -> None:
    bad = await stage.run(LOOP, "loop")
    good = await stage.run(GOOD, "good")
    assert await stage.play(a_bar(1), timeout_s=0.5) == {bad}
    assert await stage.play(*(a_bar(number) for number in range(2, 12)), timeout_s=20.0) == frozenset()
    assert [intent.strategy for intent in stage.listener.intents] == [good] * 11
    await stage.listener.until_state(bad, StrategyState.STALLED)
    worker = psutil.Process(pid_of(stage, bad))
    await stage.supervisor.stop(bad, grace_s=0.1)
    assert not worker.is_running()
    assert stage.listener.states[bad][-2:] == [StrategyState.STOPPING, StrategyState.STOPPED]


async def test_a_strategy_that_answers_again_runs_again_and_settles_again(stage: Stage) -> None:
    name = await stage.run(
        """
        import time
        class Slow(Strategy):
            def on_bar(self, bar):
                if bar.close == 1:
                    time.sleep(2.2)
                self.context.buy(bar.instrument, 1)
        """
    )
    assert await stage.play(a_bar(1, close=1), timeout_s=0.1) == {name}
    await stage.listener.until_state(name, StrategyState.STALLED)
    await stage.listener.until_state(name, StrategyState.RUNNING)
    await stage.play(a_bar(2))
    assert len(stage.listener.intents) == 2


async def test_one_that_blocks_sigterm_is_killed(stage: Stage) -> None:
    name = await stage.run(
        """
        import signal
        class Deaf(Strategy):
            def on_start(self):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            def on_bar(self, bar):
                while True:
                    pass
        """
    )
    await stage.play(a_bar(1), timeout_s=0.1)
    worker = psutil.Process(pid_of(stage, name))
    await stage.supervisor.stop(name, grace_s=0.1)
    assert not worker.is_running()


async def test_what_a_worker_started_ends_with_it(stage: Stage) -> None:
    name = await stage.run(
        """
        import subprocess
        class Parent(Strategy):
            def on_start(self):
                self.child = subprocess.Popen(["sleep", "600"])
                self.context.record("child", self.child.pid)
        """
    )
    child = psutil.Process(int(stage.listener.records[0].value))
    await stage.supervisor.kill(name)
    child.wait(timeout=10)


async def test_a_flood_of_intents_leaves_the_loop_turning(stage: Stage) -> None:
    name = await stage.run(
        """
        class Flood(Strategy):
            def on_bar(self, bar):
                for _ in range(30_000):
                    self.context.buy(bar.instrument, 1)
        """
    )
    turns = 0
    seen: list[int] = []

    async def turn() -> None:
        nonlocal turns
        while True:
            seen.append(len(stage.listener.intents))
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        turning = group.create_task(turn())
        await stage.play(a_bar(1), timeout_s=60)
        turning.cancel()
    assert len(stage.listener.intents) == 30_000
    assert stage.listener.intents[-1].client_order_id == f"{name}-030000"
    # Never more than one read's worth of messages between two turns of the loop.
    assert max(later - earlier for earlier, later in pairwise(seen)) <= 64 * 64


async def test_printing_without_end_is_cut_to_a_bearable_rate(stage: Stage) -> None:
    name = await stage.run(
        """
        class Chatter(Strategy):
            def on_bar(self, bar):
                for number in range(50_000):
                    print("line", number)
                self.context.record("done", 1)
        """
    )
    await stage.play(a_bar(1))
    assert stage.listener.records[-1].strategy == name
    assert 400 <= len(stage.listener.lines) < 5_000
    await asyncio.sleep(0.05)
    await stage.play(a_bar(2))
    assert any("lines were left out" in text for text in stage.texts())


async def test_a_fault_is_followed_by_a_restart_from_a_fresh_setup(stage: Stage) -> None:
    name = await stage.run(
        """
        class Once(Strategy):
            def on_bar(self, bar):
                self.context.buy(bar.instrument, 1)
                if bar.close == 13:
                    raise RuntimeError("unlucky")
        """,
        restart=RestartPolicy.ON_FAULT,
    )
    await stage.play(a_bar(1), a_bar(2, close=13))
    await stage.listener.until_state(name, StrategyState.FAULTED)
    await stage.listener.until_state(name, StrategyState.RUNNING)
    status = stage.supervisor.status(name)
    assert status is not None
    assert status.restarts == 1
    await stage.play(a_bar(3))
    assert len(stage.listener.intents) == 3


async def test_stopping_during_the_wait_for_a_restart_stays_stopped(stage: Stage) -> None:
    name = await stage.run(
        "class Bad(Strategy):\n    def on_bar(self, bar):\n        1 / 0\n", restart=RestartPolicy.ALWAYS
    )
    await stage.play(a_bar(1))
    await stage.listener.until_state(name, StrategyState.FAULTED)
    await stage.supervisor.stop(name)
    await asyncio.sleep(1.2)
    assert stage.listener.states[name][-1] is StrategyState.STOPPED


async def test_the_fork_server_may_die_and_the_next_start_makes_a_new_one(stage: Stage) -> None:
    first = await stage.run(GOOD, "first")
    worker = psutil.Process(pid_of(stage, first))
    server = psutil.Process(worker.ppid())
    server.send_signal(signal.SIGKILL)
    await stage.listener.until_state(first, StrategyState.FAULTED)
    worker.wait(timeout=10)
    second = await stage.run(GOOD, "second")
    await stage.play(a_bar(1))
    assert [intent.strategy for intent in stage.listener.intents] == [second]
    assert os.getpid() != pid_of(stage, second)


async def test_the_fork_server_goes_on_when_a_strategy_stopped_it(stage: Stage) -> None:
    bad = await stage.run(
        """
        import os, signal
        class Bad(Strategy):
            def on_bar(self, bar):
                os.kill(os.getppid(), signal.SIGSTOP)
        """,
        "bad",
    )
    worker = psutil.Process(pid_of(stage, bad))
    server = psutil.Process(worker.ppid())
    await stage.play(a_bar(1))
    while server.status() != psutil.STATUS_STOPPED:
        await asyncio.sleep(0.01)
    good = await stage.run(GOOD, "good")
    server.send_signal(signal.SIGSTOP)
    await stage.supervisor.kill(bad)
    worker.wait(timeout=10)
    await stage.play(a_bar(2))
    assert [intent.strategy for intent in stage.listener.intents] == [good]


async def test_a_stalled_worker_loses_old_prices_and_no_order_news(stage: Stage) -> None:
    name = await stage.run(LOOP)
    await stage.play(a_bar(1), timeout_s=0.1)
    for number in range(2, 40_002, 1000):
        stage.supervisor.deliver_market([a_bar(number + step) for step in range(1000)])
        await asyncio.sleep(0)
    status = stage.supervisor.status(name)
    assert status is not None
    assert status.dropped > 10_000
