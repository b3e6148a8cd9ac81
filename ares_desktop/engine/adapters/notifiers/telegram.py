"""Alerts as messages of a Telegram bot, see https://core.telegram.org/bots/api#sendmessage."""

from typing import TYPE_CHECKING, Final

import msgspec

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.adapters.notifiers.http import HttpPoster
from ares_desktop.engine.alerting.secret_desk import SecretDesk

if TYPE_CHECKING:
    from ares_desktop.config.alerting import AlertSettings

_LONGEST: Final = 4096
_WHOM: Final = "Telegram"


class _Answer(msgspec.Struct):
    ok: bool
    description: str = ""


class TelegramChannel:
    """Implements :class:`~ares_desktop.engine.ports.notifier.AlertChannel`."""

    name = ChannelName.TELEGRAM

    def __init__(self, settings: "AlertSettings", secrets: SecretDesk) -> None:
        self._chat = settings.telegram_chat
        self._base = settings.telegram_url.rstrip("/")
        self._secrets = secrets
        self._http = HttpPoster()
        self.target = f"chat {self._chat}"

    async def deliver(self, note: AlertNote) -> None:
        """Send one message.

        Raises:
            DeliveryError: when the bot's server did not confirm it.
        """
        token = await self._secrets.needed("telegram.token")
        text = f"{note.severity.value.upper()}: {note.title}\n{note.text}"[:_LONGEST]
        body = msgspec.json.encode({"chat_id": self._chat, "text": text, "disable_web_page_preview": True})
        url = f"{self._base}/bot{token}/sendMessage"
        answer = await self._http.post(url, body, {"Content-Type": "application/json"}, whom=_WHOM)
        try:
            confirmed = msgspec.json.decode(answer, type=_Answer)
        except msgspec.MsgspecError as error:
            msg = "Telegram's answer is none: it may not have arrived"
            raise DeliveryError(msg) from error
        if not confirmed.ok:
            msg = f"Telegram refused it: {confirmed.description}"
            raise DeliveryError(msg)

    async def close(self) -> None:
        """Close connections."""
        await self._http.close()
