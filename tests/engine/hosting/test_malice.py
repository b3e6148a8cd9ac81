"""Strategies that mean harm, or know no better: each is alone with what it does."""

import asyncio
from typing import Any

import psutil
import pytest

from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import Bar
from ares_desktop.domain.strategies import Isolation, RestartPolicy, StrategyState
from tests.engine.hosting.stage import Stage, a_bar

GOOD = """
class Good(Strategy):
    def on_bar(self, bar):
        self.context.buy(bar.instrument, 1)
"""
WIRE = """
import os, socket, stat
def wire():
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass
"""


async def met(stage: Stage, body: str, **options: Any) -> StrategyId:
    """Start a bad strategy beside a good one, show both two bars, and see the good one unharmed."""
    bad = StrategyId("bad")
    good = await stage.run(GOOD, "good")
    await stage.supervisor.start(stage.setup(body, bad, memory_mb=256, **options))
    await stage.listener.until_state(bad, StrategyState.RUNNING)
    await stage.play(a_bar(1), a_bar(2), timeout_s=2.0)
    assert [intent.strategy for intent in stage.listener.intents if intent.strategy == good] == [good] * 2
    status = stage.supervisor.status(good)
    assert status is not None
    assert (status.state, status.fault) == (StrategyState.RUNNING, None)
    return bad


ENDS = {
    "closes its wire": (
        (WIRE + "class Bad(Strategy):\n    def on_bar(self, bar):\n        for one in list(wire()): os.close(one)\n"),
        {"exception", "exited"},
        None,
    ),
    "writes garbage on it": (
        (
            WIRE
            + "class Bad(Strategy):\n    def on_bar(self, bar):\n"
            + "        for one in list(wire()): os.write(one, b'\\x00\\x00\\x00\\x04nono')\n"
        ),
        {"exception"},
        "garbage",
    ),
    "announces a message without end": (
        (
            WIRE
            + "class Bad(Strategy):\n    def on_bar(self, bar):\n"
            + "        for one in list(wire()): os.write(one, b'\\xff' * 8)\n"
        ),
        {"exception"},
        "at most",
    ),
    "raises what is no Exception": (
        ("class Bad(Strategy):\n    async def on_bar(self, bar):\n        raise BaseException('base')\n"),
        {"exception"},
        "BaseException: base",
    ),
    "raises KeyboardInterrupt": (
        ("class Bad(Strategy):\n    def on_bar(self, bar):\n        raise KeyboardInterrupt\n"),
        {"exception"},
        "KeyboardInterrupt",
    ),
    "cancels itself": (
        (
            "import asyncio\nclass Bad(Strategy):\n    async def on_bar(self, bar):\n"
            "        asyncio.current_task().cancel()\n        await asyncio.sleep(0)\n"
        ),
        {"exception"},
        "CancelledError",
    ),
    "closes the loop": (
        (
            "import asyncio\nclass Bad(Strategy):\n    def on_bar(self, bar):\n"
            "        asyncio.get_running_loop().stop()\n        asyncio.get_running_loop().close()\n"
        ),
        {"exception"},
        "RuntimeError",
    ),
    "raises in snapshot": (
        (
            "import time\nclass Bad(Strategy):\n    def on_bar(self, bar):\n        time.sleep(1.1)\n"
            "    def snapshot(self):\n        raise OSError('no state')\n"
        ),
        {"exception"},
        "no state",
    ),
    "raises what can't be shown": (
        (
            "class Worse(Exception):\n    def __str__(self): raise ValueError('no text')\n"
            "class Bad(Strategy):\n    def on_bar(self, bar):\n        raise Worse\n"
        ),
        {"exception"},
        "Worse: its text can't be shown",
    ),
    "raises a text without end": (
        ("class Bad(Strategy):\n    def on_bar(self, bar):\n        raise ValueError('\\udcff' * 5_000_000)\n"),
        {"exception"},
        "ValueError: ???",
    ),
    "replaces built-ins": (
        (
            "import builtins\nclass Bad(Strategy):\n    def on_bar(self, bar):\n"
            "        builtins.isinstance = builtins.len = builtins.print = None\n"
        ),
        {"exception", "exited"},
        "",
    ),
}


@pytest.mark.parametrize("way", list(ENDS))
async def test_what_breaks_its_own_worker_is_its_fault_alone(stage: Stage, way: str) -> None:
    body, kinds, text = ENDS[way]
    bad = await met(stage, body)
    await stage.listener.until_state(bad, StrategyState.FAULTED)
    fault = stage.listener.faults[bad]
    assert fault.kind in kinds
    assert fault.file.endswith("bad.py")
    assert (text or "") in fault.message


GOES_ON = {
    "swallows everything": (
        "class Bad(Strategy):\n    def on_bar(self, bar):\n        try:\n            raise SystemExit(3)\n"
        "        except BaseException:\n            self.context.record('on', 1)\n"
    ),
    "prints megabytes and bytes": (
        "import sys, os\nclass Bad(Strategy):\n    def on_bar(self, bar):\n        print('x' * 5_000_000)\n"
        "        print('\\x00\\x1b[2J\\udcff')\n        os.write(1, bytes(range(256)) * 4000)\n"
        "        self.context.record('on', 1)\n"
    ),
    "changes signal handlers": (
        "import signal\nclass Bad(Strategy):\n    def on_start(self):\n"
        "        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGCHLD):\n"
        "            signal.signal(number, signal.SIG_IGN)\n"
        "    def on_bar(self, bar):\n        self.context.record('on', 1)\n"
    ),
    "has a snapshot that is too long": (
        "class Bad(Strategy):\n    def on_bar(self, bar):\n        self.context.record('on', 1)\n"
        "    def snapshot(self):\n        return {'all': b'x' * 3_000_000}\n"
    ),
    "raises in restore": (
        "class Bad(Strategy):\n    def on_bar(self, bar):\n        self.context.record('on', 1)\n"
        "    def snapshot(self):\n        return {'all': 1}\n    def restore(self, state):\n        1 / 0\n"
    ),
}


@pytest.mark.parametrize("way", list(GOES_ON))
async def test_what_it_can_bear_it_lives_with_and_it_can_be_stopped(stage: Stage, way: str) -> None:
    bad = await met(stage, GOES_ON[way])
    await stage.listener.until(lambda: [record.name for record in stage.listener.records] == ["on", "on"])
    assert max((len(text) for text in stage.texts()), default=0) <= 2000
    await stage.supervisor.stop(bad, grace_s=2.0)
    assert stage.listener.states[bad][-1] is StrategyState.STOPPED


@pytest.mark.parametrize("isolation", list(Isolation))
async def test_an_async_handler_that_never_returns_is_shown_as_stalled(stage: Stage, isolation: Isolation) -> None:
    bad = await met(
        stage,
        """
        import asyncio
        class Bad(Strategy):
            async def on_bar(self, bar):
                await asyncio.Event().wait()
        """,
        isolation=isolation,
    )
    await stage.listener.until_state(bad, StrategyState.STALLED)
    await stage.supervisor.stop(bad, grace_s=0.1)
    assert stage.listener.states[bad][-1] is StrategyState.STOPPED


async def test_a_recursion_without_a_limit_is_its_own_trouble(stage: Stage) -> None:
    bad = await met(
        stage,
        """
        import sys
        class Bad(Strategy):
            def on_start(self):
                sys.setrecursionlimit(10**9)
            def on_bar(self, bar):
                self.on_bar(bar)
        """,
    )
    # Python may need long to take millions of frames apart; until then it is silent.
    await stage.listener.until(lambda: stage.listener.states[bad][-1] in {StrategyState.STALLED, StrategyState.FAULTED})
    await stage.supervisor.kill(bad)
    assert stage.listener.states[bad][-1] is StrategyState.STOPPED


async def test_one_that_spins_in_on_start_is_shown_as_stalled_and_ended(stage: Stage) -> None:
    await stage.supervisor.start(
        stage.setup("class Bad(Strategy):\n    def on_start(self):\n        while True: pass\n", "bad")
    )
    await stage.listener.until_state("bad", StrategyState.STALLED)
    await stage.supervisor.kill(StrategyId("bad"))
    assert stage.listener.states[StrategyId("bad")][-1] is StrategyState.STOPPED


async def test_what_raises_in_on_stop_is_stopped(stage: Stage) -> None:
    bad = await met(stage, "class Bad(Strategy):\n    def on_stop(self):\n        raise ValueError('never')\n")
    await stage.supervisor.stop(bad, grace_s=2.0)
    assert stage.listener.states[bad][-1] is StrategyState.STOPPED


async def test_children_that_it_forks_die_with_it(stage: Stage) -> None:
    bad = await met(
        stage,
        """
        import os, time
        class Bad(Strategy):
            def on_start(self):
                for _ in range(3):
                    child = os.fork()
                    if not child:
                        time.sleep(600)
                        os._exit(0)
                    self.context.record("child", child)
        """,
    )
    children = [psutil.Process(int(record.value)) for record in stage.listener.records]
    assert len(children) == 3
    await stage.supervisor.kill(bad)
    for child in children:
        await asyncio.to_thread(child.wait, 10)


async def test_what_it_starts_in_sessions_of_its_own_dies_with_it(stage: Stage) -> None:
    bad = await met(
        stage,
        """
        import os, subprocess, time
        class Bad(Strategy):
            def on_start(self):
                child = subprocess.Popen(["sleep", "600"], start_new_session=True)
                self.context.record("child", child.pid)
                read, write = os.pipe()
                if not os.fork():
                    os.setsid()
                    child = os.fork()
                    if not child:
                        os.setsid()
                        time.sleep(600)
                    os.write(write, str(child).encode())
                    os._exit(0)
                self.context.record("child", int(os.read(read, 20)))
        """,
    )
    children = [psutil.Process(int(record.value)) for record in stage.listener.records]
    assert len(children) == 2
    await stage.supervisor.kill(bad)
    for child in children:
        await asyncio.to_thread(child.wait, 10)


@pytest.mark.parametrize(
    "what", ["self.context.record('x', 1)", "self.context.publish('x', 1)", "self.context.log.info('x')"]
)
async def test_a_flood_of_anything_leaves_the_loop_and_the_others_alone(stage: Stage, what: str) -> None:
    bad = await met(
        stage, f"class Bad(Strategy):\n    def on_bar(self, bar):\n        for _ in range(20_000): {what}\n"
    )
    status = stage.supervisor.status(bad)
    assert status is not None
    assert status.messages_per_s is not None
    await stage.supervisor.kill(bad)


async def test_one_that_leaks_without_asking_python_is_ended_by_the_bound(stage: Stage) -> None:
    """The kernel's own bound can be lifted by the strategy; the supervisor looks at what the process holds."""
    bad = await met(
        stage,
        """
        import resource
        class Bad(Strategy):
            def on_start(self):
                hard = resource.getrlimit(resource.RLIMIT_AS)[1]
                resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
            def on_bar(self, bar):
                self.hoard = bytearray(os.urandom(1 << 20)) * 600
        import os
        """,
    )
    await stage.listener.until_state(bad, StrategyState.FAULTED)
    fault = stage.listener.faults[bad]
    assert (fault.kind, fault.file.endswith("bad.py")) == ("memory", True)


async def test_an_import_that_leaves_is_told_with_its_line(stage: Stage) -> None:
    setup = stage.setup("import sys\nsys.exit(4)\n", "bad", restart=RestartPolicy.ALWAYS)
    with pytest.raises(StrategyError, match=r"sys\.exit"):
        await stage.supervisor.start(setup)
    assert stage.listener.faults[StrategyId("bad")].line == 3


async def test_waiting_for_what_the_engine_is_slow_to_give_is_no_stall(stage: Stage) -> None:
    async def slowly(*_: object) -> list[Bar]:
        await asyncio.sleep(2.0)
        return []

    stage.history = slowly
    await stage.run(
        """
        class Asks(Strategy):
            def on_start(self):
                self.context.bars("ACME.XNYS", 1)
        """
    )
    assert StrategyState.STALLED not in stage.listener.states[StrategyId("probe")]


FORGED = """
from ares_desktop.domain.market import BarSpec
from ares_desktop.engine.hosting import wire as w
class Bad(Strategy):
    def on_bar(self, bar):
        for one in list(wire()):
            {what}
"""


async def test_what_is_logged_can_not_steer_a_terminal_and_is_cut_whoever_sends_it(stage: Stage) -> None:
    line = "os.write(one, w.frame(w.Logged('info\\n' * 99, '\\x1b[2J\\r\\u202e' + 'x' * 9_000, 1)))"
    bad = await met(stage, WIRE + FORGED.format(what=line) + "        self.context.log.info('\\x1b[2Jmine')\n")
    await stage.listener.until(lambda: len(stage.texts()) >= 4)
    assert {text[:8] for text in stage.texts()} == {"\ufffd[2J\ufffdxxx", "\ufffd[2Jmine"}
    assert max(len(text) for text in stage.texts()) <= 2000
    await stage.supervisor.kill(bad)


async def test_one_that_asks_for_data_without_waiting_is_heard_no_more(stage: Stage) -> None:
    async def slowly(*_: object) -> list[Bar]:
        await asyncio.sleep(1.0)
        return []

    stage.history = slowly
    ask = "os.write(one, b''.join(w.frame(w.HistoryRequest(n, bar.instrument, None, -1, 1)) for n in range(99)))"
    bad = await met(stage, WIRE + FORGED.format(what=ask))
    await stage.listener.until_state(bad, StrategyState.FAULTED)
    assert "more than 16 times at once" in stage.listener.faults[bad].message
