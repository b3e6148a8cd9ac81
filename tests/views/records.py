"""Builders of records with plausible defaults."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.monitoring import Alert, HealthReport, LogLine, Severity, Standing
from ares_desktop.domain.orders import Order, OrderIntent, OrderState, OrderType, Side
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import (
    CatalogEntry,
    Fault,
    ParameterInfo,
    StrategyInstance,
    StrategyState,
    StrategyStatus,
)

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
PAPER = AccountId("paper")

TREND_PARAMETERS = (
    ParameterInfo(name="fast", kind="int", default=10, title="Fast average", unit="bars", minimum=2, maximum=200),
    ParameterInfo(
        name="slow",
        kind="int",
        default=30,
        title="Slow average",
        unit="bars",
        minimum=5,
        maximum=400,
        description="Bars of the slow average; longer follows slower trends.",
    ),
    ParameterInfo(name="risk", kind="float", default=0.5, title="Risk", unit="%", minimum=0.1, maximum=5),
    ParameterInfo(name="side", kind="choice", default="long", title="Side", choices=("long", "short", "both")),
    ParameterInfo(name="confirm", kind="bool", default=True, title="Wait for the close"),
)


def an_order(number: int = 1, *, state: OrderState = OrderState.ACCEPTED, **changes: Any) -> Order:
    """Return an order; what is not a field of Order goes into its intent."""
    own = {key: changes.pop(key) for key in tuple(changes) if key in Order.__struct_fields__}
    strategy = changes.pop("strategy", StrategyId("smag7-long"))
    fields: dict[str, Any] = {
        "client_order_id": ClientOrderId(f"{strategy}-{number:06d}"),
        "strategy": strategy,
        "account": PAPER,
        "instrument": InstrumentId("AAPL.SMART"),
        "side": Side.BUY,
        "quantity": Decimal(100),
        "created_at": NOW + timedelta(seconds=number),
        "type": OrderType.LIMIT,
        "limit_price": Decimal("187.25"),
        **changes,
    }
    return Order(intent=OrderIntent(**fields), state=state, **{"updated_at": NOW, **own})


def a_fill(number: int = 1, **changes: Any) -> Fill:
    """Return a fill."""
    fields: dict[str, Any] = {
        "trade_id": TradeId(f"T{number:05d}"),
        "client_order_id": ClientOrderId(f"smag7-long-{number:06d}"),
        "strategy": StrategyId("smag7-long"),
        "account": PAPER,
        "instrument": InstrumentId("AAPL.SMART"),
        "side": Side.BUY,
        "quantity": Decimal(100),
        "price": Decimal("187.25"),
        "at": NOW + timedelta(seconds=number),
        "commission": Decimal("0.50"),
    }
    return Fill(**{**fields, **changes})


def a_position(**changes: Any) -> Position:
    """Return an open position."""
    fields: dict[str, Any] = {
        "account": PAPER,
        "strategy": StrategyId("smag7-long"),
        "instrument": InstrumentId("AAPL.SMART"),
        "quantity": Decimal(100),
        "average_price": Decimal("185.10"),
        "realized": Decimal("312.40"),
        "commission": Decimal("4.50"),
        "mark": Decimal("187.25"),
        "marked_at": NOW,
        "unrealized": Decimal("215.00"),
        "market_value": Decimal("18725.00"),
    }
    return Position(**{**fields, **changes})


def an_account(**changes: Any) -> AccountSnapshot:
    """Return an account snapshot."""
    fields: dict[str, Any] = {
        "account": PAPER,
        "currency": "USD",
        "cash": Decimal("61250.40"),
        "equity": Decimal("101284.65"),
        "day_pnl": Decimal("1284.65"),
        "realized": Decimal("902.10"),
        "unrealized": Decimal("382.55"),
        "commission": Decimal("38.50"),
        "drawdown": -0.0082,
        "max_drawdown": -0.0214,
        "gross": Decimal(40000),
        "net": Decimal(32000),
        "margin_used": Decimal(20000),
        "buying_power": Decimal(160000),
        "at": NOW,
    }
    return AccountSnapshot(**{**fields, **changes})


def a_book(strategy: str = "smag7-long", pnl: str = "412.30", **changes: Any) -> BookSnapshot:
    """Return a book whose equity is its capital plus ``pnl``."""
    fields: dict[str, Any] = {
        "account": PAPER,
        "strategy": StrategyId(strategy),
        "capital": Decimal(10000),
        "cash": Decimal(2000),
        "equity": Decimal(10000) + Decimal(pnl),
        "realized": Decimal(pnl) / 2,
        "unrealized": Decimal(pnl) / 2,
        "commission": Decimal("4.50"),
        "drawdown": -0.012,
        "max_drawdown": -0.031,
        "twr": float(pnl) / 10000,
        "fills": 12,
        "at": NOW,
    }
    return BookSnapshot(**{**fields, **changes})


def a_status(name: str = "smag7-long", state: StrategyState = StrategyState.RUNNING, **changes: Any) -> StrategyStatus:
    """Return a strategy's status; fields of the instance may be given too."""
    fields = StrategyInstance.__struct_fields__
    own = {key: changes.pop(key) for key in tuple(changes) if key in fields}
    instance: dict[str, Any] = {
        "name": StrategyId(name),
        "file": "smag7.py",
        "account": PAPER,
        "instruments": (InstrumentId("AAPL.SMART"),),
        "parameters": {"fast": 12, "slow": 30},
        "active": state not in {StrategyState.STOPPED, StrategyState.FAULTED},
        **own,
    }
    more = {"since": NOW - timedelta(minutes=4), "pid": 4242, "heartbeat_age_s": 0.2, **changes}
    return StrategyStatus(instance=StrategyInstance(**instance), state=state, **more)


def an_entry(name: str = "smag7", **changes: Any) -> CatalogEntry:
    """Return a catalog entry."""
    fields: dict[str, Any] = {
        "name": name,
        "file": f"/strategies/{name}.py",
        "class_name": "Trend",
        "summary": "Long while the fast average is above the slow one.",
        "parameters": TREND_PARAMETERS,
    }
    return CatalogEntry(**{**fields, **changes})


def a_fault(**changes: Any) -> Fault:
    """Return a fault."""
    fields: dict[str, Any] = {
        "kind": "exception",
        "message": "ZeroDivisionError: division by zero",
        "file": "/strategies/breakout.py",
        "line": 41,
    }
    return Fault(**{**fields, **changes})


def a_standing(rank: int = 1, **changes: Any) -> Standing:
    """Return a ranked trader."""
    fields: dict[str, Any] = {
        "rank": rank,
        "trader": f"trader-{rank}",
        "model": "rule",
        "venue": "SMART",
        "equity": Decimal(10000),
        "pnl": Decimal("120.5"),
        "twr_pct": 1.2,
        "sharpe": 1.34,
        "max_drawdown": 0.021,
        "positions": 2,
        "margin_used_pct": 34.0,
        "running": True,
        "stale": False,
        "error": "",
    }
    return Standing(**{**fields, **changes})


def an_alert(key: str = "feed", severity: Severity = Severity.WARNING, **changes: Any) -> Alert:
    """Return an alert."""
    fields: dict[str, Any] = {
        "title": "Feed is silent",
        "detail": "No event for 12 s",
        "source": "feed",
        "at": NOW,
        "remedy": "Check the connection.",
    }
    return Alert(key=key, severity=severity, **{**fields, **changes})


def a_log_line(event: str = "order_submitted", level: str = "info", **changes: Any) -> LogLine:
    """Return a line of the log."""
    fields: dict[str, Any] = {"at": NOW, "logger": "ares_desktop.engine", "fields": "client_order_id=smag7-000001"}
    return LogLine(event=event, level=level, **{**fields, **changes})


def a_health_report(**changes: Any) -> HealthReport:
    """Return the condition of a calm engine."""
    fields: dict[str, Any] = dict.fromkeys(HealthReport.__struct_fields__, 1.0)
    fields |= {"at": NOW, "uptime_s": 754.0, "tasks": 14, "memory_mb": 312.0, "events_per_s": 240.0}
    return HealthReport(
        **{**fields, "cpu_percent": 7.0, "lag_p99_ms": 2.1, "journal_ok": True, "workers": 4, **changes}
    )


changed = msgspec.structs.replace
