"""The real application for a benchmark: on a fresh profile, with or without its window, with strategies of its own."""

import asyncio
import contextlib
import gc
import math
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6 import QtWidgets  # noqa: TID251  the benchmark makes the one application

from ares_desktop.application import Application
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.services import Services
from ares_desktop.event_loop import new_event_loop
from ares_desktop.run_options import RunOptions
from ares_desktop.views.main_window import MainWindow

_UP: Final = frozenset({StrategyState.RUNNING, StrategyState.STALLED})
_UP_WITHIN_S: Final = 60.0
CAPITAL: Final = Decimal(5_000)


class OpenDesk:
    """A running application.

    Attributes:
        application: the whole of it.
        window: None when it runs without one.
    """

    def __init__(self, application: Application, window: MainWindow | None) -> None:
        self.application = application
        self.window = window

    @property
    def managers(self) -> Managers:
        """The façades."""
        return self.application.engine.managers

    @property
    def services(self) -> Services:
        """What the façades stand on, for stop-watches at places that they don't show."""
        return self.application.engine._services  # noqa: SLF001  a benchmark looks inside

    async def leave_out_the_demo(self) -> None:
        """Remove the strategies that a new profile begins with."""
        for status in self.managers.strategies.statuses():
            name = status.instance.name
            await self.managers.strategies.disable(name, source="benchmark")
            await self.managers.trades.flatten(source="benchmark", scope=f"strategy:{name}")
            book = self.services.recorder.fold.ledger.book_positions
            while book(self.services.links[0].account, name):  # noqa: ASYNC110  a benchmark may poll
                await asyncio.sleep(0.05)
            await self.managers.strategies.remove(name, source="benchmark")

    async def add(self, file: Path, name: str, instruments: Sequence[InstrumentId] = ()) -> None:
        """Add an instance and switch it on."""
        strategies = self.managers.strategies
        await strategies.add(str(file), name=name, instruments=instruments, capital=CAPITAL, source="benchmark")
        await strategies.enable(name, source="benchmark")

    async def until_up(self) -> None:
        """Wait until all instances run, or are known to hang."""
        ends = time.monotonic() + _UP_WITHIN_S
        strategies = self.managers.strategies
        while not all(status.state in _UP for status in strategies.statuses() if status.instance.active):
            if time.monotonic() > ends:
                raise TimeoutError([status.state for status in self.managers.strategies.statuses()])
            await asyncio.sleep(0.05)

    async def lift_limits(self) -> None:
        """Let strategies order as often as a benchmark needs it."""
        limits = RiskLimits(messages_per_second=1e6, max_open_orders=100_000, duplicate_window_s=0.0)
        await self.managers.totals.set_limits(limits, source="benchmark")


@contextlib.asynccontextmanager
async def opened(
    folder: Path, feed: str, *, window: bool, prepare: Callable[[OpenDesk], object] = lambda _: None
) -> AsyncIterator[OpenDesk]:
    """Run the application until the block ends; ``prepare`` may change what is built and does not run yet."""
    application = Application(RunOptions(profile=folder / "profile", feed=feed, overrides={"logging.level": "ERROR"}))
    shown = _window(application) if window else None
    tasks = TaskSet("benchmark")
    desk = OpenDesk(application, shown)
    prepare(desk)
    running = tasks.spawn(application.run(raise_window=lambda: None, before_stop=lambda: None), "application")
    measuring = asyncio.current_task()

    def ended(_: object) -> None:
        # By a signal, which the application takes for itself: what is measured by then would wait for ever.
        if measuring is not None:
            measuring.cancel()

    running.add_done_callback(ended)
    try:
        while not desk.managers.strategies.statuses() or not desk.managers.data.instruments():  # noqa: ASYNC110  a benchmark may poll
            await asyncio.sleep(0.05)
        await desk.until_up()
        gc.collect()
        gc.freeze()
        yield desk
    finally:
        running.remove_done_callback(ended)
        application.request_stop()
        await running
        if shown is not None:
            shown.close_now()
        application.close()


def _window(application: Application) -> MainWindow:
    window = MainWindow(
        application.engine.managers,
        spawn=application.spawn,
        profile=application.profile.root,
        on_close_requested=application.request_stop,
    )
    window.show()
    window.populate_charts()
    for name in window.docks.docks:
        window.docks.panel(name)
    return window


def runner() -> asyncio.Runner:
    """Return a runner for the window's loop."""
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    if not isinstance(app, QtWidgets.QApplication):
        raise TypeError("a benchmark of the window needs a QApplication")
    app.setQuitOnLastWindowClosed(False)
    return asyncio.Runner(loop_factory=lambda: new_event_loop(app))


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and greatest value, rounded for reading."""
    if not values:
        return {"samples": 0}
    ordered = sorted(values)
    last = len(ordered) - 1
    picked = {"p50": ordered[last // 2], "p99": ordered[math.ceil(last * 0.99)], "max": ordered[-1]}
    return {name: round(value, 3) for name, value in picked.items()} | {"samples": len(ordered)}


def load_average() -> float:
    """Return how busy the machine was in the last minute."""
    return round(os.getloadavg()[0], 2)
