"""Orders that close what the books hold."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, Side, TimeInForce
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.states import covers

Holding = tuple[AccountId, StrategyId, InstrumentId]


def holdings(fold: Fold, scope: str) -> list[Holding]:
    """Return what the books in ``scope`` hold; the unassigned book belongs to the trader and is left alone."""
    return [
        (account, strategy, instrument)
        for (account, strategy, instrument), position in fold.ledger.positions().items()
        if position.quantity and strategy != UNASSIGNED and covers(scope, account, strategy, instrument)
    ]


def closing_intents(
    fold: Fold,
    held: Iterable[Holding],
    *,
    ids: OrderIds,
    clock: Clock,
    purpose: OrderPurpose,
    reason: str,
    largest: Callable[[Holding, Decimal], Decimal] | None = None,
) -> list[OrderIntent]:
    """Return a reduce-only market order for the whole quantity of each holding.

    It works until it is filled: where a session has but one bar, an order of that day would end with it unfilled.

    ``largest`` returns how much of a quantity one order may close; all of it without.
    """
    intents = []
    for account, strategy, instrument in held:
        quantity = fold.ledger.position(account, strategy, instrument).quantity
        size = abs(quantity) if largest is None else largest((account, strategy, instrument), abs(quantity))
        if not size:
            continue
        intents.append(
            OrderIntent(
                client_order_id=ids.next(),
                strategy=strategy,
                account=account,
                instrument=instrument,
                side=Side.SELL if quantity > 0 else Side.BUY,
                quantity=size,
                created_at=clock.now(),
                tif=TimeInForce.GTC,
                reduce_only=True,
                purpose=purpose,
                reason=reason,
            ),
        )
    return intents
