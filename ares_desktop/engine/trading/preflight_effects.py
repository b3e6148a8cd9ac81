"""What a start will do, in words with figures."""

from collections.abc import Iterator

from ares_desktop.domain.market import NS_PER_SECOND, from_ns
from ares_desktop.domain.preflight import Effect
from ares_desktop.domain.strategies import FaultOrders, Isolation, RestartPolicy
from ares_desktop.engine.trading.preflight_facts import PreflightFacts
from ares_desktop.engine.trading.preflight_market import is_open, listed, span_of
from ares_desktop.engine.trading.preflight_money import largest_quantity, margin_needed


def effects(facts: PreflightFacts) -> tuple[Effect, ...]:
    """Return everything that a start will do."""
    return tuple(Effect(title=title, text=text) for title, text in _effects(facts))


def _effects(facts: PreflightFacts) -> Iterator[tuple[str, str]]:
    yield "Capital", _capital(facts)
    yield "Largest position", _largest(facts)
    needed = margin_needed(facts)
    unit = facts.money.currency
    yield "Margin", "not known yet" if needed is None else f"up to {needed:,.2f} {unit} when it uses its whole budget"
    yield "Instruments", listed([item.id for item in facts.instruments]) or "none"
    yield "Runs in", _isolation(facts)
    yield "Next bar", _next_bar(facts)
    yield "Warm-up", _warm_up(facts)
    yield "Trades", facts.instance.hours.strip() or "at any time that its market is open"
    yield "On a fault", _fault(facts)


def _capital(facts: PreflightFacts) -> str:
    money = facts.money
    if money.budget is None:
        return "not known yet"
    amount = f"{money.budget:,.2f} {money.currency}"
    if money.funded:
        return f"nothing moves: its book has a capital of {amount} already"
    if money.budget > money.free:
        return f"nothing moves: the unassigned book has {money.free:,.2f} of the {amount} that it asks for"
    return f"{amount} move from the unassigned book, which keeps {money.free - money.budget:,.2f} {money.currency}"


def _largest(facts: PreflightFacts) -> str:
    words = [
        f"{quantity.normalize():,f} {item.id} at {item.price.normalize():,f}"
        for item in facts.instruments
        if item.price is not None and (quantity := largest_quantity(facts, item)) is not None
    ]
    if not words:
        return "not known before the first price"
    leverage = facts.limits.max_leverage
    return f"{listed(words)} ({leverage.normalize():f} x its budget, in one of them)"


def _isolation(facts: PreflightFacts) -> str:
    one = facts.instance
    if one.isolation is Isolation.THREAD:
        return "a thread of the application: its memory is the application's"
    return f"a process of its own with at most {one.memory_mb:,d} MB"


def _next_bar(facts: PreflightFacts) -> str:
    clock = facts.clock
    if not clock.now_ns:
        return "when the market's time begins"
    waiting = [item for item in facts.instruments if is_open(facts, item) is False and item.opens_ns is not None]
    due = []
    for item in facts.instruments:
        span_ns = int(item.interval_s * NS_PER_SECOND)
        if item.age_s is None or not span_ns or item in waiting:
            continue
        newest_ns = clock.now_ns - int(item.age_s * NS_PER_SECOND)
        missed = max(0, clock.now_ns - newest_ns) // span_ns
        due.append((newest_ns + (missed + 1) * span_ns, item))
    if due:
        at, item = min(due, key=lambda pair: pair[0])
        away = span_of(max(0, at - clock.now_ns) / NS_PER_SECOND)
        return f"{item.id} at {from_ns(at):%Y-%m-%d %H:%M:%S} UTC, in {away} of the market's time"
    if waiting:
        opens = min(item.opens_ns or 0 for item in waiting)
        return f"after the market opens, {from_ns(opens):%Y-%m-%d %H:%M} UTC"
    return "with the first data that comes"


def _warm_up(facts: PreflightFacts) -> str:
    bars = min((item.bars for item in facts.instruments), default=0)
    if facts.warm_up is None:
        return f"as many past bars as it asks for; {bars:,d} of each instrument are at hand"
    return f"its longest parameter counts {facts.warm_up:,d} bars; {bars:,d} of each instrument are at hand"


def _fault(facts: PreflightFacts) -> str:
    one = facts.instance
    orders = "are canceled" if one.on_fault is FaultOrders.CANCEL else "go on working"
    again = {
        RestartPolicy.NEVER: "stays down",
        RestartPolicy.ON_FAULT: "is started again",
        RestartPolicy.ALWAYS: "is started again, also when it ends by itself",
    }[one.restart]
    return f"its working orders {orders}, protective ones stay; it {again}"
