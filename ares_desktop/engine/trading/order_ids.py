"""Client order ids of the orders that the application itself places."""

from collections.abc import Iterable

from ares_desktop.domain.events import JournalEvent, OrderDenied, OrderSubmitted
from ares_desktop.domain.ids import APPLICATION, ClientOrderId, client_order_id, order_owner, order_sequence
from ares_desktop.engine.trading.fold import Applied


class OrderIds:
    """One sequence for manual tickets, flattening and the kill switch, continued from the journal."""

    def __init__(self) -> None:
        self._last = 0

    def continue_from(self, used: Iterable[ClientOrderId]) -> None:
        """Start after every id of this sequence that was ever used."""
        numbers = (order_sequence(order) for order in used if order_owner(order) == APPLICATION)
        self._last = max(self._last, *numbers, 0)

    def recorded(self, event: JournalEvent, applied: Applied) -> None:
        """Start after every id that is recorded, such as one that the journal lost and the broker knew."""
        del applied
        if isinstance(event.payload, OrderSubmitted | OrderDenied):
            self.continue_from((event.payload.intent.client_order_id,))

    def next(self) -> ClientOrderId:
        """Return an id that was never used."""
        self._last += 1
        return client_order_id(APPLICATION, self._last)
