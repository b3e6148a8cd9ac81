"""Commands that need no running application."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ares_desktop.cli import checks
from ares_desktop.cli.checks import Check
from ares_desktop.cli.doctor import examine
from ares_desktop.cli.main import main
from ares_desktop.domain.events import EventDraft, SessionStarted, SessionStopped
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.runtime.locks import InstanceLock
from ares_desktop.paths import Profile

BARS = """\
time,open,high,low,close,volume
2024-01-02 14:30:00,100,101,99,100.5,1000
2024-01-02 14:31:00,100.5,102,100,101.25,1100
2024-01-02 14:32:00,101.25,101.5,101,101.0,900
"""
GOOD = 'from ares_desktop.api import Strategy\n\n\nclass Quiet(Strategy):\n    """Does nothing."""\n'
BAD = "from ares_desktop.api import Strategy\n\nclass Broken(Strategy)\n    pass\n"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = Profile.at(tmp_path / "profile")
    profile.prepare()
    return profile


@pytest.fixture
def ares(profile: Profile, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run a command on the profile; return its exit code and its document."""

    def run(*words: str) -> tuple[int, Any]:
        code = main([*words, "--json", "--profile", str(profile.root)])
        return code, json.loads(capfd.readouterr().out)

    return run


def test_market_data_is_imported_listed_and_exported_to_what_can_be_imported_again(ares: Any, tmp_path: Path) -> None:
    (tmp_path / "XYZ.csv").write_text(BARS)
    code, (stored,) = ares("data", "import", str(tmp_path / "XYZ.csv"))
    assert code == 0
    assert (stored["symbol"], stored["kind"], stored["spec"], stored["rows"]) == ("XYZ", "bars", "1m", 3)
    assert stored["from"] == "2024-01-02T14:30:00Z"
    assert ares("data", "list") == (0, [stored])
    for name in ("copy.csv", "copy.parquet"):
        code, exported = ares("data", "export", "XYZ", str(tmp_path / name))
        assert (code, exported["rows"]) == (0, 3)
        _, (again,) = ares("data", "import", str(tmp_path / name), "--symbol", "XYZ")
        assert again == stored


def test_files_that_are_wrong_are_reported_together_and_nothing_is_stored(ares: Any, tmp_path: Path) -> None:
    for name in ("A.csv", "B.csv"):
        (tmp_path / name).write_text("time,open\nyesterday,1\n")
    code, document = ares("data", "import", str(tmp_path / "A.csv"), str(tmp_path / "B.csv"))
    assert code == 2
    places = " ".join(finding["place"] for finding in document["error"]["findings"])
    assert "A.csv" in places
    assert "B.csv" in places
    assert ares("data", "list") == (0, [])


def test_exporting_what_is_not_stored_is_a_finding(ares: Any, tmp_path: Path) -> None:
    code, document = ares("data", "export", "XYZ", str(tmp_path / "x.csv"))
    assert code == 2
    assert document["error"]["findings"][0]["problem"] == "is not stored"


def test_nothing_is_imported_beside_an_application_that_does_not_answer(
    ares: Any, profile: Profile, tmp_path: Path
) -> None:
    (tmp_path / "XYZ.csv").write_text(BARS)
    with InstanceLock(profile.lock):
        code, document = ares("data", "import", str(tmp_path / "XYZ.csv"))
    assert (code, document["reason"]) == (4, "PROFILE_IN_USE")


def test_a_strategy_file_is_checked_with_the_line_of_its_fault(ares: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "quiet.py", tmp_path / "broken.py"
    good.write_text(GOOD)
    bad.write_text(BAD)
    code, document = ares("strategies", "check", str(good))
    assert (code, document["valid"], document["class"], document["problems"]) == (0, True, "Quiet", [])
    code, document = ares("strategies", "check", str(bad))
    assert (code, document["valid"], document["problems"][0]["line"]) == (1, False, 3)


async def written(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.open()
    await journal.append(
        EventDraft(payload=SessionStarted(version="1", pid=7, at=NOW)), EventDraft(payload=SessionStopped(at=NOW))
    )
    await journal.close()


def test_the_journal_is_verified_and_its_end_shown(ares: Any, profile: Profile) -> None:
    asyncio.run(written(profile.journal))
    code, verified = ares("journal", "verify")
    assert (code, verified["ok"], verified["rows"]) == (0, True, 2)
    code, events = ares("journal", "tail", "--count", "1")
    assert [(event["sequence"], event["kind"]) for event in events] == [(2, "SessionStopped")]
    _, events = ares("journal", "tail")
    assert events[0]["payload"]["pid"] == 7


def test_a_journal_that_is_not_there_is_a_finding(ares: Any) -> None:
    for verb in ("verify", "tail"):
        code, document = ares("journal", verb)
        assert code == 2
        assert document["error"]["findings"][0]["problem"] == "has no journal"


def test_a_journal_that_was_tampered_with_fails_the_verification(ares: Any, profile: Profile) -> None:
    asyncio.run(written(profile.journal))
    content = profile.journal.read_bytes()
    profile.journal.write_bytes(content.replace(b"SessionStopped", b"SessionStoqped"))
    code, verified = ares("journal", "verify")
    assert (code, verified["ok"]) == (1, False)
    assert checks.journal(profile).state == "failed"


def test_the_doctor_tells_of_every_check_and_a_remedy_for_each_fault(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "libraries", lambda: Check(check="libraries", state="ok", detail="looked at elsewhere"))
    found = {check.check: check for check in examine(profile)}
    assert set(found) >= {
        "python",
        "libraries",
        "display",
        "fonts",
        "profile",
        "disk",
        "clock",
        "application",
        "licence",
    }
    assert all(check.detail for check in found.values())
    assert all(check.remedy for check in found.values() if check.state != "ok")
    assert found["journal"].state == "ok"


def test_the_doctor_fails_on_wrong_settings(ares: Any, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = Check(check="x", state="ok", detail="looked at elsewhere")
    for name in ("libraries", "xcb_libraries", "display", "fonts"):
        monkeypatch.setattr(checks, name, lambda: healthy)
    profile.settings_file.write_text("[ui]\ntheme = 'pink'\n")
    code, rows = ares("doctor")
    assert code == 1
    (settings,) = [row for row in rows if row["check"] == "settings"]
    assert settings["state"] == "failed"
    assert "ui.theme" in settings["detail"]


def test_the_doctor_sees_an_application_that_hangs(profile: Profile) -> None:
    with InstanceLock(profile.lock):
        assert checks.application(profile).state == "failed"
        assert checks.paper_broker(profile).state == "failed"
    assert checks.application(profile).detail == "not running"


def test_the_doctor_sees_a_clock_that_went_back(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    profile.log_file.touch()
    monkeypatch.setattr(time, "time", lambda: profile.log_file.stat().st_mtime - 3600)
    assert checks.clock(profile).state == "failed"
