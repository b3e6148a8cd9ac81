"""What a simulated broker must not forget, whole or as what changed."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.ports.broker import BrokerBooking
from ares_desktop.engine.simulation.account import Holding, StrategyHolding
from ares_desktop.engine.simulation.working import WorkingOrder


class Counters(msgspec.Struct, kw_only=True):
    """Numbers that only grow, and the market's time.

    Attributes:
        clock_ns: newest market time that was seen.
        account: changes of the account.
        own_orders: orders that the venue itself placed.
        bookings: money and units that were booked without a trade.
        overdue: actions that are older than the market time and wait for the next event of their instrument.
        month, traded: units that were traded by tiers of volume in the newest month, written ``2024-03``.
        night_ns: the newest midnight that was charged for, 0 before the first event.
    """

    orders: int = 0
    trades: int = 0
    account: int = 0
    clock_ns: int = 0
    own_orders: int = 0
    bookings: int = 0
    night_ns: int = 0
    overdue: tuple[MarketAction, ...] = ()
    month: str = ""
    traded: Decimal = ZERO


class Changes(msgspec.Struct, kw_only=True):
    """What changed since it was last asked for.

    Attributes:
        booked: money and units that were booked without a trade.
    """

    orders: list[WorkingOrder]
    fills: list[Fill]
    holdings: list[Holding]
    books: list[StrategyHolding]
    instruments: list[Instrument]
    cash: dict[str, Decimal]
    counters: Counters
    booked: list[BrokerBooking] = []

    def __bool__(self) -> bool:
        return bool(self.orders or self.fills or self.instruments or self.booked)


class BrokerState(msgspec.Struct, kw_only=True):
    """Enough to go on exactly where it stopped.

    Attributes:
        orders: working ones and those that ended lately, in the order of their arrival.
        last: the newest market event of each instrument.
    """

    cash: dict[str, Decimal]
    orders: list[WorkingOrder] = []
    holdings: list[Holding] = []
    books: list[StrategyHolding] = []
    instruments: list[Instrument] = []
    last: list[MarketEvent] = []
    counters: Counters = msgspec.field(default_factory=Counters)
