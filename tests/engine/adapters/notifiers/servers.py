"""Servers on loopback that answer, fail, hang or talk nonsense."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.domain.alerting import AlertNote
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.alerting.secret_desk import SecretDesk
from ares_desktop.redaction import Redactor

NOTE = AlertNote(
    title="The broker is away",
    detail="paper does not answer",
    severity=Severity.ERROR,
    source="connections",
    at=datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    remedy="It is tried again by itself.",
    key="broker:paper",
)


class KeptSecrets:
    """Secrets in a dictionary."""

    def __init__(self, **kept: str) -> None:
        self.kept = {name.replace("_", "."): value for name, value in kept.items()}

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def put(self, name: str, secret: str) -> None:
        self.kept[name] = secret

    def place(self) -> str:
        return "a dictionary"


def secrets(**kept: str) -> SecretDesk:
    return SecretDesk(KeptSecrets(**kept), Redactor())


def settings(**values: object) -> AlertSettings:
    return AlertSettings.model_validate(values)


class Answers:
    """An HTTP server that keeps what it got.

    Attributes:
        answer: sent back as it is; None hangs until the client goes.
    """

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""
        self.arrived = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.splitlines()
            headers = {name.title(): value for name, value in (item.split(": ", 1) for item in rest if item)}
            body = await reader.readexactly(int(headers.get("Content-Length", "0")))
            self.requests.append((line, headers, body))
            self.arrived.set()
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        writer.close()


def reply(status: str, body: bytes = b"{}") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """Serve on a free port of loopback and yield it; every connection is closed at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[Answers]:
    answers = Answers(answer)
    async with listening(answers.serve) as port:
        answers.url = f"http://127.0.0.1:{port}"
        yield answers


def unused_port() -> int:
    """Return a port where nothing listens."""
    import socket  # noqa: PLC0415 - only for this

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
