"""The newest price of every instrument, and the currency rates that follow from it."""

from math import isfinite

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import Bar, MarketEvent, Quote, TradeTick
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.simulation.contracts import Contract


def price_of(event: MarketEvent, *, buys: bool) -> float | None:
    """Return what an order meets at an event: the ask or bid of a quote, a print, a close; None when it has none."""
    if type(event) is Quote:
        price = event.ask if buys else event.bid
        return price if isfinite(price) and price > 0 else None
    return mark_of(event)


def mark_of(event: MarketEvent) -> float | None:
    """Return the valuation price of an event: the middle of a quote, a print, a close; None when it has none."""
    if type(event) is Quote:
        sides = [price for price in (event.bid, event.ask) if isfinite(price) and price > 0]
        return sum(sides) / len(sides) if sides else None
    price = event.close if type(event) is Bar else event.price if type(event) is TradeTick else None
    return price if price is not None and isfinite(price) else None


class Marks:
    """Keeps the newest event of every instrument.

    Attributes:
        last: the newest event by market time.
        instruments: what is known of each instrument; ``contracts`` what follows from it for this account.
    """

    def __init__(self, settings: SimulationSettings) -> None:
        self.currency = settings.currency
        self.contracts: dict[InstrumentId, Contract] = {}
        self._settings = settings
        self.last: dict[InstrumentId, MarketEvent] = {}
        self.instruments: dict[InstrumentId, Instrument] = {}
        self._pairs: dict[str, tuple[InstrumentId, bool]] = {}

    def register(self, instrument: Instrument) -> None:
        """Learn an instrument; a currency pair with the account's currency also gives its rate."""
        self.instruments[instrument.id] = instrument
        self.contracts[instrument.id] = Contract(instrument, self._settings)
        if instrument.asset_class is not AssetClass.FX:
            return
        letters = "".join(letter for letter in instrument.symbol.upper() if letter.isalpha())
        first, second = letters[:3], letters[3:]
        if second == self.currency:
            self._pairs[first] = (instrument.id, False)
        elif first == self.currency:
            self._pairs[second] = (instrument.id, True)

    def mark(self, instrument: InstrumentId) -> float | None:
        """Return the valuation price, None when there is none."""
        event = self.last.get(instrument)
        return None if event is None else mark_of(event)

    def rewind(self) -> None:
        """Keep every price but forget its time, so that older market data counts as news."""
        marks = {name: self.mark(name) for name in self.last}
        self.last = {name: TradeTick(name, 0, mark, 0.0) for name, mark in marks.items() if mark is not None}

    def rate(self, currency: str) -> float | None:
        """Return the account currency's worth of one unit of ``currency``, None when no pair gives it."""
        if currency == self.currency:
            return 1.0
        pair = self._pairs.get(currency)
        price = None if pair is None else self.mark(pair[0])
        if pair is None or not price:
            return None
        return 1 / price if pair[1] else price
