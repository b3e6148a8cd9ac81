"""Rates between currencies with the time they are of: the newest price of a pair, else the last one that was kept."""

from collections.abc import Callable, Iterable
from math import isfinite
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.currencies import CurrencyRates, FxRate
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import decimal

_log = structlog.get_logger(__name__)
KEPT_AS: Final = "rates"


class DatedRates:
    """Knows what a currency is worth by the pair of the two, either way round, never over a third one.

    Args:
        newest: the newest price of an instrument and its time in nanoseconds, None before the first.
        instruments: every known contract; the pairs among them are found again when there are more.
    """

    def __init__(
        self,
        newest: Callable[[InstrumentId], tuple[float, int] | None],
        instruments: Callable[[], Iterable[Instrument]],
    ) -> None:
        self._newest = newest
        self._instruments = instruments
        self._pairs = CurrencyRates(lambda _: None)
        self._known = 0
        self._kept: dict[tuple[str, str], FxRate] = {}

    def pair(self, currency: str, into: str) -> tuple[InstrumentId, bool] | None:
        """Return the pair that converts, and whether by the inverse of its price; None when there is none."""
        instruments = tuple(self._instruments())
        if len(instruments) != self._known:
            self._pairs.add(instruments)
            self._known = len(instruments)
        return self._pairs.pair(currency, into)

    def rate(self, currency: str, into: str) -> FxRate | None:
        """Return the newest rate with its time, None when there has never been one."""
        found = self.pair(currency, into)
        live = None if found is None else self._newest(found[0])
        if found is None or live is None or not isfinite(live[0]) or live[0] <= 0:
            return self._kept_rate(currency, into)
        base, quote = (into, currency) if found[1] else (currency, into)
        rate = FxRate(base=base, quote=quote, rate=decimal(live[0]), at=from_ns(live[1]), source=found[0])
        self._kept[base, quote] = rate
        return rate.inverse() if found[1] else rate

    def encode(self) -> bytes:
        """Return the rates that were used, to be kept over a restart."""
        return msgspec.msgpack.encode(list(self._kept.values()))

    def restore(self, state: bytes) -> None:
        """Take what :meth:`encode` returned; what can't be read is left aside."""
        try:
            rates = msgspec.msgpack.decode(state, type=list[FxRate])
        except msgspec.MsgspecError as error:
            _log.warning("rates_left_aside", error=str(error))
            return
        self._kept = {(rate.base, rate.quote): rate for rate in rates if rate.rate > 0}

    def _kept_rate(self, currency: str, into: str) -> FxRate | None:
        kept = self._kept.get((currency, into))
        if kept is not None:
            return kept
        other = self._kept.get((into, currency))
        return None if other is None else other.inverse()
