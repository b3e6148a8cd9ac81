"""Sums over a moving window that never drift."""

from math import sqrt
from typing import Final

SCALE: Final = 2.0**64
INVERSE: Final = 2.0**-64
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
    return int(value * SCALE)


def not_finite(value: float) -> ValueError:
    """Return the error for a value that would stay in an average for good."""
    return ValueError(f"an indicator takes finite numbers, was given {value}; leave out what is missing")


class MovingSum:
    """Exact sum of the last ``size`` values.

    Attributes:
        full: ``size`` values came.
        total: the sum, in units of 2**-64.
    """

    __slots__ = ("_at", "_ring", "full", "size", "total")

    def __init__(self, size: int) -> None:
        if size < 1:
            msg = f"a window must hold at least 1 value, was {size}"
            raise ValueError(msg)
        self.size = size
        self.full = False
        self.total = 0
        self._ring = [0] * size
        self._at = 0

    def __len__(self) -> int:
        return self.size if self.full else self._at

    def push(self, value: float) -> None:
        """Add a value; the oldest leaves a full window."""
        new = int(value * SCALE)
        ring, at = self._ring, self._at
        self.total += new - ring[at]
        ring[at] = new
        at += 1
        if at == self.size:
            self._at = 0
            self.full = True
        else:
            self._at = at

    @property
    def mean(self) -> float:
        """The correctly rounded mean of what is in the window."""
        # The quotient of two whole numbers is correctly rounded, and a power of two changes no digit of it.
        return self.total / len(self) * INVERSE


class MovingSquares(MovingSum):
    """Exact sum and sum of squares of the last ``size`` values."""

    __slots__ = ("_squares",)

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._squares = 0

    def push(self, value: float) -> None:
        """Add a value; the oldest leaves a full window."""
        new, old = int(value * SCALE), self._ring[self._at]
        super().push(value)
        self._squares += new * new - old * old

    @property
    def variance(self) -> float:
        """The population variance, exact before one final rounding: never negative, 0.0 for equal values."""
        count = len(self)
        return (count * self._squares - self.total * self.total) / (count * count * _SQUARE_SCALE)

    def score(self, value: float) -> float:
        """Return how many population standard deviations ``value`` lies above the mean; 0.0 when all are equal."""
        variance = self.variance
        if variance == 0.0:
            return 0.0
        count = len(self)
        distance = (exact(value) * count - self.total) / (count << 64)
        return distance / sqrt(variance)
