"""Dividends and splits at the paper broker's process, among sessions and processes that come and go."""

import signal
import sqlite3
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.adapters.brokers.paper import protocol
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.brokers.paper.store import FILE_NAME, PaperStore
from ares_desktop.engine.ports.broker import BrokerSession
from tests.contracts.broker_contract import Ear, an_intent
from tests.engine.adapters.brokers.paper.conftest import PaperVenue
from tests.engine.adapters.brokers.paper.processes import end_server
from tests.engine.simulation.builders import MINUTE, OPEN_NS, SPY, an_instrument

pytestmark = pytest.mark.scenario


def an_action(minute: int, kind: ActionKind, value: float) -> MarketAction:
    return MarketAction(SPY, OPEN_NS + minute * MINUTE, kind, value)


ACTIONS = (an_action(3, ActionKind.DIVIDEND, 0.5), an_action(5, ActionKind.SPLIT, 2.0))


async def a_holder(venue: PaperVenue, broker: PaperBroker) -> Ear:
    """Hold ten, with two actions to come."""
    ear = Ear(broker)
    await broker.register([an_instrument()])
    await broker.schedule(ACTIONS)
    await broker.connect()
    await broker.on_market([venue.bar(100)], settle=True)
    await broker.submit([an_intent(venue, quantity=Decimal(10))])
    for _ in range(3):
        await broker.on_market([venue.bar(100)], settle=True)
    return ear


async def test_a_broker_killed_between_two_actions_carries_out_each_once(venue: PaperVenue) -> None:
    ear = await a_holder(venue, venue.broker)
    assert [item.amount for item in ear.all(CarryBooked)] == [Decimal(5)]
    end_server(venue.folder, signal.SIGKILL)
    await ear.hear(BrokerSession, lambda _: len(ear.all(BrokerSession)) >= 3)
    for price in (100, 50, 50):
        await venue.broker.on_market([venue.bar(price)], settle=True)
    assert len(ear.all(CarryBooked)) == 1
    assert [(item.before, item.after) for item in ear.all(PositionSplit)] == [(Decimal(10), Decimal(20))]
    assert list(await venue.broker.bookings()) == [*ear.all(CarryBooked), *ear.all(PositionSplit)]
    late = await venue.broker.bookings(since=ear.all(CarryBooked)[0].at)
    assert list(late) == list(await venue.broker.bookings())


async def test_the_next_sessions_market_replaces_the_actions_of_the_one_before(venue: PaperVenue) -> None:
    await a_holder(venue, venue.broker)
    await venue.broker.disconnect()
    again = venue.session("app")
    ear = Ear(again)
    await again.schedule([an_action(6, ActionKind.DIVIDEND, 1.0)])
    await again.connect()
    for _ in range(5):
        await again.on_market([venue.bar(100)], settle=True)
    assert ear.all(PositionSplit) == []
    assert [item.amount for item in ear.all(CarryBooked)] == [Decimal(10)]


async def test_a_replay_that_begins_anew_has_its_actions_again(venue: PaperVenue) -> None:
    ear = await a_holder(venue, venue.broker)
    await venue.broker.disconnect()
    venue.minute = 0
    again = venue.session("again")
    ear = Ear(again)
    await again.register([an_instrument()])
    await again.schedule(ACTIONS)
    await again.connect()
    for price in (100, 100, 100, 100, 100, 50):
        await again.on_market([venue.bar(price)], settle=True)
    assert len(ear.all(CarryBooked)) == len(ear.all(PositionSplit)) == 1


def test_a_greeting_of_an_older_process_is_understood() -> None:
    class Welcome(msgspec.Struct, tag=True):
        account: AccountId
        pid: int
        sequence: int
        short_sales: bool

    old = msgspec.msgpack.encode(Welcome(AccountId("PAPER"), 1, 0, short_sales=True))
    welcome = protocol.message_decoder.decode(old)
    assert isinstance(welcome, protocol.Welcome)
    assert not welcome.bookings


def test_a_database_of_an_older_version_is_taken_over(tmp_path: Path) -> None:
    PaperStore(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("DROP TABLE bookings")
        database.execute("PRAGMA user_version=1")
    database.close()
    store = PaperStore(tmp_path)
    assert store.bookings(None) == ()
    assert store.load(SimulationSettings()).counters.overdue == ()
    store.close()
