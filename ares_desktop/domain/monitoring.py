"""Standings, connections, health and alerts as the window shows them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One ranked trader; figures are None when they can't be computed, never zero."""

    rank: int
    trader: str
    model: str
    venue: str
    equity: Decimal | None
    pnl: Decimal | None
    twr_pct: float | None
    sharpe: float | None
    max_drawdown: float | None
    positions: int
    margin_used_pct: float | None
    running: bool
    stale: bool
    error: str
    paper: bool = True
    since: datetime | None = None


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    """All ranked traders at one moment."""

    rows: tuple[Standing, ...]
    at: datetime


class PortfolioTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Totals over all accounts in the base currency; None when a part is missing.

    Attributes:
        missing: rates that are not known, such as ``no rate EUR/USD``.
        rate_at: time of the oldest rate behind the figures, None where no money was converted.
    """

    currency: str
    equity: Decimal | None
    day_pnl: Decimal | None
    drawdown: float | None
    gross: Decimal | None
    net: Decimal | None
    at: datetime
    stale: bool = False
    missing: tuple[str, ...] = ()
    rate_at: datetime | None = None
    accounts: int = 0


class ConnectionState(StrEnum):
    """Life of a broker session."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONCILED = "reconciled"
    FAILED = "failed"


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A broker session."""

    name: str
    account: AccountId
    state: ConnectionState
    detail: str = ""
    since: datetime | None = None
    paper: bool = True

    @property
    def connected(self) -> bool:
        """Whether orders can reach the broker."""
        return self.state in {ConnectionState.CONNECTED, ConnectionState.RECONCILED}

    @property
    def reconciled(self) -> bool:
        """Whether our books were compared with the broker's since the connection was made."""
        return self.state is ConnectionState.RECONCILED


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should know.

    Attributes:
        key: equal alerts are counted instead of repeated.
        at: when it was raised last.
        remedy: what to do next.
        first_at: when it was raised first since nobody had seen it; None when that is ``at``.
        acknowledged_by: who saw it; empty when it passed by itself.
        muted_until: it is told nobody before, though it is shown.
    """

    key: str
    severity: Severity
    title: str
    detail: str
    source: str
    at: datetime
    remedy: str = ""
    count: int = 1
    acknowledged: bool = False
    first_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted_until: datetime | None = None


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """Condition of the running engine; lag figures are of the last seconds, ``*_total`` of the whole run."""

    at: datetime
    uptime_s: float
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    lag_p99_total_ms: float
    lag_max_total_ms: float
    tasks: int
    memory_mb: float
    cpu_percent: float
    events_per_s: float
    journal_ok: bool
    workers: int


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the application's log."""

    at: datetime
    level: str
    logger: str
    event: str
    fields: str
