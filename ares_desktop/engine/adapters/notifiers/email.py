"""Alerts as e-mail over SMTP."""

import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.engine.adapters.notifiers.certificates import trusted
from ares_desktop.engine.alerting.secret_desk import SecretDesk
from ares_desktop.engine.runtime.patient_call import call_patiently

if TYPE_CHECKING:
    from ares_desktop.config.alerting import AlertSettings

_SOCKET_S = 30.0
"""Only a last resort: the caller bounds each attempt."""


class EmailChannel:
    """Implements :class:`~ares_desktop.engine.ports.notifier.AlertChannel`; one connection a mail."""

    name = ChannelName.EMAIL

    def __init__(self, settings: "AlertSettings", secrets: SecretDesk) -> None:
        self._settings = settings
        self._secrets = secrets
        self.target = f"{', '.join(settings.email_to)} by {settings.smtp_host}:{settings.smtp_port}"

    async def deliver(self, note: AlertNote) -> None:
        """Send one mail to all addresses.

        Raises:
            DeliveryError: when the server did not take it for every address.
        """
        wanted = self._settings
        sender = wanted.email_from or wanted.smtp_user
        if not sender or not wanted.email_to:
            msg = "an address is missing: set alerts.email_from and alerts.email_to"
            raise DeliveryError(msg, lasting=True)
        password = None
        if wanted.smtp_user and wanted.smtp_security != "none":
            password = await self._secrets.needed("email.password")
        # To load the library and the certificates would hold the loop up for a moment that can be seen.
        certificates = await call_patiently(_prepared, "certificates")
        import aiosmtplib  # noqa: PLC0415 - loaded above, off the loop

        try:
            refused, _ = await aiosmtplib.send(
                _mail(note, sender, wanted.email_to),
                hostname=wanted.smtp_host,
                port=wanted.smtp_port,
                username=wanted.smtp_user if password else None,
                password=password,
                use_tls=wanted.smtp_security == "tls",
                start_tls=wanted.smtp_security == "starttls",
                tls_context=certificates if wanted.smtp_security != "none" else None,
                timeout=_SOCKET_S,
            )
        except aiosmtplib.SMTPAuthenticationError as error:
            msg = f"the mail server refused user and password: {error}"
            raise DeliveryError(msg, lasting=True) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            msg = f"the mail server did not take it: {error}"
            raise DeliveryError(msg) from error
        if refused:
            msg = f"the mail server refused {', '.join(refused)}"
            raise DeliveryError(msg)

    async def close(self) -> None:
        """Nothing is held between mails."""


def _prepared() -> ssl.SSLContext:
    import aiosmtplib  # noqa: F401, PLC0415 - only who sends mail waits for it

    return trusted()


def _mail(note: AlertNote, sender: str, to: tuple[str, ...]) -> EmailMessage:
    mail = EmailMessage()
    # A line break in a header would begin another header.
    mail["Subject"] = " ".join(f"[{note.severity.value.upper()}] {note.title}".split())
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(note.at)
    mail["Message-ID"] = make_msgid(domain="ares-desktop")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{note.title}\n\n{note.text}\n")
    return mail
