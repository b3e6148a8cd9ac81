"""Round trips of one strategy in one instrument as columns, before anybody reads them one by one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.engine.backtest.analysis.fill_table import FillTable, Floats, fill_table
from ares_desktop.engine.backtest.analysis.legs import Rows, legs_of
from ares_desktop.engine.backtest.analysis.splits import Units, splits_of, units_of, with_fractions
from ares_desktop.engine.backtest.analysis.tape import Tape, Times, last_price
from ares_desktop.engine.data.series import Series

_DUST: Final = Fraction(1, 10**12)
"""What a fraction of a split that is no finite decimal leaves."""


class Trades(NamedTuple):
    """The fills of a run in order of time, the fractions that splits paid out among them.

    Attributes:
        reference: prices without slippage, NaN where they are not known.
        table: in the units of the end of the run.
    """

    fills: Sequence[Fill]
    reference: Sequence[float]
    table: FillTable
    units: Units


class TripColumns(NamedTuple):
    """One row a position of one strategy in one instrument, in order of time; prices in final units.

    Attributes:
        entry, exit: rows of :class:`Trades`.
        returned: profit over the value at entry, in percent, NaN where that is zero.
        most: greatest quantity, exact.
    """

    strategy: StrategyId
    instrument: InstrumentId
    currency: str
    entry: Rows
    exit: Rows
    direction: Floats
    entry_ns: Times
    exit_ns: Times
    closed: NDArray[np.bool_]
    entry_price: Floats
    exit_price: Floats
    pnl: Floats
    commission: Floats
    returned: Floats
    most: Sequence[Decimal | Fraction]


def trades_of(outcome: BacktestOutcome, series: Sequence[Series] = ()) -> Trades:
    """Return the fills of a run as columns; its data tell of splits."""
    splits = splits_of(outcome, series)
    fills, reference = with_fractions(outcome, splits)
    units = units_of(splits)
    table = fill_table(fills)
    if units.splits:
        factor = np.array([float(units.factor(fill.instrument, to_ns(fill.at))) for fill in fills])
        table = table._replace(quantity=table.quantity * factor, price=table.price / factor)
    return Trades(fills, reference, table, units)


def trip_columns(
    outcome: BacktestOutcome, trades: Trades, tapes: Mapping[InstrumentId, Sequence[Tape]]
) -> list[TripColumns]:
    """Return the positions of each strategy in each instrument, in order of their first fill.

    Args:
        outcome: the run.
        trades: its fills.
        tapes: prices for open positions that the run itself has no mark of.
    """
    fills = trades.fills
    if not fills:
        return []
    rows_of: dict[tuple[StrategyId, InstrumentId], list[int]] = {}
    for row, fill in enumerate(fills):
        rows_of.setdefault((fill.strategy, fill.instrument), []).append(row)
    end_ns = int(outcome.curve.ts[-1]) if outcome.curve.ts.size else to_ns(fills[-1].at)
    marks = {(position.strategy, position.instrument): position.mark for position in outcome.positions}
    found = []
    for key, rows in rows_of.items():
        mark = marks.get(key)
        price = float(mark) if mark is not None else last_price(tapes, key[1], end_ns)
        found.append(_columns(trades, np.array(rows, dtype=np.intp), price, end_ns))
    return found


def _columns(trades: Trades, rows: Rows, mark: float, end_ns: int) -> TripColumns:
    own = [trades.fills[row] for row in rows.tolist()]
    first = own[0]
    legs = legs_of(rows, trades.table, _held(own, first.instrument, trades.units))
    closed = legs.rest == 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        entry_price = legs.paid / legs.opened
        exit_price = np.where(closed, legs.received / legs.closed, mark)
    left = np.where(closed, 0.0, legs.rest * exit_price)
    unit = trades.table.unit[legs.entry]
    pnl = legs.direction * (legs.received + left - legs.paid) * unit - legs.commission
    most = np.fromiter(map(float, legs.most), dtype=np.float64, count=len(legs.most))
    value = np.abs(most * entry_price * unit)
    return TripColumns(
        strategy=first.strategy,
        instrument=first.instrument,
        currency=first.currency,
        entry=legs.entry,
        exit=legs.exit,
        direction=legs.direction,
        entry_ns=_times(trades.fills, legs.entry),
        exit_ns=np.where(closed, _times(trades.fills, legs.exit), end_ns),
        closed=closed,
        entry_price=entry_price,
        exit_price=exit_price,
        pnl=pnl,
        commission=legs.commission,
        returned=np.divide(pnl * 100, value, out=np.full(len(value), np.nan), where=value > 0),
        most=legs.most,
    )


def _times(fills: Sequence[Fill], rows: Rows) -> Times:
    return np.fromiter((to_ns(fills[row].at) for row in rows.tolist()), dtype=np.int64, count=len(rows))


def _held(fills: Sequence[Fill], instrument: InstrumentId, units: Units) -> Sequence[Decimal | Fraction]:
    """Return the exact signed quantity after each fill, in final units."""
    signed = [fill.quantity if fill.side is Side.BUY else -fill.quantity for fill in fills]
    if instrument not in units.splits:
        return list(accumulate(signed))
    factors = [units.factor(instrument, to_ns(fill.at)) for fill in fills]
    totals = accumulate(Fraction(value) * factor for value, factor in zip(signed, factors, strict=True))
    return [total if abs(total) > _DUST else Fraction(0) for total in totals]
