"""The journal is asked on the command line when nothing runs; secrets of channels come from a pipe."""

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ares_desktop.cli.main import main
from ares_desktop.domain.events import EventDraft
from ares_desktop.engine.adapters.secrets.store import PASSPHRASE
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.paths import Profile
from tests.engine.trading.books_builders import accepted, submitted

SECRET = "the-most-secret-word"  # noqa: S105 - planted
Ares = Callable[..., Any]


async def written(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.open()
    await journal.append(EventDraft(payload=submitted()), EventDraft(payload=accepted()))
    await journal.close()


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = Profile.at(tmp_path / "profile")
    profile.prepare()
    asyncio.run(written(profile.journal))
    return profile


@pytest.fixture
def ares(profile: Profile, capfd: pytest.CaptureFixture[str]) -> Ares:
    def run(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json", "--profile", str(profile.root)]) == code
        return json.loads(capfd.readouterr().out)

    return run


def test_the_journal_is_searched_newest_first(ares: Ares) -> None:
    assert [row["kind"] for row in ares("audit")] == ["OrderAccepted", "OrderSubmitted"]
    assert [row["order"] for row in ares("audit", "--kind", "OrderSubmitted")] == ["trend-000001"]
    assert ares("audit", "--order", "nobody-000001") == []


def test_the_chain_of_an_order_begins_with_what_led_to_it(ares: Ares) -> None:
    links = ares("audit", "chain", "trend-000001")["links"]
    assert [link["sequence"] for link in links] == sorted(link["sequence"] for link in links)
    assert ares("audit", "chain", "nobody-000001", code=2)["error"]["findings"][0]["place"] == "ORDER"


def test_a_bundle_is_packed_of_a_profile_whose_application_is_gone(ares: Ares, tmp_path: Path) -> None:
    report = ares("audit", "bundle", str(tmp_path / "incident.zip"))
    with zipfile.ZipFile(tmp_path / "incident.zip") as packed:
        assert set(report["files"]) <= set(packed.namelist())
        assert "settings.json" in packed.namelist()


def test_a_profile_without_a_journal_is_told_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--json", "--profile", str(tmp_path / "empty")]) == 2
    assert "has no journal" in capfd.readouterr().out


def test_a_secret_comes_from_a_pipe_and_is_never_printed(
    ares: Ares, profile: Profile, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(PASSPHRASE, "for this test")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    answer = ares("alerts", "secret", "telegram.token")
    assert (answer["secret"], answer["kept"]) == ("telegram.token", True)
    assert SECRET not in json.dumps(answer) + capfd.readouterr().err
    assert not [file for file in profile.root.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
