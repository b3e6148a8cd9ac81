"""Closing orders of the kill switch at one broker: never two for one holding, none while another order may fill."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import OrderDenied
from ares_desktop.domain.ids import AccountId, ClientOrderId
from ares_desktop.domain.orders import Order, OrderIntent, OrderPurpose
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.trading.flatten import Holding, closing_intents
from ares_desktop.engine.trading.kill_tools import KillTools

_SEND_WITHIN_S: Final = 3.0
_FLAT_WITHIN_S: Final = 8.0
_CLOSED_WITHIN_S: Final = 1.0
_LOOK_EVERY_S: Final = 0.01
_AGAIN_S: Final = 1.0
TOO_SMALL: Final = frozenset({DenyReason.QUANTITY_PRECISION, DenyReason.MIN_NOTIONAL, DenyReason.INVALID_QUANTITY})
"""Reasons that do not pass with time: what is left is too small to be traded."""


class Refused(NamedTuple):
    """Why a holding could not be closed, for the quantity that it had."""

    reason: DenyReason
    detail: str
    quantity: Decimal
    at: float


class Closing:
    """Sends reduce-only orders for what the books of one account hold in a scope.

    Attributes:
        refused: holdings whose order the gate denied.
        sent: the closing orders.
        unsent: why closing orders could not be sent the last time, empty when they could.
    """

    def __init__(self, tools: KillTools, account: AccountId, scope: str) -> None:
        self._tools = tools
        self._account = account
        self._scope = scope
        self.refused: dict[Holding, Refused] = {}
        self.sent: list[ClientOrderId] = []
        self.unsent = ""

    async def close_all(self, reason: str) -> None:
        """Return once nothing is held, or what is held can't be closed now."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while waiting := [item for item in self._tools.held(self._scope, self._account) if not self.is_dust(item)]:
            await self._send(self._due(waiting, loop.time()), reason)
            took = loop.time() - began
            if took > _FLAT_WITHIN_S or (took > _CLOSED_WITHIN_S and self._can_only_wait(waiting)):
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def is_dust(self, holding: Holding) -> bool:
        """Say whether a holding was found too small to be traded, and has not changed since."""
        found = self.refused.get(holding)
        return found is not None and found.reason in TOO_SMALL and found.quantity == self._tools.quantity(holding)

    def is_blocked(self, holding: Holding) -> bool:
        """Say whether an order of the same book may still fill: closing on top of it could turn the position round."""
        return any(_book(order) == holding for order in self._tools.working(self._scope, self._account))

    def order_of(self, holding: Holding) -> Order | None:
        """Return the order that closes a holding, None while there is none."""
        closing = self._tools.working(self._scope, self._account, closing=True)
        return next((order for order in closing if _book(order) == holding), None)

    def _can_only_wait(self, holdings: Sequence[Holding]) -> bool:
        """Say whether each holding waits for its market, its broker, or an order that is not confirmed as gone."""
        return all(
            self.is_blocked(item) or item in self.refused or self._tools.markets.next_open(item[2]) is not None
            for item in holdings
        )

    def _due(self, holdings: Sequence[Holding], now: float) -> list[Holding]:
        """Return what no order closes already, and was not refused just now."""
        orders = self._tools.working(self._scope, self._account, closing=True)
        closing = {_book(order) for order in orders} | self._tools.sending
        return [
            item
            for item in holdings
            if item not in closing
            and not self.is_blocked(item)
            and ((found := self.refused.get(item)) is None or now - found.at >= _AGAIN_S)
        ]

    async def _send(self, holdings: Sequence[Holding], reason: str) -> None:
        tools = self._tools
        intents = closing_intents(
            tools.recorder.fold,
            holdings,
            ids=tools.ids,
            clock=tools.clock,
            purpose=OrderPurpose.KILL_SWITCH,
            reason=f"kill switch: {reason}",
            largest=tools.largest,
        )
        if not intents:
            return
        tools.sending.update(holdings)
        # A broker that hangs keeps its own orders alone, so it is not waited for without end, and not given up either.
        task = tools.tasks.spawn(self._submit(intents, holdings), "close")
        await asyncio.wait([task], timeout=_SEND_WITHIN_S)

    async def _submit(self, intents: Sequence[OrderIntent], holdings: Sequence[Holding]) -> None:
        tools, now = self._tools, asyncio.get_running_loop().time()
        try:
            verdicts = await tools.router.submit(intents)
        except StorageError as error:
            verdicts, self.unsent = [], str(error)
        else:
            self.unsent = ""
        finally:
            tools.sending.difference_update(holdings)
        for verdict in verdicts:
            intent = verdict.intent
            holding = (intent.account, intent.strategy, intent.instrument)
            if isinstance(verdict, OrderDenied):
                self.refused[holding] = Refused(verdict.reason, verdict.detail, tools.quantity(holding), now)
            else:
                self.refused.pop(holding, None)
                self.sent.append(intent.client_order_id)


def _book(order: Order) -> Holding:
    return order.intent.account, order.intent.strategy, order.intent.instrument
