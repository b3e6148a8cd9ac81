"""Closed trades of strategies, as the protections look at them."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType
from ares_desktop.engine.trading.ledger import PositionKey

TAIL: Final = 5000
"""Executions that are looked at after a restart."""
_KEPT: Final = 2000
STOPS: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class Close(NamedTuple):
    """A position that went flat, or through zero.

    Attributes:
        result: profit after commission as a fraction of what the position cost.
        stopped: a protective order closed it, at a loss.
    """

    at: datetime
    strategy: StrategyId
    instrument: InstrumentId
    result: float
    stopped: bool


class _Trip(NamedTuple):
    """A holding since it was opened.

    Attributes:
        begun: realized less commission when it was.
        cost: the greatest it cost.
        whole: False where its first executions are too long ago to be looked at.
    """

    begun: Decimal
    cost: Decimal
    whole: bool = True


class Trips:
    """Follows executions to closed trades; of those too long ago to matter it knows nothing.

    Attributes:
        closes: oldest first.
    """

    def __init__(self) -> None:
        self.closes: deque[Close] = deque(maxlen=_KEPT)
        self._positions: dict[PositionKey, BookPosition] = {}
        self._open: dict[PositionKey, _Trip] = {}

    def begin(
        self,
        fills: Iterable[Fill],
        held: Mapping[PositionKey, BookPosition],
        stops: Callable[[ClientOrderId], bool],
    ) -> None:
        """Look at the newest executions, given what the books hold after them.

        Args:
            fills: oldest first.
            held: by book and instrument.
            stops: whether an order was a protective one.
        """
        newest = list(fills)
        moved: dict[PositionKey, Decimal] = {}
        for fill in newest:
            key = _key(fill)
            moved[key] = moved.get(key, ZERO) + fill.signed_quantity
        for key, position in held.items():
            before = position.quantity - moved.get(key, ZERO)
            if before:
                # What it cost is not known, so its close is no trade with a result.
                self._positions[key] = BookPosition(quantity=before, multiplier=position.multiplier)
                self._open[key] = _Trip(ZERO, ZERO, whole=False)
        for fill in newest:
            self.take(fill, apply_fill(self._positions.get(_key(fill), FLAT), fill), stops=stops(fill.client_order_id))
        for key, position in held.items():
            # From here on the ledger counts: what it realized before these executions is no part of an open trade.
            known, trip = self._positions.get(key, FLAT), self._open.get(key)
            if trip is not None:
                self._open[key] = trip._replace(begun=trip.begun + _net(position) - _net(known))
            self._positions[key] = position

    def take(self, fill: Fill, after: BookPosition, *, stops: bool) -> Close | None:
        """Take an execution; return the trade that it closed.

        Args:
            fill: the execution.
            after: what the book holds after it.
            stops: its order was a protective one.
        """
        key = _key(fill)
        before = self._positions.get(key, FLAT)
        self._positions[key] = after
        net = _net(after)
        if before.quantity + fill.signed_quantity != after.quantity:
            # It was moved, split or corrected meanwhile: what it earned is no longer that of one trade.
            self._open.pop(key, None)
            if after.quantity:
                self._open[key] = _Trip(net, ZERO, whole=False)
            return None
        crossed = before.quantity and (not after.quantity or (after.quantity > 0) != (before.quantity > 0))
        close = None
        if crossed:
            trip = self._open.pop(key, None)
            if trip is not None and trip.whole and trip.cost:
                result = float((net - trip.begun) / trip.cost)
                close = Close(fill.at, fill.strategy, fill.instrument, result, stops and result < 0)
                self.closes.append(close)
        if after.quantity:
            trip = self._open.get(key)
            if trip is None:
                begun = _net(before) if not before.quantity else net
                trip = _Trip(begun, ZERO)
            self._open[key] = trip._replace(cost=max(trip.cost, abs(after.cost)))
        return close


def is_stop(intent: OrderIntent) -> bool:
    """Say whether an order limits a loss: a protective one, or any kind of stop that only reduces."""
    return intent.purpose is OrderPurpose.PROTECTIVE or (intent.type in STOPS and intent.reduce_only)


def _net(position: BookPosition) -> Decimal:
    return position.realized - position.commission


def _key(fill: Fill) -> PositionKey:
    return PositionKey(fill.account, fill.strategy, fill.instrument)
