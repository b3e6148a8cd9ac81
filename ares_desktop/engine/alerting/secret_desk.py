"""Fetches secrets without holding up the loop, and has them masked wherever they would be written."""

import asyncio
from typing import Final

from ares_desktop.domain.errors import DeliveryError, Finding, StorageError, UsageError
from ares_desktop.engine.ports.secrets import SecretStore
from ares_desktop.engine.runtime.patient_call import call_patiently
from ares_desktop.redaction import Redactor

SECRETS: Final = ("email.password", "telegram.token", "webhook.url", "webhook.key", "apprise.urls")
"""Every secret that a channel uses."""
_WITHIN_S: Final = 10.0


class SecretDesk:
    """Asks the machine's store of secrets on a thread, since it may ask a person first.

    Args:
        store: keeps them.
        redactor: learns each of them.
    """

    def __init__(self, store: SecretStore, redactor: Redactor) -> None:
        self._store = store
        self._redactor = redactor

    async def get(self, name: str) -> str | None:
        """Return a secret, None when there is none.

        Raises:
            DeliveryError: when the store does not answer.
        """
        try:
            async with asyncio.timeout(_WITHIN_S):
                found = await call_patiently(lambda: self._store.get(name), "secrets")
        except TimeoutError as error:
            msg = f"the store of secrets did not answer within {_WITHIN_S:g} s"
            raise DeliveryError(msg) from error
        except StorageError as error:
            raise DeliveryError(str(error)) from error
        for part in (found or "").split():
            self._redactor.remember(part)
        return found or None

    async def needed(self, name: str) -> str:
        """Return a secret.

        Raises:
            DeliveryError: when there is none, or the store does not answer.
        """
        found = await self.get(name)
        if found is None:
            msg = f"the secret {name} is missing: keep it with ares-desktop alerts secret {name}, or in the panel"
            raise DeliveryError(msg, lasting=True)
        return found

    async def put_secret(self, name: str, secret: str) -> None:
        """Keep a secret; an empty one is forgotten.

        Raises:
            UsageError: when no channel uses such a secret.
            StorageError: when it can't be kept.
        """
        if name not in SECRETS:
            remedy = f"Known ones are {', '.join(SECRETS)}."
            raise UsageError(Finding(place="secret", value=name, problem="is not used by any channel", remedy=remedy))
        for part in secret.split():
            self._redactor.remember(part)
        try:
            async with asyncio.timeout(_WITHIN_S):
                await call_patiently(lambda: self._store.put(name, secret), "secrets")
        except TimeoutError as error:
            msg = f"the store of secrets did not answer within {_WITHIN_S:g} s"
            raise StorageError(msg) from error

    async def place(self) -> str:
        """Return where secrets are kept."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await call_patiently(self._store.place, "secrets")
        except TimeoutError:
            return "a store that does not answer"
