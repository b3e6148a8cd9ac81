"""Makes intents of what a strategy wrote."""

from decimal import Decimal
from typing import Final

from ares_desktop.api.inputs import Inputs
from ares_desktop.api.order_book import OrderBook
from ares_desktop.api.orders import OrderHandle
from ares_desktop.api.wishes import check_texts, exact_bracket, order_type
from ares_desktop.domain.decisions import REASON_CHARS
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.money import decimal
from ares_desktop.domain.orders import Bracket, OrderIntent, OrderPurpose, OrderType, Side, TimeInForce
from ares_desktop.domain.strategies import StrategyInstance

Number = Decimal | float | int | str
Prices = tuple[Number | None, Number | None, Number | None]
"""Limit, stop and trailing distance."""

# Looking a member up in its class costs more than all else that is done with it.
_MARKET: Final = OrderType.MARKET
_PROTECTIVE: Final = OrderPurpose.PROTECTIVE
_BY_STRATEGY: Final = OrderPurpose.STRATEGY
_NOBODY: Final = ClientOrderId("")
_PROTECTING: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
_NO_INPUTS: Final[dict[str, float]] = {}


class OrderMaker:
    """Turns numbers and texts into an intent with its inputs, and submits it."""

    __slots__ = ("_account", "_inputs", "_name", "_orders")

    def __init__(self, instance: StrategyInstance, orders: OrderBook, inputs: Inputs) -> None:
        self._name = instance.name
        self._account = instance.account
        self._orders = orders
        self._inputs = inputs

    def make(  # noqa: PLR0913, PLR0917 - an order's properties, passed on from buy and sell
        self,
        side: Side,
        instrument: InstrumentId,
        quantity: Number,
        prices: Prices,
        tif: TimeInForce | str,
        bracket: Bracket | None,
        oco: str,
        reduce_only: bool,
        reason: str,
        warming: bool,
    ) -> OrderHandle:
        """Submit an order and return its handle; one made while the strategy is ``warming`` goes nowhere.

        Raises:
            TypeError: when a text is none.
            ValueError: when a number is not finite, the time in force is unknown, or a trail meets a price.
        """
        if not type(instrument) is type(oco) is type(reason) is str:
            check_texts(instrument=instrument, oco=oco, reason=reason)
        limit, stop, trail = prices
        kind = _MARKET
        if not limit is stop is trail is None:
            limit, stop, trail = (None if price is None else decimal(price) for price in prices)
            kind = order_type(limit, stop, trail)
        orders, inputs = self._orders, self._inputs
        protective = reduce_only and kind in _PROTECTING
        intent = OrderIntent(
            client_order_id=_NOBODY if warming else orders.next_id(),
            strategy=self._name,
            account=self._account,
            instrument=instrument,
            side=side,
            quantity=decimal(quantity),
            created_at=orders.now(),
            type=kind,
            limit_price=limit,
            stop_price=stop,
            trail=trail,
            tif=tif if type(tif) is TimeInForce else TimeInForce(tif),
            reduce_only=reduce_only,
            bracket=None if bracket is None else exact_bracket(bracket),
            oco_group=oco,
            purpose=_PROTECTIVE if protective else _BY_STRATEGY,
            reason=reason if len(reason) <= REASON_CHARS else reason[:REASON_CHARS],
            inputs=inputs.of(instrument) if inputs.keep else _NO_INPUTS,
        )
        return orders.refused(intent, "the strategy is warming up") if warming else orders.submit(intent)
