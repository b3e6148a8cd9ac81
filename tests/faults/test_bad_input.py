"""Bad input is refused as a whole, with every finding, its place and a remedy; nothing is stored or traded."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.runs import Outcome, Run, command_line

pytestmark = pytest.mark.scenario

BROKEN_CSV = """time,open,high,low,close,volume
2024-01-02,10,11,9,10.5,100
2024-01-03,ten,11,9,10.5,100
2024-01-04,10,9,11,10,100
not a day,10,11,9,10,100
"""
BROKEN_SETTINGS = """
[feed]
speed = -1

[account]
starting_cash = "much"
currency = "dollars"

[risk]
no_such_key = 1
"""


NO_ROOM = ("sh", "-c", 'ulimit -f 2; exec "$@"', "sh")


def run(profile: Path, *words: str, under: Sequence[str] = ()) -> Outcome:
    words = ("run", "--headless", "--for", "1", "--json", *words)
    return command_line("--profile", str(profile), *words, under=under)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def broken_csv(tmp_path: Path) -> Path:
    file = tmp_path / "BROKEN.csv"
    file.write_text(BROKEN_CSV)
    return file


def test_a_broken_file_as_feed_is_refused_with_every_finding(profile: Path, broken_csv: Path) -> None:
    ended = run(profile, "--feed", f"replay:{broken_csv}")
    assert ended.code == 2
    assert len(ended.findings) >= 3
    assert all(str(broken_csv) in finding["place"] and finding["problem"] for finding in ended.findings)
    assert "Traceback" not in ended.err


def test_of_a_broken_file_nothing_is_imported(profile: Path, broken_csv: Path) -> None:
    ended = command_line("--profile", str(profile), "data", "import", str(broken_csv), "--symbol", "X", "--json")
    assert ended.code == 2
    assert len(ended.findings) >= 3
    listed = command_line("--profile", str(profile), "data", "list", "--json")
    assert (listed.code, listed.document) == (0, [])


def test_wrong_settings_are_all_listed_with_their_places(profile: Path) -> None:
    profile.mkdir()
    (profile / "settings.toml").write_text(BROKEN_SETTINGS)
    ended = run(profile)
    assert ended.code == 2
    problems = {finding["place"]: finding["remedy"] for finding in ended.findings}
    for key in ("feed.speed", "account.starting_cash", "account.currency", "risk.no_such_key"):
        assert any(key in place for place in problems), problems
    assert not (profile / "journal.sqlite").exists()


@pytest.mark.parametrize("feed", ["nonsense", "replay:/no/such/file.csv@60"])
def test_a_feed_that_is_not_there_is_wrong_usage(profile: Path, feed: str) -> None:
    ended = run(profile, "--feed", feed)
    assert ended.code == 2
    assert ended.findings[0]["remedy"]


def test_a_symbol_that_is_not_stored_is_wrong_usage(profile: Path) -> None:
    ended = run(profile, "--feed", "replay:NOSUCHSYMBOL")
    assert ended.code == 2
    assert "NOSUCHSYMBOL" in ended.out


def test_a_file_in_the_place_of_the_profile_is_wrong_usage(profile: Path) -> None:
    profile.write_text("I am a file")
    ended = run(profile)
    assert (ended.code, ended.findings[0]["place"]) == (2, "--profile")


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """A folder that can't be written, also by root: there it is one of the kernel's own."""
    if os.geteuid() == 0:
        yield Path("/proc/self/ares-desktop")
        return
    folder.mkdir(mode=0o500)
    yield folder
    folder.chmod(0o700)


def test_a_profile_that_can_t_be_written_is_refused_with_a_remedy(profile: Path) -> None:
    with read_only(profile) as folder:
        ended = run(folder)
    assert ended.code == 1
    assert "choose another folder with --profile" in ended.document["error"]["message"]
    assert "Traceback" not in ended.err


def test_a_profile_without_room_is_refused_with_a_remedy(profile: Path) -> None:
    ended = run(profile, under=NO_ROOM)
    assert ended.code == 1
    assert "choose another folder with --profile" in ended.document["error"]["message"]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with some trading in it."""
    with Run(tmp_path_factory.mktemp("traded") / "profile") as session:
        session.start()
        session.until_more("fills")
        assert session.finish() == 0
        return session.profile.journal


def copied(journal: Path, profile: Path) -> sqlite3.Connection:
    profile.mkdir()
    (profile / "journal.sqlite").write_bytes(journal.read_bytes())
    return sqlite3.connect(profile / "journal.sqlite", isolation_level=None)


def test_a_damaged_row_is_named_and_nothing_is_traded(profile: Path, traded: Path) -> None:
    connection = copied(traded, profile)
    connection.execute("DROP TRIGGER events_are_never_changed")
    connection.execute("UPDATE events SET payload = zeroblob(20) WHERE sequence = 7")
    (rows,) = connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    ended = run(profile)
    assert ended.code == 1
    message = ended.document["error"]["message"]
    assert "journal row 7" in message
    assert "Nothing was traded. Put a backup" in message
    assert "Traceback" not in ended.err
    assert not (profile / "paper" / "broker.sqlite3").exists()
    connection = sqlite3.connect(profile / "journal.sqlite")
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (rows,)
    connection.close()
    verified = command_line("--profile", str(profile), "journal", "verify", "--json")
    assert (verified.code, verified.document["bad_sequence"]) == (1, 7)


def test_a_file_that_is_no_journal_is_refused_with_a_remedy(profile: Path) -> None:
    profile.mkdir()
    (profile / "journal.sqlite").write_bytes(b"not a database at all" * 1000)
    ended = run(profile)
    assert ended.code == 1
    assert "not a database" in ended.document["error"]["message"]
    assert "backup" in ended.document["error"]["message"]


def test_a_journal_that_another_process_holds_is_refused_with_a_remedy(profile: Path, traded: Path) -> None:
    connection = copied(traded, profile)
    connection.execute("BEGIN EXCLUSIVE")
    ended = run(profile)
    connection.execute("ROLLBACK")
    connection.close()
    assert ended.code == 1
    assert "locked" in ended.document["error"]["message"]
    assert "Traceback" not in ended.err
