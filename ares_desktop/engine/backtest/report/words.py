"""How the report writes figures, and what each of them means."""

from collections.abc import Callable
from math import isfinite
from typing import Any, Final, NamedTuple

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.market import from_ns

UNKNOWN: Final = "\N{EN DASH}"
"""Stands for what could not be computed; zero is a figure."""
_HUGE: Final = 1e15


class Definition(NamedTuple):
    """A figure's title, how it is written, and what it means."""

    title: str
    write: Callable[[Any], str]
    meaning: str


def percent(value: float | None) -> str:
    """Return a fraction as a percentage."""
    return UNKNOWN if value is None or not isfinite(value) else f"{value * 100:,.2f} %"


def number(value: float | None) -> str:
    """Return a ratio."""
    return UNKNOWN if value is None or not isfinite(value) else f"{value:,.2f}"


def amount(value: float | None) -> str:
    """Return money."""
    if value is None or not isfinite(value):
        return UNKNOWN
    return f"{value:,.2f}" if abs(value) < _HUGE else f"{value:.4g}"


def whole(value: float | None) -> str:
    """Return a count."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def moment(ns: int) -> str:
    """Return market time, UTC."""
    return f"{from_ns(ns):%Y-%m-%d %H:%M}" if ns else UNKNOWN


FIGURES: Final[dict[str, Definition]] = {
    "final_equity": Definition("Final equity", amount, "Cash and the market value of what is held at the end."),
    "total_return": Definition("Total return", percent, "Time-weighted return from the first to the last event."),
    "cagr": Definition("Return a year", percent, "The constant yearly return that leads to the total return."),
    "volatility": Definition("Volatility", percent, "Standard deviation of daily returns, annualized."),
    "sharpe": Definition("Sharpe ratio", number, "Mean over standard deviation of daily returns, annualized."),
    "sortino": Definition("Sortino ratio", number, "Mean over downside deviation of daily returns, annualized."),
    "max_drawdown": Definition("Greatest drawdown", percent, "The deepest fall of equity from an earlier peak."),
    "longest_drawdown_days": Definition("Longest drawdown", number, "Days from a peak to its recovery or the end."),
    "calmar": Definition("Calmar ratio", number, "Return a year over the greatest drawdown."),
    "trades": Definition("Trades", whole, "Round trips that were closed."),
    "win_rate": Definition("Win rate", percent, "Share of closed trades with a profit after costs."),
    "profit_factor": Definition("Profit factor", number, "Profits over losses of closed trades; none without a loss."),
    "average_trade": Definition("Average trade", amount, "Mean profit of a closed trade after costs."),
    "exposure": Definition("Exposure", percent, "Share of time with a position."),
    "turnover": Definition("Turnover", number, "Executed value over mean equity."),
    "fills": Definition("Fills", whole, "Executions, partial ones too."),
    "orders": Definition("Orders", whole, "Orders that passed the gate."),
    "denied": Definition("Denied", whole, "Intents that the gate refused."),
    "commission": Definition("Commission", amount, "What the broker and the venue charged."),
    "slippage": Definition("Slippage", amount, "Fill prices against the prices without it; a cost is positive."),
    "financing": Definition("Financing", amount, "Borrow fees, interest and funding; a cost is positive."),
    "dividends": Definition("Dividends", amount, "Received on long positions, less what short ones paid."),
}


def figure_rows(figures: BacktestFigures) -> list[tuple[str, str, str]]:
    """Return title, written value and meaning of each figure."""
    return [(item.title, item.write(getattr(figures, name)), item.meaning) for name, item in FIGURES.items()]
