"""Fills of two engines side by side: what agrees, what differs, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_SAME_PRICE: Final = 1e-9

FIRST_BAR: Final = "first bar"
GAP: Final = "gap"
FOLLOWS: Final = "follows"
UNEXPLAINED: Final = "unexplained"

REASONS: Final = {
    FIRST_BAR: (
        "backtrader lets the exits of a bracket work from the bar after the entry on. Ours, like backtesting.py, lets "
        "them work as soon as the entry has filled: it filled at the open, so the rest of that bar can reach the stop "
        "or the target. A broker holds such exits from the moment of the fill."
    ),
    GAP: (
        "A bar opens beyond the target and reaches the stop later. Ours sells at the open, which comes first; the "
        "peer looks at the stop first and sells there."
    ),
    FOLLOWS: "One engine still holds, or no longer holds, a position because of a difference before.",
}


class Row(NamedTuple):
    """One fill: the row of its bar, its signed quantity and its price."""

    bar: int
    quantity: float
    price: float

    def equals(self, other: "Row") -> bool:
        """Return whether bar, side, quantity and price are the same."""
        near = abs(self.price - other.price) <= _SAME_PRICE * abs(self.price)
        return self.bar == other.bar and self.quantity == other.quantity and near


@dataclass(frozen=True)
class Played:
    """What an engine made of a rule.

    Attributes:
        equity: at the last close.
        notes: what it refused.
    """

    engine: str
    version: str
    rows: tuple[Row, ...]
    equity: float
    notes: tuple[str, ...] = ()


@dataclass
class Comparison:
    """Fills of ours beside a peer's.

    Attributes:
        agreed: fills that are the same in both.
        differing: ours or the peer's fills without a match, by reason.
        examples: the first of each reason, in words.
    """

    agreed: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def unexplained(self) -> int:
        """Fills that nothing explains."""
        return self.differing[UNEXPLAINED]

    def add(self, reason: str, fills: int, example: str) -> None:
        """Count a difference."""
        self.differing[reason] += fills
        self.examples.setdefault(reason, example)


class Trip(NamedTuple):
    """An entry and its exit, None while it is open."""

    entry: Row
    exit: Row | None


def merged(rows: Sequence[Row]) -> list[Row]:
    """Add up fills of one bar, side and price: an engine may book a flip as a close and an opening."""
    result: list[Row] = []
    for row in sorted(rows, key=lambda item: item.bar):
        last = result[-1] if result else None
        if last and last.bar == row.bar and last.price == row.price and last.quantity * row.quantity > 0:
            result[-1] = Row(row.bar, last.quantity + row.quantity, row.price)
        else:
            result.append(row)
    return result


def compare(ours: Sequence[Row], theirs: Sequence[Row], bars: NDArray[np.float64], *, brackets: bool) -> Comparison:
    """Return what agrees and what differs.

    Args:
        ours: fills in time order.
        theirs: the peer's.
        bars: rows of begin, open, high, low, close, volume.
        brackets: the rule opens a position of one unit with a stop and a target, whose order of filling is known to
            differ between engines; any other rule has no excuse.
    """
    left, right = merged(ours), merged(theirs)
    found = Comparison()
    if len(left) == len(right) and all(one.equals(other) for one, other in zip(left, right, strict=True)):
        found.agreed = len(left)
        return found
    if brackets:
        _compare_trips(trips(left), trips(right), bars, found)
    else:
        _compare_rows(left, right, found)
    return found


def trips(rows: Sequence[Row]) -> list[Trip]:
    """Return entries with their exits; positions are of one unit and never flip."""
    entries, exits = rows[::2], [*rows[1::2], None]
    return [Trip(entry, last) for entry, last in zip(entries, exits, strict=False)]


def _compare_rows(left: Sequence[Row], right: Sequence[Row], found: Comparison) -> None:
    rest = list(right)
    for row in left:
        match = next((other for other in rest if row.equals(other)), None)
        if match is None:
            found.add(UNEXPLAINED, 1, f"only ours: {_words(row)}")
        else:
            rest.remove(match)
            found.agreed += 1
    for row in rest:
        found.add(UNEXPLAINED, 1, f"only theirs: {_words(row)}")


def _compare_trips(left: Sequence[Trip], right: Sequence[Trip], bars: NDArray[np.float64], found: Comparison) -> None:
    theirs = {trip.entry.bar: trip for trip in right}
    mine = {trip.entry.bar: trip for trip in left}
    for trip in left:
        other = theirs.get(trip.entry.bar)
        if other is None or not trip.entry.equals(other.entry):
            reason = FOLLOWS if other is None and _held(right, trip.entry.bar) else UNEXPLAINED
            found.add(reason, 1 + (trip.exit is not None), f"only ours: {_words(trip.entry)}")
        elif trip.exit == other.exit or (trip.exit and other.exit and trip.exit.equals(other.exit)):
            found.agreed += 1 + (trip.exit is not None)
        else:
            found.agreed += 1
            found.add(_reason(trip, other, bars), 1, f"ours {_words(trip.exit)}, theirs {_words(other.exit)}")
    for trip in right:
        if trip.entry.bar not in mine:
            reason = FOLLOWS if _held(left, trip.entry.bar) else UNEXPLAINED
            found.add(reason, 1 + (trip.exit is not None), f"only theirs: {_words(trip.entry)}")


def _reason(trip: Trip, other: Trip, bars: NDArray[np.float64]) -> str:
    """Say why two exits of the same entry differ."""
    if trip.exit and trip.exit.bar == trip.entry.bar and (other.exit is None or other.exit.bar > trip.entry.bar):
        return FIRST_BAR
    if trip.exit and other.exit and trip.exit.bar == other.exit.bar:
        opened = float(bars[trip.exit.bar, 1])
        sold_at_open = abs(trip.exit.price - opened) <= _SAME_PRICE * opened
        if sold_at_open and other.exit.price < opened:
            return GAP
    return UNEXPLAINED


def _held(held: Sequence[Trip], bar: int) -> bool:
    """Return whether a position was held at the close before ``bar``, so that no entry was ordered for it."""
    return any(trip.entry.bar < bar and (trip.exit is None or trip.exit.bar >= bar) for trip in held)


def _words(row: Row | None) -> str:
    if row is None:
        return "still open"
    return f"{'buys' if row.quantity > 0 else 'sells'} {abs(row.quantity):g} at {row.price:g} in bar {row.bar}"
