"""Which orders made a holding, which profit each of them locked in, and how the closed round trips of a book ended."""

from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.books import FLAT, BookPosition
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.trading.book import BookKey
from ares_desktop.engine.trading.ledger import PositionKey

_MOST_ORDERS: Final = 1000
"""Orders that are remembered of one holding: those that came last."""


class TripCount(msgspec.Struct, frozen=True):
    """Closed round trips of a book, and what it traded.

    Attributes:
        closed: positions that went from flat to flat, or through zero.
        won: those with a profit after commission.
        traded: absolute value of the executions, by currency.
    """

    closed: int = 0
    won: int = 0
    traded: dict[str, Decimal] = {}


class _Stay(msgspec.Struct):
    """A holding that is open: its orders, and its locked profit less commission so far."""

    orders: list[ClientOrderId]
    profit: Decimal = ZERO


class AttributionState(msgspec.Struct, frozen=True):
    """What a snapshot keeps of :class:`Attribution`."""

    realized: dict[ClientOrderId, Decimal] = {}
    stays: list[tuple[PositionKey, _Stay]] = []
    trips: list[tuple[BookKey, TripCount]] = []


class Attribution:
    """Follows the ledger's holdings from one fact to the next; all arithmetic of money is the ledger's own.

    A commission that is reported after a round trip was closed no longer changes whether the trip won.
    """

    def __init__(self, state: AttributionState | None = None) -> None:
        known = state or AttributionState()
        self._realized = dict(known.realized)
        self._stays = dict(known.stays)
        self._trips = dict(known.trips)

    def realized(self, order: ClientOrderId) -> Decimal | None:
        """Return the profit before commission that an order's fills locked in, None where they closed nothing."""
        return self._realized.get(order)

    def orders(self, key: PositionKey) -> tuple[ClientOrderId, ...]:
        """Return the orders whose fills led to what is held now, oldest first; none when it is flat."""
        stay = self._stays.get(key)
        return () if stay is None else tuple(stay.orders)

    def trips(self, book: BookKey) -> TripCount:
        """Return a book's closed round trips."""
        return self._trips.get(book, TripCount())

    def post_fill(self, fill: Fill, before: BookPosition, after: BookPosition) -> None:
        """Take an execution that moved a holding from ``before`` to ``after``."""
        key, order = PositionKey(fill.account, fill.strategy, fill.instrument), fill.client_order_id
        profit, commission, quantity = after.realized - before.realized, fill.commission, fill.signed_quantity
        held = before.quantity
        opens = not held or (held > 0) == (quantity > 0)
        if not opens:
            self._realized[order] = self._realized.get(order, ZERO) + profit
        stay = self._stays.get(key)
        if stay is None:
            stay = self._stays[key] = _Stay([])
        through = bool(after.quantity) and not opens and (after.quantity > 0) != (held > 0)
        part = commission * abs(held) / fill.quantity if through else commission
        stay.profit += profit - part
        if not after.quantity or through:
            won = stay.profit > 0
            del self._stays[key]
            self._count(fill, closed=1, won=won)
        else:
            self._count(fill)
        if through:
            stay = self._stays[key] = _Stay([], part - commission)
        if after.quantity and (not stay.orders or stay.orders[-1] != order):
            stay.orders.append(order)
            del stay.orders[:-_MOST_ORDERS]

    def post_commission(self, fill: Fill, difference: Decimal) -> None:
        """Charge a holding that is still open with what a commission report adds."""
        stay = self._stays.get(PositionKey(fill.account, fill.strategy, fill.instrument))
        if stay is not None and fill.client_order_id in stay.orders:
            stay.profit -= difference

    def post_change(self, key: PositionKey, before: BookPosition, after: BookPosition = FLAT) -> None:
        """Take a change without an execution: a split, or a holding that came or went in kind.

        A holding that ends this way is no round trip: nobody decided its end.
        """
        stay = self._stays.get(key)
        if stay is None:
            return
        if not after.quantity or (after.quantity > 0) != (before.quantity > 0):
            del self._stays[key]
        else:
            stay.profit += after.realized - before.realized

    def dump(self) -> AttributionState:
        """Return the state for a snapshot."""
        return AttributionState(self._realized, list(self._stays.items()), list(self._trips.items()))

    def _count(self, fill: Fill, *, closed: int = 0, won: bool = False) -> None:
        book = BookKey(fill.account, fill.strategy)
        known = self._trips.get(book)
        if known is None:
            known = self._trips[book] = TripCount()
        known.traded[fill.currency] = known.traded.get(fill.currency, ZERO) + fill.notional
        if closed:
            self._trips[book] = TripCount(known.closed + closed, known.won + won, known.traded)
