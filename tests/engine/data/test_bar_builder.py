"""Bars enclose what they were built from, event by event as over whole columns."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, DataKind, MarketEvent, Quote, TradeTick
from ares_desktop.engine.data.bar_builder import BarBuilder
from ares_desktop.engine.data.resampling import resample
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.sessions import session

BTC = Instrument(id=InstrumentId("BTCUSD.SIM"), calendar="24/7")
SPY = Instrument(id=InstrumentId("SPY.SIM"), calendar="XNYS")
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
ONE_MINUTE = BarSpec.parse("1m")


def trade(second: float, price: float, size: float = 1.0) -> TradeTick:
    return TradeTick(BTC.id, int(second * SECOND), price, size)


def quote(second: float, bid: float, ask: float) -> Quote:
    return Quote(BTC.id, int(second * SECOND), bid, ask)


def minute_bar(minute: int, close: float = 10.0, *, instrument: Instrument = BTC, volume: float = 1.0) -> Bar:
    return Bar(instrument.id, minute * MINUTE, (minute + 1) * MINUTE, close, close + 1, close - 1, close, volume)


def build(builder: BarBuilder, events: Iterable[MarketEvent]) -> list[Bar]:
    return [bar for event in events for bar in builder.add(event)]


def test_trades_become_a_bar_when_the_next_interval_begins() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    events = [trade(1, 10, 2), trade(20, 12, 3), trade(59.9, 9), trade(59.95, 11)]
    assert build(builder, events) == []
    assert builder.add(trade(60, 20)) == (Bar(BTC.id, 0, MINUTE, 10, 12, 9, 11, 7),)


def test_time_alone_closes_a_bar_once() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    builder.add(trade(1, 10))
    assert builder.advance(MINUTE - 1) == ()
    assert len(builder.advance(MINUTE)) == 1
    assert builder.advance(2 * MINUTE) == ()


def test_an_interval_without_data_has_no_bar() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    bars = build(builder, [trade(1, 10), trade(301, 11), trade(361, 12)])
    assert [bar.start_ns // MINUTE for bar in bars] == [0, 5]


def test_a_tick_after_its_interval_was_closed_is_counted_and_left_out() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    build(builder, [trade(1, 10), trade(61, 11)])
    assert builder.add(trade(30, 99)) == ()
    assert builder.late == 1
    assert builder.advance(2 * MINUTE) == (Bar(BTC.id, MINUTE, 2 * MINUTE, 11, 11, 11, 11, 1),)


def test_a_tick_out_of_order_within_its_interval_still_counts() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    build(builder, [trade(20, 10), trade(40, 11), trade(5, 15), trade(30, 5)])
    assert builder.advance(MINUTE) == (Bar(BTC.id, 0, MINUTE, 15, 15, 5, 11, 4),)


def test_quotes_give_bars_of_their_middle_with_unknown_volume() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    build(builder, [quote(1, 10, 12), quote(2, 14, 16)])
    (bar,) = builder.advance(MINUTE)
    assert (bar.open, bar.high, bar.low, bar.close) == (11, 15, 11, 15)
    assert math.isnan(bar.volume)


def test_trades_are_preferred_to_quotes_from_the_first_one_on() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    build(builder, [quote(1, 10, 12), trade(2, 20, 5), quote(3, 98, 100)])
    assert builder.advance(MINUTE) == (Bar(BTC.id, 0, MINUTE, 20, 20, 20, 20, 5),)


def test_a_bar_closes_the_longer_bar_that_it_completes_at_once() -> None:
    builder = BarBuilder(BTC, BarSpec.parse("5m"))
    assert build(builder, [minute_bar(0, 10), minute_bar(2, 14), minute_bar(3, 5)]) == []
    assert builder.add(minute_bar(4, 12)) == (Bar(BTC.id, 0, 5 * MINUTE, 10, 15, 4, 12, 4),)


def test_bars_of_the_wanted_length_pass_unchanged() -> None:
    builder = BarBuilder(BTC, ONE_MINUTE)
    bars = [minute_bar(0), minute_bar(1), minute_bar(7)]
    assert build(builder, bars) == bars


def test_bars_longer_than_wanted_are_left_out() -> None:
    assert build(BarBuilder(BTC, BarSpec.parse("1s")), [minute_bar(0), minute_bar(1)]) == []


def test_a_daily_bar_holds_the_session_alone() -> None:
    start, end = session(15_985, "XNYS")
    minutes = [start // MINUTE + offset for offset in (-30, 0, 200, 389, 390, 450)]
    bars = [minute_bar(minute, 10.0 + position, instrument=SPY) for position, minute in enumerate(minutes)]
    assert build(BarBuilder(SPY, BarSpec.parse("1d")), bars) == [Bar(SPY.id, start, end, 11, 14, 10, 13, 3)]


def test_a_trade_after_the_close_ends_the_daily_bar_and_is_no_part_of_it() -> None:
    start, end = session(15_985, "XNYS")
    builder = BarBuilder(SPY, BarSpec.parse("1d"))
    assert builder.add(TradeTick(SPY.id, start, 10, 1)) == ()
    assert builder.add(TradeTick(SPY.id, end, 99, 1)) == (Bar(SPY.id, start, end, 10, 10, 10, 10, 1),)
    assert builder.add(TradeTick(SPY.id, end + MINUTE, 99, 1)) == ()


ticks = st.lists(
    st.tuples(st.integers(0, 20 * 60), st.integers(1, 1000), st.integers(0, 50)), min_size=1, max_size=80
).map(sorted)


@given(ticks, st.sampled_from(["1s", "1m", "5m", "1h"]))
def test_any_ticks_give_bars_that_enclose_them(rows: Sequence[tuple[int, int, int]], length: str) -> None:
    spec = BarSpec.parse(length)
    builder = BarBuilder(BTC, spec)
    bars = build(builder, [trade(second, float(price), float(size)) for second, price, size in rows])
    bars += builder.advance(10**15)
    expected: dict[int, list[tuple[int, int, int]]] = {}
    for row in rows:
        expected.setdefault(row[0] * SECOND // spec.duration_ns, []).append(row)
    assert [bar.start_ns // spec.duration_ns for bar in bars] == sorted(expected)
    for bar in bars:
        inside = expected[bar.start_ns // spec.duration_ns]
        prices = [price for _, price, _ in inside]
        assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert bar.volume == sum(size for _, _, size in inside)
        assert bar.end_ns - bar.start_ns == spec.duration_ns
    assert builder.late == 0


@pytest.mark.parametrize("instrument", [BTC, SPY])
@given(rows=ticks, length=st.sampled_from(["1m", "5m", "1h", "1d"]))
def test_columns_give_the_same_bars_as_events(
    instrument: Instrument, rows: Sequence[tuple[int, int, int]], length: str
) -> None:
    spec = BarSpec.parse(length)
    base = session(15_985, "XNYS")[0] - 5 * MINUTE
    ts = np.array([base + second * SECOND for second, _, _ in rows], dtype=np.int64)
    columns = {
        "ts": ts,
        "price": np.array([float(price) for _, price, _ in rows]),
        "size": np.array([float(size) for _, _, size in rows]),
    }
    series = Series(instrument=instrument, kind=DataKind.TRADES, spec=None, columns=columns)
    builder = BarBuilder(instrument, spec)
    one_by_one = build(builder, series.events(0, len(series))) + list(builder.advance(2**62))
    at_once = resample(series, spec)
    assert at_once.events(0, len(at_once)) == one_by_one
