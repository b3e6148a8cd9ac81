"""Feed specifications give their feeds, and wrong ones say what to write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.market import DataKind, FeedState, MarketEvent
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.adapters.feeds.replay import DEFAULT_SPEED, ReplayFeed
from ares_desktop.engine.adapters.feeds.sample import SampleFeed
from ares_desktop.engine.adapters.feeds.spec import parse_feed
from ares_desktop.engine.adapters.feeds.synthetic import DEFAULT_RATE, SyntheticFeed
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.data.importer import Importer

DAILY = "date,open,high,low,close,volume\n2020-01-02,1,2,1,1.5,10\n2020-01-03,1,2,1,1.5,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "SPY.csv"
    path.write_text(DAILY)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArcticBarStore]:
    opened = ArcticBarStore(tmp_path / "store")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("spec", "feed", "speed"),
    [
        ("sample", SampleFeed, DEFAULT_SPEED),
        ("sample@max", SampleFeed, 0),
        ("replay:{file}", ReplayFeed, DEFAULT_SPEED),
        ("replay:{file},{file}@2.5", ReplayFeed, 2.5),
        ("replay:{file}@max", ReplayFeed, 0),
        ("synthetic:42", SyntheticFeed, DEFAULT_RATE),
        ("synthetic:42@20000", SyntheticFeed, 20_000),
    ],
)
def test_each_form_gives_its_feed(spec: str, feed: type, speed: float, file: Path) -> None:
    found = parse_feed(spec.format(file=file), store=None)
    assert isinstance(found, feed)
    assert found.status().speed == speed


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("", "Use one of sample"),
        ("nothing", "Use one of sample"),
        ("sample@0", "above zero"),
        ("sample@", "above zero"),
        ("sample@nan", "above zero"),
        ("sample:x", "is not a feed"),
        ("replay:", "names no file"),
        ("replay:a,,b", "names no file"),
        ("replay:SPY@-1", "above zero"),
        ("replay:none.csv", "no such file"),
        ("replay:SPY", "there is no store"),
        ("synthetic:", "whole number"),
        ("synthetic:x", "whole number"),
        ("synthetic:1@fast", "above zero"),
        ("ib", "no adapter for ib"),
        ("ccxt:kraken", "no adapter for ccxt"),
    ],
)
def test_a_wrong_specification_is_a_usage_error(spec: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        parse_feed(spec, store=None)


def test_every_missing_file_is_told() -> None:
    with pytest.raises(UsageError) as error:
        parse_feed("replay:a.csv,b.csv.gz@max", store=None)
    assert [finding.value for finding in error.value.findings] == ["a.csv", "b.csv.gz"]


async def replayed(spec: str, store: ArcticBarStore) -> list[MarketEvent]:
    feed = parse_feed(spec, store=store)
    await feed.open()
    found: list[MarketEvent] = []

    async def publish(events: object) -> None:
        found.extend(events)  # type: ignore[arg-type]

    await feed.run(publish)
    return found


async def test_an_imported_symbol_replays_like_its_file(file: Path, store: ArcticBarStore) -> None:
    (stored,) = await Importer(store, read_series).run([file])
    assert (stored.symbol, stored.kind, stored.spec, stored.rows) == ("SPY", DataKind.BARS, "1d", 2)
    assert repr(await replayed("replay:SPY@max", store)) == repr(await replayed(f"replay:{file}@max", store))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["minute/EURUSD_quotes", "minute/BTCUSD_coinbase"])
async def test_real_data_replays_from_the_store_as_from_its_file(
    shared_data: Path, store: ArcticBarStore, name: str
) -> None:
    file = shared_data / f"{name}.csv.gz"
    (stored,) = await Importer(store, read_series).run([file])
    events = await replayed(f"replay:{stored.symbol}@max", store)
    assert len(events) == stored.rows * (2 if stored.kind is DataKind.QUOTES else 1)
    assert repr(events) == repr(await replayed(f"replay:{file}@max", store))


async def test_all_sources_are_read_before_any_finding_is_told(tmp_path: Path, store: ArcticBarStore) -> None:
    bad = tmp_path / "BAD.csv"
    bad.write_text("nothing")
    feed = parse_feed(f"replay:{bad},MISSING", store=store)
    with pytest.raises(UsageError) as error:
        await feed.open()
    places = {finding.place for finding in error.value.findings}
    assert places == {str(bad), "MISSING"}
    assert feed.status().state is FeedState.FAILED


async def test_one_source_twice_is_refused(file: Path, store: ArcticBarStore) -> None:
    with pytest.raises(UsageError, match="a second time"):
        await parse_feed(f"replay:{file},{file}", store=store).open()
