"""Closes what the protections want closed: one order at a time, with an id that follows from what it closes."""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import structlog

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.events import OrderDenied
from ares_desktop.domain.ids import AccountId, ClientOrderId
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, Side, TimeInForce
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import covers

_log = structlog.get_logger(__name__)

_CANCEL_WITHIN_S: Final = 2.0
_FIRST_RETRY_S: Final = 1.0
_LAST_RETRY_S: Final = 30.0

Able = Callable[[AccountId], BrokerCapabilities | None]


class Closer:
    """Places market orders of purpose PROTECTIVE, through gate and router.

    The id is that of the position and the reason, with a number from the second attempt on: whoever decides the same
    again, also after a restart, finds the order that is there and places no other one.
    """

    def __init__(self, recorder: Recorder, router: OrderRouter, able: Able, *, clock: Clock) -> None:
        self._recorder = recorder
        self._router = router
        self._able = able
        self._clock = clock
        self._waits: dict[str, tuple[float, float]] = {}
        self._closing = asyncio.Lock()

    def works(self, position: ClientOrderId, why: str) -> bool:
        """Say whether an order that closes this is on its way."""
        order, _ = self._newest(position, why)
        return order

    async def close(
        self,
        key: PositionKey,
        quantity: Decimal,
        *,
        position: ClientOrderId,
        why: str,
        reason: str,
        first: Iterable[ClientOrderId] = (),
    ) -> str:
        """Close up to ``quantity`` of a holding, and say what was done; empty while nothing can be done.

        Args:
            key: the holding.
            quantity: positive; never more than is held is closed.
            position: the order that stands for what is closed.
            why: short, it becomes part of the order's id.
            reason: for people.
            first: orders that are canceled before, and whose end is waited for: they could trade the same quantity.
        """
        async with self._closing:
            if self._is_halted(key):
                return "left to the kill switch"
            if self.works(position, why):
                return "being closed at the market"
            name = f"{position}:{why}"
            if asyncio.get_running_loop().time() < self._waits.get(name, (0.0, 0.0))[0]:
                return "the last attempt failed; it is tried again"
            if not await self._canceled(first, reason) and not self._reduces_only(key.account):
                self._wait(name)
                return "waiting until its other orders are canceled"
            return await self._submit(key, quantity, position, why, reason)

    async def _submit(self, key: PositionKey, quantity: Decimal, position: ClientOrderId, why: str, reason: str) -> str:
        held = self._recorder.fold.ledger.position(*key).quantity
        amount = min(quantity, abs(held))
        if not amount:
            return "nothing is left to close"
        _, order = self._newest(position, why)
        intent = OrderIntent(
            client_order_id=order,
            strategy=key.strategy,
            account=key.account,
            instrument=key.instrument,
            side=Side.SELL if held > 0 else Side.BUY,
            quantity=amount,
            created_at=self._clock.now(),
            tif=TimeInForce.GTC,
            reduce_only=self._reduces_only(key.account),
            purpose=OrderPurpose.PROTECTIVE,
            reason=reason,
        )
        verdict = (await self._router.submit([intent]))[0]
        if isinstance(verdict, OrderDenied):
            self._wait(f"{position}:{why}")
            _log.error("protective_close_denied", order=order, reason=verdict.reason, detail=verdict.detail)
            return f"not closed: {verdict.detail}"
        self._waits.pop(f"{position}:{why}", None)
        _log.warning("protective_close", order=order, quantity=str(amount), reason=reason)
        return "being closed at the market"

    async def _canceled(self, orders: Iterable[ClientOrderId], reason: str) -> bool:
        registry = self._recorder.fold.registry
        working = [order for order in orders if (found := registry.get(order)) is not None and found.is_working]
        if not working:
            return True
        try:
            return await self._router.cancel_for_certain(working, reason=reason, within_s=_CANCEL_WITHIN_S)
        except BrokerError as error:
            _log.warning("cancel_before_close_failed", error=str(error))
            return False

    def _newest(self, position: ClientOrderId, why: str) -> tuple[bool, ClientOrderId]:
        """Return whether an attempt works, and the id of the next one."""
        registry = self._recorder.fold.registry
        attempt = 1
        while True:
            order = ClientOrderId(f"{position}:{why}" if attempt == 1 else f"{position}:{why}-{attempt}")
            found = registry.get(order)
            if found is None:
                return False, order
            if found.is_working:
                return True, order
            attempt += 1

    def _wait(self, name: str) -> None:
        pause = min(2 * self._waits.get(name, (0.0, _FIRST_RETRY_S / 2))[1], _LAST_RETRY_S)
        self._waits[name] = (asyncio.get_running_loop().time() + pause, pause)

    def _reduces_only(self, account: AccountId) -> bool:
        able = self._able(account)
        return able is not None and able.reduce_only

    def _is_halted(self, key: PositionKey) -> bool:
        reports = self._recorder.fold.safety.kill_switches
        return any(
            report.engaged and covers(scope, key.account, key.strategy, key.instrument)
            for scope, report in reports.items()
        )
