"""What the settings say is what the engine is built from."""

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.bootstrap import build_engine
from ares_desktop.config.store import SettingsStore
from ares_desktop.domain.errors import JournalCorruptError, UsageError
from ares_desktop.domain.simulation import AccountMode
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.foundation import fold_journal, paper_settings
from ares_desktop.paths import Profile
from tests.engine.trading.books_builders import PAPER, a_flow
from tests.engine.trading.desk import Desk, ObedientBroker


def settings(tmp_path: Path, **values: str) -> SettingsStore:
    overrides = {key.replace("__", "."): value for key, value in values.items()}
    return SettingsStore(tmp_path / "settings.toml", overrides=overrides)


def test_the_paper_account_is_opened_as_the_settings_say(tmp_path: Path) -> None:
    chosen = settings(tmp_path, account__starting_cash="5000", account__margin="false", paper__latency_ms="30")
    paper = paper_settings(chosen.current)
    assert paper.starting_cash == Decimal(5000)
    assert paper.mode is AccountMode.CASH
    assert paper.latency_ms == 30


async def test_limits_and_speed_come_from_the_settings(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "profile")
    profile.prepare()
    chosen = settings(tmp_path, risk__max_quantity="77", feed__speed="12", feed__spec="sample")
    engine = build_engine(profile, chosen.current)
    assert engine.managers.totals.limits().max_quantity == 77
    assert engine.managers.data.feed().speed == 12
    assert engine.first_run
    await engine.stop()


def test_a_wrong_feed_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "profile")
    profile.prepare()
    with pytest.raises(UsageError, match="feed"):
        build_engine(profile, settings(tmp_path, feed__spec="telepathy").current)
    assert not profile.journal.exists()


async def test_a_snapshot_and_the_events_after_it_give_the_same_state(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    desk = Desk(path, ObedientBroker(fills_at_once=True))
    await desk.open()
    await desk.recorder.record(a_flow("1000"))
    desk.journal.save_snapshot(desk.fold.last_sequence, desk.fold.encode())
    await desk.recorder.record(a_flow("234"))
    await desk.close()
    folded = fold_journal(SqliteJournal(path))
    assert folded.last_sequence == desk.fold.last_sequence
    assert folded.ledger.dump() == desk.fold.ledger.dump()
    assert folded.ledger.account_cash(PAPER) == Decimal(1_001_234)


async def test_a_snapshot_of_another_version_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    desk = Desk(path, ObedientBroker())
    await desk.open()
    desk.journal.save_snapshot(desk.fold.last_sequence, b"another version")
    await desk.close()
    assert fold_journal(SqliteJournal(path)).ledger.dump() == desk.fold.ledger.dump()


async def test_a_broken_chain_is_never_folded(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    desk = Desk(path, ObedientBroker())
    await desk.open()
    await desk.close()
    damage = sqlite3.connect(path)
    damage.executescript("DROP TRIGGER events_are_never_changed; UPDATE events SET cause = 'forged' WHERE sequence = 2")
    damage.close()
    with pytest.raises(JournalCorruptError):
        fold_journal(SqliteJournal(path))
