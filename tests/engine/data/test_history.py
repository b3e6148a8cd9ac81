"""History ends where delivery has come to."""

import numpy as np
import pytest

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.engine.data.history import SeriesHistory
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import Columns

MINUTE = 60_000_000_000
BTC = Instrument(id=InstrumentId("BTCUSD.SIM"), calendar="24/7")
ONE, FIVE = BarSpec.parse("1m"), BarSpec.parse("5m")


def minutes(count: int) -> Series:
    start = np.arange(count, dtype=np.int64) * MINUTE
    close = np.arange(1.0, count + 1)
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    columns: Columns = {"start": start, "end": start + MINUTE, **prices, "volume": np.ones(count)}
    return Series(instrument=BTC, kind=DataKind.BARS, spec=ONE, columns=columns)


def ticks(count: int) -> Series:
    ts = np.arange(count, dtype=np.int64) * MINUTE // 2
    columns: Columns = {"ts": ts, "price": np.arange(1.0, count + 1), "size": np.ones(count)}
    return Series(instrument=BTC, kind=DataKind.TRADES, spec=None, columns=columns)


async def closes(history: SeriesHistory, spec: BarSpec, end: int, count: int) -> list[float]:
    return [bar.close for bar in await history.bars(BTC.id, spec, end_ns=end * MINUTE, count=count)]


async def test_bars_end_at_or_before_the_asked_time() -> None:
    history = SeriesHistory([minutes(10)], delivered_ns=2**62)
    assert await closes(history, ONE, 3, 100) == [1, 2, 3]
    assert await closes(history, ONE, 3, 2) == [2, 3]
    assert await closes(history, ONE, 0, 2) == []
    assert await closes(history, ONE, 3, 0) == []


async def test_nothing_later_than_what_was_delivered_is_returned() -> None:
    history = SeriesHistory([minutes(10)])
    assert await closes(history, ONE, 10, 5) == []
    history.deliver(7 * MINUTE)
    history.deliver(2 * MINUTE)
    assert history.delivered_ns == 7 * MINUTE
    assert await closes(history, ONE, 10, 2) == [6, 7]
    assert await closes(history, FIVE, 10, 2) == [5]


@pytest.mark.parametrize("series", [minutes(20), ticks(40)])
async def test_longer_bars_are_built_from_what_there_is(series: Series) -> None:
    history = SeriesHistory([series], delivered_ns=2**62)
    bars = await history.bars(BTC.id, FIVE, end_ns=2**62, count=10)
    assert [bar.end_ns // MINUTE for bar in bars] == [5, 10, 15, 20]


async def test_lengths_start_with_the_loaded_one() -> None:
    history = SeriesHistory([minutes(1)])
    assert [str(spec) for spec in history.specs(BTC.id)] == ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "7d"]
    assert history.specs(InstrumentId("NONE.SIM")) == ()
    assert str(SeriesHistory([ticks(1)]).specs(BTC.id)[0]) == "1s"


async def test_shorter_bars_and_unknown_instruments_have_no_history() -> None:
    history = SeriesHistory([minutes(3)], delivered_ns=2**62)
    assert await closes(history, BarSpec.parse("1s"), 3, 2) == []
    assert await history.bars(InstrumentId("NONE.SIM"), ONE, end_ns=2**62, count=3) == ()
