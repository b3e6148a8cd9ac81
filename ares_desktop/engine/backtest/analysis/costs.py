"""What trading cost, by strategy and instrument, in the account's currency."""

from math import isfinite, nan
from typing import Final, NamedTuple

import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome, CostLine
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.backtest.analysis.fill_table import FillTable, fill_values
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


def costs_of(outcome: BacktestOutcome, rates: Rates, table: FillTable | None = None) -> Costs:
    """Return the sums over all fills and cash entries; ``table`` is that of the fills where it is made already."""
    values = fill_values(outcome, rates, table)
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


def cost_bps(costs: Costs) -> float:
    """Return commission and slippage over the executed value in basis points, NaN without any."""
    paid = costs.commission + costs.slippage
    return paid / costs.turnover * 1e4 if costs.turnover > 0 and isfinite(paid) else nan
