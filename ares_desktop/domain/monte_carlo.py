"""What could have happened instead: resampled runs of a backtest."""

from enum import StrEnum

import msgspec


class Resampling(StrEnum):
    """How a path is made."""

    RETURNS = "returns"
    """Blocks of successive daily returns, drawn with replacement (stationary bootstrap)."""
    TRADES = "trades"
    """Blocks of successive trades, drawn with replacement."""
    SKIPPED = "skipped"
    """The trades as they came, some of them left out."""
    JITTERED = "jittered"
    """The trades as they came, each at a somewhat worse or better price."""


class MonteCarloSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How many paths, and how.

    Attributes:
        run: the backtest that is resampled.
        block: mean length of a block, 0 to choose it from the data.
        skip: share of trades left out.
        jitter_bps: standard deviation of the change of each fill's price in basis points.
        ruin: a fall from the peak that counts as ruin, as a fraction.
    """

    run: str
    paths: int = 1000
    methods: tuple[Resampling, ...] = tuple(Resampling)
    block: int = 0
    skip: float = 0.1
    jitter_bps: float = 5.0
    ruin: float = 0.5
    seed: int = 0


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """5, 25, 50, 75 and 95 %."""

    p5: float
    p25: float
    p50: float
    p75: float
    p95: float


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """The paths of one method.

    Attributes:
        final_return: of a path's end over its begin, as a fraction; ``max_drawdown``: 0 or negative.
        ruin, loss: share of paths that fell by ``ruin`` from their peak, or ended below their begin.
        fan_x: steps (days or trades) of the fan's points, ascending.
        fan: for each of 5, 25, 50, 75 and 95 % the equity over its begin at the points of ``fan_x``.
        observed: the run itself at the same points.
        drawdowns: greatest drawdown of each path, ascending.
        note: why there are no paths; then every figure is None or empty.
    """

    method: Resampling
    paths: int
    final_return: Percentiles | None
    max_drawdown: Percentiles | None
    sharpe: Percentiles | None
    ruin: float | None
    loss: float | None
    fan_x: tuple[float, ...] = ()
    fan: tuple[tuple[float, ...], ...] = ()
    observed: tuple[float, ...] = ()
    drawdowns: tuple[float, ...] = ()
    note: str = ""


class MonteCarloReport(msgspec.Struct, frozen=True, kw_only=True):
    """All methods of one request."""

    spec: MonteCarloSpec
    results: tuple[Paths, ...]
    seconds: float
