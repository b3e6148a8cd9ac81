"""The newest prices of a replay, as gate, strategies and currencies need them."""

from collections.abc import Mapping
from decimal import Decimal

from ares_desktop.domain.currencies import CurrencyRates
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, MarketEvent, Quote
from ares_desktop.engine.data.sessions import spec_of


class ReplayedMarket:
    """Keeps the newest event of each instrument.

    Attributes:
        last: the newest event; a bar that was built from ticks is none.
        bars: the newest bar of the data.
        instrument: returns a contract by its id, None when it is not known.
    """

    def __init__(self, instruments: Mapping[InstrumentId, Instrument]) -> None:
        self.last: dict[InstrumentId, MarketEvent] = {}
        self.bars: dict[InstrumentId, Bar] = {}
        self._instruments = instruments
        self.instrument = instruments.get
        self._rates = CurrencyRates(self.last_price)
        self._rates.add(instruments.values())
        self._intervals: dict[tuple[InstrumentId, int], int] = {}

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the middle of the newest quote, the newest print or close; None before the first."""
        event = self.last.get(instrument)
        return None if event is None else price_of(event)

    def last_ts(self, instrument: InstrumentId) -> int | None:
        """Return when it was made, nanoseconds."""
        event = self.last.get(instrument)
        return None if event is None else event.ts

    def newest(self, instrument: InstrumentId) -> tuple[float, int] | None:
        """Return the newest price and when it was made, None before the first."""
        event = self.last.get(instrument)
        if type(event) is Bar:
            return event.close, event.end_ns
        return None if event is None else (price_of(event), event.ts)

    def interval_ns(self, instrument: InstrumentId) -> int:
        """Return the length of its bars, a session counting a day; 0 for quotes and ticks alone."""
        bar = self.bars.get(instrument)
        if bar is None:
            last = self.last.get(instrument)
            if not isinstance(last, Bar):
                return 0
            bar = last
        key = (instrument, bar.end_ns - bar.start_ns)
        known = self._intervals.get(key)
        if known is None:
            calendar = self._instruments[instrument].calendar
            known = self._intervals[key] = spec_of(bar.start_ns, bar.end_ns, calendar).duration_ns
        return known

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of a currency is worth in another, None when no pair has a price."""
        return self._rates.rate(currency, into)


def price_of(event: MarketEvent) -> float:
    """Return the price that an event shows."""
    if isinstance(event, Bar):
        return event.close
    return event.mid if isinstance(event, Quote) else event.price
