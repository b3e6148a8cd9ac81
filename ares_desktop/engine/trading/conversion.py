"""Amounts of several currencies in one, with what that took: rates and their times, and what had none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ares_desktop.domain.currencies import FxRate

Rates = Callable[[str, str], FxRate | None]
"""Returns what one unit of the first currency is worth in the second, None when that is not known."""
OLDEST_RATE: Final = timedelta(hours=72)
"""Longer than a weekend without a market."""


def no_rate(currency: str, into: str) -> FxRate | None:
    """Know no rate at all."""
    del currency, into
    return None


class Conversion:
    """Converts for one figure.

    Attributes:
        into: the currency of the figure.
        missing: currencies for which there was no rate.
        oldest: the oldest rate that was used, None where none was needed.
    """

    def __init__(self, rates: Rates, into: str) -> None:
        self._rates = rates
        self.into = into
        self.missing: set[str] = set()
        self.oldest: FxRate | None = None

    def amount(self, value: Decimal | None, currency: str) -> Decimal | None:
        """Return an amount in the figure's currency, None without a rate; nothing is nothing in every currency."""
        if value is None or currency == self.into or not value:
            return value
        rate = self._rates(currency, self.into)
        if rate is None:
            self.missing.add(currency)
            return None
        if self.oldest is None or rate.at < self.oldest.at:
            self.oldest = rate
        return value * rate.rate

    def known(self, value: Decimal, currency: str) -> Decimal:
        """Return an amount converted, nothing where it can't be: ``missing`` then says that the sum lacks it."""
        return self.amount(value, currency) or Decimal(0)

    def take(self, other: "Conversion") -> None:
        """Count what another conversion of the same figure took."""
        self.missing |= other.missing
        if other.oldest is not None and (self.oldest is None or other.oldest.at < self.oldest.at):
            self.oldest = other.oldest

    def gaps(self) -> tuple[str, ...]:
        """Say which rates are missing."""
        return tuple(f"no rate {currency}/{self.into}" for currency in sorted(self.missing))

    def is_stale(self, now: datetime, oldest: timedelta = OLDEST_RATE) -> bool:
        """Say whether a rate that was used is too old."""
        return self.oldest is not None and self.oldest.age(now) > oldest
