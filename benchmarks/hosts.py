"""Measures strategy workers: start of many, memory of each, bars through one, a stall, a swap, the killing of one.

Prints one JSON line. Memory is what only that process has (unique set size), so shared pages of the fork server don't
count. The loop's lag is the most by which a nap of a millisecond came back late while the workers started, in the same
process that feeds them.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psutil

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, BarSpec
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.strategies import (
    Fault,
    RestartPolicy,
    StrategyInstance,
    StrategyLog,
    StrategyRecord,
    StrategyState,
)
from ares_desktop.engine.hosting.folders import bundled_strategies
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.managers.strategy_starts import start_in_order
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.runtime.tasks import TaskSet

ACME = InstrumentId("ACME.XNYS")
DAY = 86_400 * NS_PER_SECOND
_NAP_S = 0.001
_BARS = 20_000
_STALLS = 5
_SPINNING = """
from ares_desktop.api import Strategy


class Spinning(Strategy):
    def on_bar(self, bar):
        while True:
            pass
"""


def bar(day: int) -> Bar:
    """Return a daily bar of a price that goes up and down."""
    close = 100.0 + (day * 7919) % 13
    return Bar(ACME, day * DAY, (day + 1) * DAY, close, close + 1, close - 1, close, 1e6)


class Counter:
    """Counts intents and running instances."""

    def __init__(self) -> None:
        self.intents = 0
        self.running: set[StrategyId] = set()
        self.changed = asyncio.Event()

    def on_intents(self, name: StrategyId, intents: Sequence[OrderIntent]) -> None:
        """Count."""
        del name
        self.intents += len(intents)

    def on_status(self, name: StrategyId, state: StrategyState, fault: Fault | None) -> None:
        """Note who runs."""
        if fault is not None:
            raise RuntimeError(fault.message)
        (self.running.add if state is StrategyState.RUNNING else self.running.discard)(name)
        self.changed.set()

    def on_cancels(self, name: StrategyId, orders: Sequence[ClientOrderId]) -> None:
        """Ignore."""

    def on_log(self, line: StrategyLog) -> None:
        """Ignore."""

    def on_record(self, record: StrategyRecord) -> None:
        """Ignore."""

    def on_publish(self, name: StrategyId, topic: str, payload: bytes) -> None:
        """Ignore."""


async def history(instrument: InstrumentId, spec: BarSpec | None, end_ns: int, count: int) -> list[Bar]:
    """Return past bars."""
    del instrument, spec
    last = end_ns // DAY
    return [bar(day) for day in range(max(0, last - count), last)]


def setup_of(name: StrategyId) -> WorkerSetup:
    """Return what an instance of the trend strategy starts from."""
    file = str(bundled_strategies() / "smag7.py")
    return WorkerSetup(
        instance=StrategyInstance(name=name, file=file, account=AccountId("PAPER"), instruments=(ACME,)),
        file=file,
        instruments=(Instrument(id=ACME),),
        capital=Decimal(10_000),
        cash=Decimal(10_000),
        next_sequence=1,
        now_ns=1000 * DAY,
        replayed=True,
    )


async def lag_of(turns: list[float]) -> None:
    """Note by how much the loop is late to wake up."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_NAP_S)
        turns.append(time.perf_counter() - before - _NAP_S)


async def bars_through_one(supervisor: Supervisor, first: int) -> float:
    """Return how many bars a second one worker handles, told a hundred at a time and waited for at the end."""
    before = time.perf_counter()
    for day in range(first, first + _BARS, 100):
        supervisor.deliver_market([bar(number) for number in range(day, day + 100)])
        await supervisor.settle(10.0)
    return _BARS / (time.perf_counter() - before)


async def swap_one(supervisor: Supervisor, name: StrategyId, day: int) -> dict[str, float]:
    """Return how long a swap takes in all, of that how long it is open who has the place."""
    done = asyncio.Event()
    opened = 0.0

    async def feed() -> None:
        nonlocal opened
        while not done.is_set():
            day_now = day + next(days)
            before = time.perf_counter()
            supervisor.deliver_market([bar(day_now)])
            await supervisor.settle(10.0)
            opened = max(opened, time.perf_counter() - before)
            await asyncio.sleep(0.01)

    days = itertools.count()
    before = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(feed())
        await supervisor.swap(name, setup_of(name))
        took = time.perf_counter() - before
        done.set()
    return {"whole": took, "longest_moment": opened}


async def stall_one(supervisor: Supervisor, number: int) -> float:
    """Return how long after a strategy began to spin it was shown as stalled."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spinning.py"
        file.write_text(_SPINNING)
        name = StrategyId(f"spins{number}")
        setup = setup_of(name)
        instance = msgspec.structs.replace(setup.instance, file=str(file), restart=RestartPolicy.NEVER)
        await supervisor.start(msgspec.structs.replace(setup, file=str(file), instance=instance))
        await asyncio.sleep(0.5 + 0.1 * number)
        supervisor.deliver_market([bar(1)])
        before = time.perf_counter()
        while (status := supervisor.status(name)) is None or status.state is not StrategyState.STALLED:  # noqa: ASYNC110 - measures when it can be seen from outside
            await asyncio.sleep(0.01)
        took = time.perf_counter() - before
        await supervisor.kill(name)
    return took


async def measure(count: int, moments: int) -> dict[str, Any]:
    """Start ``count`` instances, play ``moments`` bars, and kill one that works."""
    clock, counter = MarketClock(1000 * DAY), Counter()
    supervisor = Supervisor(counter, history=history, setup=setup_of, clock=clock)
    names = [StrategyId(f"trend{number}") for number in range(count)]
    turns: list[float] = []
    watch = asyncio.create_task(lag_of(turns))  # noqa: TID251 - the benchmark's own stop-watch, ended below
    began = time.perf_counter()
    tasks = TaskSet("benchmark")

    async def start(name: StrategyId) -> None:
        await supervisor.start(setup_of(name))
        while name not in counter.running:
            counter.changed.clear()
            await counter.changed.wait()

    await start_in_order([setup_of(name).instance for name in names], start, tasks, group_s=60.0)
    started = time.perf_counter() - began
    watch.cancel()
    times = []
    for day in range(1000, 1000 + moments):
        before = time.perf_counter()
        clock.advance(bar(day).end_ns)
        supervisor.deliver_market([bar(day)])
        await supervisor.settle(10.0)
        times.append(time.perf_counter() - before)
    unique = [psutil.Process(status.pid).memory_full_info().uss for status in supervisor.statuses()]
    before = time.perf_counter()
    await supervisor.kill(names[0])
    killed = time.perf_counter() - before
    for name in names[2:]:
        await supervisor.stop(name, grace_s=1.0)
    through = await bars_through_one(supervisor, 1000 + moments)
    swapped = await swap_one(supervisor, names[1], 1000 + moments + _BARS)
    stalled = [await stall_one(supervisor, number) for number in range(_STALLS)]
    await supervisor.close()
    await tasks.close()
    return {
        "benchmark": "hosts",
        "instances": count,
        "all_running_s": round(started, 3),
        "loop_lag_max_ms": round(max(turns) * 1e3, 2),
        "unique_mb_each": {"mean": round(statistics.mean(unique) / 2**20, 1), "max": round(max(unique) / 2**20, 1)},
        "moment_ms": {"p50": round(statistics.median(times) * 1e3, 2), "max": round(max(times) * 1e3, 2)},
        "kill_ms": round(killed * 1e3, 2),
        "bars_through_one_per_s": round(through),
        "swap_at_a_bar_ms": {name: round(value * 1e3, 1) for name, value in swapped.items()},
        "stall_shown_s": {"median": round(statistics.median(stalled), 2), "max": round(max(stalled), 2)},
        "intents": counter.intents,
        "targets": {"all_running_s": 15, "unique_mb_each": 35, "stall_shown_s": 2},
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=50)
    parser.add_argument("--moments", type=int, default=200)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(measure(options.instances, options.moments))))


if __name__ == "__main__":
    main()
