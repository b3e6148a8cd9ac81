"""Records as the JSON documents of the command line: plain dicts with stable field names.

Money stays Decimal and becomes a number with all its digits; what is not known is null, never zero.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.domain.accounts import AccountSnapshot
from ares_desktop.domain.events import JournalEvent
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import StoredSymbol, from_ns
from ares_desktop.domain.monitoring import ConnectionStatus, HealthReport, Standing
from ares_desktop.domain.orders import Order
from ares_desktop.domain.positions import Discrepancy, Position
from ares_desktop.domain.risk import KillSwitchReport, TradingState, TradingStateChanged
from ares_desktop.domain.strategies import CatalogEntry, Fault, ParameterInfo, StrategyStatus

Document = dict[str, Any]

_KINDS: Final = {"int": int, "float": float, "bool": bool}

WARNING: Final = "warning"
"""Kind of a fault that does not keep a file from running."""


def position_document(position: Position) -> Document:
    """Return a row of ``positions``."""
    return {
        "strategy": position.strategy,
        "instrument": position.instrument,
        "quantity": position.quantity,
        "average_price": position.average_price,
        "mark": position.mark,
        "realized": position.realized,
        "unrealized": position.unrealized,
        "market_value": position.market_value,
        "commission": position.commission,
        "currency": position.currency,
        "account": position.account,
        "marked_at": time_text(position.marked_at),
        "stale": position.stale,
    }


def order_document(order: Order) -> Document:
    """Return a row of ``orders``; ``reason`` is the deny code where there is one, ``detail`` its text."""
    intent = order.intent
    return {
        "client_order_id": intent.client_order_id,
        "strategy": intent.strategy,
        "instrument": intent.instrument,
        "side": intent.side,
        "type": intent.type,
        "quantity": intent.quantity,
        "filled": order.filled,
        "remaining": order.remaining,
        "status": order.state,
        "reason": order.reason_code or order.reason,
        "detail": order.reason,
        "limit_price": intent.limit_price,
        "stop_price": intent.stop_price,
        "trail": intent.trail,
        "tif": intent.tif,
        "average_price": order.average_price,
        "commission": order.commission,
        "purpose": intent.purpose,
        "intent_reason": intent.reason,
        "reduce_only": intent.reduce_only,
        "parent": intent.parent,
        "oco_group": intent.oco_group,
        "venue_order_id": order.venue_order_id,
        "account": intent.account,
        "created_at": time_text(intent.created_at),
        "updated_at": time_text(order.updated_at),
    }


def fill_document(fill: Fill) -> Document:
    """Return a row of ``fills``."""
    return {
        "trade_id": fill.trade_id,
        "client_order_id": fill.client_order_id,
        "strategy": fill.strategy,
        "instrument": fill.instrument,
        "side": fill.side,
        "quantity": fill.quantity,
        "price": fill.price,
        "notional": fill.notional,
        "commission": fill.commission,
        "currency": fill.currency,
        "account": fill.account,
        "at": time_text(fill.at),
    }


def account_document(account: AccountSnapshot) -> Document:
    """Return an item of ``accounts``."""
    return {
        "account": account.account,
        "paper": account.paper,
        "currency": account.currency,
        "cash": account.cash,
        "equity": account.equity,
        "day_pnl": account.day_pnl,
        "realized": account.realized,
        "unrealized": account.unrealized,
        "commission": account.commission,
        "drawdown": account.drawdown,
        "max_drawdown": account.max_drawdown,
        "gross": account.gross,
        "net": account.net,
        "margin_used": account.margin_used,
        "buying_power": account.buying_power,
        "at": time_text(account.at),
        "stale": account.stale,
    }


def strategy_document(status: StrategyStatus, known: Mapping[str, ParameterInfo] | None = None) -> Document:
    """Return a row of ``strategies list``; with what is ``known`` of its parameters all that are in force are shown."""
    instance = status.instance
    defaults = {name: info.default for name, info in (known or {}).items()}
    return {
        "name": instance.name,
        "file": instance.file,
        "state": status.state,
        "active": instance.active,
        "requested": requested_state(status),
        "trading": status.trading,
        "params": defaults | instance.parameters,
        "weights": {"target": instance.weight, "min": instance.min_weight, "max": instance.max_weight},
        "capital": instance.capital,
        "instruments": list(instance.instruments),
        "account": instance.account,
        "isolation": instance.isolation,
        "pid": status.pid,
        "heartbeat_age_s": rounded(status.heartbeat_age_s),
        "restarts": status.restarts,
        "version": status.version,
        "since": time_text(status.since),
        "fault": fault_document(status.fault) if status.fault else None,
    }


def typed(value: object, info: ParameterInfo | None) -> object:
    """Return a parameter's text as what it means; a text that means nothing stays, to be refused by the strategy."""
    kind = _KINDS.get(info.kind) if info is not None else None
    if kind is None or not isinstance(value, str):
        return value
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return value


def faulty_file_document(entry: CatalogEntry) -> Document:
    """Return a row of ``strategies list`` for a file that can't become an instance."""
    return {
        "name": entry.name,
        "file": entry.file,
        "state": "faulted",
        "active": False,
        "params": {},
        "weights": {},
        "fault": next(fault_document(fault) for fault in entry.faults if fault.kind != WARNING),
    }


def catalog_document(entry: CatalogEntry) -> Document:
    """Return the outcome of ``strategies check``."""
    return {
        "name": entry.name,
        "file": entry.file,
        "valid": not has_errors(entry),
        "class": entry.class_name,
        "summary": entry.summary,
        "parameters": [
            {"name": item.name, "kind": item.kind, "default": item.default, "title": item.title, "unit": item.unit}
            for item in entry.parameters
        ],
        "problems": [fault_document(fault) for fault in entry.faults],
    }


def has_errors(entry: CatalogEntry) -> bool:
    """Say whether a file can't become an instance; a warning doesn't hinder it."""
    return any(fault.kind != WARNING for fault in entry.faults)


def fault_document(fault: Fault) -> Document:
    """Return why something does not run, without its traceback."""
    return {"kind": fault.kind, "message": fault.message, "file": fault.file, "line": fault.line}


def standing_document(row: Standing) -> Document:
    """Return a row of ``standings``."""
    return {
        "rank": row.rank,
        "trader": row.trader,
        "model": row.model,
        "venue": row.venue,
        "equity": row.equity,
        "pnl": row.pnl,
        "twr_pct": row.twr_pct,
        "sharpe": row.sharpe,
        "max_drawdown": row.max_drawdown,
        "positions": row.positions,
        "margin_used_pct": row.margin_used_pct,
        "running": row.running,
        "stale": row.stale,
        "error": row.error,
        "paper": row.paper,
        "since": time_text(row.since),
    }


def kill_document(report: KillSwitchReport) -> Document:
    """Return the outcome of ``kill``."""
    return {
        "engaged": report.engaged,
        "latched_ms": rounded(report.latched_ms),
        "cancel_sent_ms": rounded(report.cancel_sent_ms),
        "cancel_confirmed_ms": rounded(report.cancel_confirmed_ms),
        "flat_ms": rounded(report.flat_ms),
        "orders_canceled": report.orders_canceled,
        "positions_flattened": report.positions_flattened,
        "residue": [
            {
                "item": item.item,
                "account": item.account,
                "detail": item.detail,
                "next_action": item.next_action,
                "at": time_text(item.at),
            }
            for item in report.residue
        ],
        "steps": [
            {
                "name": step.name,
                "state": step.state,
                "started_ms": rounded(step.started_ms),
                "finished_ms": rounded(step.finished_ms),
                "detail": step.detail,
            }
            for step in report.steps
        ],
        "finished": report.finished,
        "scope": report.scope,
        "mode": report.mode,
        "reason": report.reason,
        "further_reasons": list(report.further_reasons),
        "source": report.source,
        "at": time_text(report.at),
    }


def state_document(changed: TradingStateChanged) -> Document:
    """Return the trading state of a scope."""
    return {
        "scope": changed.scope,
        "state": changed.state.name,
        "reason": changed.reason,
        "source": changed.source,
        "since": time_text(changed.since),
    }


def broker_document(status: ConnectionStatus) -> Document:
    """Return an item of ``brokers``."""
    return {
        "name": status.name,
        "connected": status.connected,
        "reconciled": status.reconciled,
        "account": status.account,
        "state": status.state,
        "detail": status.detail,
        "paper": status.paper,
    }


def discrepancy_document(found: Discrepancy) -> Document:
    """Return a row of ``reconcile``."""
    return {
        "account": found.account,
        "kind": found.kind,
        "item": found.item,
        "ours": found.ours,
        "broker": found.broker,
        "detail": found.detail,
        "at": time_text(found.at),
        "resolved": found.resolved,
    }


def stored_document(stored: StoredSymbol) -> Document:
    """Return a row of ``data list``."""
    return {
        "symbol": stored.symbol,
        "kind": stored.kind,
        "spec": stored.spec,
        "rows": stored.rows,
        "from": time_text(from_ns(stored.start_ns)),
        "to": time_text(from_ns(stored.end_ns)),
        "instrument": stored.instrument,
    }


def event_document(event: JournalEvent) -> Document:
    """Return a row of ``journal tail``."""
    payload: Document = msgspec.to_builtins(event.payload, builtin_types=(Decimal,))
    return {
        "sequence": event.sequence,
        "id": event.id,
        "at": time_text(event.at),
        "kind": payload.pop("type"),
        "cause": event.cause,
        "correlation": event.correlation,
        "payload": payload,
    }


def lag_document(health: HealthReport | None, *, whole_run: bool) -> Document | None:
    """Return how late the loop ran its turns, of the last seconds or of the whole run; None before it was measured."""
    if health is None:
        return None
    p99, most = (
        (health.lag_p99_total_ms, health.lag_max_total_ms) if whole_run else (health.lag_p99_ms, health.lag_max_ms)
    )
    return {"p50": rounded(health.lag_p50_ms), "p99": rounded(p99), "max": rounded(most)}


def requested_state(status: StrategyStatus) -> str:
    """Return what the trader asked of an instance, whatever it does."""
    if not status.instance.active:
        return "stopped"
    return "paused" if status.instance.paused or status.trading == TradingState.PAUSED.name else "running"


def time_text(time: datetime | None) -> str | None:
    """Return an aware time as ISO 8601 text."""
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def rounded(figure: float | None) -> float | None:
    """Return a measured time with three digits after the point: the rest is noise."""
    return None if figure is None else round(figure, 3)
