"""A control server over fakes, on a loop of its own thread, as the application serves other processes."""

import asyncio
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from ares_desktop.control.client import ControlClient
from ares_desktop.control.protocol import Reply
from ares_desktop.control.server import ControlServer
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind, StoredSymbol
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.logs import configure_logging
from tests.views.fakes import FakeConnections, FakeData, Fakes
from tests.views.records import NOW, PAPER


class DataWithStore(FakeData):
    """Market data with one stored series."""

    async def import_files(self, files: Sequence[Path], **options: Any) -> tuple[StoredSymbol, ...]:
        self.calls.append(("import_files", [str(file) for file in files], options["symbol"], options["kind"]))
        return await self.stored()

    async def stored(self) -> tuple[StoredSymbol, ...]:
        instrument = InstrumentId("SPY.SIM")
        kind, end_ns = DataKind.BARS, 86_400_000_000_000
        return (
            StoredSymbol(symbol="SPY", kind=kind, spec="1d", rows=3, start_ns=0, end_ns=end_ns, instrument=instrument),
        )


class DifferingConnections(FakeConnections):
    """A broker that has another position than our books."""

    async def reconcile(self, name: str) -> tuple[Discrepancy, ...]:
        await super().reconcile(name)
        item = "AAPL.SMART"
        return (
            Discrepancy(id="1", account=PAPER, kind="position", item=item, ours="5", broker="6", detail="", at=NOW),
        )


class Served:
    """What a test needs of a running server.

    Attributes:
        asked: ``raise`` and ``stop``, as they were asked for.
    """

    def __init__(self, path: Path, **limits: float) -> None:
        self.path = path
        self.fakes = Fakes()
        self.fakes.data = DataWithStore()
        self.fakes.connections = DifferingConnections()
        self.asked: list[str] = []
        self.limits = limits

    def server(self) -> ControlServer:
        return ControlServer(
            self.fakes.managers,
            path=self.path,
            raise_window=lambda: self.asked.append("raise"),
            stop=lambda: self.asked.append("stop"),
            **self.limits,
        )

    def request(self, command: str, arguments: Mapping[str, Any] | None = None) -> Reply:
        with ControlClient(self.path) as client:
            return client.request(command, arguments)


@contextmanager
def serving(path: Path, **limits: float) -> Iterator[Served]:
    """Serve ``path`` until the end of the block."""
    served = Served(path, **limits)
    ready = threading.Event()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        server, end = served.server(), asyncio.Event()
        await server.start()
        loops.append((asyncio.get_running_loop(), end))
        ready.set()
        await end.wait()
        await server.stop()

    logs = configure_logging(stream=io.StringIO())
    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="control server")
    thread.start()
    assert ready.wait(10)
    try:
        yield served
    finally:
        loop, end = loops[0]
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
        assert not thread.is_alive()
        logs.close()
        structlog.reset_defaults()
