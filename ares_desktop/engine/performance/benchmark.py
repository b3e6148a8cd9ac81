"""What a benchmark was worth at the times of a curve."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar, BarSpec
from ares_desktop.engine.backtest.analysis.days import DAY_NS

OLDEST_NS: Final = 4 * DAY_NS
"""A close that is older stands for no price: longer than any weekend with a holiday."""
_ENOUGH_BARS: Final = 50
MOST_BARS: Final = 100_000


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """Closes of an instrument, or why there are none.

    Attributes:
        ends: nanoseconds, ascending.
        closes: as many.
        problem: why it can't be compared with, empty when it can.
    """

    instrument: InstrumentId
    ends: NDArray[np.int64]
    closes: NDArray[np.float64]
    problem: str = ""

    @classmethod
    def of(cls, instrument: InstrumentId, bars: Sequence[Bar], problem: str = "") -> "Benchmark":
        """Return the benchmark of these bars."""
        if not bars and not problem:
            problem = f"there are no bars of {instrument}"
        return cls(
            instrument=instrument,
            ends=np.array([bar.end_ns for bar in bars], dtype=np.int64),
            closes=np.array([bar.close for bar in bars], dtype=np.float64),
            problem=problem,
        )

    def at(self, times: NDArray[np.int64]) -> NDArray[np.float64] | str:
        """Return its close at each time, or why it has none at one of them."""
        if self.problem:
            return self.problem
        places = np.searchsorted(self.ends, times, side="right") - 1
        if places.size and places[0] < 0:
            return f"the bars of {self.instrument} begin after the strategy did"
        if np.any(times - self.ends[places] > OLDEST_NS):
            return f"the bars of {self.instrument} are stale or have a gap of more than {OLDEST_NS // DAY_NS} days"
        found: NDArray[np.float64] = self.closes[places]
        if not np.all(np.isfinite(found) & (found > 0)):
            return f"a close of {self.instrument} is no price"
        return found


def choose_bars(specs: Sequence[BarSpec], span_ns: int) -> tuple[BarSpec, int] | None:
    """Return which bars to compare a span of time with, and how many; None where there are none.

    The longest bars of which there are at least 50 in the span, else the shortest.
    """
    if not specs:
        return None
    fitting = [spec for spec in specs if span_ns // spec.duration_ns >= _ENOUGH_BARS]
    chosen = max(fitting, key=_length) if fitting else min(specs, key=_length)
    return chosen, min(MOST_BARS, (span_ns + OLDEST_NS) // chosen.duration_ns + 1)


def _length(spec: BarSpec) -> int:
    return spec.duration_ns
