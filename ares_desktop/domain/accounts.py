"""Accounts and the money of a book over time."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from ares_desktop.domain.ids import AccountId, StrategyId

if TYPE_CHECKING:
    # Small processes that never see a curve start without numpy.
    import numpy as np
    from numpy.typing import NDArray


class BrokerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker reports of an account.

    Attributes:
        cash: by currency; negative when borrowed.
        sequence: grows with each change at the broker, so that an older report is recognized.
    """

    account: AccountId
    cash: dict[str, Decimal]
    buying_power: Decimal
    equity: Decimal | None
    currency: str = "USD"
    paper: bool = True
    sequence: int = 0


class BookSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Money of one strategy's book.

    Attributes:
        equity: cash plus market value; None when a mark is missing.
        twr: time-weighted return since the book was opened, as a fraction.
        stale: a mark behind the equity is older than its feed allows.
        gross: sum of the absolute market values of its holdings; None when a mark is missing.
        missing: rates that are not known, such as ``no rate EUR/USD``; sums that must be a number lack what has none.
        rate_at: time of the oldest rate behind the figures, None where no money was converted.
    """

    account: AccountId
    strategy: StrategyId
    capital: Decimal
    cash: Decimal
    equity: Decimal | None
    realized: Decimal
    unrealized: Decimal | None
    commission: Decimal
    drawdown: float | None
    max_drawdown: float | None
    twr: float | None
    fills: int
    at: datetime
    stale: bool = False
    gross: Decimal | None = None
    missing: tuple[str, ...] = ()
    rate_at: datetime | None = None


class AccountSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Money of an account as the ledger sees it.

    Attributes:
        day_pnl: change of equity since the session's first valuation, cash flows removed.
        drawdown: fall from the flow-adjusted peak as a fraction, 0 at the peak.
        gross, net: exposure at the mark.
        twr: time-weighted return since the first valuation, as a fraction.
        missing, rate_at: as in :class:`BookSnapshot`.
    """

    account: AccountId
    currency: str
    cash: Decimal
    equity: Decimal | None
    day_pnl: Decimal | None
    realized: Decimal
    unrealized: Decimal | None
    commission: Decimal
    drawdown: float | None
    max_drawdown: float | None
    gross: Decimal | None
    net: Decimal | None
    margin_used: Decimal | None
    buying_power: Decimal | None
    at: datetime
    stale: bool = False
    paper: bool = True
    twr: float | None = None
    missing: tuple[str, ...] = ()
    rate_at: datetime | None = None


class EquityPoint(msgspec.Struct, frozen=True, array_like=True):
    """One point of an equity curve.

    Attributes:
        ts: market time, nanoseconds.
        equity: account or book currency.
        drawdown: fraction below the flow-adjusted peak, 0 or negative.
        twr: time-weighted return since the start, as a fraction.
    """

    ts: int
    equity: float
    drawdown: float
    twr: float


class CurvePoint(msgspec.Struct, frozen=True, kw_only=True):
    """A new point of a book's equity curve; the account's own curve is the book ``all``."""

    book: str
    point: EquityPoint


class EquityCurve(msgspec.Struct, frozen=True, kw_only=True):
    """An equity curve as arrays of equal length.

    Attributes:
        ts: market time in nanoseconds, ascending.
        equity, drawdown, twr: as in :class:`EquityPoint`.
    """

    book: str
    ts: "NDArray[np.int64]"
    equity: "NDArray[np.float64]"
    drawdown: "NDArray[np.float64]"
    twr: "NDArray[np.float64]"
