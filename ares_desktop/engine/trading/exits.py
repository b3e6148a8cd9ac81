"""Whether an order is an exit: what a position would be after it and everything else that works."""

from decimal import Decimal
from typing import Final

from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, Side
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.trading.gate_view import GateView

Refusal = tuple[DenyReason, str]
SAFETY: Final = frozenset({OrderPurpose.KILL_SWITCH, OrderPurpose.FLATTEN, OrderPurpose.PROTECTIVE})
_CUT_TO_BOOK: Final = frozenset({OrderPurpose.STRATEGY, OrderPurpose.PROTECTIVE})
"""What a person places may reduce the account's net position where the venue cuts to that."""


def resulting(intent: OrderIntent, position: Decimal, buying: Decimal, selling: Decimal) -> Decimal:
    """Return the position if this order and every working order on its side filled."""
    if intent.side is Side.BUY:
        return position + buying + intent.quantity
    return position - selling - intent.quantity


def _leaves(intent: OrderIntent, view: GateView, others: Decimal) -> bool:
    """Say whether the order and ``others`` on its side shrink the book's position without a flip."""
    position = view.position
    if position == ZERO or (position > 0) is (intent.side is Side.BUY):
        return False
    added = max(intent.quantity - view.joined, ZERO)
    return others + added <= abs(position)


def surely_reduces(intent: OrderIntent, view: GateView) -> bool:
    """Say whether the order shrinks its book's position and can't flip it, whatever fills in whatever order.

    Everything that works on its side counts in full, also what a venue is asked to cut to the position; an OCO group
    counts once.
    """
    if intent.side is Side.BUY:
        return _leaves(intent, view, view.book_buying + view.exits_buying)
    return _leaves(intent, view, view.book_selling + view.exits_selling)


def only_reduces(intent: OrderIntent, view: GateView) -> bool:
    """Say whether the order is an exit, where a venue that cuts reduce-only orders is trusted to do so.

    One that cuts to the account's net position is trusted for a book that nobody else holds against.
    """
    able = view.capabilities
    trusted = able.reduces_books and intent.purpose in _CUT_TO_BOOK
    alone = (view.position, view.book_buying, view.book_selling) == (
        view.account_position,
        view.account_buying,
        view.account_selling,
    )
    if not trusted and not (able.reduce_only and alone):
        return surely_reduces(intent, view)
    return _leaves(intent, view, view.book_buying if intent.side is Side.BUY else view.book_selling)


def beyond(intent: OrderIntent, view: GateView) -> str:
    """Return why an order is no exit, for a person."""
    position = view.position
    if position == ZERO:
        return f"the book of {intent.strategy} holds no {intent.instrument}"
    if (position > 0) is (intent.side is Side.BUY):
        return f"{intent.side} {intent.quantity} would add to the position of {position}"
    buys = intent.side is Side.BUY
    others = view.book_buying + view.exits_buying if buys else view.book_selling + view.exits_selling
    also = f", and orders for {others} of it work already: cancel them first" if others else ""
    return f"{intent.side} {intent.quantity} is more than the position of {position}{also}"


def worth(intent: OrderIntent, view: GateView) -> Decimal | None:
    """Return what an order is worth in the instrument's currency, None while no price is known."""
    price = intent.limit_price or intent.stop_price or view.price
    if price is None or view.instrument is None:
        return None
    return intent.quantity * price * view.instrument.multiplier
