"""A run's fills as columns."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.engine.backtest.analysis.rates import Rates

Floats = NDArray[np.float64]


class FillTable(NamedTuple):
    """One row a fill: absolute quantity, +1 for a buy and -1 for a sale, price, multiplier, commission."""

    quantity: Floats
    sign: Floats
    price: Floats
    unit: Floats
    commission: Floats


def fill_table(fills: Sequence[Fill]) -> FillTable:
    """Return the columns of fills, in their order."""
    return FillTable(
        quantity=_column(fills, "quantity"),
        sign=np.array([1.0 if fill.side is Side.BUY else -1.0 for fill in fills], dtype=np.float64),
        price=_column(fills, "price"),
        unit=_column(fills, "multiplier"),
        commission=_column(fills, "commission"),
    )


def _column(fills: Sequence[Fill], name: str) -> Floats:
    return np.fromiter(map(float, map(attrgetter(name), fills)), dtype=np.float64, count=len(fills))


class FillValues(NamedTuple):
    """One row a fill, in the account's currency: executed value, commission, and slippage, positive when worse."""

    value: Floats
    commission: Floats
    slippage: Floats


def fill_values(outcome: BacktestOutcome, rates: Rates, table: FillTable | None = None) -> FillValues:
    """Return what each fill was worth and cost; the slippage of one whose reference price is unknown is 0."""
    fills = outcome.fills
    table = table or fill_table(fills)
    rate = _rates(fills, rates)
    worth = table.quantity * table.unit * rate
    slippage = np.zeros(len(fills))
    if len(outcome.reference) == len(fills):
        worse = table.sign * (table.price - np.array(outcome.reference, dtype=np.float64))
        slippage = np.where(np.isnan(worse), 0.0, worse) * worth
    return FillValues(np.abs(table.price) * worth, table.commission * rate, slippage)


def _rates(fills: Sequence[Fill], rates: Rates) -> Floats:
    found = np.ones(len(fills))
    for currency in set(map(attrgetter("currency"), fills)) - {rates.currency}:
        rows = np.array([row for row, fill in enumerate(fills) if fill.currency == currency], dtype=np.intp)
        times = np.array([to_ns(fills[row].at) for row in rows.tolist()], dtype=np.int64)
        found[rows] = rates.over(currency, times)
    return found
