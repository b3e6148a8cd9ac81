"""Secrets come from the environment, the keyring, or an encrypted file; never from a readable one."""

from pathlib import Path

import keyring.backend
import pytest
from keyring.backends import fail

from ares_desktop.domain.errors import StorageError
from ares_desktop.engine.adapters.secrets import store as module
from ares_desktop.engine.adapters.secrets.store import PASSPHRASE, MachineSecrets

SECRET = "the-most-secret-word"  # noqa: S105 - planted


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1
    name = "memory"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_the_keyring_keeps_secrets_of_each_profile_apart(tmp_path: Path) -> None:
    ring = Ring()
    one = MachineSecrets("one", tmp_path / "secrets", environ={}, backend=ring)
    two = MachineSecrets("two", tmp_path / "secrets", environ={}, backend=ring)
    one.put("email.password", SECRET)
    assert (one.get("email.password"), two.get("email.password")) == (SECRET, None)
    one.put("email.password", "")
    assert one.get("email.password") is None
    assert not (tmp_path / "secrets").exists()


def test_a_variable_of_the_environment_wins(tmp_path: Path) -> None:
    environ = {"ARES_DESKTOP_SECRET_TELEGRAM_TOKEN": "from outside"}
    store = MachineSecrets("one", tmp_path / "secrets", environ=environ, backend=Ring())
    store.put("telegram.token", SECRET)
    assert store.get("telegram.token") == "from outside"


@pytest.fixture
def without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    monkeypatch.setattr(module, "_HARDNESS", {"n": 2**10, "r": 8, "p": 1})


@pytest.mark.usefixtures("without_keyring")
def test_without_a_keyring_a_passphrase_encrypts_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    MachineSecrets("one", file, environ={PASSPHRASE: "right"}).put("webhook.url", SECRET)
    assert SECRET.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert MachineSecrets("one", file, environ={PASSPHRASE: "right"}).get("webhook.url") == SECRET
    with pytest.raises(StorageError, match="not the passphrase"):
        MachineSecrets("one", file, environ={PASSPHRASE: "wrong"}).get("webhook.url")


@pytest.mark.usefixtures("without_keyring")
def test_without_both_nothing_is_written_and_the_remedy_is_told(tmp_path: Path) -> None:
    store = MachineSecrets("one", tmp_path / "secrets", environ={})
    with pytest.raises(StorageError, match=PASSPHRASE):
        store.put("webhook.url", SECRET)
    assert not (tmp_path / "secrets").exists()
    assert "no keyring" in store.place()
