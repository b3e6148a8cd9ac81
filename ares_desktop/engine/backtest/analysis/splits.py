"""Share splits undone: everything in the units of the end of the run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome, CashEntry
from ares_desktop.domain.events import PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, TradeId
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.money import round_down
from ares_desktop.domain.orders import Side
from ares_desktop.engine.backtest.analysis.costs import SETTLEMENT
from ares_desktop.engine.backtest.analysis.tape import Floats, Tape, Times
from ares_desktop.engine.data.series import Series


class Units(NamedTuple):
    """For each instrument that was split the times and the ratios, new units for one old one, ascending in time."""

    splits: Mapping[InstrumentId, Sequence[tuple[int, Fraction]]]

    def factor(self, instrument: InstrumentId, ns: int) -> Fraction:
        """Return how many final units one unit of a time has become."""
        found = Fraction(1)
        for at, ratio in self.splits.get(instrument, ()):
            if ns <= at:
                found *= ratio
        return found

    def factors(self, instrument: InstrumentId, ns: Times) -> Floats:
        """Return the same for many times."""
        found = np.ones(len(ns))
        for at, ratio in self.splits.get(instrument, ()):
            found[ns <= at] *= float(ratio)
        return found

    def adjusted(self, instrument: InstrumentId, tape: Tape) -> Tape:
        """Return prices and volumes in final units."""
        if instrument not in self.splits:
            return tape
        # A split comes after what is known at its time, and before a bar that begins then.
        factor = self.factors(instrument, tape.start + 1 if tape.is_bars else tape.ts)
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


def splits_of(outcome: BacktestOutcome, series: Sequence[Series]) -> tuple[PositionSplit, ...]:
    """Return what the splits among a run's data did to its books; those that the outcome tells itself go first."""
    if outcome.splits:
        return outcome.splits
    actions = [action for item in series for action in item.actions if action.kind is ActionKind.SPLIT]
    found: list[PositionSplit] = []
    for name in dict.fromkeys(action.instrument for action in actions):
        own = sorted({action for action in actions if action.instrument == name}, key=lambda action: action.ts)
        fills = [fill for fill in outcome.fills if fill.instrument == name]
        lot = next((item.lot_size for item in outcome.instruments if item.id == name), Decimal(1))
        for strategy in dict.fromkeys(fill.strategy for fill in fills):
            found += _of_book([fill for fill in fills if fill.strategy == strategy], own, outcome.cash, lot)
    return tuple(found)


def _of_book(
    fills: Sequence[Fill], actions: Sequence[MarketAction], cash: Sequence[CashEntry], lot: Decimal
) -> Iterator[PositionSplit]:
    """Follow one book through the splits of one instrument, by its fills and the money for its fractions."""
    held, row = Decimal(0), 0
    first = fills[0]
    paid = {
        entry.at: entry.amount
        for entry in cash
        if entry.kind == SETTLEMENT and entry.strategy == first.strategy and entry.instrument == first.instrument
    }
    for action in actions:
        while row < len(fills) and to_ns(fills[row].at) <= action.ts:
            held, row = held + fills[row].signed_quantity, row + 1
        at, ratio = from_ns(action.ts), action.ratio
        amount = paid.get(at, Decimal(0))
        whole = held * ratio.numerator / ratio.denominator
        after = round_down(whole, lot) if amount else whole
        fraction = whole - after
        yield PositionSplit(
            account=first.account,
            strategy=first.strategy,
            instrument=first.instrument,
            before=held,
            after=after,
            numerator=ratio.numerator,
            denominator=ratio.denominator,
            cash=amount,
            price=abs(amount / fraction) if fraction else Decimal(0),
            currency=first.currency,
            key=f"split-{action.ts}",
            at=at,
        )
        held = after


def with_fractions(
    outcome: BacktestOutcome, splits: Sequence[PositionSplit]
) -> tuple[tuple[Fill, ...], tuple[float, ...]]:
    """Return the fills with their reference prices, and among them the paid-out fractions of splits as if they were."""
    unknown = (float("nan"),) * len(outcome.fills)
    reference = outcome.reference if len(outcome.reference) == len(outcome.fills) else unknown
    paid = [item for item in splits if item.before * item.numerator != item.after * item.denominator]
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
        # In new units, so after the split.
        at=item.at + timedelta(microseconds=1),
        commission=Decimal(0),
        currency=item.currency,
    )
