"""Settings that change while the application runs."""

import asyncio
import os
from pathlib import Path

import pytest

from ares_desktop.config.schema import Settings
from ares_desktop.config.store import SettingsStore
from ares_desktop.domain.errors import AresError, RefusedError, StorageError, UsageError

COMMENTED = "# mine\n[ui]\n# at night\ntheme = 'dark'  # really\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(COMMENTED)
    return path


class Heard:
    """Keeps what a listener was told, and refuses what it is asked to."""

    def __init__(self, refuse: str = "") -> None:
        self.themes: list[tuple[str, str]] = []
        self._refuse = refuse

    def __call__(self, old: Settings, new: Settings) -> None:
        if new.ui.theme == self._refuse:
            raise RefusedError("NO", f"not {self._refuse}")
        self.themes.append((old.ui.theme, new.ui.theme))


def test_a_change_is_in_force_and_in_the_file_with_the_comments_kept(file: Path) -> None:
    store, heard = SettingsStore(file), Heard()
    store.subscribe(heard)
    store.change({"ui.theme": "light", "account.starting_cash": "250000.50", "risk.max_quantity": 5})
    assert heard.themes == [("dark", "light")]
    assert store.current.ui.theme == "light"
    text = file.read_text()
    assert "# mine" in text
    assert "# at night" in text
    assert SettingsStore(file).current == store.current
    assert file.stat().st_mode & 0o077 == 0
    assert list(file.parent.iterdir()) == [file]


def test_none_goes_back_to_the_default(file: Path) -> None:
    store = SettingsStore(file)
    store.change({"ui.scale": 1.5})
    store.change({"ui.scale": None, "ui.refresh_hz": None})
    assert store.current == Settings()
    assert "scale" not in file.read_text()


def test_a_wrong_change_changes_nothing(file: Path) -> None:
    store = SettingsStore(file)
    with pytest.raises(UsageError) as error:
        store.change({"ui.theme": "pink", "ui.scale": 99})
    assert len(error.value.findings) == 2
    assert store.current == Settings()
    assert file.read_text() == COMMENTED


def test_when_one_listener_refuses_the_others_are_rolled_back(file: Path) -> None:
    store, heard = SettingsStore(file), Heard()
    store.subscribe(heard)
    store.subscribe(Heard(refuse="light"))
    with pytest.raises(RefusedError):
        store.change({"ui.theme": "light"})
    assert heard.themes == [("dark", "light"), ("light", "dark")]
    assert store.current.ui.theme == "dark"
    assert file.read_text() == COMMENTED


def test_when_the_file_cannot_be_written_the_old_settings_stay_in_force(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store, heard = SettingsStore(file), Heard()
    store.subscribe(heard)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        store.change({"ui.theme": "light"})
    assert heard.themes == [("dark", "light"), ("light", "dark")]
    assert store.current.ui.theme == "dark"
    assert file.read_text() == COMMENTED
    assert list(file.parent.iterdir()) == [file]


def test_a_setting_that_a_stronger_source_holds_is_not_changed(file: Path) -> None:
    store = SettingsStore(file, environ={"ARES_DESKTOP__UI__THEME": "light"})
    with pytest.raises(UsageError, match=r"ARES_DESKTOP__UI__THEME: decides ui\.theme"):
        store.change({"ui.theme": "dark"})


def test_a_reload_takes_over_what_a_person_saved(file: Path) -> None:
    store = SettingsStore(file)
    assert store.reload() is False
    file.write_text("[ui]\ntheme = 'light'\n")
    assert store.reload() is True
    assert store.current.ui.theme == "light"


def test_a_listener_that_left_is_not_asked(file: Path) -> None:
    store, heard = SettingsStore(file), Heard()
    leave = store.subscribe(heard)
    leave()
    store.change({"ui.theme": "light"})
    assert heard.themes == []


async def test_the_watch_reports_a_bad_file_once_and_takes_a_good_one(file: Path) -> None:
    errors: asyncio.Queue[AresError] = asyncio.Queue()
    taken = asyncio.Event()
    store = SettingsStore(file)
    store.subscribe(lambda _old, _new: taken.set())
    watch = asyncio.create_task(store.watch(errors.put_nowait, interval_s=0.001))
    save(file, "[ui]\ntheme = 'pinkish'\n")
    await errors.get()
    save(file, "[ui]\ntheme = 'light'\n")
    await taken.wait()
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    assert errors.empty()
    assert store.current.ui.theme == "light"


def save(file: Path, text: str) -> None:
    file.write_text(text)
