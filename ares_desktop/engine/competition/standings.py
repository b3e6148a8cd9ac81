"""Ranks traders by their time-weighted return."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.monitoring import Standing, Standings
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import StrategyState, StrategyStatus

_RUNNING = frozenset({StrategyState.RUNNING, StrategyState.CLOSE_ONLY, StrategyState.PAUSED})


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one trader.

    Attributes:
        book: its money, None before its first valuation.
        positions: its holdings.
        margin_used: of its holdings; None when a mark is missing.
    """

    status: StrategyStatus
    venue: str
    book: BookSnapshot | None
    positions: tuple[Position, ...]
    margin_used: Decimal | None
    sharpe: float | None
    paper: bool


def rank(entrants: Iterable[Entrant], at: datetime) -> Standings:
    """Return standings, best return first; stale or failed traders never outrank live ones.

    Traders without a return come last, equal ones in the order of their names.
    """
    rows = sorted((_row(entrant) for entrant in entrants), key=_order)
    return Standings(rows=tuple(msgspec.structs.replace(row, rank=place) for place, row in enumerate(rows, 1)), at=at)


def _order(row: Standing) -> tuple[bool, bool, float, str]:
    return row.stale or bool(row.error), row.twr_pct is None, -(row.twr_pct or 0.0), row.trader


def _row(entrant: Entrant) -> Standing:
    status, book = entrant.status, entrant.book
    equity = book.equity if book else None
    used = entrant.margin_used
    twr = book.twr if book is not None and equity is not None else None
    return Standing(
        rank=0,
        trader=status.instance.name,
        model="",
        venue=entrant.venue,
        equity=equity,
        pnl=equity - book.capital if book is not None and equity is not None else None,
        twr_pct=None if twr is None else 100 * twr,
        sharpe=entrant.sharpe,
        max_drawdown=book.max_drawdown if book else None,
        positions=sum(1 for position in entrant.positions if position.quantity),
        margin_used_pct=float(100 * used / equity) if used is not None and equity else None,
        running=status.state in _RUNNING,
        stale=status.state is StrategyState.STALLED or (book is not None and book.stale),
        error=status.fault.message if status.fault else "",
        paper=entrant.paper,
        since=status.since,
    )
