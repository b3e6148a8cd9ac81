"""Pairs the fills of one strategy and instrument into positions from zero to zero, as arrays."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.engine.backtest.analysis.fill_table import FillTable, Floats

Rows = NDArray[np.intp]


class Legs(NamedTuple):
    """One row a position.

    Attributes:
        entry, exit: rows of the fill table that opened it, and that changed it last.
        direction: 1 or -1.
        opened, closed: quantity that came and went.
        paid, received: those quantities times their prices.
        commission: of its fills, that of a fill through zero shared by quantity.
        rest: quantity that is still held, 0 when it ended.
        most: greatest quantity that was held, exact.
    """

    entry: Rows
    exit: Rows
    direction: Floats
    opened: Floats
    closed: Floats
    paid: Floats
    received: Floats
    commission: Floats
    rest: Floats
    most: list[Decimal | Fraction]


class _Parts(NamedTuple):
    """Fills cut at zero: those that go through it are two rows."""

    row: Rows
    quantity: Floats
    before: Floats
    after: Floats
    share: Floats


def legs_of(rows: Rows, table: FillTable, held: Sequence[Decimal | Fraction]) -> Legs:
    """Return the positions that fills made.

    Args:
        rows: of the fill table, in order of time.
        table: quantities and prices.
        held: the exact signed quantity after each of these fills.
    """
    parts = _cut(table.quantity[rows] * table.sign[rows], np.array([float(value) for value in held]))
    start = np.flatnonzero(parts.before == 0.0)
    end = np.append(start[1:], len(parts.row)) - 1
    direction = np.sign(parts.quantity[start])
    sizes = end - start + 1
    opens = np.sign(parts.quantity) == np.repeat(direction, sizes)
    quantity = np.abs(parts.quantity)
    value = quantity * table.price[rows][parts.row]
    most = np.maximum.reduceat(np.abs(parts.after), start)
    # The first row of each position with its greatest quantity.
    reached = np.flatnonzero(np.abs(parts.after) == np.repeat(most, sizes))
    position = np.repeat(np.arange(len(start)), sizes)[reached]
    peak = reached[np.unique(position, return_index=True)[1]]
    return Legs(
        entry=rows[parts.row[start]],
        exit=rows[parts.row[end]],
        direction=direction,
        opened=np.add.reduceat(np.where(opens, quantity, 0.0), start),
        closed=np.add.reduceat(np.where(opens, 0.0, quantity), start),
        paid=np.add.reduceat(np.where(opens, value, 0.0), start),
        received=np.add.reduceat(np.where(opens, 0.0, value), start),
        commission=np.add.reduceat(table.commission[rows][parts.row] * parts.share, start),
        rest=np.abs(parts.after[end]),
        most=[abs(held[row]) for row in parts.row[peak].tolist()],
    )


def _cut(signed: Floats, after: Floats) -> _Parts:
    before = np.concatenate(([0.0], after[:-1]))
    through = before * after < 0
    row = np.repeat(np.arange(len(signed)), 1 + through)
    second = np.cumsum(1 + through)[through] - 1
    quantity, part_before, part_after = signed[row], before[row], after[row]
    quantity[second], quantity[second - 1] = after[through], -before[through]
    part_before[second], part_after[second - 1] = 0.0, 0.0
    share = np.ones(len(row))
    share[second] = np.abs(after[through] / signed[through])
    share[second - 1] = np.abs(before[through] / signed[through])
    return _Parts(row, quantity, part_before, part_after, share)
