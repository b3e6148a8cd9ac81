"""E-mail against mail servers on loopback that behave and that do not."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.adapters.notifiers.email import EmailChannel
from tests.engine.adapters.notifiers.servers import NOTE, listening, secrets, settings, unused_port

PASSWORD = "mail-password-1"  # noqa: S105 - of a server on loopback


class Inbox:
    """Keeps mails, or refuses them."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name that aiosmtpd calls
        if self.refusal:
            return self.refusal
        self.mails.append(envelope)
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    controller = Controller(inbox, hostname="127.0.0.1", port=unused_port())
    controller.start()
    yield controller
    controller.stop()


def channel(port: int, **values: object) -> EmailChannel:
    wanted: dict[str, object] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "email_from": "desk@example.org",
        "email_to": ("a@example.org", "b@example.org"),
    }
    return EmailChannel(settings(**(wanted | values)), secrets(email_password=PASSWORD))


async def test_a_mail_reaches_every_address(server: Controller, inbox: Inbox) -> None:
    await channel(server.port).deliver(NOTE)
    (mail,) = inbox.mails
    assert mail.rcpt_tos == ["a@example.org", "b@example.org"]
    text = mail.content.decode()
    assert "Subject: [ERROR] The broker is away" in text
    assert NOTE.remedy in text


async def test_a_line_break_in_a_title_begins_no_other_header(server: Controller, inbox: Inbox) -> None:
    import msgspec  # noqa: PLC0415 - only for this

    await channel(server.port).deliver(msgspec.structs.replace(NOTE, title="Hello\r\nBcc: evil@example.org"))
    assert inbox.mails[0].rcpt_tos == ["a@example.org", "b@example.org"]
    assert b"\nBcc:" not in inbox.mails[0].content.partition(b"\r\n\r\n")[0]


async def test_a_refused_mail_is_a_failure(server: Controller, inbox: Inbox) -> None:
    inbox.refusal = "550 no thanks"
    with pytest.raises(DeliveryError, match="no thanks"):
        await channel(server.port).deliver(NOTE)


async def test_a_server_without_starttls_gets_no_password(server: Controller) -> None:
    with pytest.raises(DeliveryError, match="did not take it"):
        await channel(server.port, smtp_security="starttls", smtp_user="desk").deliver(NOTE)


async def test_without_protection_no_password_is_sent(inbox: Inbox) -> None:
    asked: list[bytes] = []

    def authenticate(*args: Any) -> AuthResult:
        login = args[-1]
        asked.append(login.password if isinstance(login, LoginPassword) else b"")
        return AuthResult(success=True)

    controller = Controller(
        inbox, hostname="127.0.0.1", port=unused_port(), authenticator=authenticate, auth_require_tls=False
    )
    controller.start()
    try:
        await channel(controller.port, smtp_user="desk").deliver(NOTE)
    finally:
        controller.stop()
    assert (asked, len(inbox.mails)) == ([], 1)


async def test_nobody_listening_is_a_failure() -> None:
    with pytest.raises(DeliveryError, match="did not take it"):
        await channel(unused_port()).deliver(NOTE)


async def test_garbage_is_a_failure() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x01 who are you?\r\n" * 5)
        writer.close()

    async with listening(talk) as port:
        with pytest.raises(DeliveryError, match="did not take it"):
            await channel(port).deliver(NOTE)


async def test_a_hanging_server_can_be_given_up_at_any_time() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(hang) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await channel(port).deliver(NOTE)


async def test_a_missing_address_is_not_tried_again() -> None:
    with pytest.raises(DeliveryError, match="address is missing") as caught:
        await channel(1, email_from="").deliver(NOTE)
    assert caught.value.lasting
