"""The hub caches first and publishes then."""

from collections.abc import Sequence

import pytest

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent, Quote, TradeTick
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.data.recent import RecentHistory
from ares_desktop.engine.data.sessions import session

BTC = InstrumentId("BTCUSD.SIM")
SPY = InstrumentId("SPY.SIM")
MINUTE = 60_000_000_000
ONE, FIVE = BarSpec.parse("1m"), BarSpec.parse("5m")


def a_hub(**options: int) -> DataHub:
    return DataHub([Instrument(id=BTC, calendar="24/7"), Instrument(id=SPY)], **options)


def bar(minute: int, close: float = 10.0, instrument: InstrumentId = BTC) -> Bar:
    return Bar(instrument, minute * MINUTE, (minute + 1) * MINUTE, close, close, close, close, 1.0)


def test_the_cache_holds_the_events_when_listeners_are_called() -> None:
    hub = a_hub()
    seen: list[tuple[Sequence[MarketEvent], float | None]] = []
    hub.on_events(lambda events: seen.append((events, hub.last_price(BTC))))
    events: list[MarketEvent] = [Quote(BTC, 1, 10, 12), TradeTick(BTC, 2, 13, 1)]
    hub.publish(events)
    assert seen == [(events, 13)]
    assert hub.publish(events) is events


def test_the_last_price_is_that_of_the_newest_event() -> None:
    hub = a_hub()
    assert (hub.last_price(BTC), hub.last_ts(BTC), hub.last(BTC)) == (None, None, None)
    cases: list[tuple[MarketEvent, float]] = [
        (bar(0, 9), 9),
        (TradeTick(BTC, MINUTE + 1, 13, 1), 13),
        (Quote(BTC, MINUTE + 2, 10, 12), 11),
    ]
    for event, price in cases:
        hub.publish([event])
        assert (hub.last_price(BTC), hub.last_ts(BTC), hub.last(BTC)) == (price, event.ts, event)
    assert hub.quote(BTC) == Quote(BTC, MINUTE + 2, 10, 12)
    assert hub.trade(BTC) == TradeTick(BTC, MINUTE + 1, 13, 1)
    assert hub.bar(BTC) == bar(0, 9)


def test_a_listener_that_unsubscribed_is_not_called() -> None:
    hub = a_hub()
    seen: list[Sequence[MarketEvent]] = []
    unsubscribe = hub.on_events(seen.append)
    unsubscribe()
    unsubscribe()
    hub.publish([bar(0)])
    assert seen == []


def test_recent_bars_are_kept_oldest_first_up_to_a_bound() -> None:
    hub = a_hub(kept_bars=3)
    hub.publish([bar(minute) for minute in range(5)])
    assert hub.bars(BTC) == (bar(2), bar(3), bar(4))
    assert hub.bars(BTC, 2) == (bar(3), bar(4))
    assert hub.bars(BTC, 2, ONE) == (bar(3), bar(4))
    assert hub.bars(BTC, 2, FIVE) == hub.bars(SPY) == hub.bars(BTC, 0) == ()


def test_thousands_of_bars_are_kept_by_default() -> None:
    hub = a_hub()
    hub.publish([bar(minute) for minute in range(5000)])
    assert len(hub.bars(BTC, 10_000)) >= 2000


def test_preloaded_bars_come_before_delivered_ones() -> None:
    hub = a_hub()
    hub.publish([bar(2), bar(3)])
    hub.preload(BTC, ONE, [bar(0), bar(1), bar(2, 99)])
    assert hub.bars(BTC) == (bar(0), bar(1), bar(2), bar(3))
    hub.preload(SPY, ONE, [bar(0, instrument=SPY)])
    assert hub.bars(SPY) == (bar(0, instrument=SPY),)


@pytest.mark.parametrize("day", [15_985, 15_986])
def test_a_session_counts_as_a_day_and_a_tick_as_nothing(day: int) -> None:
    hub = a_hub()
    assert hub.interval_ns(SPY) == 0
    start, end = session(day, "XNYS")
    hub.publish([Bar(SPY, start, end, 1, 1, 1, 1, 1), bar(0), TradeTick(BTC, 2 * MINUTE, 1, 1)])
    assert hub.interval_ns(SPY) == 24 * 60 * MINUTE
    assert hub.interval_ns(BTC) == MINUTE


def test_bars_of_a_tick_feed_are_built_published_and_kept() -> None:
    hub = a_hub()
    hub.build_bars(BTC, ONE)
    seen: list[MarketEvent] = []
    hub.on_events(seen.extend)
    ticks = [TradeTick(BTC, 5, 10, 1), TradeTick(BTC, MINUTE + 5, 12, 1)]
    built = Bar(BTC, 0, MINUTE, 10, 10, 10, 10, 1)
    assert [event for tick in ticks for event in hub.publish([tick])] == [ticks[0], built, ticks[1]]
    assert seen == [ticks[0], built, ticks[1]]
    assert hub.bars(BTC) == hub.bars(BTC, 9, ONE) == (built,)


def test_a_built_bar_is_no_newer_price_than_its_ticks() -> None:
    hub = a_hub()
    hub.build_bars(BTC, ONE)
    hub.publish([TradeTick(BTC, 5, 10, 1)])
    hub.publish([Quote(BTC, 6, 20, 22)])
    hub.publish([Quote(SPY, 2 * MINUTE, 1, 2)])
    assert len(hub.bars(BTC)) == 1
    assert (hub.last_price(BTC), hub.interval_ns(BTC), hub.bar(BTC)) == (21, 0, None)


def test_a_feed_with_bars_of_its_own_gets_no_others() -> None:
    hub = a_hub()
    hub.build_bars(BTC, ONE)
    assert list(hub.publish([bar(0), bar(1)])) == [bar(0), bar(1)]
    assert hub.bars(BTC) == (bar(0), bar(1))


class Past:
    """A history of two bars."""

    def specs(self, instrument: InstrumentId) -> Sequence[BarSpec]:
        return (ONE,) if instrument == BTC else ()

    async def bars(self, instrument: InstrumentId, spec: BarSpec, *, end_ns: int, count: int) -> Sequence[Bar]:
        return (
            [item for item in (bar(0), bar(1)) if item.end_ns <= end_ns][-count:]
            if spec in self.specs(instrument)
            else []
        )


async def test_recent_history_joins_the_past_with_what_the_hub_received() -> None:
    hub = a_hub()
    hub.publish([bar(1, 99), bar(2), bar(3)])
    history = RecentHistory(hub, Past())
    assert history.specs(BTC) == (ONE,)
    assert await history.bars(BTC, ONE, end_ns=3 * MINUTE, count=10) == [bar(0), bar(1), bar(2)]
    assert await history.bars(BTC, ONE, end_ns=9 * MINUTE, count=2) == [bar(2), bar(3)]
