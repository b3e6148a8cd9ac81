"""Share splits undone: everything in the units of the end of the run."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.events import PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, TradeId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.engine.backtest.analysis.tape import Floats, Tape, Times


class Units(NamedTuple):
    """For each instrument that was split the times and the ratios, new units for one old one, ascending in time."""

    splits: Mapping[InstrumentId, Sequence[tuple[int, Fraction]]]

    def factor(self, instrument: InstrumentId, ns: int) -> Fraction:
        """Return how many final units one unit of a time has become."""
        found = Fraction(1)
        for at, ratio in self.splits.get(instrument, ()):
            if ns < at:
                found *= ratio
        return found

    def factors(self, instrument: InstrumentId, ns: Times) -> Floats:
        """Return the same for many times."""
        found = np.ones(len(ns))
        for at, ratio in self.splits.get(instrument, ()):
            found[ns < at] *= float(ratio)
        return found

    def adjusted(self, instrument: InstrumentId, tape: Tape) -> Tape:
        """Return prices and volumes in final units."""
        if instrument not in self.splits:
            return tape
        # A bar is of old units when it began before the split.
        factor = self.factors(instrument, tape.start)
        return Tape(
            start=tape.start,
            ts=tape.ts,
            open=tape.open / factor,
            high=tape.high / factor,
            low=tape.low / factor,
            close=tape.close / factor,
            volume=tape.volume * factor,
            is_bars=tape.is_bars,
        )


def units_of(splits: Iterable[PositionSplit]) -> Units:
    """Return the splits that any holder was told of, each once."""
    found: dict[InstrumentId, dict[int, Fraction]] = {}
    for item in splits:
        found.setdefault(item.instrument, {})[to_ns(item.at)] = Fraction(item.numerator, item.denominator)
    return Units({name: sorted(ratios.items()) for name, ratios in found.items()})


def with_fractions(outcome: BacktestOutcome) -> tuple[tuple[Fill, ...], tuple[float, ...]]:
    """Return the fills with their reference prices, and among them the paid-out fractions of splits as if they were."""
    unknown = (float("nan"),) * len(outcome.fills)
    reference = outcome.reference if len(outcome.reference) == len(outcome.fills) else unknown
    paid = [item for item in outcome.splits if item.before * item.numerator != item.after * item.denominator]
    if not paid:
        return outcome.fills, reference
    rows = [*((_fraction(item), float("nan")) for item in paid), *zip(outcome.fills, reference, strict=True)]
    rows.sort(key=lambda row: row[0].at)
    return tuple(fill for fill, _ in rows), tuple(price for _, price in rows)


def _fraction(item: PositionSplit) -> Fill:
    whole = item.before * item.numerator / item.denominator
    return Fill(
        trade_id=TradeId(item.key),
        client_order_id=ClientOrderId(""),
        strategy=item.strategy,
        account=item.account,
        instrument=item.instrument,
        side=Side.SELL if item.before > 0 else Side.BUY,
        quantity=abs(whole - item.after),
        price=item.price,
        at=item.at,
        commission=Decimal(0),
        currency=item.currency,
    )
