"""Measures strategy workers: start of many, memory of each, a replayed moment, the killing of one.

Prints one JSON line. Memory is what only that process has (unique set size), so shared pages of the fork server don't
count. The loop's lag is the most by which a nap of a millisecond came back late while the workers started, in the same
process that feeds them.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import psutil

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, BarSpec
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.strategies import Fault, StrategyInstance, StrategyLog, StrategyRecord, StrategyState
from ares_desktop.engine.hosting.folders import bundled_strategies
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.runtime.clocks import MarketClock

ACME = InstrumentId("ACME.XNYS")
DAY = 86_400 * NS_PER_SECOND
_NAP_S = 0.001


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


async def measure(count: int, moments: int) -> dict[str, Any]:
    """Start ``count`` instances, play ``moments`` bars, and kill one that works."""
    clock, counter = MarketClock(1000 * DAY), Counter()
    supervisor = Supervisor(counter, history=history, setup=setup_of, clock=clock)
    names = [StrategyId(f"trend{number}") for number in range(count)]
    turns: list[float] = []
    watch = asyncio.create_task(lag_of(turns))  # noqa: TID251 - the benchmark's own stop-watch, ended below
    began = time.perf_counter()
    await asyncio.gather(*(supervisor.start(setup_of(name)) for name in names))
    while len(counter.running) < count:
        counter.changed.clear()
        await counter.changed.wait()
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
    await supervisor.close()
    return {
        "benchmark": "hosts",
        "instances": count,
        "all_running_s": round(started, 3),
        "loop_lag_max_ms": round(max(turns) * 1e3, 2),
        "unique_mb_each": {"mean": round(statistics.mean(unique) / 2**20, 1), "max": round(max(unique) / 2**20, 1)},
        "moment_ms": {"p50": round(statistics.median(times) * 1e3, 2), "max": round(max(times) * 1e3, 2)},
        "kill_ms": round(killed * 1e3, 2),
        "intents": counter.intents,
        "targets": {"all_running_s": 15, "unique_mb_each": 35},
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
