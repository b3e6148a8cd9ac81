"""Measures the way of an order: a tick enters the engine, a strategy answers, the broker is called.

Between the two ends lie the hub, the host, the wire to the strategy's process and back, the gate, and the journal,
which is committed with synchronous=FULL before the broker is called. The application is the real one with its window
and all panels, under a synthetic feed. A second run without a window finds how many ticks a second pass through hub,
twenty hosts and valuation without a backlog. Beside it a process of its own measures what the bare machine takes for a
message to another process and back, and for a commit. Prints one JSON line.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from _desk import OpenDesk, load_average, opened, quantiles, runner  # type: ignore[import-not-found]

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.engine.ports.feed import Publish
from ares_desktop.engine.runtime.lag import LagMeter

RATE: Final = 5_000
HOSTS: Final = 20
WARM_UP_S: Final = 2.0

ORDERING: Final = '''"""Orders on every twentieth quote of its instrument."""
from ares_desktop.api import Strategy


class Ordering(Strategy):
    """Buys and sells one share in turn, and says which quote it answers."""

    def on_start(self) -> None:
        self.seen = 0

    def on_quote(self, quote) -> None:
        self.seen += 1
        if self.seen % 20 == 0:
            side = self.context.sell if self.context.position(quote.instrument).quantity > 0 else self.context.buy
            side(quote.instrument, 1, reason=str(quote.ts))
'''

WATCHING: Final = '''"""Keeps an average and orders nothing."""
from ares_desktop.api import SMA, Strategy


class Watching(Strategy):
    """Looks at every quote of its instrument."""

    def on_start(self) -> None:
        self.average = SMA(50)

    def on_quote(self, quote) -> None:
        self.average.update(quote.mid)
'''


class Stopwatch:
    """Stamps ticks from the feed, the intents that answer them, and orders at the broker."""

    def __init__(self) -> None:
        self._entered: dict[int, int] = {}
        self._received: dict[str, tuple[int, int]] = {}
        self.to_intent_ms: list[float] = []
        self.to_broker_ms: list[float] = []
        self.measuring = False

    def attach(self, desk: OpenDesk) -> None:
        """Stand in the three places."""
        feed, broker, reports = desk.services.feed, desk.services.links[0].broker, desk.managers.strategies.reports
        self._run, self._submit, self._on_intents = feed.run, broker.submit, reports.on_intents
        feed.run = self.run
        broker.submit = self.submit
        reports.on_intents = self.on_intents

    async def run(self, publish: Publish) -> None:
        """Run the feed through :meth:`publish`."""
        self._publish = publish
        await self._run(self.publish)

    async def publish(self, events: Sequence[MarketEvent]) -> None:
        """Stamp ticks."""
        now = time.perf_counter_ns()
        for event in events:
            self._entered[event.ts] = now
        await self._publish(events)

    def on_intents(self, name: StrategyId, intents: Sequence[OrderIntent]) -> None:
        """Stamp intents."""
        now = time.perf_counter_ns()
        for intent in intents:
            if intent.reason.isdecimal():
                self._received[intent.client_order_id] = (self._entered.get(int(intent.reason), 0), now)
        self._on_intents(name, intents)

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        """Stamp orders."""
        now = time.perf_counter_ns()
        for intent in intents:
            entered, received = self._received.pop(intent.client_order_id, (0, 0))
            if entered and self.measuring:
                self.to_intent_ms.append((received - entered) / 1e6)
                self.to_broker_ms.append((now - entered) / 1e6)
        await self._submit(intents)


async def measure_latency(seconds: float, folder: Path) -> dict[str, Any]:
    """Let one strategy order under load, with the window and its panels."""
    file = folder / "ordering.py"
    file.write_text(ORDERING)
    watch = Stopwatch()
    async with opened(folder, f"synthetic:7@{RATE}", window=True, prepare=watch.attach) as desk:
        await desk.lift_limits()
        await desk.add(file, "ordering", [desk.managers.data.instruments()[0].id])
        await asyncio.sleep(WARM_UP_S)
        lag, beside = LagMeter(), await started_beside(folder)
        began, cpu, seen = time.perf_counter(), time.process_time(), desk.managers.data.events_seen
        watch.measuring = True
        lag.start()
        await asyncio.sleep(seconds)
        lag.stop()
        watch.measuring = False
        took = time.perf_counter() - began
        machine = json.loads((await beside.communicate())[0])
        return {
            "beside": {name: quantiles(values) for name, values in machine.items()},
            "ticks_per_s": round((desk.managers.data.events_seen - seen) / took),
            "tick_to_intent_ms": quantiles(watch.to_intent_ms),
            "tick_to_broker_ms": quantiles(watch.to_broker_ms),
            "loop_lag_ms": {"p50": round(lag.total().p50_ms, 2), "p99": round(lag.total().p99_ms, 2)},
            "cpu_share": round((time.process_time() - cpu) / took, 2),
            "strategies": len(desk.managers.strategies.statuses()),
        }


async def started_beside(folder: Path) -> asyncio.subprocess.Process:
    """Measure the bare machine in the same seconds."""
    script = Path(__file__).with_name("_beside.py")
    return await asyncio.create_subprocess_exec(sys.executable, str(script), str(folder), stdout=PIPE)


async def measure_throughput(seconds: float, folder: Path) -> dict[str, Any]:
    """Raise the rate until something falls behind; return the highest rate that held, and what each try showed."""
    file = folder / "watching.py"
    file.write_text(WATCHING)
    tries: list[dict[str, float]] = []
    async with opened(folder, "synthetic:7@100", window=False) as desk:
        await desk.leave_out_the_demo()
        instruments = [item.id for item in desk.managers.data.instruments()]
        for number in range(HOSTS):
            await desk.add(file, f"watching-{number:02}", [instruments[number % len(instruments)]])
        await desk.until_up()
        for rate in (10_000, 20_000, 30_000, 40_000, 60_000):
            tries.append(await one_rate(desk, rate, seconds))
            if not tries[-1]["held"]:
                break
    held = [one for one in tries if one["held"]]
    return {"hosts": HOSTS, "ticks_per_s": held[-1]["reached"] if held else 0, "tries": tries}


async def one_rate(desk: OpenDesk, rate: int, seconds: float) -> dict[str, float]:
    """Run at a rate; it held when nothing was left out and what waits at its end is handled within a tenth."""
    data = desk.managers.data
    data.set_speed(rate)
    await asyncio.sleep(0.5)
    before, seen, began, cpu = data.feed().detail, data.events_seen, time.perf_counter(), time.thread_time()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    reached, share = (data.events_seen - seen) / took, (time.thread_time() - cpu) / took
    left_out = data.feed().detail != before
    ends = time.perf_counter()
    late = await desk.services.supervisor.settle(1.0)
    drained = (time.perf_counter() - ends) * 1e3
    data.set_speed(100)
    await desk.services.supervisor.settle(5.0)
    return {
        "rate": rate,
        "reached": round(reached),
        "engine_thread_share": round(share, 2),
        "drained_ms": round(drained, 1),
        "held": not left_out and not late and reached > rate * 0.97 and drained < 100,
    }


async def measure(seconds: float) -> dict[str, Any]:
    """Run both."""
    with tempfile.TemporaryDirectory(prefix="ares-bench-") as folder:
        latency = await measure_latency(seconds, Path(folder))
    with tempfile.TemporaryDirectory(prefix="ares-bench-") as folder:
        throughput = await measure_throughput(max(1.0, seconds / 4), Path(folder))
    return {
        "benchmark": "tick_to_order",
        "rate": RATE,
        "latency": latency,
        "throughput": throughput,
        "load_average": load_average(),
        "targets": {"tick_to_broker_ms": {"p50": 0.7, "p99": 4.0}, "ticks_per_s": 20_000},
    }


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the run that measures latency")
    options = parser.parse_args()
    with runner() as loop:
        print(json.dumps(loop.run(measure(options.seconds))))


if __name__ == "__main__":
    main()
