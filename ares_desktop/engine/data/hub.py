"""The newest market data of every instrument: cached first, then published."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from ares_desktop.domain.currencies import CurrencyRates
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent, Quote, TradeTick
from ares_desktop.engine.data.bar_maker import BarMaker
from ares_desktop.engine.data.sessions import spec_of

EventsListener = Callable[[Sequence[MarketEvent]], None]
Unsubscribe = Callable[[], None]
_KEPT_BARS: Final = 4096


class DataHub:
    """Caches what a feed delivers and passes it on in the same call.

    All methods belong to the loop's thread.

    Args:
        instruments: those known from the start.
        kept_bars: closed bars kept of each instrument and length.
    """

    def __init__(self, instruments: Iterable[Instrument] = (), *, kept_bars: int = _KEPT_BARS) -> None:
        self._kept_bars = kept_bars
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._last: dict[InstrumentId, MarketEvent] = {}
        self._quotes: dict[InstrumentId, Quote] = {}
        self._trades: dict[InstrumentId, TradeTick] = {}
        self._bars: dict[InstrumentId, Bar] = {}
        self._rings: dict[tuple[InstrumentId, BarSpec], deque[Bar]] = {}
        self._rings_by_duration: dict[tuple[InstrumentId, int], deque[Bar]] = {}
        self._listeners: tuple[EventsListener, ...] = ()
        self._maker = BarMaker()
        self._rates = CurrencyRates(self.last_price)
        self.add_instruments(instruments)

    def add_instruments(self, instruments: Iterable[Instrument]) -> None:
        """Make instruments known; their calendars tell a session's bar from others."""
        for instrument in instruments:
            self._instruments[instrument.id] = instrument
            self._rates.add((instrument,))

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return a contract, None when it is not known."""
        return self._instruments.get(instrument)

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of a currency is worth in another by the newest price of their pair, None without."""
        return self._rates.rate(currency, into)

    def instruments(self) -> tuple[Instrument, ...]:
        """Return every known contract."""
        return tuple(self._instruments.values())

    def build_bars(self, instrument: InstrumentId, spec: BarSpec) -> None:
        """Build bars of an instrument whose feed has quotes or trades alone; its first own bar ends that."""
        known = self._instruments.get(instrument) or Instrument(id=instrument)
        self._maker.add(known, spec)

    def publish(self, events: Sequence[MarketEvent]) -> Sequence[MarketEvent]:
        """Cache events, then call the listeners; both they and the caller get the events with the bars they closed."""
        stream = self.take(events)
        self.tell(stream)
        return stream

    def take(self, events: Sequence[MarketEvent]) -> Sequence[MarketEvent]:
        """Cache events and return them with the bars they closed; no listener is called.

        A built bar is kept among the bars, but it is no newer price than the ticks it was built from.
        """
        stream = self._maker.extend(events)
        last, quotes, trades = self._last, self._quotes, self._trades
        for event in events:
            kind = type(event)
            last[event.instrument] = event
            if kind is Quote:
                quotes[event.instrument] = event  # type: ignore[assignment]
            elif kind is TradeTick:
                trades[event.instrument] = event  # type: ignore[assignment]
            elif isinstance(event, Bar):
                self._bars[event.instrument] = event
        for event in stream:
            if type(event) is Bar:
                self._ring_of(event).append(event)
        return stream

    def tell(self, stream: Sequence[MarketEvent]) -> None:
        """Call the listeners with what :meth:`take` returned."""
        for listener in self._listeners:
            listener(stream)

    def preload(self, instrument: InstrumentId, spec: BarSpec, bars: Iterable[Bar]) -> None:
        """Put past bars before those that were delivered; they reach no listener."""
        ring = self._ring(instrument, spec)
        delivered = list(ring)
        first = delivered[0].end_ns if delivered else None
        past = [bar for bar in bars if first is None or bar.end_ns < first]
        ring.clear()
        ring.extend(past + delivered)

    def prime(self, bar: Bar) -> None:
        """Take a past bar as the newest known, until something is delivered; it reaches no listener."""
        self._last.setdefault(bar.instrument, bar)

    def on_events(self, listener: EventsListener) -> Unsubscribe:
        """Call ``listener`` with every publication, once the cache holds it."""
        self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            self._listeners = tuple(item for item in self._listeners if item is not listener)

        return unsubscribe

    def last(self, instrument: InstrumentId) -> MarketEvent | None:
        """Return the newest event."""
        return self._last.get(instrument)

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the newest quote."""
        return self._quotes.get(instrument)

    def trade(self, instrument: InstrumentId) -> TradeTick | None:
        """Return the newest trade tick."""
        return self._trades.get(instrument)

    def bar(self, instrument: InstrumentId) -> Bar | None:
        """Return the newest bar that the feed delivered."""
        return self._bars.get(instrument)

    def bars(self, instrument: InstrumentId, n: int = 500, spec: BarSpec | None = None) -> tuple[Bar, ...]:
        """Return the newest ``n`` closed bars, oldest first; without a length the feed's own, else the shortest."""
        if spec is None:
            newest = self._bars.get(instrument)
            if newest is not None:
                return _tail(self._ring_of(newest), n)
            lengths = [key[1] for key in self._rings if key[0] == instrument]
            spec = min(lengths, key=lambda item: item.duration_ns, default=None)
        ring = None if spec is None else self._rings.get((instrument, spec))
        return () if ring is None else _tail(ring, n)

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the newest price: the middle of a quote, a trade's price or a bar's close."""
        event = self._last.get(instrument)
        if event is None:
            return None
        if isinstance(event, Quote):
            return event.mid
        return event.price if isinstance(event, TradeTick) else event.close

    def last_ts(self, instrument: InstrumentId) -> int | None:
        """Return the time of the newest event in nanoseconds."""
        event = self._last.get(instrument)
        return None if event is None else event.ts

    def newest(self, instrument: InstrumentId) -> tuple[float, int] | None:
        """Return the newest price and its time in nanoseconds."""
        event = self._last.get(instrument)
        if event is None:
            return None
        if isinstance(event, Quote):
            return event.mid, event.ts
        return (event.price, event.ts) if isinstance(event, TradeTick) else (event.close, event.end_ns)

    def interval_ns(self, instrument: InstrumentId) -> int:
        """Return how long its data usually lasts: the length of its bars, a session counting a day; 0 for ticks."""
        last = self._last.get(instrument)
        bar = self._bars.get(instrument) or (last if isinstance(last, Bar) else None)
        return 0 if bar is None else self._spec_of(bar).duration_ns

    def _spec_of(self, bar: Bar) -> BarSpec:
        instrument = self._instruments.get(bar.instrument)
        return spec_of(bar.start_ns, bar.end_ns, "XNYS" if instrument is None else instrument.calendar)

    def _ring_of(self, bar: Bar) -> deque[Bar]:
        key = (bar.instrument, bar.end_ns - bar.start_ns)
        ring = self._rings_by_duration.get(key)
        if ring is None:
            ring = self._rings_by_duration[key] = self._ring(bar.instrument, self._spec_of(bar))
        return ring

    def _ring(self, instrument: InstrumentId, spec: BarSpec) -> deque[Bar]:
        return self._rings.setdefault((instrument, spec), deque(maxlen=self._kept_bars))


def _tail(ring: deque[Bar], n: int) -> tuple[Bar, ...]:
    return tuple(ring)[-n:] if n > 0 else ()
