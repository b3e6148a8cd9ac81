"""An application with a sentinel, and a look at both from outside."""

import asyncio
import contextlib
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, Self

import psutil

from ares_desktop.domain.events import SentinelActed
from ares_desktop.domain.orders import FINAL_STATES
from ares_desktop.domain.sentinel import SentinelAct
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.sentinel.files import SentinelFiles
from ares_desktop.engine.runtime.locks import lock_holder
from tests.faults.runs import ROOT, Run, until

HOLDER = '''
"""Buys ten of each instrument, holds them, and keeps an order far below the market; days may pass in a moment."""
from ares_desktop.api import Strategy


class Holder(Strategy):
    """Buys once."""

    def on_bar(self, bar):
        if not self.context.position(bar.instrument).quantity and not self.context.orders(bar.instrument):
            self.context.buy(bar.instrument, 10, tif="GTC")
            self.context.buy(bar.instrument, 1, limit=round(bar.close * 0.95, 2), tif="GTC")
'''
WINDOW = """
import sys, threading, time
from pathlib import Path
from PySide6.QtCore import QTimer
from ares_desktop import app
from ares_desktop.run_options import RunOptions

def hang():
    while Path(sys.argv[1], "hang").exists():
        pass

made = app._application
def application(ui):
    made_one = made(ui)
    timer = QTimer(made_one)
    timer.timeout.connect(hang)
    timer.start(20)
    return made_one
app._application = application
overrides = dict(pair.split("=", 1) for pair in sys.argv[2:])
sys.exit(app.run_window(RunOptions(profile=Path(sys.argv[1]), feed="sample@500", overrides=overrides)))
"""


class AtBroker(NamedTuple):
    """What the paper broker says."""

    positions: dict[str, Decimal]
    working: list[str]


class Guarded(Run):
    """A run with a sentinel; it trades one strategy, in a process of its own, that holds what it bought.

    Attributes:
        after_s: how long the sentinel of the next start waits.
    """

    def __init__(self, root: Path, *, after_s: float = 2.0) -> None:
        super().__init__(root, feed="sample@500")
        self.files = SentinelFiles(self.profile)
        self.after_s = after_s

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings of a start; strategies that nothing is asked of are spared processes."""
        acts = f"sentinel.after_s={self.after_s:g}"
        return ("sentinel.enabled=true", "sentinel.beat_s=0.2", acts, "strategies.isolation=thread")

    def __exit__(self, *_: object) -> None:
        # In this order: each starts what is missing of those after it.
        self.die()
        self.end_sentinel()
        super().__exit__()

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """Start it and wait until there is something to lose."""
        self.start(*(word for setting in self.settings for word in ("--set", setting)))

    def invest(self) -> None:
        """Add the strategy and wait until it holds something and an order works."""
        file = self.profile.root.with_name("holder.py")
        file.write_text(HOLDER)
        symbols = [item for row in self.ask("strategies.list") for item in row["instruments"]][:2]
        for row in self.ask("strategies.list"):
            self.ask("strategies.disable", name=row["name"])
        self.ask(
            "strategies.add", file=str(file), name="keeper", symbols=symbols, capital="100000", isolation="process"
        )
        self.trade()

    def die(self) -> None:
        """End the application as ``kill -9`` does, frozen or not."""
        if self.process is not None:
            children = self.children()
            self.process.kill()
            self.process.wait(20)
            _, left = psutil.wait_procs(children, timeout=20)
            assert not left, f"left behind: {left}"

    def trade_again(self) -> None:
        """Release the kill switch and go on as before."""
        until(lambda: self.request("release", confirm="RELEASE").exit_code == 0, "the kill switch is released")
        self.trade()

    def trade(self) -> None:
        """Let the strategy run until it holds something and an order works."""
        self.ask("strategies.enable", name="keeper")
        until(lambda: [row for row in self.ask("positions") if row["strategy"] == "keeper"], "it holds something")
        until(lambda: self.ask("orders", working=True), "an order works")

    def window(self) -> "subprocess.Popen[str]":
        """Start the real window with a loop that spins as long as the file ``hang`` is there."""
        self._starts += 1
        with self.stderr.open("w") as errors, self.stdout.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WINDOW, str(self.profile.root), *self.settings],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                text=True,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )
        until(self._is_up, lambda: f"the window is up: {self.errors()[-3000:]}")
        return self.process

    def sentinel_pid(self) -> int | None:
        """Return the sentinel's process id, None while none guards."""
        return lock_holder(self.files.lock)

    def until_guarded(self) -> int:
        """Wait until a sentinel watches, and return its process id."""
        pid: int = until(self.sentinel_pid, "a sentinel watches")
        return pid

    def silences(self) -> int:
        """Return how often the sentinel has noticed that a beat is overdue."""
        return (self.profile.logs / "sentinel.log").read_text().count("application_is_silent")

    def end_sentinel(self) -> None:
        """End the sentinel as ``kill -9`` does; none is fine."""
        pid = self.sentinel_pid()
        if pid:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                process.kill()
                process.wait(10)

    def until_acted(self) -> SentinelAct:
        """Wait until the sentinel has come to an end with what it did."""

        def over() -> SentinelAct | None:
            act = self.files.act()
            return act if act is not None and act.report.finished else None

        act: SentinelAct = until(over, "the sentinel acted")
        return act

    def at_broker(self) -> AtBroker:
        """Ask the paper broker by a session of our own."""

        async def ask() -> AtBroker:
            broker = PaperBroker(self.profile.paper, "test")
            await broker.connect()
            try:
                positions, orders = await broker.positions(), await broker.orders()
            finally:
                await broker.disconnect()
            working = [report.intent.client_order_id for report in orders if report.state not in FINAL_STATES]
            return AtBroker({item.instrument: item.quantity for item in positions}, [str(name) for name in working])

        return asyncio.run(ask())

    def acts_known(self) -> list[SentinelAct]:
        """Return the acts that the journal holds."""
        return [event.payload.act for event in self.events() if isinstance(event.payload, SentinelActed)]

    def until_known(self) -> dict[str, Any]:
        """Wait until the application has taken the act over and ended its own sequence; return its status."""

        def known() -> dict[str, Any] | None:
            status = self.status()
            if status is None or status["state"] != "HALTED" or self.files.act() is not None:
                return None
            stopped = all(row["requested"] == "stopped" for row in self.ask("strategies.list"))
            return status if stopped else None

        status: dict[str, Any] = until(known, lambda: f"the act is taken over: {self.errors()[-3000:]}")
        return status
