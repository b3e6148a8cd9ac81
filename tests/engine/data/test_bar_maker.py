"""Built bars join the stream where they close."""

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent, Quote, TradeTick
from ares_desktop.engine.data.bar_builder import BarBuilder
from ares_desktop.engine.data.bar_maker import BarMaker

BTC = Instrument(id=InstrumentId("BTCUSD.SIM"), calendar="24/7")
ETH = Instrument(id=InstrumentId("ETHUSD.SIM"), calendar="24/7")
MINUTE = 60_000_000_000
ONE, FIVE = BarSpec.parse("1m"), BarSpec.parse("5m")


def trade(ts: int, price: float = 10.0, instrument: Instrument = BTC) -> TradeTick:
    return TradeTick(instrument.id, ts, price, 1.0)


def bar(minute: int, close: float = 10.0, *, minutes: int = 1) -> Bar:
    return Bar(BTC.id, minute * MINUTE, (minute + minutes) * MINUTE, close, close, close, close, float(minutes))


def test_without_anything_to_build_events_pass_as_they_are() -> None:
    events = [trade(1), trade(2)]
    assert BarMaker().extend(events) is events
    assert BarMaker([BTC], None).extend(events) is events


def test_a_bar_comes_before_the_tick_that_closed_it() -> None:
    maker = BarMaker([BTC], ONE)
    ticks = [trade(1), trade(MINUTE), trade(3 * MINUTE)]
    assert maker.extend(ticks) == [ticks[0], bar(0), ticks[1], bar(1), ticks[2]]


def test_an_event_of_another_instrument_shows_that_time_is_over() -> None:
    maker = BarMaker([BTC, ETH], ONE)
    maker.extend([trade(1)])
    other = trade(MINUTE, instrument=ETH)
    assert maker.extend([other]) == [bar(0), other]
    assert maker.extend([trade(MINUTE + 1)]) == [trade(MINUTE + 1)]


def test_an_instrument_with_bars_of_its_own_is_left_as_it_is() -> None:
    maker = BarMaker([BTC], ONE)
    events: list[MarketEvent] = [bar(0), Quote(BTC.id, MINUTE, 9, 11), bar(1), trade(9 * MINUTE)]
    assert [item for event in events for item in maker.extend([event])] == events


def test_longer_bars_take_the_place_of_shorter_ones() -> None:
    maker = BarMaker([BTC], FIVE, replace=True)
    quote = Quote(BTC.id, 5 * MINUTE, 9, 11)
    events: list[MarketEvent] = [*(bar(minute) for minute in range(5)), quote, *(bar(minute) for minute in range(5, 9))]
    assert maker.extend(events) == [bar(0, minutes=5), quote]
    assert maker.extend([bar(9)]) == [bar(5, minutes=5)]


def test_building_can_be_ended() -> None:
    maker = BarMaker([BTC], ONE)
    maker.add(BTC, None)
    assert maker.extend([trade(1), trade(MINUTE)]) == [trade(1), trade(MINUTE)]


@given(
    st.lists(st.tuples(st.integers(0, 9 * MINUTE), st.sampled_from([BTC, ETH]), st.integers(1, 99)), max_size=60),
    st.integers(1, 7),
)
def test_no_event_is_lost_and_bars_are_those_of_a_lone_builder(
    rows: list[tuple[int, Instrument, int]], portion: int
) -> None:
    ticks = [trade(ts, float(price), instrument) for ts, instrument, price in sorted(rows, key=lambda row: row[0])]
    maker = BarMaker([BTC, ETH], ONE)
    stream = [item for first in range(0, len(ticks), portion) for item in maker.extend(ticks[first : first + portion])]
    assert [event for event in stream if not isinstance(event, Bar)] == ticks
    for instrument in (BTC, ETH):
        builder = BarBuilder(instrument, ONE)
        own = [tick for tick in ticks if tick.instrument == instrument.id]
        alone = [bar for tick in own for bar in builder.add(tick)]
        if ticks:
            alone += builder.advance(ticks[-1 - (len(ticks) - 1) % portion].ts)
        built = [event for event in stream if isinstance(event, Bar) and event.instrument == instrument.id]
        assert built == alone
