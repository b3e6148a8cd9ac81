"""Passwords and tokens, kept where the machine keeps secrets."""

from typing import Protocol


class SecretStore(Protocol):
    """Keeps secrets by name. The methods block, so they belong to a thread."""

    def get(self, name: str) -> str | None:
        """Return a secret, None when there is none.

        Raises:
            StorageError: when the store can't be asked.
        """

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, or forget it when it is empty.

        Raises:
            StorageError: when there is no store that keeps it safe.
        """

    def place(self) -> str:
        """Return where secrets are kept, in the words of a person."""
