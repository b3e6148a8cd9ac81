"""Round trips: a run's fills paired into positions from their opening to their end."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome, RoundTrip
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Order, OrderPurpose, OrderType
from ares_desktop.engine.backtest.analysis.excursions import Excursions, Stays, excursions
from ares_desktop.engine.backtest.analysis.tape import Tape, tapes_of
from ares_desktop.engine.backtest.analysis.trip_columns import Trades, TripColumns, trades_of, trip_columns
from ares_desktop.engine.data.series import Series

_UNNAMED: Final = {
    OrderType.STOP: "stop order",
    OrderType.STOP_LIMIT: "stop order",
    OrderType.TRAILING_STOP: "trailing stop",
    OrderType.LIMIT: "limit order",
}


def round_trips(outcome: BacktestOutcome, series: Sequence[Series]) -> tuple[RoundTrip, ...]:
    """Return every position of every strategy, by the time of its end, then of its entry; open ones come last.

    A fill beyond zero closes one position and opens the next, and its commission is shared by quantity. The profit is
    what the fills brought less what they cost; an open position is valued at its mark. A position over a split has the
    quantity and the prices of its end. Excursions are those of
    :mod:`ares_desktop.engine.backtest.analysis.excursions`.
    """
    trades = trades_of(outcome, series)
    tapes = tapes_of(series, {fill.instrument for fill in trades.fills})
    orders = {order.intent.client_order_id: order for order in outcome.orders}
    trips: list[RoundTrip] = []
    for columns in trip_columns(outcome, trades, tapes):
        name = columns.instrument
        adjusted = [trades.units.adjusted(name, tape) for tape in tapes.get(name, ())]
        trips += _records(columns, trades, orders, adjusted)
    trips.sort(key=lambda trip: (not trip.closed, trip.exit_ns, trip.entry_ns))
    return tuple(trips)


def _records(
    columns: TripColumns, trades: Trades, orders: Mapping[ClientOrderId, Order], tapes: Sequence[Tape]
) -> list[RoundTrip]:
    name = columns.instrument
    entries, exits = columns.entry.tolist(), columns.exit.tolist()
    found = _excursions(columns, trades, tapes)
    # A position that ended before a split keeps the units that it had.
    factor = trades.units.factors(name, columns.exit_ns)
    closed = columns.closed.tolist()
    entry_reasons = [_reason(orders.get(trades.fills[row].client_order_id)) for row in entries]
    exit_reasons = [
        _reason(orders.get(trades.fills[row].client_order_id)) if ended else ""
        for row, ended in zip(exits, closed, strict=True)
    ]
    rows = zip(
        columns.direction.astype(np.int64).tolist(),
        _quantities(columns, trades),
        columns.entry_ns.tolist(),
        columns.exit_ns.tolist(),
        (columns.entry_price * factor).tolist(),
        (columns.exit_price * factor).tolist(),
        columns.pnl.tolist(),
        columns.commission.tolist(),
        columns.returned.tolist(),
        found.bars.tolist(),
        found.worst.tolist(),
        found.best.tolist(),
        entry_reasons,
        exit_reasons,
        closed,
        strict=True,
    )
    names = RoundTrip.__struct_fields__[2:]
    return [RoundTrip(strategy=columns.strategy, instrument=name, **dict(zip(names, row, strict=True))) for row in rows]


def _excursions(columns: TripColumns, trades: Trades, tapes: Sequence[Tape]) -> Excursions:
    first = np.array([trades.reference[row] for row in columns.entry.tolist()], dtype=np.float64)
    stays = Stays(
        direction=columns.direction,
        entry_ns=columns.entry_ns,
        exit_ns=columns.exit_ns,
        closed=columns.closed,
        entry_price=columns.entry_price,
        exit_price=columns.exit_price,
        first_price=first / trades.units.factors(columns.instrument, columns.entry_ns),
    )
    return excursions(stays, tapes)


def _quantities(columns: TripColumns, trades: Trades) -> Sequence[Decimal]:
    return [
        quantity if isinstance(quantity, Decimal) else _decimal(quantity / trades.units.factor(columns.instrument, end))
        for quantity, end in zip(columns.most, columns.exit_ns.tolist(), strict=True)
    ]


def _decimal(quantity: Fraction) -> Decimal:
    return Decimal(quantity.numerator) / Decimal(quantity.denominator)


def _reason(order: Order | None) -> str:
    """Return why an order was placed, or what it was when its strategy did not say."""
    if order is None:
        return ""
    intent = order.intent
    if intent.reason:
        return intent.reason
    if intent.purpose is not OrderPurpose.STRATEGY:
        return intent.purpose.replace("_", " ")
    if intent.parent is not None:
        return "target" if intent.type is OrderType.LIMIT else "stop order"
    return _UNNAMED.get(intent.type, "")
