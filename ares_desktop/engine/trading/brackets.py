"""A bracket as its orders: the entry, and two exits of which one cancels the other."""

import msgspec

from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, TimeInForce


def expand(intent: OrderIntent) -> tuple[OrderIntent, ...]:
    """Return the intent alone, or the entry with its protective stop and its target.

    The exits are reduce-only, work until canceled, and wait at the broker until the entry fills; their ids follow
    from the entry's, so that a retry makes the same ones.
    """
    bracket = intent.bracket
    if bracket is None:
        return (intent,)
    exits = []
    shared = {
        "side": intent.side.opposite,
        "tif": TimeInForce.GTC,
        "reduce_only": True,
        "bracket": None,
        "parent": intent.client_order_id,
        "oco_group": f"{intent.client_order_id}:exits",
        "limit_price": None,
        "stop_price": None,
        "trail": None,
    }
    if bracket.stop is not None:
        exits.append(
            msgspec.structs.replace(
                intent,
                **{
                    **shared,
                    "client_order_id": ClientOrderId(f"{intent.client_order_id}:stop"),
                    "type": OrderType.STOP,
                    "stop_price": bracket.stop,
                    "purpose": OrderPurpose.PROTECTIVE,
                    "reason": "bracket stop",
                },
            ),
        )
    if bracket.target is not None:
        exits.append(
            msgspec.structs.replace(
                intent,
                **{
                    **shared,
                    "client_order_id": ClientOrderId(f"{intent.client_order_id}:target"),
                    "type": OrderType.LIMIT,
                    "limit_price": bracket.target,
                    "reason": "bracket target",
                },
            ),
        )
    return (intent, *exits)
