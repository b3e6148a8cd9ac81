"""The gate's checks: pure functions of an intent and a view, each with its reason code.

A check returns None to pass, or the reason with a text that says what was expected and what it was.
"""

from collections.abc import Callable
from typing import Final

from ares_desktop.domain.money import ONE, ZERO, is_multiple
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side
from ares_desktop.domain.risk import DenyReason, TradingState
from ares_desktop.engine.trading.exits import SAFETY, Refusal, beyond, only_reduces, resulting, surely_reduces, worth
from ares_desktop.engine.trading.gate_view import GateView
from ares_desktop.engine.trading.limit_checks import (
    account_leverage,
    buying_power,
    duplicates,
    executions,
    exposure_limit,
    message_rate,
    open_orders,
    open_orders_in_scopes,
    order_quantity,
    order_value,
    position_limit,
    strategy_budget,
    venue_rate,
)

Check = Callable[[OrderIntent, GateView], Refusal | None]

_NEEDS_LIMIT: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_NEEDS_STOP: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def lease(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny everything but the kill switch's exits while the sentinel may be acting in our place."""
    if not view.lease or intent.purpose is OrderPurpose.KILL_SWITCH:
        return None
    return DenyReason.SENTINEL, view.lease


def trading_state(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what the trading state forbids; only the kill switch's own exits pass while it is engaged."""
    if view.kill_switch or view.trading_state is TradingState.HALTED:
        if intent.purpose is OrderPurpose.KILL_SWITCH:
            return None
        return DenyReason.KILL_SWITCH, "the kill switch is engaged; release it to trade"
    if view.trading_state is TradingState.PAUSED:
        by_hand = intent.purpose is OrderPurpose.MANUAL or intent.purpose in SAFETY
        if not by_hand:
            return DenyReason.TRADING_PAUSED, "trading is paused; only the trader's own and protective exits pass"
        if not surely_reduces(intent, view):
            return DenyReason.TRADING_PAUSED, f"trading is paused and {beyond(intent, view)}"
    if view.trading_state is TradingState.REDUCING and not surely_reduces(intent, view):
        return DenyReason.REDUCE_ONLY_STATE, f"only exits pass and {beyond(intent, view)}"
    return None


def lock(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny new exposure where something is locked; a bracket's exits go with their entry."""
    if not view.lock or intent.purpose is OrderPurpose.KILL_SWITCH or intent.parent is not None:
        return None
    return None if only_reduces(intent, view) else (DenyReason.LOCKED, view.lock)


def connection(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny while the broker is away or our books were not compared with it."""
    if not view.connected:
        return DenyReason.BROKER_DISCONNECTED, f"no session with the broker of account {intent.account}"
    if not view.reconciled and intent.purpose is not OrderPurpose.KILL_SWITCH:
        return DenyReason.NOT_RECONCILED, f"account {intent.account} is not reconciled yet"
    return None


def origin(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny a used order id, and intents of a strategy that does not run."""
    if view.known_order:
        return DenyReason.DUPLICATE_ORDER_ID, f"order id {intent.client_order_id} was used before"
    if not view.running:
        return DenyReason.STRATEGY_NOT_RUNNING, f"strategy {intent.strategy} is not running"
    return None


def hours(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what a strategy asks for outside of its hours, save for exits; a bracket's exits go with their entry."""
    if not view.outside_hours or intent.purpose is not OrderPurpose.STRATEGY or intent.parent is not None:
        return None
    return None if only_reduces(intent, view) else (DenyReason.OUTSIDE_HOURS, view.outside_hours)


def instrument(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny unknown instruments, those that only inform, and short sales where they can't be done."""
    if view.instrument is None:
        return DenyReason.UNKNOWN_INSTRUMENT, f"no instrument {intent.instrument} is known"
    if not view.instrument.tradable:
        return DenyReason.NOT_TRADABLE, f"{intent.instrument} informs only and can't be traded"
    after = resulting(intent, view.account_position, view.account_buying, view.account_selling)
    sells_short = intent.side is Side.SELL and after < 0 and intent.parent is None
    if sells_short and not (view.instrument.shortable and view.capabilities.short_sales):
        return DenyReason.NOT_SHORTABLE, f"{intent.instrument} can't be sold short; the result would be {after}"
    return None


def order_form(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what the broker does not carry out; nothing is converted into something else."""
    able = view.capabilities
    if intent.type not in able.order_types:
        return DenyReason.UNSUPPORTED_ORDER, f"the broker has no {intent.type} orders"
    if intent.tif not in able.times_in_force:
        return DenyReason.UNSUPPORTED_ORDER, f"the broker has no time in force {intent.tif}"
    if intent.reduce_only and not able.reduce_only:
        return DenyReason.UNSUPPORTED_ORDER, "the broker has no reduce-only orders"
    if (intent.bracket or intent.parent) and not able.brackets:
        return DenyReason.UNSUPPORTED_ORDER, "the broker has no bracket orders"
    if intent.oco_group and not able.oco:
        return DenyReason.UNSUPPORTED_ORDER, "the broker has no one-cancels-other groups"
    return None


def quantity(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny quantities that are not positive multiples of the lot."""
    lot = view.instrument.lot_size if view.instrument else ZERO
    if intent.quantity <= 0:
        return DenyReason.INVALID_QUANTITY, f"quantity must be positive, was {intent.quantity}"
    if not is_multiple(intent.quantity, lot):
        return DenyReason.QUANTITY_PRECISION, f"quantity must be a multiple of {lot}, was {intent.quantity}"
    return None


def _missing_price(intent: OrderIntent) -> str:
    if intent.type in _NEEDS_LIMIT and intent.limit_price is None:
        return "limit price"
    if intent.type in _NEEDS_STOP and intent.stop_price is None:
        return "stop price"
    if intent.type is OrderType.TRAILING_STOP and intent.trail is None:
        return "trailing distance"
    return ""


def prices(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny missing prices, prices that are not positive, and those off the tick."""
    if missing := _missing_price(intent):
        return DenyReason.INVALID_PRICE, f"a {intent.type} order needs a {missing}"
    tick = view.instrument.tick_size if view.instrument else ZERO
    bracket = intent.bracket
    named = (
        ("limit price", intent.limit_price),
        ("stop price", intent.stop_price),
        ("trailing distance", intent.trail),
        ("bracket stop", bracket.stop if bracket else None),
        ("bracket target", bracket.target if bracket else None),
    )
    for name, price in named:
        if price is None:
            continue
        if price <= 0:
            return DenyReason.INVALID_PRICE, f"{name} must be positive, was {price}"
        if not is_multiple(price, tick):
            return DenyReason.PRICE_PRECISION, f"{name} must be a multiple of {tick}, was {price}"
    return None


def market_data(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny where there is no price, or it is older than the limits allow; safety exits pass on the last price."""
    if view.price is None:
        if intent.purpose in SAFETY:
            return None
        return DenyReason.NO_MARKET_DATA, f"no price of {intent.instrument} has arrived"
    if intent.purpose in SAFETY or view.price_age_s is None:
        return None
    limits = view.limits
    bound = max(limits.max_data_age_bars * view.data_interval_s, limits.max_quote_age_s)
    if view.price_age_s > bound:
        return DenyReason.STALE_MARKET_DATA, f"the price is {view.price_age_s:.1f} s old, at most {bound:.1f} s"
    return None


def price_collar(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny limits that would trade too far beyond the market; a limit that rests far away harms nobody."""
    if view.price is None or intent.purpose is OrderPurpose.KILL_SWITCH:
        return None
    low, high = view.price * (ONE - view.limits.price_collar), view.price * (ONE + view.limits.price_collar)
    limit = intent.limit_price if intent.type is OrderType.LIMIT else None
    if limit is not None and (limit > high if intent.side is Side.BUY else limit < low):
        return DenyReason.PRICE_COLLAR, f"limit {limit} is outside {low:f} to {high:f}, the market is {view.price}"
    stop_limit = intent.limit_price if intent.type is OrderType.STOP_LIMIT else None
    if stop_limit is not None and intent.stop_price is not None:
        width = view.limits.price_collar * intent.stop_price
        if abs(stop_limit - intent.stop_price) > width:
            return DenyReason.PRICE_COLLAR, f"limit {stop_limit} is more than {width:f} from stop {intent.stop_price}"
    return None


def minimum(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny orders worth less than the venue accepts; exits may be small."""
    if view.instrument is None or (value := worth(intent, view)) is None:
        return None
    least = view.instrument.min_notional
    if value < least and not only_reduces(intent, view):
        return DenyReason.MIN_NOTIONAL, f"the venue takes at least {least}, was {value:f}"
    return None


def reduce_only(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny a reduce-only order that could open or flip; a bracket's exit waits for its entry."""
    if not intent.reduce_only or intent.parent is not None or only_reduces(intent, view):
        return None
    return DenyReason.REDUCE_ONLY, f"{intent.side} {intent.quantity} would not only reduce {view.position}"


def currency(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what can't be valued in the account's currency: a missing rate is never 1."""
    if view.fx_known or only_reduces(intent, view):
        return None
    unit = view.instrument.currency if view.instrument else ""
    return DenyReason.NO_FX_RATE, f"no rate from {unit} to the currency of account {intent.account}"


CHECKS: Final[tuple[Check, ...]] = (
    lease,
    trading_state,
    connection,
    origin,
    lock,
    hours,
    instrument,
    order_form,
    quantity,
    prices,
    market_data,
    price_collar,
    order_quantity,
    order_value,
    minimum,
    reduce_only,
    currency,
    position_limit,
    exposure_limit,
    account_leverage,
    buying_power,
    strategy_budget,
    message_rate,
    venue_rate,
    open_orders,
    open_orders_in_scopes,
    duplicates,
    executions,
)
"""All checks in order; the first that refuses decides."""


def review(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Return the first refusal, None when every check passes."""
    for check in CHECKS:
        refusal = check(intent, view)
        if refusal is not None:
            return refusal
    return None
