"""Takes what workers ask for, a bounded piece in each turn of the loop, so that a flood delays nobody else."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.decisions import REASON_CHARS, bounded_inputs
from ares_desktop.domain.ids import ClientOrderId, StrategyId, order_owner
from ares_desktop.domain.orders import OrderIntent, OrderPurpose
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.trading.router import OrderRouter

_log = structlog.get_logger(__name__)

_A_TURN: Final = 32
_FLOOD_A_SECOND: Final = 5000
_FLOOD_WAITING: Final = 2500
"""Requests of one strategy in line: a busy machine takes them in too slowly to count 5,000 in a second."""

Request = OrderIntent | ClientOrderId


class IntentIntake:
    """A queue between workers and the router.

    Args:
        on_flood: called once with the name of a strategy that asks for more than 5,000 things a second; what it
            asks for after that is dropped until :meth:`forgive`.
    """

    def __init__(self, router: OrderRouter, *, on_flood: Callable[[StrategyId], None]) -> None:
        self._router = router
        self._on_flood = on_flood
        self._waiting: deque[Request] = deque()
        self._lined_up: Counter[str] = Counter()
        self._held: list[Request] | None = None
        self._counts: dict[StrategyId, tuple[float, int]] = {}
        self._flooding: set[StrategyId] = set()
        self._scheduled = False
        self._idle = asyncio.Event()
        self._idle.set()

    def put_intents(self, instance: StrategyInstance, intents: Sequence[OrderIntent]) -> None:
        """Take intents; whose they are is known from the worker they came from, not from what they say.

        What they say of themselves is bounded here, since the journal keeps it for good.
        """
        if self._floods(instance.name, len(intents)):
            return
        for intent in intents:
            if order_owner(intent.client_order_id) != instance.name:
                _log.warning("intent_dropped", strategy=instance.name, client_order_id=intent.client_order_id)
                continue
            self._lined_up[instance.name] += 1
            self._queue.append(
                msgspec.structs.replace(
                    intent,
                    strategy=instance.name,
                    account=instance.account,
                    purpose=OrderPurpose.STRATEGY,
                    parent=None,
                    reason=intent.reason[:REASON_CHARS],
                    inputs=bounded_inputs(intent.inputs),
                ),
            )
        self._drain()

    def put_cancels(self, strategy: StrategyId, orders: Sequence[ClientOrderId]) -> None:
        """Take cancels of the strategy's own orders; others are dropped."""
        if self._floods(strategy, len(orders)):
            return
        own = [order for order in orders if order_owner(order) == strategy]
        self._lined_up[strategy] += len(own)
        self._queue.extend(own)
        self._drain()

    def hold(self) -> None:
        """Keep what comes until :meth:`hand_over`, so that its order does not depend on which strategy is quicker."""
        if self._held is None:
            self._held = []

    def hand_over(self) -> None:
        """Give the router what was held, strategies in the order of their names, and go on holding."""
        if self._held:
            held, self._held = self._held, []
            self._waiting.extend(sorted(held, key=_owner))
            self._drain()

    def release(self) -> None:
        """Give the router what was held, and hold no longer."""
        self.hand_over()
        self._held = None

    def forgive(self, strategy: StrategyId) -> None:
        """Listen to a strategy again."""
        self._flooding.discard(strategy)
        self._counts.pop(strategy, None)

    async def settled(self) -> None:
        """Return once everything taken so far was given to the router."""
        await self._idle.wait()

    def _floods(self, strategy: StrategyId, more: int) -> bool:
        if strategy in self._flooding:
            return True
        now = time.monotonic()
        since, count = self._counts.get(strategy, (now, 0))
        if now - since > 1.0:
            since, count = now, 0
        self._counts[strategy] = (since, count + more)
        if count + more <= _FLOOD_A_SECOND and self._lined_up[strategy] <= _FLOOD_WAITING:
            return False
        self._flooding.add(strategy)
        self._on_flood(strategy)
        return True

    @property
    def _queue(self) -> deque[Request] | list[Request]:
        return self._waiting if self._held is None else self._held

    def _drain(self) -> None:
        if not self._scheduled:
            self._take()

    def _take(self) -> None:
        self._scheduled = False
        intents: list[OrderIntent] = []
        for _ in range(min(_A_TURN, len(self._waiting))):
            request = self._waiting.popleft()
            self._lined_up[_owner(request)] -= 1
            if isinstance(request, OrderIntent):
                intents.append(request)
                continue
            self._hand_over(intents)
            intents = []
            self._router.cancel_later([request], reason="canceled by its strategy")
        self._hand_over(intents)
        if self._waiting:
            self._scheduled = True
            self._idle.clear()
            asyncio.get_running_loop().call_soon(self._take)
        else:
            self._idle.set()

    def _hand_over(self, intents: list[OrderIntent]) -> None:
        if intents:
            self._router.accept(intents)


def _owner(request: Request) -> str:
    return order_owner(request.client_order_id if isinstance(request, OrderIntent) else request)
