"""How well a backtest foretells what was really traded."""

import msgspec

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.ids import InstrumentId, StrategyId


class FillPair(msgspec.Struct, frozen=True, kw_only=True):
    """A fill of the live run beside the one of the backtest; None where the other has none.

    Attributes:
        price_bps: live against backtest, positive when live was worse for the strategy.
        delay_s: live later than the backtest.
    """

    strategy: StrategyId
    instrument: InstrumentId
    side: str
    live_ns: int | None
    backtest_ns: int | None
    live_quantity: float | None
    backtest_quantity: float | None
    live_price: float | None
    backtest_price: float | None
    price_bps: float | None = None
    delay_s: float | None = None


class FidelityReport(msgspec.Struct, frozen=True, kw_only=True):
    """A live or paper run beside a backtest of the same period.

    Attributes:
        score: 0 to 100; None when there is too little to compare.
        correlation: of the equity changes at common moments.
        distance: root mean square of the difference of both returns since the start, as a fraction.
        matched, missing, extra: fills of both, of the backtest alone, of the live run alone.
        explanation: one line for each thing that costs points.
    """

    score: float | None
    correlation: float | None
    distance: float | None
    return_live: float | None
    return_backtest: float | None
    matched: int
    missing: int
    extra: int
    mean_price_bps: float | None
    pairs: tuple[FillPair, ...]
    live: EquityCurve
    backtest: EquityCurve
    explanation: tuple[str, ...] = ()
