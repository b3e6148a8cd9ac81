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
    def signed_quantity(self) -> Decimal:
        """Positive for a buy, negative for a sale."""
        return self.quantity if self.side is _BUY else -self.quantity

    @property
    def notional(self) -> Decimal:
        """Absolute value in quote currency."""
        return self.quantity * self.price * self.multiplier
