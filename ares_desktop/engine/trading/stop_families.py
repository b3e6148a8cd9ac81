"""A bracket after its entry began to fill: what its exits must be, and what its stop leaves uncovered."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderState, OrderType

STOP: Final = "stop"
TARGET: Final = "target"
_ANSWERS_DUE: Final = frozenset({OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE, OrderState.SUBMITTED})
_PROTECTS: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})

Find = Callable[[ClientOrderId], Order | None]


class Family(NamedTuple):
    """An entry with a bracket, and its exits as far as they were placed."""

    entry: Order
    stop: Order | None
    target: Order | None

    @property
    def exits(self) -> tuple[Order, ...]:
        """Those that were placed."""
        return tuple(order for order in (self.stop, self.target) if order is not None)

    @property
    def left(self) -> Decimal:
        """What the entry filled and no exit of it has closed."""
        return max(ZERO, self.entry.filled - sum((order.filled for order in self.exits), ZERO))

    @property
    def asks_for_stop(self) -> bool:
        """Whether its bracket has a stop."""
        return self.entry.intent.bracket is not None and self.entry.intent.bracket.stop is not None

    @property
    def stop_failed(self) -> bool:
        """Whether its stop was placed and works no more, without having been filled."""
        stop = self.stop
        return stop is not None and stop.is_final and stop.state is not OrderState.FILLED

    @property
    def is_past(self) -> bool:
        """Whether none of its orders works any more."""
        return self.entry.is_final and not any(order.is_working for order in self.exits)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is held or can be."""
        return self.is_past and not self.left


class Resize(NamedTuple):
    """An exit whose total quantity must become another."""

    order: ClientOrderId
    quantity: Decimal


def family_of(entry: Order, find: Find) -> Family:
    """Return the family of an entry: the ids of its exits follow from its own."""
    return Family(entry, find(exit_id(entry.id, STOP)), find(exit_id(entry.id, TARGET)))


def exit_id(entry: ClientOrderId, name: str) -> ClientOrderId:
    """Return the id of a bracket's exit."""
    return ClientOrderId(f"{entry}:{name}")


def shares(families: Sequence[Family], held: Decimal) -> list[Decimal]:
    """Return what of a position belongs to each family: newer ones first, together never more than is held."""
    free = abs(held)
    found = []
    for family in reversed(families):
        share = min(family.left, free)
        free -= share
        found.append(share)
    return found[::-1]


def covered_by(orders: Iterable[Order], held: Decimal) -> Decimal:
    """Return how much of a position working stops would close; those of one OCO group count once."""
    groups: dict[str, Decimal] = {}
    for order in orders:
        intent = order.intent
        closes = (intent.side.sign > 0) is (held < 0)
        if order.is_working and closes and intent.type in _PROTECTS:
            name = intent.oco_group or order.id
            groups[name] = max(groups.get(name, ZERO), order.remaining)
    return min(abs(held), sum(groups.values(), ZERO))


def resizes(family: Family, share: Decimal) -> list[Resize]:
    """Return the exits whose quantity is not what is held; one that still waits for an answer is left alone.

    Args:
        family: the bracket.
        share: what of the position belongs to it.
    """
    return [
        Resize(order.id, order.filled + share)
        for order in family.exits
        if order.is_working
        and order.state not in _ANSWERS_DUE
        and share
        and order.intent.quantity != order.filled + share
    ]


def needless(family: Family, share: Decimal) -> list[ClientOrderId]:
    """Return exits that work although nothing is left for them, and no entry that could still fill."""
    if share or family.entry.is_working:
        return []
    return [order.id for order in family.exits if order.is_working and order.state is not OrderState.PENDING_CANCEL]
