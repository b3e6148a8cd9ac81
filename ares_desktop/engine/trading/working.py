"""Working orders by account, strategy and instrument."""

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import Order

_Key = tuple[AccountId, StrategyId, InstrumentId]


class WorkingOrders:
    """An index whose queries cost what they return, however many orders there have been."""

    def __init__(self) -> None:
        self._groups: dict[_Key, dict[ClientOrderId, Order]] = {}

    def put(self, order: Order) -> None:
        """Add an order or replace what was known of it."""
        self._groups.setdefault(_key(order), {})[order.id] = order

    def drop(self, order: Order) -> None:
        """Remove an order; without effect when it is not there."""
        key = _key(order)
        group = self._groups.get(key)
        if group is not None and group.pop(order.id, None) is not None and not group:
            del self._groups[key]

    def select(
        self,
        strategy: StrategyId | None = None,
        instrument: InstrumentId | None = None,
        account: AccountId | None = None,
    ) -> tuple[Order, ...]:
        """Return the orders that match every given value."""
        if strategy is not None and instrument is not None and account is not None:
            return tuple(self._groups.get((account, strategy, instrument), {}).values())
        return tuple(
            order
            for key, group in self._groups.items()
            if (account is None or key[0] == account)
            and (strategy is None or key[1] == strategy)
            and (instrument is None or key[2] == instrument)
            for order in group.values()
        )

    def ids(self) -> list[ClientOrderId]:
        """Return the ids of all working orders."""
        return [order for group in self._groups.values() for order in group]


def _key(order: Order) -> _Key:
    intent = order.intent
    return intent.account, intent.strategy, intent.instrument
