"""What the gate looks at when it reviews one intent."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.money import ONE, ZERO
from ares_desktop.domain.risk import RiskLimits, TradingState
from ares_desktop.engine.ports.broker import BrokerCapabilities


class ScopeView(msgspec.Struct, frozen=True, kw_only=True):
    """A scope with bounds of its own, and what it would hold after the intent and every working order.

    Attributes:
        position: units in the intent's instrument, the worse of long and short.
        position_value, gross, net: in the account's currency, None when a price or a rate is missing.
        equity: of an account; None where it can't be computed or the scope is none.
        orders: that work now.
        multiplier: of its exposure bounds, by the loss ladders that cover it.
    """

    scope: str
    limits: ScopeLimits
    position: Decimal
    position_value: Decimal | None
    gross: Decimal | None
    net: Decimal | None
    equity: Decimal | None
    orders: int
    multiplier: Decimal = ONE


class GateView(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the world for one review; figures that are not known are None and never taken as zero.

    Attributes:
        trading_state: the most restrictive state of the scopes that hold the intent.
        kill_switch: HALTED by the kill switch.
        running: its strategy's worker runs; True for the trader's own orders.
        known_order: the client order id was used before.
        price: newest market price; ``price_age_s`` its age on the clock in force, ``data_interval_s`` the spacing of
            its data, 0 for quotes and ticks.
        position: of the intent's book; ``book_buying``, ``book_selling``: what its working orders may still trade.
        account_position, account_buying, account_selling: the same over all books of the account.
        account_equity, margin_used: of the account at the mark, this instrument left out of ``margin_used``.
        book_equity, book_exposure: of the strategy, this instrument left out of ``book_exposure``; None for books
            without a budget.
        messages: how many messages of the strategy the gate passed in the last second.
        duplicate: an equal intent passed within the duplicate window.
        fx_known: there is a rate from the instrument's currency to the account's.
        outside_hours: why the strategy may not open positions at this time, empty when it may.
        exits_buying, exits_selling: what the book's working orders that only reduce may trade on top.
        joined: what the intent's OCO group counts for already.
        lease, lock, waits: why nothing, or nothing new, may be sent, empty when it may: the sentinel's lease, a lock,
            or executions that a person has yet to confirm.
        multiplier: of the strategy's budget, by the loss ladder.
        venue_messages: how many messages went to the account's broker in the last second.
        scopes: those that cover the intent and bound what everything in them holds together.
        short_margin: what one unit of an option sold short needs beside its value, in its currency; None for what is no
            option, or while the price of its underlying is not known.
        fx_rate: that rate; equity, margin and exposure are in the account's currency, prices in the instrument's.
    """

    trading_state: TradingState
    kill_switch: bool
    connected: bool
    reconciled: bool
    running: bool
    known_order: bool
    instrument: Instrument | None
    capabilities: BrokerCapabilities
    limits: RiskLimits
    price: Decimal | None
    price_age_s: float | None
    data_interval_s: float
    position: Decimal
    book_buying: Decimal
    book_selling: Decimal
    account_position: Decimal
    account_buying: Decimal
    account_selling: Decimal
    account_equity: Decimal | None
    margin_used: Decimal | None
    has_budget: bool
    book_equity: Decimal | None
    book_exposure: Decimal | None
    messages: int
    open_orders: int
    duplicate: bool
    fx_known: bool
    fx_rate: Decimal = ONE
    outside_hours: str = ""
    exits_buying: Decimal = ZERO
    exits_selling: Decimal = ZERO
    joined: Decimal = ZERO
    lease: str = ""
    lock: str = ""
    waits: str = ""
    multiplier: Decimal = ONE
    venue_messages: int = 0
    scopes: tuple[ScopeView, ...] = ()
    short_margin: Decimal | None = None
