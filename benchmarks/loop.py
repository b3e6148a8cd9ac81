"""Compares plain asyncio, stock qasync and our loop in one run: switches, bulk callbacks, wake-ups from a thread."""

import asyncio
import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6 import QtWidgets  # noqa: TID251  the benchmark needs an application

import qasync  # noqa: TID251  what ours is compared with  # isort: skip

from ares_desktop.event_loop import new_event_loop

ROUNDS = 3
Factory = Callable[[], asyncio.AbstractEventLoop] | None


async def switches_per_s(count: int = 50_000) -> float:
    """Return how often a second a task can yield."""
    start = time.perf_counter()
    for _ in range(count):
        await asyncio.sleep(0)
    return count / (time.perf_counter() - start)


async def callbacks_per_s(count: int = 50_000) -> float:
    """Return how many queued callbacks run a second."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    start = time.perf_counter()
    for _ in range(count):
        loop.call_soon(int)
    loop.call_soon(done.set_result, None)
    await done
    return count / (time.perf_counter() - start)


async def wake_us(count: int = 1_000) -> tuple[float, float]:
    """Return p50 and p99 of the microseconds from a thread's call to its callback."""
    loop = asyncio.get_running_loop()
    taken: list[float] = []
    arrived = threading.Event()

    def wake(sent: float) -> None:
        taken.append((time.perf_counter() - sent) * 1e6)
        arrived.set()

    def send() -> None:
        for _ in range(count):
            time.sleep(0.0005)
            arrived.clear()
            loop.call_soon_threadsafe(wake, time.perf_counter())
            arrived.wait()

    await asyncio.to_thread(send)
    taken.sort()
    return taken[count // 2], taken[int(count * 0.99)]


async def stall_ms(count: int = 20_000) -> float:
    """Longest stall within the second after ``count`` timeouts were canceled that would have expired in it."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    ready.set_result(None)
    for _ in range(count):
        async with asyncio.timeout(0.5):
            await ready
    longest, last = 0.0, time.perf_counter()
    end = last + 1.0
    while last < end:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest * 1e3


def measure(factory: Factory) -> dict[str, float]:
    """Run every measurement once on a fresh loop."""
    with asyncio.Runner(loop_factory=factory) as runner:
        wake_p50, wake_p99 = runner.run(wake_us())
        return {
            "switches_per_s": runner.run(switches_per_s()),
            "callbacks_per_s": runner.run(callbacks_per_s()),
            "wake_p50_us": wake_p50,
            "wake_p99_us": wake_p99,
            "stall_after_20000_timeouts_ms": runner.run(stall_ms()),
        }


def main() -> None:
    """Print the medians as one JSON line."""
    app = QtWidgets.QApplication([])
    loops: dict[str, Factory] = {
        "asyncio": None,
        "qasync": lambda: qasync.QEventLoop(app),
        "ours": lambda: new_event_loop(app),
    }
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, factory in loops.items():
            runs[name].append(measure(factory))
    result: dict[str, Any] = {
        name: {key: round(statistics.median(run[key] for run in rows), 1) for key in rows[0]}
        for name, rows in runs.items()
    }
    result["callbacks_ours_over_qasync"] = round(
        result["ours"]["callbacks_per_s"] / result["qasync"]["callbacks_per_s"], 1
    )
    print(json.dumps({"benchmark": "loop", "median_of": ROUNDS, **result}))


if __name__ == "__main__":
    main()
