"""Merging loses nothing and keeps time."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, DataKind, MarketEvent, Quote
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.timeline import Timeline
from ares_desktop.engine.ports.bar_store import Columns


def trades(name: str, times: Sequence[int]) -> Series:
    count = len(times)
    columns: Columns = {
        "ts": np.array(times, dtype=np.int64),
        "price": np.arange(1.0, count + 1),
        "size": np.ones(count),
    }
    instrument = Instrument(id=InstrumentId(f"{name}.SIM"))
    return Series(instrument=instrument, kind=DataKind.TRADES, spec=None, columns=columns)


def played(timeline: Timeline, first: int = 0) -> list[MarketEvent]:
    return [event for moment in timeline.moments(first) for event in moment]


many = st.lists(st.lists(st.integers(1, 60), max_size=40).map(sorted), max_size=4)


@given(many)
def test_merging_keeps_every_event_in_time_order(times: list[list[int]]) -> None:
    series = [trades(str(number), each) for number, each in enumerate(times)]
    events = played(Timeline(series))
    assert [event.ts for event in events] == sorted(ts for each in times for ts in each)
    for item in series:
        assert [event for event in events if event.instrument == item.instrument.id] == item.events(0, len(item))


@given(many)
def test_a_moment_holds_all_events_of_one_time(times: list[list[int]]) -> None:
    moments = list(Timeline([trades(str(number), each) for number, each in enumerate(times)]).moments())
    assert [moment[0].ts for moment in moments] == sorted({ts for each in times for ts in each})
    assert all(event.ts == moment[0].ts for moment in moments for event in moment)


@given(many, st.integers(0, 61))
def test_going_on_after_a_time_gives_the_rest(times: list[list[int]], resume: int) -> None:
    timeline = Timeline([trades(str(number), each) for number, each in enumerate(times)])
    assert played(timeline, timeline.after(resume)) == [event for event in played(timeline) if event.ts > resume]


def test_chunks_do_not_divide_a_moment() -> None:
    timeline = Timeline([trades("A", [1] * 3000 + [2] * 3000), trades("B", [2] * 3000)])
    assert [len(moment) for moment in timeline.moments()] == [3000, 6000]


def test_a_quote_bar_is_delivered_as_a_bar_of_the_middle_and_then_its_closing_quote() -> None:
    times = {"start": np.array([0]), "end": np.array([60])}
    prices = {"open": 10.0, "high": 14.0, "low": 8.0, "close": 12.0}
    bid = {f"bid_{name}": np.array([price]) for name, price in prices.items()}
    ask = {f"ask_{name}": np.array([price + 2]) for name, price in prices.items()}
    instrument = Instrument(id=InstrumentId("EURUSD.SIM"))
    columns: Columns = {**times, **bid, **ask}
    series = Series(instrument=instrument, kind=DataKind.QUOTES, spec=BarSpec.parse("1m"), columns=columns)
    (moment,) = Timeline([series]).moments()
    bar, quote = moment
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low, bar.close) == (11, 15, 9, 13)
    assert np.isnan(bar.volume)
    assert quote == Quote(instrument.id, 60, 12, 14)
