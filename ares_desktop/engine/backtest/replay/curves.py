"""Equity and exposure at every moment, computed at once from fills, bookings and prices."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.currencies import CurrencyRates
from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import DataKind
from ares_desktop.domain.money import MONEY_CONTEXT, ZERO
from ares_desktop.engine.data.series import Series

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Booking = CarryBooked | PositionSplit
ALL = "all"
"""Name of the account's own curve."""


class Step(NamedTuple):
    """What one fill or booking did to a book."""

    ns: int
    strategy: StrategyId
    instrument: InstrumentId | None
    quantity: Decimal
    cash: Decimal
    currency: str


def steps_of(fills: Iterable[tuple[int, Fill]], bookings: Iterable[tuple[int, Booking]]) -> list[Step]:
    """Return what happened to the books, in order of time."""
    steps = []
    with localcontext(MONEY_CONTEXT):
        for ns, fill in fills:
            quantity = fill.signed_quantity
            cash = -(quantity * fill.price * fill.multiplier) - fill.commission
            steps.append(Step(ns, fill.strategy, fill.instrument, quantity, cash, fill.currency))
        for ns, item in bookings:
            if isinstance(item, CarryBooked):
                steps.append(Step(ns, item.strategy, None, ZERO, item.amount, item.currency))
            else:
                change = item.after - item.before
                steps.append(Step(ns, item.strategy, item.instrument, change, item.cash, item.currency))
    steps.sort(key=_time)
    return steps


class Marks:
    """The price of each instrument, and the rate of each currency, at the moments of a run.

    Args:
        tracks: of the run's data, in the order in which events of one time are delivered.
        moments: times, ascending.
        currency: of the account.
    """

    def __init__(
        self,
        tracks: Sequence[Series],
        instruments: Mapping[InstrumentId, Instrument],
        moments: Times,
        currency: str,
    ) -> None:
        self._tracks = tracks
        self._moments = moments
        self._currency = currency
        self._pairs = CurrencyRates(lambda _: None)
        self._pairs.add(instruments.values())
        self._known: dict[InstrumentId, Floats] = {}

    def prices(self, instrument: InstrumentId) -> Floats:
        """Return its newest price at each moment, NaN before the first."""
        known = self._known.get(instrument)
        if known is None:
            known = self._known[instrument] = self._prices(instrument)
        return known

    def _prices(self, instrument: InstrumentId) -> Floats:
        tracks = [track for track in self._tracks if track.instrument.id == instrument and len(track)]
        if not tracks:
            return np.full(len(self._moments), np.nan)
        ts = np.concatenate([track.ts for track in tracks]) if len(tracks) > 1 else tracks[0].ts
        values = np.concatenate([_values(track) for track in tracks]) if len(tracks) > 1 else _values(tracks[0])
        if len(tracks) > 1:
            order = np.argsort(ts, kind="stable")
            ts, values = ts[order], values[order]
        known = np.isfinite(values)
        if not known.all():
            ts, values = ts[known], values[known]
        if not len(ts):
            return np.full(len(self._moments), np.nan)
        rows = np.searchsorted(ts, self._moments, side="right") - 1
        return np.where(rows >= 0, values[rows], np.nan)

    def rates(self, currency: str) -> Floats | float:
        """Return what one unit of a currency is worth in the account's at each moment, NaN where it is not known."""
        if currency == self._currency:
            return 1.0
        found = self._pairs.pair(currency, self._currency)
        if found is None:
            return float("nan")
        prices = self.prices(found[0])
        prices = np.where(prices > 0, prices, np.nan)
        return 1.0 / prices if found[1] else prices


class Value(NamedTuple):
    """Of one book at each moment, in the account's currency; NaN where a price or rate is missing."""

    equity: Floats
    gross: Floats
    net: Floats


def value_of(
    steps: Sequence[Step],
    cash: Decimal,
    currency: str,
    instruments: Mapping[InstrumentId, Instrument],
    marks: Marks,
    moments: Times,
) -> Value:
    """Return what cash and holdings are worth.

    Args:
        steps: of one book or of all, in order of time.
        cash: at the start.
        currency: of the account and of ``cash``.
        instruments: their contracts.
        marks: prices and rates at the ``moments``.
        moments: times, ascending.
    """
    equity = np.zeros(len(moments))
    gross, net = np.zeros(len(moments)), np.zeros(len(moments))
    by_currency: dict[str, list[Step]] = {currency: []}
    by_instrument: dict[InstrumentId, list[Step]] = {}
    for step in steps:
        by_currency.setdefault(step.currency, []).append(step)
        if step.instrument is not None and step.quantity:
            by_instrument.setdefault(step.instrument, []).append(step)
    for unit, found in by_currency.items():
        amounts = _stairs(found, [step.cash for step in found], cash if unit == currency else ZERO, moments)
        equity += _times(amounts, marks.rates(unit))
    for name, found in by_instrument.items():
        contract = instruments[name]
        held = _stairs(found, [step.quantity for step in found], ZERO, moments)
        worth = _times(held, marks.prices(name))
        worth = _times(worth * float(contract.multiplier), marks.rates(contract.currency))
        equity += worth
        net += worth
        np.abs(worth, out=worth)
        gross += worth
    return Value(equity, gross, net)


def curve_of(book: str, moments: Times, equity: Floats, capital: float) -> EquityCurve:
    """Return equity with its return and drawdown; money came once, before the first moment.

    A moment without a known equity has no return; the peak is that of the known ones and of the capital.
    """
    if capital <= 0:
        unknown = np.zeros(len(moments))
        return EquityCurve(book=book, ts=moments, equity=equity, drawdown=unknown, twr=unknown.copy())
    twr = equity / capital
    drawdown = np.fmax.accumulate(twr) if len(twr) else twr.copy()
    np.fmax(drawdown, 1.0, out=drawdown)
    np.divide(twr, drawdown, out=drawdown)
    drawdown -= 1.0
    twr -= 1.0
    return EquityCurve(book=book, ts=moments, equity=equity, drawdown=drawdown, twr=twr)


def share(exposure: Floats, equity: Floats) -> Floats:
    """Return exposure as a fraction of equity, NaN where the equity is not positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(equity > 0, exposure / equity, np.nan)


def _values(track: Series) -> Floats:
    column = track.columns
    if track.kind is DataKind.BARS:
        return np.asarray(column["close"], dtype=np.float64)
    if track.kind is DataKind.TRADES:
        return np.asarray(column["price"], dtype=np.float64)
    return (np.asarray(column["bid"], dtype=np.float64) + column["ask"]) / 2


def _stairs(steps: Sequence[Step], changes: Sequence[Decimal], begin: Decimal, moments: Times) -> Floats:
    """Return running totals, exact at each step, at the moments."""
    with localcontext(MONEY_CONTEXT):
        levels = np.array([float(total) for total in accumulate(changes, initial=begin)])
    times = np.array([step.ns for step in steps], dtype=np.int64)
    rows = np.searchsorted(moments, times, side="left")
    lengths = np.diff(np.concatenate(([0], rows, [len(moments)])))
    return np.repeat(levels, np.maximum(lengths, 0))[: len(moments)]


def _times(amounts: Floats, price: Floats | float) -> Floats:
    """Multiply; nothing of what has no price is worth nothing."""
    with np.errstate(invalid="ignore"):
        worth = amounts * price
    if not np.isfinite(worth).all():
        worth[amounts == 0] = 0.0
    return worth


def _time(step: Step) -> int:
    return step.ns
