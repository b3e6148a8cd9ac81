"""What runs in an instance's own process or thread."""

import asyncio
import os
import socket
from contextlib import suppress

from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.channel import Channel
from ares_desktop.engine.hosting.checker import check_file
from ares_desktop.engine.hosting.faults import fault_of
from ares_desktop.engine.hosting.hygiene import lift_memory_limit, memory_limit
from ares_desktop.engine.hosting.loader import Print, loaded
from ares_desktop.engine.hosting.output import captured, printer
from ares_desktop.engine.hosting.rehearsal import rehearse_and_run
from ares_desktop.engine.hosting.session import Session
from ares_desktop.engine.hosting.source import source_sha256
from ares_desktop.engine.hosting.wire_desk import WireDesk


def run_worker(sock: socket.socket, *, own_process: bool) -> None:
    """Serve one instance, or one check of a file, until it ends; never raises.

    Args:
        sock: the worker's end of the wire; it is closed.
        own_process: whether standard output and memory belong to this worker alone.
    """
    channel = Channel(sock)
    with suppress(EOFError, ConnectionError):
        _serve(channel, own_process=own_process)
    channel.close()


def _serve(channel: Channel, *, own_process: bool) -> None:
    first, *rest = channel.receive(None)
    if isinstance(first, wire.Check):
        channel.send(check_file(first.file, first.values))
    elif isinstance(first, wire.Start):
        setup = first.setup
        desk = WireDesk(channel, replayed=setup.replayed, now_ns=setup.now_ns)
        desk.inbox.extend(rest)
        if not own_process:
            _run(channel, desk, first, printer(desk.log))
            return
        with captured(desk.log), memory_limit(setup.instance.memory_mb):
            _run(channel, desk, first, None)


def _run(channel: Channel, desk: WireDesk, start: wire.Start, say: Print | None) -> None:
    setup, kind = start.setup, "import"
    try:
        sha256 = source_sha256(setup.file)
        with loaded(setup.file, setup.instance.name, say) as strategy:
            session = Session(channel, desk, setup, strategy)
            kind = "exception"
            channel.send(wire.Hello(os.getpid(), strategy.__name__, sha256))
            asyncio.run(rehearse_and_run(session, channel, desk, strategy) if start.rehearse else session.run())
    except (EOFError, ConnectionError):
        raise
    except BaseException as error:  # noqa: BLE001 - process boundary: whatever ends a strategy becomes its fault
        if say is None:
            lift_memory_limit()
        desk.send(wire.Faulted(fault_of(error, setup.file, kind=kind)))
