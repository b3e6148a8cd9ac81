"""The bundled market is real, complete and read without running foreign code."""

import asyncio
import math
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from ares_desktop.domain.errors import FeedError
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent
from ares_desktop.engine.adapters.feeds import sample
from ares_desktop.engine.adapters.feeds.sample import REPLAY_START_NS, SampleFeed, load_sample

DAY = BarSpec.parse("1d")


def test_the_bundled_market_has_shares_an_index_and_a_currency_pair() -> None:
    instruments = {series.instrument.symbol: series.instrument for series in load_sample()}
    assert len(instruments) == 23
    assert all(instrument.description for instrument in instruments.values())
    assert instruments["AAPL"].id == "AAPL.SIM"
    assert not instruments["SP500"].tradable
    assert instruments["EURUSD"].asset_class is AssetClass.FX


def test_no_code_of_the_packages_that_hold_it_is_run() -> None:
    load_sample()
    assert not {"skfolio", "gym_anytrading"} & set(sys.modules)


def test_a_series_of_closes_has_no_invented_range() -> None:
    apple = next(series for series in load_sample() if series.instrument.symbol == "AAPL")
    bar = apple.events(0, 1)[0]
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low, bar.close) == (0.264,) * 4
    assert math.isnan(bar.volume)
    assert (bar.start.isoformat(), bar.end.isoformat()) == ("1990-01-02T14:30:00+00:00", "1990-01-02T21:00:00+00:00")


def test_hourly_bars_have_their_real_times_and_prices() -> None:
    euro = next(series for series in load_sample() if series.instrument.symbol == "EURUSD")
    bar = euro.events(0, 1)[0]
    assert isinstance(bar, Bar)
    assert bar.start.isoformat() == "2017-01-01T22:00:00+00:00"
    assert (bar.open, bar.high, bar.low, bar.close) == (1.05236, 1.05253, 1.05221, 1.05227)
    assert len(euro) == 6225


async def test_it_starts_in_2017_with_the_years_before_as_history() -> None:
    feed = SampleFeed(speed=0)
    instruments = await feed.open()
    apple = next(instrument for instrument in instruments if instrument.symbol == "AAPL")
    bars = await feed.history.bars(apple.id, DAY, end_ns=2**62, count=10_000)
    assert len(bars) > 6000
    assert bars[-1].end_ns <= REPLAY_START_NS
    first: asyncio.Queue[MarketEvent] = asyncio.Queue()

    async def publish(events: Sequence[MarketEvent]) -> None:
        first.put_nowait(events[0])
        await asyncio.sleep(60)

    task = asyncio.create_task(feed.run(publish))
    event = await first.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (event.instrument, event.ts) == ("EURUSD.SIM", REPLAY_START_NS)


def test_a_missing_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "find_spec", lambda name: None if name == "skfolio" else find_spec(name))
    with pytest.raises(FeedError, match="skfolio, which is not installed"):
        load_sample()


def test_missing_data_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sample, "_folder", lambda _: tmp_path)
    with pytest.raises(FeedError, match="can't be read"):
        load_sample()
