"""What there was when the kill switch was engaged, and what became of each order and position."""

from collections.abc import Iterable
from decimal import Decimal

from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.kill import KilledOrder, KilledPosition
from ares_desktop.domain.orders import Order
from ares_desktop.engine.trading.flatten import Holding
from ares_desktop.engine.trading.kill_tools import KillTools


class Inventory:
    """Orders and positions of a scope, as they were and as they are."""

    def __init__(self, tools: KillTools, scope: str) -> None:
        self._tools = tools
        self._scope = scope
        self._orders = tuple(order.id for order in tools.working(scope))
        self._positions: dict[Holding, Decimal] = {item: tools.quantity(item) for item in tools.held(scope)}

    def look(self) -> None:
        """Note positions that came since."""
        for item in self._tools.held(self._scope):
            self._positions.setdefault(item, self._tools.quantity(item))

    def orders(self, closings: Iterable[ClientOrderId]) -> tuple[KilledOrder, ...]:
        """Return every order that was canceled, then those that were sent, each with its state by now."""
        registry = self._tools.recorder.fold.registry
        found = [(registry.get(order), False) for order in self._orders]
        found += [(registry.get(order), True) for order in closings]
        return tuple(_killed(order, closing=closing) for order, closing in found if order is not None)

    def positions(self) -> tuple[KilledPosition, ...]:
        """Return every position with what it was and what it is."""
        return tuple(
            KilledPosition(
                account=holding[0],
                strategy=holding[1],
                instrument=holding[2],
                before=before,
                after=self._tools.quantity(holding),
            )
            for holding, before in self._positions.items()
        )


def _killed(order: Order, *, closing: bool) -> KilledOrder:
    intent = order.intent
    return KilledOrder(
        order=order.id,
        account=intent.account,
        strategy=intent.strategy,
        instrument=intent.instrument,
        outcome=order.state.value,
        closing=closing,
    )
