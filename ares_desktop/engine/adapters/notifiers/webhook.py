"""Alerts as JSON documents that are posted to an address, signed where there is a key."""

import hashlib
import hmac
from typing import Final

import msgspec

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.engine.adapters.notifiers.http import HttpPoster
from ares_desktop.engine.alerting.secret_desk import SecretDesk

SIGNATURE: Final = "X-Ares-Signature"
TIMESTAMP: Final = "X-Ares-Timestamp"


class WebhookChannel:
    """Implements :class:`~ares_desktop.engine.ports.notifier.AlertChannel`.

    With the secret ``webhook.key`` each document is signed: ``sha256=`` and the hexadecimal HMAC-SHA-256 (RFC 2104)
    over the time stamp of its header, a full stop, and the body.
    """

    name = ChannelName.WEBHOOK
    target = "the address in the secret webhook.url"

    def __init__(self, secrets: SecretDesk) -> None:
        self._secrets = secrets
        self._http = HttpPoster()

    async def deliver(self, note: AlertNote) -> None:
        """Post one document.

        Raises:
            DeliveryError: when the answer is not one of success.
        """
        url = await self._secrets.needed("webhook.url")
        key = await self._secrets.get("webhook.key")
        body = msgspec.json.encode(note)
        headers = {"Content-Type": "application/json", TIMESTAMP: str(int(note.at.timestamp()))}
        if key:
            headers[SIGNATURE] = signature(key, headers[TIMESTAMP], body)
        await self._http.post(url, body, headers, whom="the webhook")

    async def close(self) -> None:
        """Close connections."""
        await self._http.close()


def signature(key: str, timestamp: str, body: bytes) -> str:
    """Return the signature that a receiver compares."""
    digest = hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"
