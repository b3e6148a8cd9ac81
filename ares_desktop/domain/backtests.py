"""Backtests: what is run, and everything a run tells about itself."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.events import PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.orders import Order
from ares_desktop.domain.positions import Position
from ares_desktop.domain.result_charts import ResultCharts
from ares_desktop.domain.risk import Denied, RiskLimits
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance, StrategyLog, StrategyRecord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BACKTEST_ACCOUNT = AccountId("BACKTEST")
"""The account of every backtest."""


class BacktestSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a backtest runs; equal specs on equal data give equal results, bit for bit.

    Attributes:
        strategies: their ``account`` is that of ``simulation``; an instance without a capital gets its weight of the
            cash. Their files are absolute paths. One that names no instruments trades all that can be traded.
        data: files, or symbols of the local store.
        start, end: what strategies trade in; older data fills their warm-up. None for all there is.
        seed: of everything that is random.
    """

    strategies: tuple[StrategyInstance, ...]
    data: tuple[str, ...]
    start: datetime | None = None
    end: datetime | None = None
    simulation: SimulationSettings = SimulationSettings(account=BACKTEST_ACCOUNT)
    limits: RiskLimits = RiskLimits()
    seed: int = 0
    title: str = ""


class BacktestFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A run in numbers; what can't be computed is None, never zero.

    Attributes:
        bars: market events that were delivered.
        trades: round trips that were closed.
        start_ns, end_ns: market time of the first and the last event.
        total_return, cagr, volatility, max_drawdown: fractions; the drawdown is 0 or negative.
        sharpe, sortino: annualized, of daily returns over a riskless rate of zero.
        calmar: ``cagr`` over the greatest drawdown.
        win_rate: share of closed trades with a profit after costs.
        profit_factor: profits over losses of closed trades; None without a loss.
        average_trade: mean profit of closed trades after costs, in the account's currency.
        exposure: share of time with a position.
        turnover: executed value over mean equity.
        commission, slippage, financing, dividends: in the account's currency, NaN when a currency rate is missing;
            costs are positive, and so are dividends that were received.
        longest_drawdown_days: between a peak and its recovery, or the end.
        equity_sha256: of the equity curve's times and values, little-endian int64 and float64.
    """

    bars: int
    seconds: float
    bars_per_s: float
    trades: int
    fills: int
    orders: int
    denied: int
    start_ns: int
    end_ns: int
    final_equity: float | None
    total_return: float | None
    cagr: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float | None
    calmar: float | None
    win_rate: float | None
    profit_factor: float | None
    average_trade: float | None
    exposure: float | None
    turnover: float | None
    longest_drawdown_days: float | None
    commission: float
    slippage: float
    financing: float
    dividends: float
    equity_sha256: str


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One position of one strategy from its opening to its end; a flip ends one and begins another.

    Attributes:
        direction: 1 for long, -1 for short.
        quantity: the greatest that was held.
        entry_price, exit_price: averages over the fills that opened and closed; the mark when it is still open.
        pnl: after commission, in the instrument's currency.
        return_pct: ``pnl`` over the value at entry, in percent.
        bars: market events of its instrument while it was held.
        worst, best: greatest adverse excursion of price (0 or negative) and greatest favorable one (0 or positive),
            as fractions of the entry price.
        closed: False when it was still held at the end.
    """

    strategy: StrategyId
    instrument: InstrumentId
    direction: int
    quantity: Decimal
    entry_ns: int
    exit_ns: int
    entry_price: float
    exit_price: float
    pnl: float
    commission: float
    return_pct: float
    bars: int
    worst: float
    best: float
    entry_reason: str = ""
    exit_reason: str = ""
    closed: bool = True


class MonthlyReturn(msgspec.Struct, frozen=True, array_like=True):
    """Return of one calendar month, UTC, as a fraction."""

    year: int
    month: int
    value: float


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one instrument cost one strategy, in the account's currency; costs and received dividends are positive.

    Attributes:
        instrument: empty for what belongs to no instrument, such as interest.
    """

    strategy: StrategyId
    instrument: InstrumentId
    turnover: float
    commission: float
    slippage: float
    financing: float
    dividends: float


class RunFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that makes a result less believable than it looks.

    Attributes:
        check: stable name of the check, such as ``look_ahead``.
        figure: what was measured, None where there is no one number.
    """

    check: str
    severity: Severity
    title: str
    detail: str
    remedy: str
    figure: float | None = None


class CashEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came (positive) or went without a trade.

    Attributes:
        kind: ``dividend``, ``borrow``, ``interest``, ``funding`` or ``settlement``.
    """

    strategy: StrategyId
    instrument: InstrumentId | None
    kind: str
    amount: Decimal
    currency: str
    at: datetime


class BacktestOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened in a run, before anybody looks at it.

    Attributes:
        instruments: what was traded or valued.
        events: market events delivered; ``seconds`` what the replay took.
        fills, orders, denials, cash: in the order in which they came about.
        reference: for each fill the price without slippage, same order and length as ``fills``.
        curve: of the whole account, one point for each moment of the market.
        books: one curve for each strategy, at the same moments.
        gross, net: exposure over equity at the moments of ``curve``, as fractions.
        positions: what is held at the end.
        splits: holdings that became more or fewer units; the money for a fraction is a ``settlement`` in ``cash``.
    """

    spec: BacktestSpec
    instruments: tuple[Instrument, ...]
    events: int
    seconds: float
    fills: tuple[Fill, ...]
    reference: tuple[float, ...]
    orders: tuple[Order, ...]
    denials: tuple[Denied, ...]
    cash: tuple[CashEntry, ...]
    records: tuple[StrategyRecord, ...]
    logs: tuple[StrategyLog, ...]
    curve: EquityCurve
    books: tuple[EquityCurve, ...]
    gross: "NDArray[np.float64]"
    net: "NDArray[np.float64]"
    positions: tuple[Position, ...]
    splits: tuple[PositionSplit, ...] = ()


class BacktestReport(msgspec.Struct, frozen=True, kw_only=True):
    """A run looked at: figures, trades, tables and findings, all derived from the outcome."""

    figures: BacktestFigures
    by_strategy: dict[str, BacktestFigures]
    trips: tuple[RoundTrip, ...]
    months: tuple[MonthlyReturn, ...]
    costs: tuple[CostLine, ...]
    findings: tuple[RunFinding, ...]
    charts: ResultCharts = ResultCharts()


class RankBy(StrEnum):
    """A figure that more of is better, as a search's objective."""

    SHARPE = "sharpe"
    SORTINO = "sortino"
    CALMAR = "calmar"
    TOTAL_RETURN = "total_return"
    CAGR = "cagr"
    PROFIT_FACTOR = "profit_factor"
    MAX_DRAWDOWN = "max_drawdown"
    WIN_RATE = "win_rate"
    AVERAGE_TRADE = "average_trade"
