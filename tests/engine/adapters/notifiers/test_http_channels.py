"""Webhook and Telegram against servers on loopback that behave and that do not."""

import asyncio
import json

import pytest

from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.adapters.notifiers.telegram import TelegramChannel
from ares_desktop.engine.adapters.notifiers.webhook import SIGNATURE, TIMESTAMP, WebhookChannel, signature
from tests.engine.adapters.notifiers.servers import NOTE, answering, reply, secrets, settings, unused_port

TOKEN = "123456:a-very-secret-token"  # noqa: S105 - of a server on loopback


def webhook(url: str, key: str = "") -> WebhookChannel:
    return WebhookChannel(secrets(webhook_url=url, webhook_key=key))


def telegram(url: str, token: str = TOKEN) -> TelegramChannel:
    return TelegramChannel(settings(telegram_chat="42", telegram_url=url), secrets(telegram_token=token))


async def test_a_webhook_gets_the_note_as_json_with_a_signature_it_can_check() -> None:
    async with answering(reply("200 OK")) as server:
        channel = webhook(f"{server.url}/hook?token=abc", "signing key")
        await channel.deliver(NOTE)
        await channel.close()
    ((line, headers, body),) = server.requests
    assert line.startswith("POST /hook?token=abc ")
    assert json.loads(body)["title"] == NOTE.title
    assert headers[SIGNATURE] == signature("signing key", headers[TIMESTAMP], body)
    assert headers[SIGNATURE] != signature("another key", headers[TIMESTAMP], body)


async def test_a_webhook_without_a_key_is_not_signed() -> None:
    async with answering(reply("204 No Content", b"")) as server:
        channel = webhook(server.url)
        await channel.deliver(NOTE)
        await channel.close()
    assert SIGNATURE not in server.requests[0][1]


async def test_telegram_gets_the_message_for_the_chat() -> None:
    async with answering(reply("200 OK", b'{"ok": true}')) as server:
        channel = telegram(server.url)
        await channel.deliver(NOTE)
        await channel.close()
    ((line, _, body),) = server.requests
    assert line.startswith(f"POST /bot{TOKEN}/sendMessage ")
    document = json.loads(body)
    assert (document["chat_id"], NOTE.title in document["text"]) == ("42", True)


@pytest.mark.parametrize(
    ("answer", "told", "lasting"),
    [
        (reply("500 Internal Server Error", b"oops"), "answered 500: oops", False),
        (reply("401 Unauthorized", b'{"description": "bad token"}'), "answered 401", True),
        (reply("429 Too Many Requests"), "answered 429", False),
        (reply("302 Found"), "answered 302", False),
        (reply("200 OK", b"<html>not telegram</html>"), "Telegram's answer is none", False),
        (reply("200 OK", b'{"ok": false, "description": "chat not found"}'), "chat not found", False),
        (b"\x00\xff garbage \r\n\r\n", "can't be reached", False),
        (b"", "can't be reached", False),
    ],
)
async def test_what_a_bad_server_answers_is_a_failure_that_holds_no_secret(
    answer: bytes, told: str, lasting: bool
) -> None:
    async with answering(answer) as server:
        channel = telegram(server.url)
        with pytest.raises(DeliveryError, match=told) as caught:
            await channel.deliver(NOTE)
        await channel.close()
    assert TOKEN not in str(caught.value)
    assert caught.value.lasting is lasting


async def test_a_refused_connection_names_no_address() -> None:
    url = f"http://127.0.0.1:{unused_port()}/secret-path"
    channel = webhook(url)
    with pytest.raises(DeliveryError, match="the webhook can't be reached") as caught:
        await channel.deliver(NOTE)
    await channel.close()
    assert "secret-path" not in str(caught.value)


async def test_a_hanging_server_can_be_given_up_at_any_time() -> None:
    async with answering(None) as server:
        channel = webhook(server.url)
        async with asyncio.TaskGroup() as group:
            delivery = group.create_task(channel.deliver(NOTE))
            await server.arrived.wait()
            delivery.cancel()
        assert delivery.cancelled()
        await channel.close()


@pytest.mark.parametrize("url", ["not an address", "ftp://127.0.0.1/x"])
async def test_an_address_that_is_none_is_not_tried_again(url: str) -> None:
    channel = webhook(url)
    with pytest.raises(DeliveryError, match="address") as caught:
        await channel.deliver(NOTE)
    await channel.close()
    assert caught.value.lasting


async def test_a_missing_secret_says_how_to_keep_it() -> None:
    with pytest.raises(DeliveryError, match=r"alerts secret telegram\.token") as caught:
        await TelegramChannel(settings(telegram_chat="42"), secrets()).deliver(NOTE)
    assert caught.value.lasting
