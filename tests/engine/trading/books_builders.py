"""Builders of orders, fills and journal events with everything that a test does not care about filled in."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import (
    AccountId,
    ClientOrderId,
    CorrelationId,
    EventId,
    InstrumentId,
    StrategyId,
    TradeId,
    VenueOrderId,
)
from ares_desktop.domain.orders import OrderIntent, Side

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
PAPER = AccountId("PAPER")
TREND = StrategyId("trend")
AAPL = InstrumentId("AAPL.SMART")


def an_intent(order: str = "trend-000001", quantity: str = "10", **fields: Any) -> OrderIntent:
    """Return a market order of the strategy ``trend``."""
    defaults = {"strategy": TREND, "account": PAPER, "instrument": AAPL, "side": Side.BUY, "created_at": NOW}
    return OrderIntent(client_order_id=ClientOrderId(order), quantity=Decimal(quantity), **{**defaults, **fields})


def a_fill(quantity: str = "10", price: str = "100", trade: str = "t1", **fields: Any) -> Fill:
    """Return an execution of the order ``trend-000001``."""
    defaults = {
        "client_order_id": ClientOrderId("trend-000001"),
        "strategy": TREND,
        "account": PAPER,
        "instrument": AAPL,
        "side": Side.BUY,
        "at": NOW,
    }
    return Fill(trade_id=TradeId(trade), quantity=Decimal(quantity), price=Decimal(price), **{**defaults, **fields})


def submitted(order: str = "trend-000001", quantity: str = "10", **fields: Any) -> e.OrderSubmitted:
    """Return the write-ahead record of an order."""
    return e.OrderSubmitted(intent=an_intent(order, quantity, **fields), at=NOW)


def accepted(order: str = "trend-000001") -> e.OrderAccepted:
    """Return a broker's acknowledgement."""
    return e.OrderAccepted(client_order_id=ClientOrderId(order), venue_order_id=VenueOrderId("v1"), at=NOW)


def a_flow(amount: str, strategy: str = TREND, **fields: Any) -> e.CashFlowRecorded:
    """Return a deposit (or, when negative, a withdrawal)."""
    defaults = {"account": PAPER, "currency": "USD", "kind": "deposit", "at": NOW}
    return e.CashFlowRecorded(strategy=StrategyId(strategy), amount=Decimal(amount), **{**defaults, **fields})


def events(payloads: Iterable[e.Payload], start: int = 1) -> list[e.JournalEvent]:
    """Number payloads as a journal does."""
    return [
        e.JournalEvent(
            sequence=number,
            id=EventId(f"#{number}"),
            at=NOW,
            cause=EventId(""),
            correlation=CorrelationId(""),
            payload=payload,
        )
        for number, payload in enumerate(payloads, start=start)
    ]
