"""Prices by days to expiry: contango, roll yield and constant maturities."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from math import log
from typing import Final

from ares_desktop.domain.ids import InstrumentId

_YEAR: Final = 365.0


@dataclass(frozen=True, slots=True)
class TermPoint:
    """One price of a curve.

    Attributes:
        instrument: whose price it is; empty for an index level without one.
        days: calendar days to expiry, or the fixed horizon of an index (30 of the VIX, 93 of the VIX3M).
        price: quote currency or index points, above zero.
    """

    instrument: InstrumentId
    days: float
    price: float


@dataclass(frozen=True, slots=True)
class RollYield:
    """What time alone brings between two neighbours of a curve.

    Attributes:
        near, far: the earlier and the later point.
        annualized: of a long position in ``far`` whose price moves to that of ``near``, as a fraction a year: negative
            in contango. A short position earns the opposite.
    """

    near: TermPoint
    far: TermPoint
    annualized: float


class TermStructure:
    """A curve of prices, ordered by days.

    Args:
        points: in any order; those without a positive price and days are left out, of equal days the first stays.

    Attributes:
        points: ordered.
    """

    def __init__(self, points: Iterable[TermPoint]) -> None:
        by_days: dict[float, TermPoint] = {}
        for point in points:
            if point.price > 0 and point.days >= 0:
                by_days.setdefault(point.days, point)
        self.points = tuple(by_days[days] for days in sorted(by_days))

    def __len__(self) -> int:
        return len(self.points)

    @property
    def ratio(self) -> float | None:
        """The nearest price over the next one, as in VIX / VIX3M; None with fewer than two."""
        return self.points[0].price / self.points[1].price if len(self.points) > 1 else None

    @property
    def slope(self) -> float | None:
        """Rise of the logarithm of price from the nearest to the farthest point, a year; None with fewer than two."""
        if len(self.points) < 2:  # noqa: PLR2004 - a line has two ends
            return None
        first, last = self.points[0], self.points[-1]
        return log(last.price / first.price) * _YEAR / (last.days - first.days)

    @property
    def contango(self) -> bool:
        """Whether the next price lies above the nearest one."""
        return self.ratio is not None and self.ratio < 1

    @property
    def backwardation(self) -> bool:
        """Whether the next price lies below the nearest one."""
        return self.ratio is not None and self.ratio > 1

    def roll_yields(self) -> tuple[RollYield, ...]:
        """Return what each pair of neighbours yields, nearest first.

        ``ln(near / far) x 365 / (days between)``: the roll return of C. Erb and C. Harvey, The Strategic and Tactical
        Value of Commodity Futures (Financial Analysts Journal, 2006), per year.
        """
        pairs = zip(self.points, self.points[1:], strict=False)
        return tuple(RollYield(a, b, log(a.price / b.price) * _YEAR / (b.days - a.days)) for a, b in pairs)

    def best_roll_yield(
        self,
        side: int,
        *,
        min_days: float = 0.0,
        max_days: float = float("inf"),
        among: Container[InstrumentId] | None = None,
    ) -> RollYield | None:
        """Return the pair whose farther point earns most by time alone when it is held, None when there is none.

        Args:
            side: 1 to hold it long, -1 to hold it short.
            min_days: the farther point has at least so many days left.
            max_days: and at most so many.
            among: and is one of these, None for any.
        """
        fit = [
            item
            for item in self.roll_yields()
            if min_days <= item.far.days <= max_days and (among is None or item.far.instrument in among)
        ]
        return max(fit, key=lambda item: side * item.annualized, default=None)

    def at(self, days: float) -> float | None:
        """Return the price of a constant maturity, None outside the curve: nothing is extrapolated.

        Linear between the two neighbours by days, as the S&P VIX Futures Index methodology weights its contracts.
        """
        for near, far in zip(self.points, self.points[1:], strict=False):
            if near.days <= days <= far.days:
                return near.price + (far.price - near.price) * (days - near.days) / (far.days - near.days)
        return self.points[0].price if len(self.points) == 1 and self.points[0].days == days else None
