"""Finds the fills of an order among all there ever were."""

import threading
import time
from typing import Final

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Order
from ares_desktop.engine.trading.fold import Fold

_A_SLICE: Final = 1000
_PAUSE_S: Final = 0.001


class FillIndex:
    """The places of fills by order; it grows behind the fold, in a thread where there is much to catch up on."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._places: dict[ClientOrderId, list[int]] = {}
        self._until = 0
        self._lock = threading.Lock()

    def catch_up(self) -> None:
        """Take in every fill, in slices that leave others their turn; call it off the loop."""
        while True:
            with self._lock:
                self._extend()
            if self._until >= len(self._fold.registry.executions):
                return
            time.sleep(_PAUSE_S)

    def fills(self, order: Order) -> tuple[Fill, ...]:
        """Return an order's fills, oldest first, each with its newest commission."""
        executions = self._fold.registry.executions
        if not order.filled:
            return ()
        if len(executions) - self._until <= _A_SLICE and self._lock.acquire(blocking=False):
            try:
                self._extend()
            finally:
                self._lock.release()
        if self._until >= len(executions):
            return tuple(executions.at(place) for place in self._places.get(order.id, ()))
        return self._search(order)

    def _extend(self) -> None:
        executions = self._fold.registry.executions
        end = min(len(executions), self._until + _A_SLICE)
        for place in range(self._until, end):
            self._places.setdefault(executions.at(place).client_order_id, []).append(place)
        self._until = end

    def _search(self, order: Order) -> tuple[Fill, ...]:
        """Look from the newest fill back, until all that was filled is found."""
        executions, found, missing = self._fold.registry.executions, [], order.filled
        for place in range(len(executions) - 1, -1, -1):
            fill = executions.at(place)
            if fill.client_order_id == order.id:
                found.append(fill)
                missing -= fill.quantity
                if missing <= 0:
                    break
        return tuple(reversed(found))
