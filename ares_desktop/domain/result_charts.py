"""What the charts of a backtest's result draw, worked out once for the window and the HTML report."""

import msgspec


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """How many values fall between neighboring edges; the last bin includes its upper edge.

    Attributes:
        edges: ascending, one more than ``counts``.
        mean, median: of the values themselves, not of the bins.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    mean: float
    median: float


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A figure over market time; NaN where it can't be computed.

    Attributes:
        ts: nanoseconds, ascending.
    """

    ts: tuple[int, ...]
    values: tuple[float, ...]


class DrawdownSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A fall of the equity from a peak, to its recovery.

    Attributes:
        depth: at the trough, as a negative fraction of the peak.
        recovery_ns: when the peak was reached again, None when it was not.
        days: from the peak to the recovery, or to the end.
    """

    depth: float
    peak_ns: int
    trough_ns: int
    recovery_ns: int | None
    days: float


class ResultCharts(msgspec.Struct, frozen=True, kw_only=True):
    """Distributions and figures over time of one run; None where there is too little to draw.

    Attributes:
        trade_returns: of closed trades, in percent of the value at entry.
        holding_bars: of closed trades, in market events.
        daily_returns: fractions.
        rolling_sharpe: annualized, of the ``rolling_days`` daily returns before each day.
        exposure: gross exposure over equity at most 2,000 times, the greatest of each stretch; ``net`` the net one
            at the same times.
        drawdowns: the deepest ones, deepest first.
    """

    trade_returns: Histogram | None = None
    holding_bars: Histogram | None = None
    daily_returns: Histogram | None = None
    rolling_sharpe: Trace | None = None
    rolling_days: int = 0
    exposure: Trace | None = None
    net: Trace | None = None
    drawdowns: tuple[DrawdownSpan, ...] = ()
