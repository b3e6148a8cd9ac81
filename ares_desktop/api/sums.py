"""Sums over a moving window that never drift."""

from collections import deque
from math import sqrt
from typing import Final

_SCALE: Final = 2.0**64
_SQUARE_SCALE: Final = 1 << 128
UNIT: Final = 1 << 64
"""What 1.0 is in the whole numbers that :func:`exact` returns."""


def exact(value: float) -> int:
    """Return ``value`` in units of 2**-64 as a whole number.

    A double is a multiple of a power of two, so nothing is lost of any value greater than 0.00025, and what is taken
    out of a sum later is just what was put in: a running float sum would drift and report crossings that never were.

    Raises:
        ValueError, OverflowError: when the value is not finite.
    """
    return int(value * _SCALE)


class MovingSum:
    """Exact sum and sum of squares of the last ``size`` values."""

    __slots__ = ("_squares", "_total", "_values", "size")

    def __init__(self, size: int) -> None:
        if size < 1:
            msg = f"a window must hold at least 1 value, was {size}"
            raise ValueError(msg)
        self.size = size
        self._values: deque[int] = deque()
        self._total = 0
        self._squares = 0

    def __len__(self) -> int:
        return len(self._values)

    def push(self, value: float) -> None:
        """Add a value; the oldest leaves a full window."""
        new = int(value * _SCALE)
        values = self._values
        values.append(new)
        self._total += new
        self._squares += new * new
        if len(values) > self.size:
            old = values.popleft()
            self._total -= old
            self._squares -= old * old

    @property
    def mean(self) -> float:
        """The correctly rounded mean of what is in the window."""
        return self._total / (len(self._values) << 64)

    @property
    def variance(self) -> float:
        """The population variance, exact before one final rounding: never negative, 0.0 for equal values."""
        count = len(self._values)
        return (count * self._squares - self._total * self._total) / (count * count * _SQUARE_SCALE)

    def score(self, value: float) -> float:
        """Return how many population standard deviations ``value`` lies above the mean; 0.0 when all are equal."""
        variance = self.variance
        if variance == 0.0:
            return 0.0
        count = len(self._values)
        distance = (exact(value) * count - self._total) / (count << 64)
        return distance / sqrt(variance)
