"""Tries a strategy in a fresh worker before it takes over from the one that runs."""

import asyncio

from ares_desktop.api.strategy import Strategy
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.channel import Channel
from ares_desktop.engine.hosting.session import Session
from ares_desktop.engine.hosting.wire_desk import WireDesk


async def rehearse_and_run(trial: Session, channel: Channel, desk: WireDesk, kind: type[Strategy]) -> None:
    """Begin once on trial, wait for the order to take over, then begin for real with a fresh strategy.

    What the trial asks for is not believed by the engine. Nothing of it is left when life begins but what its module
    keeps.

    Raises:
        EOFError: when the engine is gone, or has no use for it.
        BaseException: whatever the strategy raises.
    """
    await trial.rehearse()
    desk.send(wire.Rehearsed())
    order, early = await _order(channel, desk)
    desk = desk.successor(order.setup.now_ns)
    session = Session(channel, desk, order.setup, kind, order.handover)
    for message in early:
        session.govern(message)
    await session.run()


async def _order(channel: Channel, desk: WireDesk) -> tuple[wire.TakeOver, list[wire.Governed]]:
    """Wait to be told to take over; what comes for the strategy meanwhile stays in line."""
    told: asyncio.Future[wire.TakeOver] = asyncio.get_running_loop().create_future()
    early: list[wire.Governed] = []

    def hear(message: wire.Urgent) -> None:
        if isinstance(message, wire.TakeOver):
            told.set_result(message)
        elif isinstance(message, wire.Governed):
            early.append(message)

    def readable() -> None:
        try:
            for message in channel.receive():
                desk.accept(message)
        except EOFError as error:
            told.set_exception(error)

    desk.urgent = hear
    loop = asyncio.get_running_loop()
    loop.add_reader(channel.fileno(), readable)
    try:
        return await told, early
    finally:
        loop.remove_reader(channel.fileno())
