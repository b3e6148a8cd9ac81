"""The whole engine on a profile of its own: journal, gate, paper broker and workers are real, the market is a file."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ares_desktop.bootstrap import build_engine
from ares_desktop.config.store import SettingsStore
from ares_desktop.demo import demo_instances
from ares_desktop.domain.events import EventDraft, JournalEvent, Payload
from ares_desktop.domain.ids import AccountId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, FeedState
from ares_desktop.domain.monitoring import Alert
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.engine import Engine
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.paths import Profile
from tests.engine.adapters.brokers.paper.processes import end_server

BEGIN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACME = InstrumentId("ACME.SIM")
WITHIN_S = 20.0

HOLDER = '''
"""Buys ten at its first bar and holds them."""
from ares_desktop.api import Params, Strategy, param


class Holder(Strategy):
    """Buys once."""

    class Params(Params):
        size: int = param(10, title="Size", ge=1, le=1000)

    def on_bar(self, bar):
        if not self.context.position(bar.instrument).quantity and not self.context.orders(bar.instrument):
            self.context.buy(bar.instrument, self.params.size)
'''
IDLE = '''
"""Looks on."""
from ares_desktop.api import Params, Strategy, param


class Idle(Strategy):
    """Never trades."""

    class Params(Params):
        size: int = param(10, title="Size", ge=1, le=1000)
'''


def bars_file(folder: Path, closes: Sequence[float], name: str = "ACME") -> Path:
    """Write one-minute bars that open and close at ``closes``."""
    lines = ["time,open,high,low,close,volume"]
    for number, close in enumerate(closes):
        time = BEGIN + timedelta(minutes=number)
        lines.append(f"{time.isoformat()},{close},{close},{close},{close},100000")
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def no_instances(
    account: AccountId, instruments: Sequence[Instrument], *, sample: bool
) -> tuple[StrategyInstance, ...]:
    """Begin without a strategy."""
    del account, instruments, sample
    return ()


class House:
    """A profile, and the engine of its newest start."""

    def __init__(self, folder: Path, closes: Sequence[float] = (100.0,) * 40, *, feed: str = "") -> None:
        self.folder = folder
        self.profile = Profile.at(folder / "profile")
        self.strategies = folder / "strategies"
        self.strategies.mkdir(exist_ok=True)
        (self.strategies / "holder.py").write_text(HOLDER)
        (self.strategies / "idle.py").write_text(IDLE)
        self.feed = feed or f"replay:{bars_file(folder, closes)}@max"
        self.settings = {"strategies.isolation": "thread"}
        self.alerts: list[Alert] = []
        self.engine: Engine | None = None

    @property
    def managers(self) -> Managers:
        """Of the engine that runs."""
        assert self.engine is not None
        return self.engine.managers

    def build(self, *, demo: bool = False) -> Engine:
        """Build an engine that does not run yet; its market stands still until :meth:`play`."""
        self.profile.prepare()
        overrides = {"feed.spec": self.feed, "strategies.folders": str(self.strategies), **self.settings}
        settings = SettingsStore(self.profile.settings_file, overrides=overrides).current
        first = demo_instances if demo else no_instances
        self.engine = build_engine(self.profile, settings, first_instances=first)
        self.managers.data.pause()
        self.managers.alerts.alert_raised.connect(self.alerts.append)
        return self.engine

    async def open(self, *, demo: bool = False) -> None:
        """Start an engine whose market stands still; without the strategies of a first start."""
        await self.build(demo=demo).start()
        await self.until(lambda: self.managers.data.feed().state is FeedState.PAUSED)

    async def add(self, file: str = "holder", name: str | None = None, **options: object) -> str:
        """Add a strategy and switch it on."""
        status = await self.managers.strategies.add(file, name=name, source="test", **options)  # type: ignore[arg-type]
        await self.managers.strategies.enable(status.instance.name, source="test")
        await self.until(lambda: self.state(status.instance.name) == "running")
        return status.instance.name

    def state(self, name: str) -> str:
        """Return the state of a strategy as a person reads it."""
        return self.managers.strategies.status(name).state.value

    async def play(self, bars: int = 1, *, speed: float = 0.0) -> None:
        """Let ``bars`` further bars, or the rest, happen and be answered, then stand still."""
        data = self.managers.data
        seen = 0

        def count(_: Bar) -> None:
            nonlocal seen
            seen += 1
            if seen >= bars:
                data.pause()

        data.set_speed(speed)
        data.bar_closed.connect(count)
        data.resume()
        await self.until(lambda: data.feed().state in {FeedState.PAUSED, FeedState.ENDED} and self.engine is not None)
        data.bar_closed.disconnect(count)

    def go_on(self) -> None:
        """Let the market go on meanwhile, slow enough to last."""
        self.managers.data.set_speed(80.0)
        self.managers.data.resume()

    async def until_all_run(self) -> None:
        """Wait until every strategy runs."""
        strategies = self.managers.strategies
        await self.until(lambda: {status.state.value for status in strategies.statuses()} == {"running"})

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds."""
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                await asyncio.sleep(0.005)

    @contextmanager
    def locked_journal(self) -> Iterator[None]:
        """Let nothing be written into the journal's file meanwhile."""
        other = sqlite3.connect(self.profile.journal, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            yield
        finally:
            other.close()

    async def journal(self, *payloads: Payload) -> None:
        """Add facts to the journal of an engine that does not run."""
        journal = SqliteJournal(self.profile.journal)
        journal.open()
        await journal.append(*(EventDraft(payload=payload) for payload in payloads))
        await journal.close()

    def events(self) -> list[JournalEvent]:
        """Return the journal from its file."""
        return list(SqliteJournal(self.profile.journal).read())

    async def close(self) -> None:
        """Stop in order."""
        engine, self.engine = self.engine, None
        if engine is not None:
            await engine.stop()
        end_server(self.profile.paper)
