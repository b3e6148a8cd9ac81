"""The most frequent order at little cost: a market order that works alone and fills whole at the next open.

What is not plainly that case is left to the general rules, which give the same events for it too.
"""

from math import inf, isfinite, nan
from typing import Final

from ares_desktop.domain.market import Bar
from ares_desktop.domain.orders import OrderType, Side, TimeInForce
from ares_desktop.domain.simulation import MarketPolicy, SimulationSettings
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.contracts import Contract
from ares_desktop.engine.simulation.execution import Execution
from ares_desktop.engine.simulation.margin import Margin
from ares_desktop.engine.simulation.marks import Marks, mark_of
from ares_desktop.engine.simulation.slippage import worsened
from ares_desktop.engine.simulation.working import WorkingOrder

# Looking a member up in its class costs more than everything else that is done with it here.
_MARKET: Final = OrderType.MARKET
_BUY: Final = Side.BUY
_IOC: Final = TimeInForce.IOC
_FOK: Final = TimeInForce.FOK
_COUNTABLE: Final = 1e15
"""Quantities beyond may have more digits than their remainder by a lot can be computed with."""


class ShortCut:
    """Recognizes the case and carries it out."""

    def __init__(
        self,
        settings: SimulationSettings,
        book: OrderBook,
        account: Account,
        margin: Margin,
        marks: Marks,
        execution: Execution,
    ) -> None:
        self._latency_ns = settings.latency_ns
        self._share = settings.volume_share if settings.volume_share > 0 else 0.0
        self._at_open = settings.market_policy is MarketPolicy.NEXT_OPEN
        self._book = book
        self._account = account
        self._margin = margin
        self._marks = marks
        self._execution = execution

    def accepts(self, order: WorkingOrder, contract: Contract) -> float:
        """Return what a good market order reserves; 0 when the general rules must look at it."""
        intent = order.intent
        if (
            intent.type is not _MARKET
            or not contract.plain
            or intent.parent is not None
            or intent.reduce_only
            or intent.stop_price is not None
            or intent.limit_price is not None
            or intent.trail is not None
            or intent.account != self._account.id
            or contract.expiry_ns <= order.arrived_ns
        ):
            return 0.0
        size, name = float(intent.quantity), intent.instrument
        event = self._marks.last.get(name)
        price = None if event is None else event.close if type(event) is Bar else mark_of(event)
        if not 0 < size < _COUNTABLE or price is None or not 0 < price < inf or intent.quantity % contract.lot:
            return 0.0
        value = size * (price * contract.multiplier)
        return value if self._carries(order, contract, value, price) else 0.0

    def _carries(self, order: WorkingOrder, contract: Contract, value: float, price: float) -> bool:
        account, name = self._account, order.intent.instrument
        if not self._margin.is_reserved(name):
            held = account.held.get(name)
            if held is not None:
                worth = held * price * contract.multiplier
                if abs(worth + value if order.intent.side is _BUY else worth - value) <= abs(worth):
                    return True
            elif not account.held and len(account.cash) == 1 and not self._margin.reserves:
                return value * contract.margin <= float(account.cash[self._marks.currency])
        return not self._margin.refusal(order, value)

    def fills(self, order: WorkingOrder, bar: Bar, contract: Contract) -> bool:
        """Fill the only working order of an instrument whole at a bar's open; False when it is not that simple."""
        intent, start_ns, price = order.intent, bar.start_ns, bar.open
        gap = start_ns - order.arrived_ns
        if (
            intent.type is not _MARKET
            or not (self._at_open and self._book.alone and contract.short_sales)
            or order.filled
            or intent.tif is _IOC
            or intent.tif is _FOK
            or gap < 0
            or (gap < self._latency_ns and bar.end_ns - start_ns <= self._latency_ns)
            or (order.expires_ns and (order.queued or order.expires_ns <= start_ns))
            or not isfinite(price)
        ):
            return False
        volume, size = bar.volume, float(order.quantity)
        if self._share and size + contract.smallest > volume * self._share:
            return False
        execution = self._execution
        distance = execution.distance(price, None, size / volume if volume > 0 else nan)
        exact = worsened(price, distance, buys=intent.side is _BUY, step=contract.step)
        order.resting = True
        execution.references.append(price)
        execution.fill(order, order.quantity, exact, contract, maker=False, at_ns=bar.end_ns)
        return True
