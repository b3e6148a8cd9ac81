"""What is looked at of the market before a start: instruments, data, clock, session and hours."""

from collections.abc import Sequence
from typing import Final

from ares_desktop.domain.market import from_ns
from ares_desktop.domain.preflight import CheckState, PreflightCheck
from ares_desktop.engine.trading.preflight_facts import InstrumentFacts, PreflightFacts

_FEW: Final = 3
_JUMP_WARNED_S: Final = 2.0
_JUMP_FAILED_S: Final = 30.0
_PASSED, _WARNING, _FAILED, _UNKNOWN = CheckState.PASSED, CheckState.WARNING, CheckState.FAILED, CheckState.UNKNOWN


def listed(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{', '.join(names[:_FEW])}{more}"


def span_of(seconds: float) -> str:
    """Return a time in words that a person reads at a glance."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - one digit is enough then


def is_open(facts: PreflightFacts, item: InstrumentFacts) -> bool | None:
    """Say whether an instrument's session is open, None when that is not known."""
    if item.opens_ns is None or item.closes_ns is None or not facts.clock.now_ns:
        return None
    return item.opens_ns <= facts.clock.now_ns < item.closes_ns


def check_instruments(facts: PreflightFacts) -> PreflightCheck:
    """Forbid instruments that the feed lacks; warn of those that only inform."""
    code, title, found = "INSTRUMENTS", "Instruments", facts.instruments
    missing = [item.id for item in found if item.instrument is None]
    remedy = "Choose instruments that the feed has and that can be traded."
    if missing or not found:
        reason = f"the feed has no {listed(missing)}" if missing else "the feed has nothing that can be traded"
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy, forcible=False)
    informing = [item.id for item in found if item.instrument is not None and not item.instrument.tradable]
    if len(informing) == len(found):
        reason = f"{listed(informing)} only inform: nothing can be traded"
        return PreflightCheck(code=code, title=title, state=_FAILED, reason=reason, remedy=remedy)
    if informing:
        reason = f"{listed(informing)} only inform; orders for them are denied"
        return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
    return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"{listed([item.id for item in found])}")


def check_data(facts: PreflightFacts) -> PreflightCheck:
    """Say whether there are past bars, and enough to warm it up."""
    code, title = "DATA", "Past data"
    known = [item for item in facts.instruments if item.instrument is not None]
    if not known:
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason="there is no instrument to look at")
    least = min(known, key=lambda item: item.bars)
    figures = f"{least.bars:,d} bars{f' of {least.spec}' if least.spec else ''} of {least.id} at hand"
    need = facts.warm_up
    if least.bars and (need is None or least.bars >= need):
        wanted = "" if need is None else f", its longest parameter counts {need:,d}"
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"{figures}{wanted}")
    remedy = "Let the market run, or import past bars, until there are enough."
    wanted = "its parameters tell no need" if need is None else f"its longest parameter counts {need:,d}"
    return PreflightCheck(
        code=code,
        title=title,
        state=_WARNING,
        reason=f"{figures}, {wanted}: it decides nothing, or on little, until more came",
        remedy=remedy,
    )


def check_freshness(facts: PreflightFacts) -> PreflightCheck:
    """Fail for data that is older than the gate takes while the market is open; unknown before the first bar."""
    code, title, limits = "DATA_FRESH", "Fresh data", facts.limits
    known = [item for item in facts.instruments if item.instrument is not None]
    without = [item.id for item in known if item.age_s is None]
    if not known or without:
        reason = f"no price of {listed(without)} came yet" if without else "there is no instrument to look at"
        remedy = "Wait for the first bar; orders are denied until it came."
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason=reason, remedy=remedy)
    oldest = max(known, key=lambda item: (item.age_s or 0.0) / (item.interval_s or limits.max_quote_age_s))
    stale = [item for item in known if (item.age_s or 0.0) > _bound(facts, item)]
    figures = f"newest price of {oldest.id} is {span_of(oldest.age_s or 0.0)} old, at most {{}} is taken"
    reason = figures.format(span_of(_bound(facts, oldest)))
    if not stale:
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)
    if all(is_open(facts, item) is False for item in stale):
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"{reason}; its market is closed")
    remedy = "See the data panel for what the feed does; its orders are denied until new data comes."
    state = _WARNING if any(is_open(facts, item) is None for item in stale) else _FAILED
    return PreflightCheck(code=code, title=title, state=state, reason=reason, remedy=remedy)


def _bound(facts: PreflightFacts, item: InstrumentFacts) -> float:
    limits = facts.limits
    return max(limits.max_quote_age_s, limits.max_data_age_bars * item.interval_s)


def check_clock(facts: PreflightFacts) -> PreflightCheck:
    """Compare this machine's clock with the time that passed, the broker's and the market's; a replay has its own."""
    code, title, clock = "CLOCK", "Clock", facts.clock
    if clock.replayed:
        time = f"{from_ns(clock.now_ns):%Y-%m-%d %H:%M:%S} UTC" if clock.now_ns else "not begun"
        return PreflightCheck(
            code=code, title=title, state=_PASSED, reason=f"the replay's own time is in force: {time}"
        )
    amounts = [(abs(clock.jumped_s), f"jumped by {clock.jumped_s:+.1f} s since the application started")]
    if clock.broker_ahead_s is not None:
        amounts.append((abs(clock.broker_ahead_s), f"is {-clock.broker_ahead_s:+.1f} s off the broker's"))
    if clock.data_ahead_s is not None and clock.data_ahead_s > 0:
        amounts.append((clock.data_ahead_s, f"is {clock.data_ahead_s:.1f} s behind the newest market data"))
    worst, told = max(amounts)
    if worst < _JUMP_WARNED_S:
        against = "time that passed" if clock.broker_ahead_s is None else "broker's"
        reason = f"this machine's clock agrees with the {against} within {worst:.1f} s"
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=reason)
    return PreflightCheck(
        code=code,
        title=title,
        state=_WARNING if worst < _JUMP_FAILED_S else _FAILED,
        reason=f"this machine's clock {told}",
        remedy="Have the system set its clock by a time server, then restart the application.",
    )


def check_session(facts: PreflightFacts) -> PreflightCheck:
    """Say whether the market is open, and when it opens; a closed one is no obstacle."""
    code, title = "SESSION", "Trading session"
    states = [(item, is_open(facts, item)) for item in facts.instruments if item.instrument is not None]
    if not states or any(state is None for _, state in states):
        reason = "the trading calendar is not at hand yet, or the market's time has not begun"
        return PreflightCheck(code=code, title=title, state=_UNKNOWN, reason=reason, remedy="Look again in a moment.")
    closed = [item for item, state in states if not state]
    if not closed:
        end = min(item.closes_ns or 0 for item, _ in states)
        return PreflightCheck(
            code=code, title=title, state=_PASSED, reason=f"open until {from_ns(end):%Y-%m-%d %H:%M} UTC"
        )
    first = min(closed, key=lambda item: item.opens_ns or 0)
    opens = f"{first.id} opens {from_ns(first.opens_ns or 0):%Y-%m-%d %H:%M} UTC"
    return PreflightCheck(
        code=code,
        title=title,
        state=_WARNING,
        reason=f"closed for {listed([item.id for item in closed])}; {opens}",
        remedy="It may start now: it waits for the open.",
    )


def check_hours(facts: PreflightFacts) -> PreflightCheck:
    """Say whether its own hours let it open positions at this time."""
    code, title, text = "HOURS", "Its own hours", facts.instance.hours.strip()
    if not text:
        return PreflightCheck(code=code, title=title, state=_PASSED, reason="it may trade at any time of a session")
    outside = [item for item in facts.instruments if item.outside_hours]
    if not outside:
        return PreflightCheck(code=code, title=title, state=_PASSED, reason=f"within {text}")
    reason = f"{outside[0].id}: {outside[0].outside_hours}"
    remedy = "It may start now: it opens positions once its hours begin."
    return PreflightCheck(code=code, title=title, state=_WARNING, reason=reason, remedy=remedy)
