"""Writes into the log what a person would look for there: the events that are neither routine nor frequent."""

from collections.abc import Callable
from typing import Any, Final

import structlog

from ares_desktop.domain import events as e
from ares_desktop.domain.events import JournalEvent
from ares_desktop.engine.trading.fold import Applied

_log = structlog.get_logger(__name__)

Fields = Callable[[Any], dict[str, object]]

_LINES: Final[dict[type, tuple[str, str, Fields]]] = {
    e.SessionStarted: ("info", "session_started", lambda it: {"version": it.version, "pid": it.pid}),
    e.SessionStopped: ("info", "session_stopped", lambda _: {}),
    e.Reconciled: (
        "info",
        "books_reconciled",
        lambda it: {"account": it.account, "added": it.missing_events, "discrepancies": it.discrepancies},
    ),
    e.InstanceSaved: (
        "info",
        "strategy_saved",
        lambda it: {"strategy": it.instance.name, "active": it.instance.active, "source": it.source},
    ),
    e.InstanceRemoved: ("info", "strategy_removed", lambda it: {"strategy": it.name, "source": it.source}),
    e.InstanceFaulted: (
        "error",
        "strategy_faulted",
        lambda it: {"strategy": it.name, "kind": it.fault.kind, "line": it.fault.line, "message": it.fault.message},
    ),
    e.TradingStateSet: (
        "warning",
        "trading_state_set",
        lambda it: {"scope": it.scope, "state": it.state.name, "reason": it.reason, "source": it.source},
    ),
    e.KillSwitchReleased: ("warning", "kill_switch_released", lambda it: {"source": it.source}),
    e.LimitsChanged: ("warning", "limits_changed", lambda it: {"scope": it.scope, "source": it.source}),
    e.OrderDenied: (
        "warning",
        "order_denied",
        lambda it: {"client_order_id": it.intent.client_order_id, "reason": it.reason.value, "detail": it.detail},
    ),
    e.OrderRejected: (
        "warning",
        "order_rejected",
        lambda it: {"client_order_id": it.client_order_id, "reason": it.reason},
    ),
    e.OrderOutcomeUnknown: (
        "error",
        "order_outcome_unknown",
        lambda it: {"client_order_id": it.client_order_id, "reason": it.reason},
    ),
    e.CashFlowRecorded: (
        "info",
        "cash_flow_recorded",
        lambda it: {"strategy": it.strategy, "amount": str(it.amount), "kind": it.kind},
    ),
    e.CarryBooked: (
        "info",
        "carry_booked",
        lambda it: {
            "strategy": it.strategy,
            "instrument": it.instrument,
            "amount": str(it.amount),
            "currency": it.currency,
            "kind": it.kind,
        },
    ),
    e.PositionSplit: (
        "info",
        "position_split",
        lambda it: {
            "strategy": it.strategy,
            "instrument": it.instrument,
            "before": str(it.before),
            "after": str(it.after),
        },
    ),
}


def log_event(event: JournalEvent, applied: Applied) -> None:
    """Log a committed event, if it is of a kind that people look for; a listener of the recorder."""
    del applied
    line = _LINES.get(type(event.payload))
    if line is not None:
        level, name, fields = line
        getattr(_log, level)(name, sequence=event.sequence, **fields(event.payload))
