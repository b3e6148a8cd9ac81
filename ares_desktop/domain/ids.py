"""Typed names of the things the engine talks about."""

from typing import Final, NewType

InstrumentId = NewType("InstrumentId", str)
"""``SYMBOL.VENUE``, for example ``AAPL.SMART`` or ``BTC/USDT.binance``."""
AccountId = NewType("AccountId", str)
StrategyId = NewType("StrategyId", str)
"""Name of a strategy instance, unique within a profile."""
ClientOrderId = NewType("ClientOrderId", str)
VenueOrderId = NewType("VenueOrderId", str)
TradeId = NewType("TradeId", str)
EventId = NewType("EventId", str)
CorrelationId = NewType("CorrelationId", str)

MANUAL: Final = StrategyId("manual")
"""The book of orders that the trader places by hand in this application."""
UNASSIGNED: Final = StrategyId("unassigned")
"""The book of what the broker holds and no strategy claims."""
APPLICATION: Final = StrategyId("ares")
"""What the ids of orders begin with that the application itself places: tickets, flattening, the kill switch."""
VENUE: Final = StrategyId("venue")
"""What the ids of orders begin with that a venue itself places: rolls and settlements of contracts that expire."""
SENTINEL: Final = StrategyId("sentinel")
"""What the ids of orders begin with that the sentinel places while the application can't."""
DRILL: Final = StrategyId("kill-drill")
"""The book in which a drill of the kill switch trades."""
RESERVED_STRATEGY_IDS: Final = frozenset({MANUAL, UNASSIGNED, APPLICATION, VENUE, DRILL, SENTINEL, StrategyId("all")})


def instrument_id(symbol: str, venue: str) -> InstrumentId:
    """Join a symbol and a venue; the symbol may itself contain dots."""
    return InstrumentId(f"{symbol}.{venue}")


def split_instrument_id(instrument: InstrumentId) -> tuple[str, str]:
    """Return ``(symbol, venue)``; the venue is what follows the last dot.

    Raises:
        ValueError: when there is no venue.
    """
    symbol, dot, venue = instrument.rpartition(".")
    if not dot or not symbol or not venue:
        msg = f"instrument must be written SYMBOL.VENUE, was {instrument!r}"
        raise ValueError(msg)
    return symbol, venue


def client_order_id(strategy: StrategyId, sequence: int) -> ClientOrderId:
    """Return the id of a strategy's order number ``sequence``; every retry of that order reuses it."""
    return ClientOrderId(f"{strategy}-{sequence:06d}")


def order_owner(order: ClientOrderId) -> str:
    """Return what an id made by :func:`client_order_id` begins with: the strategy that placed the order."""
    return order.rpartition("-")[0]


def order_sequence(order: ClientOrderId) -> int:
    """Return the sequence inside a client order id made by :func:`client_order_id`, 0 for a foreign one."""
    tail = order.rpartition("-")[2]
    return int(tail) if tail.isdecimal() else 0
