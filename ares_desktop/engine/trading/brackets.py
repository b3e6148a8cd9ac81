"""A bracket as its orders: the entry, and two exits of which one cancels the other."""

from msgspec.structs import replace

from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, TimeInForce
from ares_desktop.engine.ports.broker import BrokerCapabilities


def expand(intent: OrderIntent) -> tuple[OrderIntent, ...]:
    """Return the intent alone, or the entry with its protective stop and its target.

    The exits are reduce-only, work until canceled, and wait at the broker until the entry fills; their ids follow
    from the entry's, so that a retry makes the same ones.
    """
    bracket = intent.bracket
    if bracket is None:
        return (intent,)
    family = [intent]
    if bracket.stop is not None:
        stop = _exit(intent, "stop", OrderType.STOP)
        family.append(replace(stop, stop_price=bracket.stop, purpose=OrderPurpose.PROTECTIVE))
    if bracket.target is not None:
        family.append(replace(_exit(intent, "target", OrderType.LIMIT), limit_price=bracket.target))
    return tuple(family)


def _exit(entry: OrderIntent, name: str, kind: OrderType) -> OrderIntent:
    return OrderIntent(
        client_order_id=ClientOrderId(f"{entry.client_order_id}:{name}"),
        strategy=entry.strategy,
        account=entry.account,
        instrument=entry.instrument,
        side=entry.side.opposite,
        quantity=entry.quantity,
        created_at=entry.created_at,
        type=kind,
        tif=TimeInForce.GTC,
        reduce_only=True,
        oco_group=f"{entry.client_order_id}:exits",
        parent=entry.client_order_id,
        purpose=entry.purpose,
        reason=f"bracket {name}",
    )


def held_exits(entry: OrderIntent, able: BrokerCapabilities) -> tuple[OrderIntent, ...]:
    """Return a bracket's exits for a broker that has no brackets, to be placed once the entry fills.

    The engine resizes them and ends one with the other; what the broker can do of that is left in. Both protect what
    is held, so they also pass where only exits do and after the strategy has stopped.
    """
    return tuple(
        replace(
            member,
            parent=None,
            purpose=OrderPurpose.PROTECTIVE,
            oco_group=member.oco_group if able.oco else "",
            reduce_only=able.reduce_only,
        )
        for member in expand(entry)[1:]
    )
