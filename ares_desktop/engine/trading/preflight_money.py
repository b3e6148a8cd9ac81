"""What is looked at of money and of other strategies before a start."""

from decimal import Decimal
from typing import Final

from ares_desktop.domain.money import ONE, ZERO
from ares_desktop.domain.preflight import CheckState, PreflightCheck
from ares_desktop.engine.trading.preflight_facts import InstrumentFacts, PreflightFacts, RunningFacts
from ares_desktop.engine.trading.preflight_market import listed

_ALIKE: Final = 0.8
_PASSED, _WARNING, _FAILED, _UNKNOWN = CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.UNKNOWN


def check_budget(facts: PreflightFacts) -> PreflightCheck:
    """Forbid a start without capital."""
    code, title, money = "BUDGET", "Capital", facts.money
    budget, unit = money.budget, money.currency
    remedy = "Give it less capital or weight, or take some from another strategy."
    if budget is None:
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason="its capital can't be told", remedy=remedy)
    if budget <= 0:
        reason = f"it has {budget:,.2f} {unit} to trade with"
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy, forcible=False)
    if money.funded:
        return PreflightCheck(
            code=code, title=title, state=_PASSED, reason=f"its book has a capital of {budget:,.2f} {unit}"
        )
    reason = f"it asks for {budget:,.2f} {unit}, {money.free:,.2f} {unit} belong to no strategy"
    if budget > money.free:
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy, forcible=False)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)


def check_weights(facts: PreflightFacts) -> PreflightCheck:
    """Warn of a weight outside of its band, and of weights that add up to more than everything."""
    code, title, one = "WEIGHTS", "Weights", facts.instance
    remedy = "Change the weight or its band."
    if not one.min_weight <= one.weight <= one.max_weight:
        reason = f"its weight {one.weight:.1%} is outside of {one.min_weight:.1%} to {one.max_weight:.1%}"
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    reason = f"weights of the account's active strategies add up to {facts.money.weights:.1%} with it"
    if facts.money.weights > ONE:
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)


def margin_needed(facts: PreflightFacts) -> Decimal | None:
    """Return the initial margin of its whole budget in its dearest instrument, None when it can't be known."""
    rates = [item.instrument.margin_rate for item in facts.instruments if item.instrument is not None]
    if facts.money.budget is None or not rates:
        return None
    return facts.money.budget * facts.limits.max_leverage * max(rates)


def check_margin(facts: PreflightFacts) -> PreflightCheck:
    """Compare the margin of its whole budget with what the account can bear; the gate looks at each order again."""
    code, title, money = "MARGIN", "Margin", facts.money
    needed = margin_needed(facts)
    bearing = [item for item in (money.buying_power, _unused(facts)) if item is not None]
    if needed is None or not bearing:
        reason = "margin or buying power can't be computed from the data at hand"
        remedy = "Wait until the account is valued; the gate looks at every order."
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason=reason, remedy=remedy)
    left = min(bearing)
    reason = f"using its whole budget needs {needed:,.2f} {money.currency} of margin, {left:,.2f} are free"
    if needed > left:
        remedy = "Lower its capital or leverage, or close other positions; orders beyond it are denied."
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)


def _unused(facts: PreflightFacts) -> Decimal | None:
    money = facts.money
    return None if money.equity is None or money.margin_used is None else money.equity - money.margin_used


def check_overlap(facts: PreflightFacts) -> PreflightCheck:
    """Name strategies that trade the same: opposite positions net out at the broker."""
    code, title = "OVERLAP", "Overlap with running strategies"
    shared = [item for item in facts.running if item.shared]
    if not shared:
        return PreflightCheck(
            code=code, title=title, state=_PASSED, reason=f"none of {len(facts.running)} running ones trades the same"
        )
    told = "; ".join(f"{item.name} trades {_holdings(item)}" for item in shared[:3])
    more = f"; {len(shared) - 3} more do" if len(shared) > 3 else ""  # noqa: PLR2004 - as many as are told
    return PreflightCheck(
        code=code,
        title=title,
        state=_WARNING,
        reason=f"{told}{more}. Opposite directions net out in the account; each keeps its own book",
        remedy="Choose other instruments if they shall not meet.",
    )


def _holdings(other: RunningFacts) -> str:
    words = [
        f"{name} ({'long' if held > 0 else 'short'} {abs(held).normalize():,f})" if held else f"{name} (flat)"
        for name, held in other.shared.items()
    ]
    return listed(words)


def check_correlation(facts: PreflightFacts) -> PreflightCheck:
    """Name the running strategy whose instruments moved most alike."""
    code, title = "CORRELATION", "Correlation with running strategies"
    if not facts.running:
        return PreflightCheck(code=code, title=title, state=_PASSED, reason="no other strategy runs")
    known = [(abs(item.correlation), item) for item in facts.running if item.correlation is not None]
    if not known:
        reason = "there are too few common bars to tell"
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason=reason, remedy="Look again later.")
    amount, most = max(known, key=lambda pair: pair[0])
    reason = f"instruments of {most.name} are the most alike: {most.correlation:+.2f} over {most.common:,d} bars"
    if amount < _ALIKE:
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)
    remedy = "Count both as one risk, or choose other instruments."
    return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)


def check_message_rate(facts: PreflightFacts) -> PreflightCheck:
    """Compare the messages that all may send with what the broker takes."""
    code, title = "MESSAGE_RATE", "Message rate"
    own = facts.limits.messages_per_second
    total = own + sum(item.messages_per_second for item in facts.running)
    bound = facts.capabilities.messages_per_second if facts.capabilities is not None else None
    remedy = "Lower the limits of single strategies, or raise its own."
    if own <= 0:
        reason = "its limit lets no message pass"
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy)
    reason = f"{own:g} a second for it, {total:g} for all that run"
    if bound is None:
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"{reason}; the broker sets no bound")
    if total > bound:
        reason = f"{reason}, but the broker takes {bound:g}: beyond it orders wait"
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"{reason}; the broker takes {bound:g}")


def largest_quantity(facts: PreflightFacts, item: InstrumentFacts) -> Decimal | None:
    """Return the most whole lots of an instrument that its budget pays for, None when it can't be known."""
    contract, budget = item.instrument, facts.money.budget
    if contract is None or budget is None or item.price is None or item.rate is None:
        return None
    each = item.price * contract.multiplier * item.rate
    if each <= ZERO:
        return None
    lot = contract.lot_size if contract.lot_size > 0 else ONE
    return (budget * facts.limits.max_leverage / each) // lot * lot
