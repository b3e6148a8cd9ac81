"""Working orders by account, strategy and instrument."""

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import OrderIntent

_Key = tuple[AccountId, StrategyId, InstrumentId]


class WorkingOrders:
    """An index of working orders whose queries cost what they return, however many orders there have been.

    It keeps the place of each order in the caller's list, not the order.
    """

    def __init__(self) -> None:
        self._groups: dict[_Key, dict[ClientOrderId, int]] = {}

    def add(self, intent: OrderIntent, place: int) -> None:
        """Add an order."""
        self._groups.setdefault(_key(intent), {})[intent.client_order_id] = place

    def drop(self, intent: OrderIntent) -> None:
        """Remove an order."""
        key = _key(intent)
        group = self._groups[key]
        del group[intent.client_order_id]
        if not group:
            del self._groups[key]

    def places(
        self,
        strategy: StrategyId | None = None,
        instrument: InstrumentId | None = None,
        account: AccountId | None = None,
    ) -> list[int]:
        """Return the places of the orders that match every given value, oldest first."""
        if strategy is not None and instrument is not None and account is not None:
            return sorted(self._groups.get((account, strategy, instrument), {}).values())
        return sorted(
            place
            for key, group in self._groups.items()
            if (account is None or key[0] == account)
            and (strategy is None or key[1] == strategy)
            and (instrument is None or key[2] == instrument)
            for place in group.values()
        )


def _key(intent: OrderIntent) -> _Key:
    return intent.account, intent.strategy, intent.instrument
