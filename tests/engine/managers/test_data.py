"""Market data is shown as it comes, the feed obeys, and files go into the store."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.market import Bar, FeedState, FeedStatus, ImportProgress
from ares_desktop.engine.managers.data import DataManager
from tests.engine.house import ACME, House, bars_file


@pytest.fixture
def data(house: House) -> DataManager:
    return house.managers.data


async def test_every_bar_is_shown_once_in_its_order(house: House, data: DataManager) -> None:
    seen: list[Bar] = []
    data.bar_closed.connect(seen.append)
    before = data.events_seen
    await house.play(7)
    data.bar_closed.disconnect(seen.append)
    assert len(seen) == data.events_seen - before == 7
    assert [bar.end_ns for bar in seen] == sorted({bar.end_ns for bar in seen})
    assert data.last(ACME) == seen[-1]
    assert data.last_price(ACME) == 100.0
    assert data.bars(ACME, 3) == tuple(seen[-3:])
    assert data.now().timestamp() * 1e9 == seen[-1].end_ns


async def test_the_feed_holds_goes_on_and_takes_a_speed(data: DataManager) -> None:
    shown: list[FeedStatus] = []
    data.feed_changed.connect(shown.append)
    data.set_speed(1.0)
    assert data.feed().speed == 1.0
    data.resume()
    assert data.feed().state is FeedState.RUNNING
    data.pause()
    assert data.feed().state is FeedState.PAUSED
    data.feed_changed.disconnect(shown.append)
    assert [status.state for status in shown[-2:]] == [FeedState.RUNNING, FeedState.PAUSED]


async def test_instruments_are_found_by_what_a_person_types(data: DataManager) -> None:
    assert [item.id for item in data.instruments()] == [ACME]
    assert data.resolve("acme") == data.resolve("ACME.sim") == ACME
    instrument = data.instrument(ACME)
    assert instrument is not None
    assert instrument.tradable


async def test_history_ends_at_the_time_in_force(house: House, data: DataManager) -> None:
    await house.play(1)
    spec = data.specs(ACME)[0]
    bars = await data.history(ACME, spec, 1000)
    assert bars[-1] == data.last(ACME)
    assert len(await data.history(ACME, spec, 2)) == 2


async def test_a_file_is_imported_and_listed_and_a_bad_one_changes_nothing(data: DataManager, tmp_path: Path) -> None:
    told: list[ImportProgress] = []
    data.import_progressed.connect(told.append)
    (stored,) = await data.import_files([bars_file(tmp_path, [1.0, 2.0, 3.0], "NEW")])
    data.import_progressed.disconnect(told.append)
    assert (stored.symbol, stored.rows) == ("NEW", 3)
    assert told
    bad = tmp_path / "BAD.csv"
    bad.write_text("time,open\nnever,1\n")
    with pytest.raises(UsageError, match="BAD"):
        await data.import_files([bad])
    assert [item.symbol for item in await data.stored()] == ["NEW"]
