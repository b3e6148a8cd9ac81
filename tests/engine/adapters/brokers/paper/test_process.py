"""The paper broker's process among sessions that come, go, die and misbehave."""

import asyncio
import os
import shutil
import signal
import socket
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.events import OrderAccepted, OrderFilled
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderState, Side
from ares_desktop.engine.adapters.brokers.paper import protocol
from ares_desktop.engine.adapters.brokers.paper.folder import socket_path
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.ports.broker import BrokerSession
from tests.contracts.broker_contract import Ear, a_far_limit, an_intent
from tests.engine.adapters.brokers.paper.conftest import PaperVenue
from tests.engine.adapters.brokers.paper.processes import end_server, server_pid, wait_until_gone
from tests.engine.simulation.builders import an_instrument

pytestmark = pytest.mark.scenario


async def ready(venue: PaperVenue, settings: PaperSettings | None = None) -> Ear:
    if settings is not None:
        venue.broker = venue.session("app", settings)
    ear = Ear(venue.broker)
    await venue.broker.connect()
    await venue.move(100)
    return ear


async def test_a_killed_broker_has_lost_nothing_that_it_acknowledged(venue: PaperVenue) -> None:
    ear = await ready(venue)
    acknowledged: set[str] = set()
    enough = asyncio.Event()

    async def burst() -> None:
        for number in range(10_000):
            intents = [a_far_limit(venue), an_intent(venue, Side.BUY if number % 2 else Side.SELL)]
            await venue.broker.submit(intents)
            acknowledged.update(intent.client_order_id for intent in intents)
            if len(acknowledged) >= 60:
                enough.set()
            await venue.broker.on_market([venue.bar(100)], settle=True)

    working = asyncio.ensure_future(burst())
    await enough.wait()
    end_server(venue.folder, signal.SIGKILL)
    with pytest.raises(BrokerError):
        await working
    heard = [event.fill for event in ear.all(OrderFilled)]
    balance = ear.all(BrokerAccount)[-1]

    await ear.hear(BrokerSession, lambda _: len(ear.all(BrokerSession)) >= 3)
    known = {report.intent.client_order_id for report in await venue.broker.orders()}
    assert acknowledged <= known
    fills = list(await venue.broker.fills())
    assert fills[: len(heard)] == heard
    assert len(fills) - len(heard) <= 1
    assert len({fill.trade_id for fill in fills}) == len(fills)
    held = sum((fill.signed_quantity for fill in fills), Decimal(0))
    assert sum((position.quantity for position in await venue.broker.positions()), Decimal(0)) == held
    cash = (await venue.broker.balance()).cash["USD"]
    paid = sum((_cost(fill) for fill in fills[len(heard) :]), Decimal(0))
    assert cash == balance.cash["USD"] - paid
    working_again = [report for report in await venue.broker.orders() if report.state is OrderState.ACCEPTED]
    await venue.broker.on_market([venue.bar(90)], settle=True)
    assert len(ear.all(OrderFilled)) >= len(heard) + len(working_again) - 1


def _cost(fill: Fill) -> Decimal:
    return fill.signed_quantity * fill.price * fill.multiplier + fill.commission


async def test_a_killed_broker_is_started_again_and_found_by_its_sessions(venue: PaperVenue) -> None:
    ear = await ready(venue)
    await venue.broker.submit([a_far_limit(venue)])
    first = venue.broker.pid
    end_server(venue.folder, signal.SIGKILL)
    await ear.hear(
        BrokerSession, lambda _: [event.connected for event in ear.all(BrokerSession)] == [True, False, True]
    )
    assert venue.broker.pid != first
    await venue.move(94)
    await ear.hear(OrderFilled)


async def test_an_order_left_in_the_socket_of_a_dead_client_never_surfaces_later(venue: PaperVenue) -> None:
    await ready(venue)
    await venue.broker.disconnect()
    pid = server_pid(venue.folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.connect(str(socket_path(venue.folder)))
        dead.sendall(protocol.frame(protocol.Hello("app")))
        assert dead.recv(4)
        os.kill(pid, signal.SIGSTOP)
        frames = [protocol.frame(protocol.Submit(number, (a_far_limit(venue),))) for number in range(1, 101)]
        dead.sendall(b"".join(frames))
        dead.sendall(frames[0][:20])
    connecting = asyncio.ensure_future(venue.broker.connect())
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGCONT)
    await connecting
    at_once = len(await venue.broker.orders())
    await venue.move(100)
    assert len(await venue.broker.orders()) == at_once
    assert at_once in {0, 100}


async def test_sessions_share_the_account_and_know_each_others_orders(venue: PaperVenue) -> None:
    ear = await ready(venue)
    cli = venue.session("cli")
    heard = Ear(cli)
    await cli.connect()
    ours, theirs = a_far_limit(venue), an_intent(venue)
    await venue.broker.submit([ours])
    await cli.submit([theirs])
    owners = {report.intent.client_order_id: report.owner for report in await cli.orders()}
    assert owners == {ours.client_order_id: "app", theirs.client_order_id: "cli"}
    await cli.on_market([venue.bar(101)], settle=True)
    assert (await ear.hear(OrderFilled)) == (await heard.hear(OrderFilled))
    assert await cli.positions() == await venue.broker.positions()


async def test_fills_of_the_time_away_are_found_afterwards(venue: PaperVenue) -> None:
    await ready(venue)
    intent = a_far_limit(venue)
    await venue.broker.submit([intent])
    await venue.broker.disconnect()
    feed = venue.session("feed")
    await feed.connect()
    await feed.on_market([venue.bar(94)], settle=True)
    await venue.broker.connect()
    (fill,) = await venue.broker.fills()
    assert fill.client_order_id == intent.client_order_id
    assert list(await venue.broker.fills(fill.at + timedelta(seconds=1))) == [fill], "it was saved after that time"


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x05hello", b"\xff\xff\xff\xff", protocol.frame(protocol.AskAccount(1))],
)
async def test_garbage_ends_its_own_connection_only(venue: PaperVenue, garbage: bytes) -> None:
    ear = await ready(venue)
    reader, writer = await asyncio.open_unix_connection(str(socket_path(venue.folder)))
    writer.write(garbage)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    await venue.broker.submit([an_intent(venue)])
    await venue.move(100)
    await ear.hear(OrderFilled)


async def test_an_unanswered_submit_has_an_unknown_outcome(venue: PaperVenue) -> None:
    venue.broker = venue.session("app", timeout_s=0.3)
    await ready(venue)
    pid = server_pid(venue.folder)
    os.kill(pid, signal.SIGSTOP)
    intent = a_far_limit(venue)
    try:
        with pytest.raises(BrokerTimeoutError):
            await venue.broker.submit([intent])
    finally:
        os.kill(pid, signal.SIGCONT)
    report = await venue.broker.order(intent.client_order_id)
    assert report is not None
    assert report.state is OrderState.ACCEPTED


async def test_a_stopped_and_restarted_broker_goes_on_where_it_was(venue: PaperVenue) -> None:
    await ready(venue)
    await venue.broker.submit([an_intent(venue), a_far_limit(venue)])
    await venue.move(101)
    before = (await venue.broker.positions(), await venue.broker.balance(), await venue.broker.orders())
    await venue.broker.shutdown()
    await venue.broker.connect()
    assert (await venue.broker.positions(), await venue.broker.balance(), await venue.broker.orders()) == before


async def test_the_last_session_may_end_the_process_but_no_other(venue: PaperVenue) -> None:
    await ready(venue)
    other = venue.session("cli")
    await other.connect()
    with pytest.raises(BrokerError, match="cli"):
        await venue.broker.shutdown()
    await other.disconnect()
    pid = server_pid(venue.folder)
    await venue.broker.shutdown()
    wait_until_gone(pid)
    assert not socket_path(venue.folder).exists()


async def test_a_broker_ends_when_it_was_left_alone_for_long(venue: PaperVenue) -> None:
    await ready(venue, PaperSettings(idle_minutes=0.02))
    pid = server_pid(venue.folder)
    await venue.broker.disconnect()
    wait_until_gone(pid)


async def test_a_broker_ends_when_its_folder_is_deleted(venue: PaperVenue) -> None:
    await ready(venue)
    pid = server_pid(venue.folder)
    await venue.broker.disconnect()
    shutil.rmtree(venue.folder)
    wait_until_gone(pid)


async def test_of_several_starters_one_starts_and_all_connect(venue: PaperVenue) -> None:
    sessions = [venue.session(f"client {number}") for number in range(4)]
    await asyncio.gather(*(session.connect() for session in sessions))
    assert len({session.pid for session in sessions}) == 1


async def test_a_market_order_is_not_left_waiting_for_a_dead_feed(venue: PaperVenue) -> None:
    ear = await ready(venue, PaperSettings(silence_s=0.05))
    await venue.broker.submit([an_intent(venue, purpose=OrderPurpose.MANUAL)])
    await ear.hear(OrderFilled)
    await venue.broker.submit([an_intent(venue, Side.SELL, purpose=OrderPurpose.KILL_SWITCH)])
    await ear.hear(OrderFilled, lambda event: event.fill.side is Side.SELL)
    assert list(await venue.broker.positions()) == []


async def test_a_strategys_order_waits_for_the_next_bar_of_a_slow_replay(venue: PaperVenue) -> None:
    ear = await ready(venue, PaperSettings(silence_s=0.01))
    waiting, by_hand = an_intent(venue), an_intent(venue, purpose=OrderPurpose.MANUAL)
    await venue.broker.submit([waiting, by_hand])
    await ear.hear(OrderFilled, lambda event: event.fill.client_order_id == by_hand.client_order_id)
    report = await venue.broker.order(waiting.client_order_id)
    assert report is not None
    assert report.state is OrderState.ACCEPTED
    await venue.move(123)
    filled = await ear.hear(OrderFilled, lambda event: event.fill.client_order_id == waiting.client_order_id)
    assert filled.fill.price > 122


async def test_a_replay_that_begins_anew_sets_the_market_back(venue: PaperVenue) -> None:
    await ready(venue)
    for _ in range(5):
        await venue.move(100)
    await venue.broker.disconnect()
    venue.minute = 0
    again = venue.session("again")
    ear = Ear(again)
    await again.connect()
    await again.register([an_instrument()])
    await again.on_market([venue.bar(100)], settle=True)
    await again.submit([an_intent(venue)])
    await again.on_market([venue.bar(102)], settle=True)
    fill = (await ear.hear(OrderFilled)).fill
    assert fill.at.minute == 32


async def test_starting_cash_and_costs_come_from_the_settings(venue: PaperVenue) -> None:
    ear = await ready(venue, PaperSettings(starting_cash=Decimal(5_000), costs="none", slippage=0.0))
    assert (await venue.broker.balance()).cash == {"USD": Decimal(5_000)}
    await venue.broker.submit([an_intent(venue)])
    await venue.move(101)
    assert (await ear.hear(BrokerAccount)).cash == {"USD": Decimal(3_990)}


@pytest.mark.parametrize(
    ("content", "text"),
    [("{", "settings.json"), ('{"latency_ms": -1}', "latency_ms"), ('{"costs": "cheap"}', "retail")],
)
async def test_wrong_settings_are_told_when_the_broker_is_started(venue: PaperVenue, content: str, text: str) -> None:
    venue.folder.mkdir()
    (venue.folder / "settings.json").write_text(content)
    with pytest.raises(BrokerError, match=text):
        await venue.broker.connect()


async def test_a_damaged_database_is_told_when_the_broker_is_started(venue: PaperVenue) -> None:
    venue.folder.mkdir()
    (venue.folder / "broker.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(BrokerError, match=r"broker\.sqlite3"):
        await venue.broker.connect()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    venue = PaperVenue(tmp_path / "file" / "paper")
    with pytest.raises(BrokerError, match="can't be started"):
        await venue.broker.connect()


async def test_a_folder_with_a_long_name_has_its_socket_elsewhere(tmp_path: Path) -> None:
    venue = PaperVenue(tmp_path / ("long" * 30))
    try:
        await ready(venue)
        await venue.broker.submit([an_intent(venue)])
        assert len(await venue.broker.orders()) == 1
    finally:
        await venue.close()


async def test_a_burst_of_quotes_is_taken_without_waiting(venue: PaperVenue) -> None:
    ear = await ready(venue)
    intents: list[OrderIntent] = [a_far_limit(venue) for _ in range(3)]
    await venue.broker.submit(intents)
    for _ in range(2_000):
        await venue.broker.on_market([venue.bar(100)], settle=False)
    await venue.broker.on_market([venue.bar(94)], settle=True)
    assert len(ear.all(OrderAccepted)) == len(ear.all(OrderFilled)) == 3
