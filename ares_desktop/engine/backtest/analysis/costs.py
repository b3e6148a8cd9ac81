"""What trading cost, by strategy and instrument, in the account's currency."""

from collections.abc import Sequence
from math import isfinite, nan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import BacktestOutcome, CostLine
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.backtest.analysis.rates import Rates

DIVIDEND: Final = "dividend"
SETTLEMENT: Final = "settlement"
"""Kinds of cash entries that are no cost: income, and the result of a contract that ended."""
_NO_INSTRUMENT: Final = InstrumentId("")


class Costs(NamedTuple):
    """Sums over a run; ``turnover`` is the executed value, received dividends are positive."""

    turnover: float
    commission: float
    slippage: float
    financing: float
    dividends: float


class FillValues(NamedTuple):
    """One row a fill, in the account's currency: executed value, commission, and slippage, positive when worse."""

    value: NDArray[np.float64]
    commission: NDArray[np.float64]
    slippage: NDArray[np.float64]


def fill_values(outcome: BacktestOutcome, rates: Rates) -> FillValues:
    """Return what each fill was worth and cost; the slippage of one whose reference price is unknown is 0."""
    fills = outcome.fills
    quantity = np.array([float(fill.quantity) for fill in fills], dtype=np.float64)
    price = np.array([float(fill.price) for fill in fills], dtype=np.float64)
    unit = np.array([float(fill.multiplier) for fill in fills], dtype=np.float64)
    commission = np.array([float(fill.commission) for fill in fills], dtype=np.float64)
    rate = _rates(fills, rates)
    unit *= rate
    slippage = np.zeros(len(fills))
    if len(outcome.reference) == len(fills):
        sign = np.array([fill.side.sign for fill in fills], dtype=np.float64)
        worse = sign * (price - np.array(outcome.reference, dtype=np.float64))
        slippage = np.where(np.isnan(worse), 0.0, worse) * quantity * unit
    return FillValues(np.abs(price) * quantity * unit, commission * rate, slippage)


def costs_of(outcome: BacktestOutcome, rates: Rates) -> Costs:
    """Return the sums over all fills and cash entries."""
    values = fill_values(outcome, rates)
    entries = _entries(outcome, rates)
    return Costs(
        turnover=float(np.sum(values.value)),
        commission=float(np.sum(values.commission)),
        slippage=float(np.sum(values.slippage)),
        financing=sum((row.financing for row in entries.values()), 0.0),
        dividends=sum((row.dividends for row in entries.values()), 0.0),
    )


def cost_lines(outcome: BacktestOutcome, rates: Rates) -> tuple[CostLine, ...]:
    """Return one line for each strategy and instrument that cost anything, in order of appearance."""
    values = fill_values(outcome, rates)
    keys: dict[tuple[StrategyId, InstrumentId], list[int]] = {}
    for index, fill in enumerate(outcome.fills):
        keys.setdefault((fill.strategy, fill.instrument), []).append(index)
    entries = _entries(outcome, rates)
    lines = []
    for key in dict.fromkeys([*keys, *entries]):
        rows = keys.get(key, [])
        money = entries.get(key, _Money(0.0, 0.0))
        lines.append(
            CostLine(
                strategy=key[0],
                instrument=key[1],
                turnover=float(np.sum(values.value[rows])),
                commission=float(np.sum(values.commission[rows])),
                slippage=float(np.sum(values.slippage[rows])),
                financing=money.financing,
                dividends=money.dividends,
            )
        )
    return tuple(lines)


class _Money(NamedTuple):
    financing: float
    dividends: float


def _entries(outcome: BacktestOutcome, rates: Rates) -> dict[tuple[StrategyId, InstrumentId], _Money]:
    found: dict[tuple[StrategyId, InstrumentId], _Money] = {}
    for entry in outcome.cash:
        if entry.kind == SETTLEMENT:
            continue
        key = (entry.strategy, entry.instrument or _NO_INSTRUMENT)
        amount = float(entry.amount) * rates.at(entry.currency, to_ns(entry.at))
        before = found.get(key, _Money(0.0, 0.0))
        if entry.kind == DIVIDEND:
            found[key] = _Money(before.financing, before.dividends + amount)
        else:
            found[key] = _Money(before.financing - amount, before.dividends)
    return found


def _rates(fills: Sequence[Fill], rates: Rates) -> NDArray[np.float64]:
    found = np.ones(len(fills))
    for currency in {fill.currency for fill in fills} - {rates.currency}:
        rows = np.array([row for row, fill in enumerate(fills) if fill.currency == currency], dtype=np.intp)
        times = np.array([to_ns(fills[row].at) for row in rows.tolist()], dtype=np.int64)
        found[rows] = rates.over(currency, times)
    return found


def cost_bps(costs: Costs) -> float:
    """Return commission and slippage over the executed value in basis points, NaN without any."""
    paid = costs.commission + costs.slippage
    return paid / costs.turnover * 1e4 if costs.turnover > 0 and isfinite(paid) else nan
