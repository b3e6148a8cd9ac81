"""Secrets from the environment, the machine's keyring, or an encrypted file where it has none."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ares_desktop.domain.errors import StorageError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "ares-desktop"
PREFIX: Final = "ARES_DESKTOP_SECRET_"
PASSPHRASE: Final = "ARES_DESKTOP_PASSPHRASE"  # noqa: S105 - the variable's name
_SALT: Final = 16
_HARDNESS: Final = {"n": 2**15, "r": 8, "p": 1}
"""Of scrypt, as RFC 7914 suggests for interactive use."""


class MachineSecrets:
    """Implements :class:`~ares_desktop.engine.ports.secrets.SecretStore`.

    A variable of the environment wins, such as ``ARES_DESKTOP_SECRET_TELEGRAM_TOKEN``. Else the keyring of the machine
    is asked; one that has none, such as a server, keeps secrets in a file that a passphrase encrypts, which stands in
    the variable ``ARES_DESKTOP_PASSPHRASE``.

    Args:
        profile: tells the secrets of one profile from those of another.
        file: where encrypted secrets go.
        environ: variables.
        backend: a keyring other than the machine's.
    """

    def __init__(
        self,
        profile: str,
        file: Path,
        *,
        environ: Mapping[str, str] | None = None,
        backend: "KeyringBackend | None" = None,
    ) -> None:
        self._profile = profile
        self._file = file
        self._environ = os.environ if environ is None else environ
        self._backend = backend

    def get(self, name: str) -> str | None:
        """Return a secret, None when there is none.

        Raises:
            StorageError: when the store can't be asked.
        """
        given = self._environ.get(PREFIX + name.upper().replace(".", "_").replace("-", "_"))
        if given:
            return given
        keyring = self._keyring()
        if keyring is None:
            return self._read_file().get(name) if self._file.exists() else None
        try:
            return keyring.get_password(SERVICE, self._account(name))
        except Exception as error:  # library border: each backend has errors of its own
            msg = f"{self.place()} can't be asked for {name}: {type(error).__name__}"
            raise StorageError(msg) from error

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, or forget it when it is empty.

        Raises:
            StorageError: when there is no store that keeps it safe.
        """
        keyring = self._keyring()
        if keyring is None:
            self._write_file({**(self._read_file() if self._file.exists() else {}), name: secret})
            return
        try:
            if secret:
                keyring.set_password(SERVICE, self._account(name), secret)
            elif keyring.get_password(SERVICE, self._account(name)) is not None:
                keyring.delete_password(SERVICE, self._account(name))
        except Exception as error:  # library border: each backend has errors of its own
            msg = f"{self.place()} can't keep {name}: {type(error).__name__}"
            raise StorageError(msg) from error

    def place(self) -> str:
        """Return where secrets are kept, in the words of a person."""
        keyring = self._keyring()
        if keyring is not None:
            return f"the keyring of this machine ({keyring.name})"
        if self._environ.get(PASSPHRASE):
            return f"the encrypted file {self._file.name} of the profile, since this machine has no keyring"
        return f"nowhere: this machine has no keyring; set {PASSPHRASE} to keep them in an encrypted file"

    def _account(self, name: str) -> str:
        return f"{self._profile}:{name}"

    def _keyring(self) -> "KeyringBackend | None":
        if self._backend is not None:
            return self._backend
        import keyring  # noqa: PLC0415 - asks the system for its backends
        from keyring.backends import fail, null  # noqa: PLC0415 - as above

        found = keyring.get_keyring()
        return None if isinstance(found, fail.Keyring | null.Keyring) else found

    def _read_file(self) -> dict[str, str]:
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - only machines without a keyring need it

        try:
            stored = self._file.read_bytes()
            plain = self._cipher(stored[:_SALT]).decrypt(stored[_SALT:])
            return msgspec.json.decode(plain, type=dict[str, str])
        except OSError as error:
            msg = f"{self._file} can't be read: {error.strerror}"
            raise StorageError(msg) from error
        except (InvalidToken, msgspec.MsgspecError) as error:
            msg = f"{self._file} can't be decrypted: {PASSPHRASE} is not the passphrase it was written with"
            raise StorageError(msg) from error

    def _write_file(self, secrets: Mapping[str, str]) -> None:
        salt = os.urandom(_SALT)
        plain = msgspec.json.encode({name: secret for name, secret in secrets.items() if secret})
        stored = salt + self._cipher(salt).encrypt(plain)
        part = self._file.with_name(self._file.name + ".part")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(stored)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._file)
        except OSError as error:
            msg = f"{self._file} can't be written: {error.strerror}"
            raise StorageError(msg) from error

    def _cipher(self, salt: bytes) -> Any:  # noqa: ANN401 - a class of a library that is loaded late
        passphrase = self._environ.get(PASSPHRASE, "")
        if not passphrase:
            msg = (
                f"this machine has no keyring: set {PASSPHRASE} to keep secrets in an encrypted file, or give each "
                f"as a variable such as {PREFIX}TELEGRAM_TOKEN"
            )
            raise StorageError(msg)
        from cryptography.fernet import Fernet  # noqa: PLC0415 - only machines without a keyring need it
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415 - as above

        key = Scrypt(salt=salt, length=32, **_HARDNESS).derive(passphrase.encode())
        return Fernet(base64.urlsafe_b64encode(key))
