"""Takes working orders back that a stricter trading state no longer allows: nothing new is opened by an old order."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from ares_desktop.domain.events import JournalEvent, PositionAdjusted, PositionMoved, PositionSplit, TradingStateSet
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderIntent, OrderPurpose, OrderState, Side
from ares_desktop.domain.risk import TradingState
from ares_desktop.engine.trading.fold import Applied, Fold
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import covers, effective_state

_RESTRICTED: Final = (TradingState.REDUCING, TradingState.PAUSED)
_KEPT_FIRST: Final = {OrderPurpose.KILL_SWITCH: 0, OrderPurpose.PROTECTIVE: 1, OrderPurpose.FLATTEN: 2}


Key = tuple[AccountId, StrategyId, InstrumentId]


def excess(position: Decimal, orders: Sequence[Order], *, cut: bool = False) -> list[ClientOrderId]:
    """Return the orders of one book in one instrument that could grow or flip its position, if they filled together.

    What protects is kept first, then what only reduces, then the older ones; an OCO group counts once. A bracket's
    exits wait for their entry, and end with it.

    Args:
        position: of the book.
        orders: that work.
        cut: the venue cuts reduce-only orders to the book, which no number of them can flip then.
    """
    waiting = {order.id for order in orders if order.intent.bracket is not None and not order.filled}
    free, groups, found = abs(position), dict[str, Decimal](), list[ClientOrderId]()
    exits = Side.SELL if position > 0 else Side.BUY
    for order in sorted(orders, key=_rank):
        intent = order.intent
        if intent.parent in waiting:
            continue
        counted = groups.get(intent.oco_group, ZERO) if intent.oco_group else ZERO
        more = max(order.remaining - counted, ZERO)
        only_reduces = intent.reduce_only and intent.side is exits
        if position == ZERO or intent.side is not exits or (more > free and not (cut and only_reduces)):
            found.append(order.id)
            continue
        free = max(free - more, ZERO)
        if intent.oco_group:
            groups[intent.oco_group] = max(counted, order.remaining)
    return found


def _rank(order: Order) -> tuple[int, bool, bool]:
    intent = order.intent
    return _KEPT_FIRST.get(intent.purpose, 3), not intent.reduce_only, intent.parent is None


class StateSweep:
    """Cancels what a scope may no longer open.

    It looks when a state becomes stricter and when the books were taken over. Where only exits are allowed it looks too
    when a position changed that orders work on: it was moved or adjusted, or another order filled, perhaps late.

    Args:
        cuts: says whether an account's broker cuts reduce-only orders to each book.
    """

    def __init__(self, fold: Fold, router: OrderRouter, cuts: Callable[[AccountId], bool]) -> None:
        self._fold = fold
        self._router = router
        self._cuts = cuts
        router.overtaken = self.overtaken

    def recorded(self, event: JournalEvent, applied: Applied) -> None:
        """Sweep the scope of a state that was set, and the instrument of a position that changed."""
        payload = event.payload
        if isinstance(payload, TradingStateSet):
            if payload.state in _RESTRICTED:
                self.sweep(payload.scope)
        elif isinstance(payload, PositionMoved | PositionAdjusted | PositionSplit):
            self.sweep(f"instrument:{payload.instrument}")
        elif applied.fill is not None and self._fold.states:
            fill = applied.fill
            if effective_state(self._fold.states, fill.account, fill.strategy, fill.instrument) in _RESTRICTED:
                # The venue is about to shrink or end the order's own group, and the guard of stops a bracket's exits.
                group = "" if applied.order is None else applied.order.intent.oco_group
                found = self.found(f"instrument:{fill.instrument}")
                self._take_back([order for order in found if not self._follows(order, group)])

    def overtaken(self, intents: Sequence[OrderIntent]) -> list[ClientOrderId]:
        """Return which orders that are about to be sent may not be any more, a bracket's exits with their entry."""
        held = {
            intent.instrument
            for intent in intents
            if effective_state(self._fold.states, intent.account, intent.strategy, intent.instrument) in _RESTRICTED
        }
        found = {order for instrument in held for order in self.found(f"instrument:{instrument}")}
        return [intent.client_order_id for intent in intents if found & {intent.client_order_id, intent.parent}]

    def sweep(self, scope: str) -> None:
        """Take back what the states in force no longer allow in a scope."""
        self._take_back(self.found(scope))

    def _take_back(self, orders: Sequence[ClientOrderId]) -> None:
        if orders:
            self._router.cancel_later(orders, reason="only exits may work in this trading state")

    def found(self, scope: str) -> list[ClientOrderId]:
        """Return the orders of a scope that could grow or flip a position where only exits are allowed."""
        fold, found = self._fold, list[ClientOrderId]()
        mine = [order for order in fold.registry.working() if self._is_held(scope, order)]
        for key, orders in groupby(sorted(mine, key=_book), key=_book):
            account, strategy, instrument = key
            position = fold.ledger.position(account, strategy, instrument).quantity
            found += excess(position, list(orders), cut=self._cuts(account))
        ending = OrderState.PENDING_CANCEL
        return [one for one in found if (order := fold.registry.get(one)) is not None and order.state is not ending]

    def _follows(self, order: ClientOrderId, group: str) -> bool:
        found = self._fold.registry.get(order)
        return found is None or found.intent.parent is not None or bool(group and found.intent.oco_group == group)

    def _is_held(self, scope: str, order: Order) -> bool:
        account, strategy, instrument = _book(order)
        return (
            covers(scope, account, strategy, instrument)
            and effective_state(self._fold.states, account, strategy, instrument) in _RESTRICTED
        )


def _book(order: Order) -> Key:
    intent = order.intent
    return intent.account, intent.strategy, intent.instrument
