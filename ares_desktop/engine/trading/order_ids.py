"""Client order ids of the orders that the application itself places."""

from collections.abc import Iterable

from ares_desktop.domain.ids import APPLICATION, ClientOrderId, client_order_id, order_owner, order_sequence


class OrderIds:
    """One sequence for manual tickets, flattening and the kill switch, continued from the journal."""

    def __init__(self) -> None:
        self._last = 0

    def continue_from(self, used: Iterable[ClientOrderId]) -> None:
        """Start after every id of this sequence that was ever used."""
        numbers = (order_sequence(order) for order in used if order_owner(order) == APPLICATION)
        self._last = max(self._last, *numbers, 0)

    def next(self) -> ClientOrderId:
        """Return an id that was never used."""
        self._last += 1
        return client_order_id(APPLICATION, self._last)
