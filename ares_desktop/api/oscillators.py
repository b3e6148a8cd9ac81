"""RSI, average true range and volume-weighted average price, one step at a time."""

from collections import deque
from math import isfinite, isnan, nan

from ares_desktop.api.sums import UNIT, MovingSum, exact, not_finite
from ares_desktop.domain.market import NS_PER_SECOND, Bar

_DAY_NS = 86_400 * NS_PER_SECOND


class _Smoothed:
    """Wilder's smoothing: the mean of the first ``period`` values, then 1 / period of each new one."""

    __slots__ = ("_seed", "period", "value")

    def __init__(self, period: int) -> None:
        self.period = period
        self.value = nan
        self._seed: MovingSum | None = MovingSum(period)

    @property
    def ready(self) -> bool:
        return self._seed is None

    def update(self, value: float) -> float:
        seed = self._seed
        if seed is None:
            self.value += (value - self.value) / self.period
        else:
            seed.push(value)
            if seed.full:
                self.value = seed.mean
                self._seed = None
        return self.value


class RSI:
    """Relative strength index of J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

    Attributes:
        value: 0 to 100, 50 when nothing moved; NaN until ``period`` changes came.
    """

    __slots__ = ("_gains", "_last", "_losses", "period", "value")

    def __init__(self, period: int = 14) -> None:
        self.period = period
        self.value = nan
        self._last = nan
        self._gains = _Smoothed(period)
        self._losses = _Smoothed(period)

    @property
    def ready(self) -> bool:
        """Whether ``period`` changes came."""
        return self._gains.ready

    def update(self, value: float) -> float:
        """Take a value and return the new index.

        Raises:
            ValueError: when the value is not finite; the index stays what it was.
        """
        if not isfinite(value):
            raise not_finite(value)
        if not isnan(self._last):
            change = value - self._last
            gain = self._gains.update(max(change, 0.0))
            loss = self._losses.update(max(-change, 0.0))
            if self.ready:
                self.value = 100.0 * gain / (gain + loss) if gain + loss > 0 else 50.0
        self._last = value
        return self.value


class ATR:
    """Average true range with Wilder's smoothing; takes bars.

    The true range is the greatest of high - low and the distances of both from the close before. On bars that only
    have a close it is the absolute change of the close.

    Attributes:
        value: in quote currency; NaN until ``period`` true ranges came (the first bar has none).
    """

    __slots__ = ("_close", "_range", "period")

    def __init__(self, period: int = 14) -> None:
        self.period = period
        self._close = nan
        self._range = _Smoothed(period)

    @property
    def value(self) -> float:
        """The average true range in quote currency, NaN until it is ready."""
        return self._range.value

    @property
    def ready(self) -> bool:
        """Whether ``period`` true ranges came."""
        return self._range.ready

    def update(self, bar: Bar) -> float:
        """Take a bar and return the new average true range.

        Raises:
            ValueError: when a price is not finite; the average stays what it was.
        """
        if not isfinite(bar.high - bar.low + bar.close):
            raise not_finite(bar.high - bar.low + bar.close)
        close = self._close
        self._close = bar.close
        if isnan(close):
            return self.value
        return self._range.update(max(bar.high, close) - min(bar.low, close))


class VWAP:
    """Volume-weighted average of the typical price (high + low + close) / 3; takes bars.

    Over the last ``period`` bars, or without a period since the begin of the UTC day. A bar without a volume counts
    as no volume.

    Attributes:
        value: in quote currency; NaN while the window has no volume.
    """

    __slots__ = ("_bars", "_day", "_money", "_volume", "period", "value")

    def __init__(self, period: int | None = None) -> None:
        if period is not None and period < 1:
            msg = f"a window must hold at least 1 bar, was {period}"
            raise ValueError(msg)
        self.period = period
        self.value = nan
        self._day = -1
        self._bars: deque[tuple[int, int]] = deque()
        self._money = 0
        self._volume = 0

    @property
    def ready(self) -> bool:
        """Whether there is a value."""
        return not isnan(self.value)

    def update(self, bar: Bar) -> float:
        """Take a bar and return the new average."""
        volume = exact(0.0 if isnan(bar.volume) else bar.volume)
        money = exact((bar.high + bar.low + bar.close) / 3) * volume
        if self.period is None:
            self._start_day(bar.start_ns // _DAY_NS)
        else:
            self._bars.append((money, volume))
            if len(self._bars) > self.period:
                old_money, old_volume = self._bars.popleft()
                self._money -= old_money
                self._volume -= old_volume
        self._money += money
        self._volume += volume
        self.value = self._money / (self._volume * UNIT) if self._volume else nan
        return self.value

    def _start_day(self, day: int) -> None:
        if day != self._day:
            self._day = day
            self._money = 0
            self._volume = 0
