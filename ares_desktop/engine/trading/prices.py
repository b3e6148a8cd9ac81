"""The newest market price of each instrument, as the gate and the kill switch need it."""

from decimal import Decimal
from typing import Protocol

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument


class Prices(Protocol):
    """Instruments and their newest prices."""

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return its contract, None when it is not known."""

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the newest price, None before the first."""

    def last_ts(self, instrument: InstrumentId) -> int | None:
        """Return when it was made, nanoseconds."""

    def newest(self, instrument: InstrumentId) -> tuple[float, int] | None:
        """Return the newest price and when it was made, None before the first."""

    def interval_ns(self, instrument: InstrumentId) -> int:
        """Return the spacing of its data, 0 for quotes and ticks."""

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of a currency is worth in another, None when it is not known; never 1 for want of it."""


def exact(price: float | None) -> Decimal | None:
    """Return a float price as the decimal that it shows."""
    return None if price is None else Decimal(repr(price))
