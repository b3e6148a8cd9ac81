"""What the strategies of a run decided, comparable between runs."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Order


class Decision(NamedTuple):
    """One order as it was wanted; ``terms`` are its type, quantity, prices and life."""

    ns: int
    strategy: str
    instrument: str
    side: str
    terms: tuple[str, ...]


def decisions_of(outcome: BacktestOutcome) -> list[Decision]:
    """Return every decision, in order."""
    return [_decision(order) for order in outcome.orders]


def _decision(order: Order) -> Decision:
    intent = order.intent
    terms = (intent.type, intent.quantity, intent.limit_price, intent.stop_price, intent.trail, intent.tif)
    return Decision(
        ns=to_ns(intent.created_at),
        strategy=intent.strategy,
        instrument=intent.instrument,
        side=intent.side.value,
        terms=tuple(str(term) for term in terms),
    )


class Difference(NamedTuple):
    """Decisions of one run that the other one has not; ``first_ns`` is when they part."""

    lost: int
    new: int
    first_ns: int


def difference(whole: Iterable[Decision], part: Iterable[Decision], until_ns: int) -> Difference | None:
    """Return how a run whose data end at ``until_ns`` differs from the whole one up to there, None where it does not.

    What the shorter run decides on top at its very last moment may be what its strategy does when it is stopped.
    """
    before = [item for item in whole if item.ns <= until_ns]
    after = [item for item in part if item.ns <= until_ns]
    lost, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    new = Counter({item: count for item, count in new.items() if item.ns < until_ns})
    if not lost and not new:
        return None
    return Difference(lost.total(), new.total(), min(item.ns for item in (*lost, *new)))


def share_of_new(whole: Iterable[Decision], later: Iterable[Decision], from_ns: int) -> tuple[float, int]:
    """Return which share of the decisions from a time on only one run has, and of how many; sizes and prices apart."""
    known = Counter(item._replace(terms=item.terms[:1]) for item in whole if item.ns >= from_ns)
    found = Counter(item._replace(terms=item.terms[:1]) for item in later if item.ns >= from_ns)
    count = max(found.total(), known.total())
    odd = max((found - known).total(), (known - found).total())
    return (odd / count if count else 0.0), count
