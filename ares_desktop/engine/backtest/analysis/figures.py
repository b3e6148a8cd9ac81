"""A run in numbers."""

from collections.abc import Sequence
from hashlib import sha256
from math import fsum, isfinite, nan, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestFigures, BacktestOutcome, RoundTrip
from ares_desktop.domain.performance import FEWEST_DAYS
from ares_desktop.engine.backtest.analysis.costs import Costs, costs_of
from ares_desktop.engine.backtest.analysis.days import DAY_NS, YEAR_DAYS, days_a_year, last_of_day
from ares_desktop.engine.backtest.analysis.drawdowns import NO_DRAWDOWN, longest_drawdown
from ares_desktop.engine.backtest.analysis.rates import Rates
from ares_desktop.engine.backtest.analysis.trip_columns import trades_of, trip_columns
from ares_desktop.engine.competition.statistics import daily_returns, sharpe_of
from ares_desktop.engine.data.series import Series

_NO_RISK: Final = 1e-12
"""A downside below this is what rounding leaves of none."""


def figures_of(outcome: BacktestOutcome, trips: Sequence[RoundTrip], series: Sequence[Series] = ()) -> BacktestFigures:
    """Return every figure of a run; what can't be computed is None.

    Args:
        outcome: the run.
        trips: its round trips.
        series: its data, for currency rates where instruments are not all in the account's currency.
    """
    currency = {instrument.id: instrument.currency for instrument in outcome.instruments}
    home = outcome.spec.simulation.currency
    spans = Spans(
        entry_ns=np.array([trip.entry_ns for trip in trips], dtype=np.int64),
        exit_ns=np.array([trip.exit_ns for trip in trips], dtype=np.int64),
        closed=np.array([trip.closed for trip in trips], dtype=np.bool_),
        pnl=np.array([trip.pnl for trip in trips], dtype=np.float64),
        currency=[currency.get(trip.instrument, home) for trip in trips],
    )
    return _figures(outcome, spans, costs_of(outcome, Rates(home, series)), Rates(home, series))


def trial_figures(outcome: BacktestOutcome, series: Sequence[Series] = ()) -> BacktestFigures:
    """Return what :func:`figures_of` returns, several times as fast: no record is made of any trip."""
    rates = Rates(outcome.spec.simulation.currency, series)
    trades = trades_of(outcome, series)
    # Prices are needed for open trips alone, and only the closed ones count.
    found = trip_columns(outcome, trades, {})
    empty = np.empty(0)
    spans = Spans(
        entry_ns=np.concatenate([empty.astype(np.int64), *(item.entry_ns for item in found)]),
        exit_ns=np.concatenate([empty.astype(np.int64), *(item.exit_ns for item in found)]),
        closed=np.concatenate([empty.astype(np.bool_), *(item.closed for item in found)]),
        pnl=np.concatenate([empty, *(item.pnl for item in found)]),
        currency=[item.currency for item in found for _ in range(len(item.pnl))],
    )
    table = None if trades.units.splits else trades.table
    return _figures(outcome, spans, costs_of(outcome, rates, table), rates)


class Spans(NamedTuple):
    """One row a round trip: from when to when, its profit and the currency of it."""

    entry_ns: NDArray[np.int64]
    exit_ns: NDArray[np.int64]
    closed: NDArray[np.bool_]
    pnl: NDArray[np.float64]
    currency: Sequence[str]


def _figures(outcome: BacktestOutcome, spans: Spans, costs: Costs, rates: Rates) -> BacktestFigures:
    curve = known_part(outcome.curve)
    growth = growth_figures(curve)
    trade = trade_figures(spans, rates)
    some = bool(curve.ts.size)
    equity = float(np.mean(curve.equity)) if some else nan
    return BacktestFigures(
        bars=outcome.events,
        seconds=outcome.seconds,
        bars_per_s=outcome.events / outcome.seconds if outcome.seconds > 0 else nan,
        trades=trade.closed,
        fills=len(outcome.fills),
        orders=len(outcome.orders),
        denied=len(outcome.denials),
        start_ns=int(outcome.curve.ts[0]) if outcome.curve.ts.size else 0,
        end_ns=int(outcome.curve.ts[-1]) if outcome.curve.ts.size else 0,
        final_equity=float(curve.equity[-1]) if some else None,
        total_return=growth.total_return,
        cagr=growth.cagr,
        volatility=growth.volatility,
        sharpe=growth.sharpe,
        sortino=growth.sortino,
        max_drawdown=growth.max_drawdown,
        calmar=growth.calmar,
        win_rate=trade.win_rate,
        profit_factor=trade.profit_factor,
        average_trade=trade.average,
        exposure=exposure(spans, outcome.curve),
        turnover=_known(costs.turnover / equity) if equity > 0 else None,
        longest_drawdown_days=growth.longest_drawdown_days,
        commission=costs.commission,
        slippage=costs.slippage,
        financing=costs.financing,
        dividends=costs.dividends,
        equity_sha256=equity_sha256(outcome.curve),
    )


def known_part(curve: EquityCurve) -> EquityCurve:
    """Return a curve without the points at which a price or a rate was missing."""
    known = np.isfinite(curve.equity)
    if known.all():
        return curve
    return EquityCurve(
        book=curve.book,
        ts=curve.ts[known],
        equity=curve.equity[known],
        drawdown=curve.drawdown[known],
        twr=curve.twr[known],
    )


def equity_sha256(curve: EquityCurve) -> str:
    """Return the digest of a curve's times, then of its values, as little-endian int64 and float64."""
    digest = sha256(np.ascontiguousarray(curve.ts, dtype="<i8").data)
    digest.update(np.ascontiguousarray(curve.equity, dtype="<f8").data)
    return digest.hexdigest()


class GrowthFigures(NamedTuple):
    """What a curve alone tells."""

    total_return: float | None = None
    cagr: float | None = None
    volatility: float | None = None
    sharpe: float | None = None
    sortino: float | None = None
    max_drawdown: float | None = None
    calmar: float | None = None
    longest_drawdown_days: float | None = None


def growth_figures(curve: EquityCurve) -> GrowthFigures:
    """Return the figures of growth and risk; those of daily returns need 20 of them, the yearly growth 20 days.

    Compound annual growth is over calendar time; volatility, Sharpe (1994) and Sortino ratios are those of daily
    returns, annualized by :func:`~ares_desktop.engine.backtest.analysis.days.days_a_year`. The Sortino ratio divides by
    the root mean square of the negative returns over all days (Sortino and Price, 1994, target zero); the Calmar ratio
    is the yearly growth over the greatest drawdown (Young, 1991).
    """
    if not curve.ts.size or not isfinite(total := float(curve.twr[-1])):
        return GrowthFigures()
    returns = daily_returns(curve)
    yearly = days_a_year(curve.ts[last_of_day(curve.ts)] // DAY_NS)
    deepest = min(float(np.min(curve.drawdown)), 0.0)
    cagr = _cagr(total, int(curve.ts[-1]) - int(curve.ts[0]))
    enough = returns.size >= FEWEST_DAYS
    return GrowthFigures(
        total_return=total,
        cagr=cagr,
        volatility=float(np.std(returns, ddof=1)) * sqrt(yearly) if enough else None,
        sharpe=sharpe_of(returns, yearly),
        sortino=_sortino(returns, yearly) if enough else None,
        max_drawdown=_known(deepest),
        calmar=cagr / -deepest if cagr is not None and deepest < NO_DRAWDOWN else None,
        longest_drawdown_days=longest_drawdown(curve),
    )


def _cagr(total: float, span_ns: int) -> float | None:
    days = span_ns / DAY_NS
    if days < FEWEST_DAYS:
        return None
    return -1.0 if total <= -1.0 else float((1.0 + total) ** (YEAR_DAYS / days) - 1.0)


def _sortino(returns: NDArray[np.float64], yearly: float) -> float | None:
    downside = sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)))
    return float(np.mean(returns)) / downside * sqrt(yearly) if downside > _NO_RISK else None


class TradeFigures(NamedTuple):
    """What the closed trades tell; money in the account's currency."""

    closed: int
    win_rate: float | None
    profit_factor: float | None
    average: float | None


def trade_figures(spans: Spans, rates: Rates) -> TradeFigures:
    """Return the figures of closed trades; a profit in another currency counts at the rate of the exit."""
    pnl = spans.pnl[spans.closed]
    if not pnl.size:
        return TradeFigures(0, None, None, None)
    won = float(np.count_nonzero(pnl > 0)) / pnl.size
    if any(currency != rates.currency for currency in set(spans.currency)):
        rate = [rates.at(currency, ns) for currency, ns in zip(spans.currency, spans.exit_ns.tolist(), strict=True)]
        pnl = pnl * np.array(rate, dtype=np.float64)[spans.closed]
    if not np.isfinite(pnl).all():
        return TradeFigures(pnl.size, won, None, None)
    # Exact sums do not depend on the order of the trades.
    gains, losses = fsum(pnl[pnl > 0]), -fsum(pnl[pnl < 0])
    return TradeFigures(pnl.size, won, gains / losses if losses > 0 else None, fsum(pnl) / pnl.size)


def exposure(spans: Spans, curve: EquityCurve) -> float | None:
    """Return the share of the curve's time in which any position was held, None when it spans no time."""
    if curve.ts.size <= 1 or curve.ts[-1] <= curve.ts[0]:
        return None
    first, last = int(curve.ts[0]), int(curve.ts[-1])
    order = np.argsort(spans.entry_ns, kind="stable")
    begin, end = np.maximum(spans.entry_ns[order], first), np.minimum(spans.exit_ns[order], last)
    # What an earlier span reaches is not counted again.
    reached = np.maximum.accumulate(np.concatenate(([first], end)))[:-1]
    held = np.maximum(end - np.maximum(begin, reached), 0)
    return float(np.sum(held)) / (last - first)


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
