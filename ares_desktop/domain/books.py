"""What one book holds of one instrument, by the average-cost rule."""

from decimal import Decimal
from typing import Final

import msgspec
from msgspec.structs import replace

from ares_desktop.domain.events import PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.money import ONE, ZERO

_COST_STEP: Final = Decimal("1E-10")


class BookPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A holding as its fills made it, before any valuation.

    Attributes:
        quantity: signed.
        cost: what the open quantity cost, multiplier included; negative for a short, zero when flat.
        realized: locked profit in the currency of the fills, before commission.
        commission: paid so far, positive is a cost.
        multiplier: currency per point of price and unit of quantity, of the last fill.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO
    commission: Decimal = ZERO
    multiplier: Decimal = ONE

    @property
    def average_price(self) -> Decimal | None:
        """Cost of one unit of the open quantity in points of price, None when flat."""
        return self.cost / (self.quantity * self.multiplier) if self.quantity else None

    def unrealized(self, mark: Decimal) -> Decimal:
        """Return the open profit at ``mark``."""
        return self.market_value(mark) - self.cost

    def market_value(self, mark: Decimal) -> Decimal:
        """Return the signed value of the open quantity at ``mark``."""
        return self.quantity * mark * self.multiplier


FLAT: Final = BookPosition()
"""Nothing held, nothing earned."""


def apply_fill(position: BookPosition, fill: Fill) -> BookPosition:
    """Return the position after an execution with its commission."""
    return trade(position, fill.signed_quantity, fill.price, multiplier=fill.multiplier, commission=fill.commission)


def trade(
    position: BookPosition,
    quantity: Decimal,
    price: Decimal,
    *,
    multiplier: Decimal = ONE,
    commission: Decimal = ZERO,
) -> BookPosition:
    """Return the position after ``quantity`` (signed) changed hands at ``price``.

    What adds to the position adds to its cost. What reduces it takes its share of the cost along (rounded to ten
    decimals, so that every further sum is exact) and realizes the difference. What goes through zero closes the old
    side at ``price`` and opens the new one there.
    """
    held = position.quantity
    after = held + quantity
    value = quantity * price * multiplier
    if not held or (held > 0) == (quantity > 0):
        cost, realized = position.cost + value, ZERO
    elif not after or (after > 0) != (held > 0):
        cost = after * price * multiplier
        realized = cost - value - position.cost
    else:
        relieved = (position.cost * quantity / held).quantize(_COST_STEP)
        cost = position.cost + relieved
        realized = relieved - value
    return BookPosition(
        quantity=after,
        cost=cost,
        realized=position.realized + realized,
        commission=position.commission + commission,
        multiplier=multiplier,
    )


def split(position: BookPosition, action: PositionSplit) -> BookPosition:
    """Return the position after a split, by what the split did to the book that it was reckoned for.

    The cost stays; the paid-out fraction takes its share of the cost along and realizes the difference to its price.
    """
    whole = action.before * action.numerator / action.denominator
    fraction = whole - action.after
    relieved = (position.cost * fraction / whole).quantize(_COST_STEP) if fraction else ZERO
    return replace(
        position,
        quantity=position.quantity + action.after - action.before,
        cost=position.cost - relieved,
        realized=position.realized + action.cash - relieved,
    )


def given(position: BookPosition, quantity: Decimal, cost: Decimal, multiplier: Decimal) -> BookPosition:
    """Return the position after a holding came (or went, both negated) at its cost; nothing is realized."""
    return replace(position, quantity=position.quantity + quantity, cost=position.cost + cost, multiplier=multiplier)


def repriced(position: BookPosition, quantity: Decimal, difference: Decimal) -> BookPosition:
    """Return the position after the price of an execution of ``quantity`` (signed) was corrected.

    The ``difference`` is what it cost more than was booked, in currency. Where the position is still on the
    execution's side it belongs to the cost, else to what was realized.
    """
    if position.quantity and (position.quantity > 0) == (quantity > 0):
        return replace(position, cost=position.cost + difference)
    return replace(position, realized=position.realized - difference)
