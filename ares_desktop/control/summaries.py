"""Documents that put several managers' records together."""

from collections import Counter
from typing import TYPE_CHECKING

from ares_desktop.control.documents import (
    Document,
    account_document,
    broker_document,
    lag_document,
    requested_state,
    rounded,
    time_text,
)
from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.strategies import StrategyStatus

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers


def status_document(managers: "Managers", *, version: str) -> Document:
    """Return the document of ``status``."""
    managers.portfolio.collect()
    state = managers.state.state()
    totals = managers.totals.totals()
    return {
        "state": state.state.name,
        "reason": state.reason,
        "since": time_text(state.since),
        "accounts": [account_document(account) for account in managers.portfolio.accounts()],
        "strategies": strategy_rows(managers),
        "brokers": [broker_document(status) for status in managers.connections.connections()],
        "equity": totals.equity if totals else None,
        "drawdown": totals.drawdown if totals else None,
        "loop_lag_ms": lag_document(managers.health.report(), whole_run=False),
        "version": version,
    }


def run_document(managers: "Managers") -> Document:
    """Return the summary of a run, to be made before the engine stops."""
    managers.portfolio.collect()
    health = managers.health.report()
    totals = managers.totals.totals()
    return {
        "state": managers.state.state().state.name,
        "uptime_s": rounded(health.uptime_s) if health else None,
        "strategies": strategy_rows(managers),
        "orders": len(managers.trades.orders()),
        "fills": len(managers.trades.fills()),
        "equity": totals.equity if totals else None,
        "ledger_balanced": managers.portfolio.proof().balanced,
        "loop_lag_ms": lag_document(health, whole_run=True),
    }


def strategy_rows(managers: "Managers") -> list[Document]:
    """Return a row for each strategy instance with its open positions and its profit."""
    held = Counter(position.strategy for position in managers.portfolio.positions() if position.quantity)
    books = {book.strategy: book for book in managers.portfolio.books()}
    return [
        _strategy_row(status, held[status.instance.name], books.get(status.instance.name))
        for status in managers.strategies.statuses()
    ]


def _strategy_row(status: StrategyStatus, positions: int, book: BookSnapshot | None) -> Document:
    pnl = None if book is None or book.equity is None else book.equity - book.capital
    return {
        "name": status.instance.name,
        "state": status.state,
        "requested": requested_state(status),
        "pid": status.pid,
        "heartbeat_age_s": rounded(status.heartbeat_age_s),
        "positions": positions,
        "pnl": pnl,
        "fault": status.fault.message if status.fault else None,
    }
