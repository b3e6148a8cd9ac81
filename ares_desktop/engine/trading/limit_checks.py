"""The gate's checks of limits: pure functions of an intent and a view, each with its reason code.

What shrinks a position passes all of them but those of one broker's bounds: a limit that is breached must not keep
anybody from reducing it.
"""

from decimal import Decimal

from ares_desktop.domain.orders import OrderIntent, OrderPurpose, Side
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.trading.exits import SAFETY, Refusal, only_reduces, resulting, worth
from ares_desktop.engine.trading.gate_view import GateView


def _is_exit(intent: OrderIntent, view: GateView) -> bool:
    """Say whether limits leave an order alone: one for safety, a bracket's exit, or one that only reduces."""
    return intent.purpose in SAFETY or intent.parent is not None or only_reduces(intent, view)


def order_quantity(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny a fat finger: more units in one order than the limit."""
    bound = view.limits.max_quantity
    if bound is None or intent.quantity <= bound or _is_exit(intent, view):
        return None
    return DenyReason.MAX_QUANTITY, f"one order may be at most {bound}, was {intent.quantity}"


def order_value(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny a fat finger: more money in one order than the limit."""
    bound = view.limits.max_notional
    if bound is None or (value := worth(intent, view)) is None:
        return None
    value *= view.fx_rate
    if value <= bound or _is_exit(intent, view):
        return None
    return DenyReason.MAX_NOTIONAL, f"one order may be worth at most {bound}, was {value:f}"


def position_limit(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what could lead to more of an instrument than a scope may hold, in units or in money."""
    if not view.scopes or _is_exit(intent, view):
        return None
    for one in view.scopes:
        bound = one.limits.max_position
        if bound is not None and one.position > bound:
            return DenyReason.MAX_POSITION, f"{one.scope} could hold {one.position} of it, at most {bound}"
        bound = one.limits.max_position_value
        if bound is None:
            continue
        if one.position_value is None:
            return DenyReason.MAX_POSITION, f"what {one.scope} would hold of it can't be valued"
        if one.position_value > bound:
            return DenyReason.MAX_POSITION, f"{one.scope} could hold {one.position_value:.2f} of it, at most {bound}"
    return None


def exposure_limit(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what could lead to more gross or net exposure than a scope may have."""
    if not view.scopes or _is_exit(intent, view):
        return None
    for one in view.scopes:
        for name, value, bound in (
            ("gross", one.gross, one.limits.max_exposure),
            ("net", one.net, one.limits.max_net_exposure),
        ):
            if bound is None:
                continue
            if value is None:
                return DenyReason.MAX_EXPOSURE, f"the exposure of {one.scope} can't be computed from the data at hand"
            most = bound * one.multiplier
            if value > most:
                text = f"the {name} exposure of {one.scope} could be {value:.2f}, at most {most:.2f}"
                return DenyReason.MAX_EXPOSURE, text
    return None


def account_leverage(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what could lead to more gross exposure than an account's equity bears."""
    if not view.scopes or _is_exit(intent, view):
        return None
    for one in view.scopes:
        bound = one.limits.max_account_leverage
        if bound is None:
            continue
        if one.gross is None or one.equity is None:
            return DenyReason.MAX_LEVERAGE, f"the leverage of {one.scope} can't be computed from the data at hand"
        if one.gross > one.equity * bound:
            text = f"{one.scope} could hold {one.gross:.2f}, at most {bound} times its equity of {one.equity:.2f}"
            return DenyReason.MAX_LEVERAGE, text
    return None


def _grows(intent: OrderIntent, position: Decimal, buying: Decimal, selling: Decimal) -> bool:
    return abs(resulting(intent, position, buying, selling)) > abs(position)


def buying_power(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny when the initial margin after this and all working orders would exceed the account's equity."""
    if intent.purpose in SAFETY or view.instrument is None or view.price is None:
        return None
    if intent.parent is not None or not _grows(
        intent, view.account_position, view.account_buying, view.account_selling
    ):
        return None
    if view.account_equity is None or view.margin_used is None:
        return DenyReason.BUYING_POWER, "the account's equity can't be computed from the data at hand"
    after = resulting(intent, view.account_position, view.account_buying, view.account_selling)
    price = max(intent.limit_price or view.price, view.price) if intent.side is Side.BUY else view.price
    each = price * view.instrument.margin_rate
    if after < 0 and view.instrument.underlying is not None:
        if view.short_margin is None:
            text = f"what it needs short can't be computed without a price of {view.instrument.underlying}"
            return DenyReason.BUYING_POWER, text
        # Its value counts against the account's equity already; what the venue asks for a short option comes on top.
        each = max(each, view.short_margin)
    needed = abs(after) * each * view.instrument.multiplier * view.fx_rate
    free = view.account_equity - view.margin_used
    if needed > free:
        return DenyReason.BUYING_POWER, f"needs {needed:.2f} of margin, {free:.2f} is free"
    return None


def strategy_budget(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny when the strategy's gross exposure after this and its working orders would exceed its budget."""
    if not view.has_budget or intent.purpose in SAFETY or view.instrument is None or view.price is None:
        return None
    if intent.parent is not None or not _grows(intent, view.position, view.book_buying, view.book_selling):
        return None
    if view.book_equity is None or view.book_exposure is None:
        return DenyReason.STRATEGY_BUDGET, "the strategy's equity can't be computed from the data at hand"
    after = abs(resulting(intent, view.position, view.book_buying, view.book_selling))
    exposure = view.book_exposure + after * view.price * view.instrument.multiplier * view.fx_rate
    budget = view.book_equity * view.limits.max_leverage * view.multiplier
    if exposure > budget:
        return DenyReason.STRATEGY_BUDGET, f"exposure would be {exposure:.2f}, the budget is {budget:.2f}"
    return None


def message_rate(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny a flood of one strategy."""
    bound = view.limits.messages_per_second
    if intent.purpose in SAFETY or view.messages < bound:
        return None
    return DenyReason.MESSAGE_RATE, f"at most {bound:g} messages a second"


def venue_rate(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny more messages to one broker than it takes, of all strategies together."""
    bound = view.capabilities.messages_per_second
    if bound is None or intent.purpose in SAFETY or view.venue_messages < bound:
        return None
    return DenyReason.VENUE_RATE, f"the broker of {intent.account} takes {bound:g} messages a second"


def open_orders(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny more working orders of one strategy than the limit."""
    bound = view.limits.max_open_orders
    if intent.purpose in SAFETY or view.open_orders < bound:
        return None
    return DenyReason.OPEN_ORDERS, f"at most {bound} working orders, has {view.open_orders}"


def open_orders_in_scopes(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny more working orders of a whole scope than its limit; exits pass."""
    for one in view.scopes:
        bound = one.limits.max_total_orders
        if bound is not None and one.orders >= bound and not _is_exit(intent, view):
            return DenyReason.OPEN_ORDERS, f"{one.scope} may have {bound} working orders, has {one.orders}"
    return None


def duplicates(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny an equal intent in quick succession."""
    if intent.purpose in SAFETY or not view.duplicate:
        return None
    return DenyReason.DUPLICATE_INTENT, f"an equal intent passed within {view.limits.duplicate_window_s:g} s"


def executions(intent: OrderIntent, view: GateView) -> Refusal | None:
    """Deny what a strategy opens by itself after so many executions that a person should look first."""
    if not view.waits or intent.purpose is not OrderPurpose.STRATEGY or _is_exit(intent, view):
        return None
    return DenyReason.EXECUTIONS, view.waits
