"""Executions."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Side

_BUY: Final = Side.BUY
"""Looking a member up in its class costs more than the sign."""
INFERRED: Final = "inferred:"
"""What the trade id of an execution begins with that was concluded from an order's report."""
_REVISION: Final = 3
_FEWEST_PARTS: Final = 3


def corrected_trade(trade: TradeId) -> tuple[str, int] | None:
    """Return what all revisions of an execution have in common, and the number of this one; None without revisions.

    Interactive Brokers ends the id of an execution in its revision, ``.01`` for the first, ``.02`` for a correction
    of it: https://interactivebrokers.github.io/tws-api/executions_commissions.html
    """
    if len(trade) <= _REVISION or trade[-_REVISION] != ".":
        return None
    base, _, revision = trade.rpartition(".")
    return (base, int(revision)) if revision.isdecimal() and base.count(".") + 1 >= _FEWEST_PARTS else None


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution, idempotent by ``trade_id`` within its account.

    Attributes:
        quantity: positive.
        commission: in ``currency``; positive is a cost.
        at: time at the venue.
    """

    trade_id: TradeId
    client_order_id: ClientOrderId
    strategy: StrategyId
    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal
    at: datetime
    commission: Decimal = ZERO
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)

    @property
    def inferred(self) -> bool:
        """Whether the execution was concluded from the order's report, since the broker has not told it yet."""
        return self.trade_id.startswith(INFERRED)

    @property
    def signed_quantity(self) -> Decimal:
        """Positive for a buy, negative for a sale."""
        return self.quantity if self.side is _BUY else -self.quantity

    @property
    def notional(self) -> Decimal:
        """Absolute value in quote currency."""
        return self.quantity * self.price * self.multiplier
