"""Whose an execution is: that of the book which placed its order here, else nobody's."""

from typing import Final

from msgspec.structs import replace

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import APPLICATION, SENTINEL, UNASSIGNED, VENUE, order_owner
from ares_desktop.engine.trading.fold import Fold

_ALWAYS: Final = frozenset({APPLICATION, SENTINEL, VENUE})


def owners(fold: Fold) -> frozenset[str]:
    """Return what the ids of orders begin with that this profile, its sentinel or a venue for it places."""
    return _ALWAYS | fold.instances.keys()


def claimed(fill: Fill, fold: Fold) -> Fill:
    """Return an execution as it is booked: one of somebody else's order is unassigned, whatever name it bears."""
    if fill.strategy == UNASSIGNED or fold.registry.get(fill.client_order_id) is not None:
        return fill
    return fill if order_owner(fill.client_order_id) in owners(fold) else replace(fill, strategy=UNASSIGNED)
