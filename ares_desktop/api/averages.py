"""Moving averages and the z-score, one value at a time."""

from math import isfinite, nan, sqrt

from ares_desktop.api.sums import INVERSE, SCALE, MovingSquares, MovingSum, not_finite


class SMA:
    """Simple moving average of the last ``period`` values.

    Attributes:
        value: the average, NaN until ``period`` values came.
        ready: whether they came.
    """

    __slots__ = ("_at", "_ring", "_total", "period", "ready", "value")

    def __init__(self, period: int) -> None:
        if period < 1:
            msg = f"a window must hold at least 1 value, was {period}"
            raise ValueError(msg)
        self.period = period
        self.value = nan
        self.ready = False
        self._ring = [0] * period
        self._at = 0
        self._total = 0

    def update(self, value: float) -> float:
        """Take a value and return the new average.

        Raises:
            ValueError, OverflowError: when the value is not finite.
        """
        # What MovingSum does, written out: this is the most called line of most strategies.
        new = int(value * SCALE)
        ring, at = self._ring, self._at
        self._total = total = self._total + new - ring[at]
        ring[at] = new
        at += 1
        if at == self.period:
            self._at = 0
            self.ready = True
        else:
            self._at = at
        if self.ready:
            self.value = mean = total / self.period * INVERSE
            return mean
        return nan


class EMA:
    """Exponential moving average with the factor 2 / (period + 1).

    It starts from the simple average of the first ``period`` values, as TA-Lib's does.

    Attributes:
        value: the average, NaN until ``period`` values came.
    """

    __slots__ = ("_factor", "_seed", "period", "value")

    def __init__(self, period: int) -> None:
        self.period = period
        self.value = nan
        self._factor = 2.0 / (period + 1)
        self._seed: MovingSum | None = MovingSum(period)

    @property
    def ready(self) -> bool:
        """Whether ``period`` values came."""
        return self._seed is None

    def update(self, value: float) -> float:
        """Take a value and return the new average.

        Raises:
            ValueError, OverflowError: when the value is not finite; the average stays what it was.
        """
        seed = self._seed
        if seed is None:
            if not isfinite(value):
                raise not_finite(value)
            self.value += self._factor * (value - self.value)
        else:
            seed.push(value)
            if seed.full:
                self.value = seed.mean
                self._seed = None
        return self.value


class ZScore:
    """How many standard deviations the newest value lies above the mean of the last ``period`` values.

    The deviation is that of the population (divided by n), as in ``scipy.stats.zscore``; equal values give 0.

    Attributes:
        value: the score, NaN until ``period`` values came.
    """

    __slots__ = ("_sum", "period", "value")

    def __init__(self, period: int) -> None:
        self.period = period
        self.value = nan
        self._sum = MovingSquares(period)

    @property
    def ready(self) -> bool:
        """Whether ``period`` values came."""
        return self._sum.full

    @property
    def mean(self) -> float:
        """The window's mean, NaN until it is full."""
        return self._sum.mean if self.ready else nan

    @property
    def deviation(self) -> float:
        """The window's standard deviation, NaN until it is full."""
        return sqrt(self._sum.variance) if self.ready else nan

    def update(self, value: float) -> float:
        """Take a value and return its score.

        Raises:
            ValueError, OverflowError: when the value is not finite.
        """
        window = self._sum
        window.push(value)
        if window.full:
            self.value = window.score(value)
        return self.value
