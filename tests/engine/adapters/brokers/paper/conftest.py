"""A paper broker's process for each test, and the sessions to it, all ended afterwards."""

from collections.abc import AsyncIterator
from math import nan
from pathlib import Path

import pytest

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from tests.engine.adapters.brokers.paper.processes import end_server
from tests.engine.simulation.builders import MINUTE, OPEN_NS, SPY, an_instrument


class PaperVenue:
    """The folder of one broker, its sessions, and its market in one-minute bars."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instrument: InstrumentId = SPY
        self.sessions: list[PaperBroker] = []
        self.minute = 0
        self.broker = self.session("app")

    def session(self, client: str, settings: PaperSettings | None = None, *, timeout_s: float = 10.0) -> PaperBroker:
        session = PaperBroker(self.folder, client, settings=settings, timeout_s=timeout_s)
        self.sessions.append(session)
        return session

    def another(self, *, same_client: bool) -> PaperBroker:
        return self.session("app" if same_client else f"other {len(self.sessions)}")

    def bar(self, price: float, *, low: float | None = None) -> Bar:
        start = OPEN_NS + self.minute * MINUTE
        self.minute += 1
        return Bar(SPY, start, start + MINUTE, price, price, price if low is None else low, price, nan)

    async def move(self, price: float) -> None:
        await self.broker.register([an_instrument()])
        await self.broker.on_market([self.bar(price)], settle=True)

    async def close(self) -> None:
        for session in self.sessions:
            await session.disconnect()
        end_server(self.folder)


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[PaperVenue]:
    venue = PaperVenue(tmp_path / "paper")
    yield venue
    try:
        await venue.close()
    except BrokerError:
        end_server(venue.folder)
