"""What the trader types to place an order by hand."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.orders import Side, TimeInForce


class OrderTicket(msgspec.Struct, frozen=True, kw_only=True):
    """The trader's own order before it becomes an intent.

    Attributes:
        instrument: as typed; the venue may be left out where it is unambiguous.
        strategy: the book it belongs to, None for the trader's own.
        source: who placed it: ``window``, ``cli``.
    """

    side: Side
    quantity: Decimal
    instrument: str
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    strategy: str | None = None
    source: str = "window"
