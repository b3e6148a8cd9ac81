"""Measures the kill switch under load: twenty strategies, one in an endless loop, 5,000 ticks a second, the window.

The click is a callback that another thread posts to the loop, as the window system would: it waits its turn like every
click. From there the time runs until the latch is on the disk, and, with 1,000 working orders, until the last cancel is
handed to the broker and until the broker has taken it. The latch is timed many times, on a scope that holds nothing,
since one full sequence stops every strategy. Beside it the same run times bare commits of one row into an SQLite file
that is as durable, on a thread of their own: the floor under every latch on this disk. Prints one JSON line.
"""

import argparse
import asyncio
import json
import math
import sqlite3
import tempfile
import threading
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from _desk import CAPITAL, OpenDesk, load_average, opened, quantiles, runner  # type: ignore[import-not-found]

from ares_desktop.domain.ids import MANUAL, ClientOrderId
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.domain.risk import ALL_SCOPE, KillMode, KillSwitchReport
from ares_desktop.engine.runtime.lag import LagMeter
from ares_desktop.engine.trading.kill_switch import RELEASE_WORD

RATE: Final = 5_000
STRATEGIES: Final = 20
ORDERS: Final = 1_000
IDLE: Final = "idle"
"""A strategy that is switched off: its scope holds nothing."""
PAUSE_S: Final = 0.05
REST_S: Final = 1.0
"""Until the window has shown the new orders."""

ENDLESS: Final = '''"""Never returns from its first quote."""
from ares_desktop.api import Strategy


class Endless(Strategy):
    """Loops for ever."""

    def on_quote(self, quote) -> None:
        while True:
            pass
'''

BUSY: Final = '''"""Keeps an average and trades one share now and then."""
from ares_desktop.api import SMA, Strategy


class Busy(Strategy):
    """Buys and sells in turn."""

    def on_start(self) -> None:
        self.average, self.seen = SMA(50), 0

    def on_quote(self, quote) -> None:
        self.average.update(quote.mid)
        self.seen += 1
        if self.seen % 500 == 0:
            held = self.context.position(quote.instrument).quantity
            (self.context.sell if held > 0 else self.context.buy)(quote.instrument, 1)
'''


class Stopwatch:
    """Stamps the click, the latch, and the cancels where they reach the broker's session."""

    def __init__(self, desk: OpenDesk) -> None:
        self._state, broker = desk.managers.state, desk.services.links[0].broker
        self._cancel = broker.cancel_all
        self._clicked = self._began = self.latched = self.handed = self.taken = 0.0
        broker.cancel_all = self.cancel_all

    async def cancel_all(self, orders: Sequence[ClientOrderId] | None = None) -> None:
        """Stamp cancels."""
        self.handed = self._since_click()
        await self._cancel(orders)
        self.taken = self._since_click()

    async def click(self, scope: str) -> KillSwitchReport:
        """Engage from another thread's click, and wait for the report."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[KillSwitchReport] = loop.create_future()
        self.latched = self.handed = self.taken = 0.0

        async def engage() -> None:
            self._began = self._since_click()
            try:
                report = await self._state.engage(
                    reason="benchmark", source="window", scope=scope, mode=KillMode.CANCEL
                )
                # The report counts from the call of the kill switch, which is what the loop's turn begins with.
                self.latched = self._began + (report.latched_ms or math.inf)
                done.set_result(report)
            except Exception as error:  # noqa: BLE001  whoever waits for the click hears of it
                done.set_exception(error)

        def post() -> None:
            self._clicked = time.perf_counter()
            loop.call_soon_threadsafe(_start, engage(), tasks)

        tasks: list[asyncio.Task[None]] = []
        threading.Thread(target=post).start()
        return await done

    def _since_click(self) -> float:
        return (time.perf_counter() - self._clicked) * 1e3


def _start(coroutine: Coroutine[Any, Any, None], tasks: list[asyncio.Task[None]]) -> None:
    tasks.append(asyncio.get_running_loop().create_task(coroutine))


async def add_strategies(desk: OpenDesk, folder: Path) -> None:
    """Replace the demo by twenty busy strategies, one of them endless."""
    await desk.leave_out_the_demo()
    instruments = [item.id for item in desk.managers.data.instruments()]
    for number in range(STRATEGIES):
        name = "endless" if number == 0 else f"busy-{number:02}"
        file = folder / f"{name.partition('-')[0]}.py"
        file.write_text(BUSY if number else ENDLESS)
        await desk.add(file, name, [instruments[number % len(instruments)]])
    await desk.until_up()
    file = folder / "busy.py"
    await desk.managers.strategies.add(str(file), name=IDLE, capital=CAPITAL, source="benchmark")


async def place_orders(desk: OpenDesk, turn: int) -> None:
    """Have 1,000 orders of the trader work at the broker."""
    data = desk.managers.data
    account = desk.services.links[0].account
    intents = []
    for number in range(ORDERS):
        instrument = data.instruments()[number % len(data.instruments())]
        price = Decimal(round((data.last_price(instrument.id) or 0) * 0.5))
        intents.append(
            OrderIntent(
                client_order_id=ClientOrderId(f"manual-{turn + 1}{number:06}"),
                strategy=MANUAL,
                account=account,
                instrument=instrument.id,
                side=Side.BUY,
                quantity=Decimal(1),
                created_at=datetime.now(UTC),
                type=OrderType.LIMIT,
                limit_price=price,
                tif=TimeInForce.GTC,
                purpose=OrderPurpose.MANUAL,
            )
        )
    await desk.services.router.submit(intents)
    await desk.services.links[0].settled()
    await asyncio.sleep(REST_S)


def bare_commits(file: Path, count: int) -> list[float]:
    """Return the milliseconds of commits of one row, as durable as the journal's, on an otherwise idle connection."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, content BLOB)")
    times = []
    for number in range(count):
        began = time.perf_counter()
        connection.execute("INSERT INTO rows VALUES (?, ?)", (number, b"x" * 600))
        times.append((time.perf_counter() - began) * 1e3)
        time.sleep(PAUSE_S)
    connection.close()
    return times


def ratio(above: list[float], below: list[float], share: float) -> float:
    """Return how many times a quantile of one list is that of another."""
    return round(sorted(above)[int(share * (len(above) - 1))] / sorted(below)[int(share * (len(below) - 1))], 2)


async def measure(latches: int, sequences: int, folder: Path) -> dict[str, Any]:
    """Time latches, then whole sequences."""
    async with opened(folder, f"synthetic:7@{RATE}", window=True) as desk:
        await desk.lift_limits()
        await add_strategies(desk, folder)
        watch, lag = Stopwatch(desk), LagMeter()
        latched, handed, taken, stopped, orders = [], [], [], [], 0
        lag.start()
        for _ in range(latches):
            await watch.click(f"strategy:{IDLE}")
            latched.append(watch.latched)
            await desk.managers.state.release(word=RELEASE_WORD, source="benchmark")
            await asyncio.sleep(PAUSE_S)
        lag.stop()
        bare = await asyncio.to_thread(bare_commits, folder / "bare.sqlite", latches)
        for turn in range(sequences):
            await place_orders(desk, turn)
            began = len(desk.managers.trades.working())
            report = await watch.click(ALL_SCOPE)
            orders = report.orders_canceled if turn == 0 else min(orders, report.orders_canceled)
            assert began >= ORDERS, f"only {began} orders worked"  # noqa: S101  the figures would mean nothing
            latched.append(watch.latched)
            handed.append(watch.handed)
            taken.append(watch.taken)
            stopped.append(next(step.finished_ms or 0.0 for step in report.steps if step.name == "stop strategies"))
            await desk.managers.state.release(word=RELEASE_WORD, source="benchmark")
            for status in desk.managers.strategies.statuses():
                if status.instance.name != IDLE:
                    await desk.managers.strategies.enable(status.instance.name, source="benchmark")
            await desk.until_up()
    total = lag.total()
    return {
        "benchmark": "kill",
        "latched_ms": quantiles(latched),
        "bare_commit_ms": quantiles(bare),
        "latched_to_bare": {"p50": ratio(latched, bare, 0.5), "p99": ratio(latched, bare, 0.99)},
        "orders_canceled": orders,
        "last_cancel_handed_ms": quantiles(handed),
        "cancels_taken_by_broker_ms": quantiles(taken),
        "strategies_stopped_ms": quantiles(stopped),
        "loop_lag_ms": {"p50": round(total.p50_ms, 2), "p99": round(total.p99_ms, 2), "max": round(total.max_ms, 2)},
        "load_average": load_average(),
        "targets": {"latched_ms": {"p99": 15}, "last_cancel_handed_ms": {"max": 120}},
    }


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latches", type=int, default=100)
    parser.add_argument("--sequences", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ares-bench-") as folder, runner() as loop:
        print(json.dumps(loop.run(measure(options.latches, options.sequences, Path(folder)))))


if __name__ == "__main__":
    main()
