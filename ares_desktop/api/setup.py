"""What an instance starts from."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import LimitsInForce, TradingState
from ares_desktop.domain.strategies import StrategyInstance


class WorkerSetup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a fresh copy of an instance has to know; the ledger and the registry fill it in.

    Attributes:
        instance: its configuration; the parameters may still be text.
        file: absolute path of the strategy file.
        instruments: definitions of the instance's instruments, in their order.
        currency: of the account, of capital and cash.
        capital: the hard budget.
        cash: of its book; capital less what its open positions cost.
        positions: of its book, also those that are closed but carry realized P&L.
        orders: its working orders.
        last: the newest market event of each instrument, if any.
        next_sequence: number of its next order, greater than any used before.
        limits: in force, with their use; ``trading`` is its effective trading state.
        replayed: the clock in force is the market's own; then its time comes with the events.
        now_ns: time of the clock in force.
        no_trade_band: weights nearer to the present one than this are not traded.
        keep_inputs: orders take along what the strategy recorded and saw.
        client_id: the instance's number among all, for sessions of its own with a broker.
        snapshot: what the strategy's ``snapshot`` returned last, msgpack; empty for none.
    """

    instance: StrategyInstance
    file: str
    instruments: tuple[Instrument, ...]
    capital: Decimal
    cash: Decimal
    next_sequence: int
    now_ns: int
    positions: tuple[Position, ...] = ()
    orders: tuple[Order, ...] = ()
    last: tuple[MarketEvent, ...] = ()
    limits: LimitsInForce = LimitsInForce()
    trading: TradingState = TradingState.ACTIVE
    replayed: bool = False
    currency: str = "USD"
    no_trade_band: Decimal = ZERO
    keep_inputs: bool = True
    client_id: int = 0
    snapshot: bytes = b""
