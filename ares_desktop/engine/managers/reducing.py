"""Emergency reduce: closes a share of every position of a scope, through the gate."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import OrderDenied
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import ONE, ZERO, round_down
from ares_desktop.domain.orders import Order, OrderPurpose
from ares_desktop.domain.portfolio import LeftOut
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.flatten import closing_intents, holdings
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter


class Reduced(msgspec.Struct, frozen=True, kw_only=True):
    """What an emergency reduce placed, and what it could not."""

    scope: str
    fraction: Decimal
    orders: tuple[Order, ...]
    left_out: tuple[LeftOut, ...] = ()


class Reducing:
    """Places reduce-only market orders for a share of what books hold.

    Args:
        instrument: a contract by its id, whose lot the quantities keep to.
    """

    def __init__(
        self,
        recorder: Recorder,
        router: OrderRouter,
        scopes: Scopes,
        instrument: Callable[[InstrumentId], Instrument | None],
        *,
        ids: OrderIds,
        clock: Clock,
    ) -> None:
        self._recorder = recorder
        self._router = router
        self._scopes = scopes
        self._instrument = instrument
        self._ids = ids
        self._clock = clock

    async def reduce(self, scope: str, fraction: Decimal, *, source: str) -> Reduced:
        """Close a share of every position in a scope; what makes no whole lot, or is denied, is listed.

        Working orders stay: protective ones still stand for the rest of the position.

        Raises:
            UsageError: for a scope that means nothing here, or a share that is not above 0 and at most 1.
            RefusedError: when every single order was denied.
        """
        self._scopes.check(scope)
        if not ZERO < fraction <= ONE:
            remedy = "Write a half as 0.5."
            raise UsageError(
                Finding(place="fraction", value=f"{fraction}", problem="must be above 0 and at most 1", remedy=remedy)
            )
        fold, left_out, intents = self._recorder.fold, [], []
        closing = closing_intents(
            fold,
            holdings(fold, scope),
            ids=self._ids,
            clock=self._clock,
            purpose=OrderPurpose.FLATTEN,
            reason=f"reduced by {float(fraction):.0%} by {source}",
        )
        for intent in closing:
            contract = self._instrument(intent.instrument)
            lot = ZERO if contract is None else contract.lot_size
            quantity = intent.quantity if fraction == ONE else round_down(intent.quantity * fraction, lot)
            if quantity:
                intents.append(msgspec.structs.replace(intent, quantity=quantity))
            else:
                problem = f"{float(fraction):.0%} of {intent.quantity:f} is less than a lot of {lot:f}"
                left_out.append(LeftOut(item=f"{intent.strategy} {intent.instrument}", problem=problem))
        verdicts = await self._router.submit(intents) if intents else ()
        denied = [verdict for verdict in verdicts if isinstance(verdict, OrderDenied)]
        if denied and len(denied) == len(intents):
            texts = "; ".join(f"{verdict.intent.instrument}: {verdict.detail}" for verdict in denied)
            raise RefusedError(denied[0].reason, texts)
        left_out += [
            LeftOut(item=f"{item.intent.strategy} {item.intent.instrument}", problem=f"{item.reason}: {item.detail}")
            for item in denied
        ]
        orders = (fold.registry.get(intent.client_order_id) for intent in intents)
        refused = {item.intent.client_order_id for item in denied}
        placed = tuple(order for order in orders if order is not None and order.id not in refused)
        return Reduced(scope=scope, fraction=fraction, orders=placed, left_out=tuple(left_out))
