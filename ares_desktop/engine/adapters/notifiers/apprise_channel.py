"""Alerts by Apprise, which knows more than a hundred services, see https://github.com/caronc/apprise."""

from typing import Final

from ares_desktop.domain.alerting import AlertNote, ChannelName
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.alerting.secret_desk import SecretDesk
from ares_desktop.engine.runtime.patient_call import call_patiently

_KINDS: Final = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.ERROR: "failure",
    Severity.CRITICAL: "failure",
}


class AppriseChannel:
    """Implements :class:`~ares_desktop.engine.ports.notifier.AlertChannel`.

    The library blocks, so each note has a thread; while one of them hangs no further one is started.
    """

    name = ChannelName.APPRISE
    target = "the addresses in the secret apprise.urls"

    def __init__(self, secrets: SecretDesk) -> None:
        self._secrets = secrets
        self._busy = False

    async def deliver(self, note: AlertNote) -> None:
        """Notify every address.

        Raises:
            DeliveryError: when one of them did not take it.
        """
        if self._busy:
            msg = "an earlier note still hangs"
            raise DeliveryError(msg)
        urls = (await self._secrets.needed("apprise.urls")).split()
        self._busy = True
        problem = await call_patiently(lambda: self._send(urls, note), "apprise")
        if problem:
            raise DeliveryError(problem, lasting=problem.startswith("address"))

    def _send(self, urls: list[str], note: AlertNote) -> str:
        try:
            import apprise  # noqa: PLC0415 - hundreds of services take their time to load

            services = apprise.Apprise()
            for number, url in enumerate(urls, start=1):
                if not services.add(url):
                    return f"address {number} of apprise.urls is none that Apprise knows"
            sent = services.notify(body=note.text, title=note.title, notify_type=_KINDS[note.severity])
            return "" if sent else "at least one of the addresses did not take it"
        finally:
            self._busy = False

    async def close(self) -> None:
        """Nothing is held between notes."""
