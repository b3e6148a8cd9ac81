"""Which orders made a holding, which profit each of them locked in, and how the closed round trips of a book ended."""

from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.books import FLAT, BookPosition
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Side
from ares_desktop.engine.trading.book import BookKey
from ares_desktop.engine.trading.ledger import PositionKey

_BUY: Final = Side.BUY
_MOST_ORDERS: Final = 1000
"""Orders that are remembered of one holding: those that came last."""


class TripCount(msgspec.Struct):
    """Closed round trips of a book, and what it traded; only to be read.

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


_Owner = tuple[AccountId, StrategyId]
_Holding = tuple[AccountId, StrategyId, InstrumentId]


class AttributionState(msgspec.Struct, frozen=True):
    """What a snapshot keeps of :class:`Attribution`."""

    realized: dict[ClientOrderId, Decimal] = {}
    stays: list[tuple[_Holding, _Stay]] = []
    trips: list[tuple[_Owner, TripCount]] = []


class Attribution:
    """Follows the ledger's holdings from one fact to the next; all arithmetic of money is the ledger's own.

    A commission that is reported after a round trip was closed no longer changes whether the trip won.
    """

    def __init__(self, state: AttributionState | None = None) -> None:
        known = state or AttributionState()
        self._realized = dict(known.realized)
        # Keys are plain tuples, since one is made for each execution.
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
        book = (fill.account, fill.strategy)
        key, order, commission = (*book, fill.instrument), fill.client_order_id, fill.commission
        held, left = before.quantity, after.quantity
        stay, count = self._stays.get(key), self._trips.get(book)
        if stay is None:
            stay = self._stays[key] = _Stay([])
        if count is None:
            count = self._trips[book] = TripCount()
        value = after.cost - before.cost
        if held and (held > 0) != (fill.side is _BUY):
            profit = after.realized - before.realized
            value -= profit
            self._realized[order] = self._realized.get(order, ZERO) + profit
            stay.profit += profit
            if not left or (left > 0) != (held > 0):
                # What goes through zero pays its commission by quantity, as in the analysis of backtests.
                part = commission * abs(held) / fill.quantity if left else commission
                count.closed += 1
                count.won += stay.profit > part
                commission -= part
                if left:
                    stay = self._stays[key] = _Stay([])
                else:
                    del self._stays[key]
        count.traded[fill.currency] = count.traded.get(fill.currency, ZERO) + abs(value)
        if left:
            if commission:
                stay.profit -= commission
            orders = stay.orders
            if not orders or orders[-1] != order:
                orders.append(order)
                del orders[:-_MOST_ORDERS]

    def post_commission(self, fill: Fill, difference: Decimal) -> None:
        """Charge a holding that is still open with what a commission report adds."""
        stay = self._stays.get(PositionKey(fill.account, fill.strategy, fill.instrument))
        if stay is not None and fill.client_order_id in stay.orders:
            stay.profit -= difference

    def post_reprice(self, key: PositionKey, order: ClientOrderId, profit: Decimal) -> None:
        """Take a corrected price of an execution that changed what was realized."""
        if not profit:
            return
        self._realized[order] = self._realized.get(order, ZERO) + profit
        stay = self._stays.get(key)
        if stay is not None:
            stay.profit += profit

    def post_move(self, giver: PositionKey, taker: PositionKey, *, emptied: bool) -> None:
        """Take a holding that changed its book: the orders that made it are known in the book that has it now."""
        stay = self._stays.pop(giver, None) if emptied else self._stays.get(giver)
        known = self._stays.get(taker)
        if known is None:
            known = self._stays[taker] = _Stay([])
        known.orders.extend(order for order in (stay.orders if stay else ()) if order not in known.orders)
        del known.orders[:-_MOST_ORDERS]

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
