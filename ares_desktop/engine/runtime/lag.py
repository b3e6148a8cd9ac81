"""How late the event loop runs what is due."""

import asyncio
import math
from collections import deque
from typing import Final

import msgspec

_FINEST_MS: Final = 0.01
_BINS_PER_DOUBLING: Final = 8
_BINS: Final = 200
"""From 10 us to more than five minutes in steps of 9 %."""


class LagFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Quantiles of the lag in milliseconds over ``samples`` beats; all zero before the first."""

    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    samples: int = 0


class LagHistogram:
    """Counts lags in logarithmic bins: constant memory, quantiles within 9 %, exact maximum."""

    def __init__(self) -> None:
        self._counts = [0] * _BINS
        self._samples = 0
        self._max_ms = 0.0

    def add(self, lag_ms: float) -> None:
        """Count one lag."""
        octaves = math.log2(lag_ms / _FINEST_MS) if lag_ms > _FINEST_MS else 0.0
        self._counts[min(_BINS - 1, math.ceil(octaves * _BINS_PER_DOUBLING))] += 1
        self._samples += 1
        self._max_ms = max(self._max_ms, lag_ms)

    def quantile(self, share: float) -> float:
        """Return the upper edge of the bin below which ``share`` of the lags lie, in milliseconds."""
        wanted = share * self._samples
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(self._max_ms, _FINEST_MS * math.exp2(index / _BINS_PER_DOUBLING))
        return self._max_ms

    def figures(self) -> LagFigures:
        """Return the quantiles of everything counted."""
        return LagFigures(
            p50_ms=self.quantile(0.5), p99_ms=self.quantile(0.99), max_ms=self._max_ms, samples=self._samples
        )


class LagMeter:
    """Measures a running loop with a timer of its own; :meth:`start` and :meth:`stop` on the loop's thread.

    A stall longer than the interval counts once for each beat that it swallowed, as somebody waiting at that beat would
    have felt it; counting it once would hide it among the good beats.

    Attributes:
        every_s: interval of the beats.
        window_s: length of the sliding window.
    """

    def __init__(self, *, every_s: float = 0.02, window_s: float = 10.0) -> None:
        self.every_s = every_s
        self.window_s = window_s
        self._recent: deque[float] = deque(maxlen=max(1, round(window_s / every_s)))
        self._total = LagHistogram()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begin to measure; does nothing when it runs already."""
        if self._timer is None:
            self._schedule(asyncio.get_running_loop())

    def stop(self) -> None:
        """End measuring; the figures stay."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def window(self) -> LagFigures:
        """Return the figures of the last ``window_s`` seconds."""
        lags = sorted(self._recent)
        if not lags:
            return LagFigures()
        last = len(lags) - 1
        return LagFigures(
            p50_ms=lags[last // 2], p99_ms=lags[math.floor(last * 0.99)], max_ms=lags[last], samples=len(lags)
        )

    def total(self) -> LagFigures:
        """Return the figures since the first :meth:`start`."""
        return self._total.figures()

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + self.every_s
        self._timer = loop.call_at(self._due, self._beat, loop)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        lag_s = max(0.0, loop.time() - self._due)
        self._schedule(loop)
        while True:
            self._recent.append(lag_s * 1000)
            self._total.add(lag_s * 1000)
            lag_s -= self.every_s
            if lag_s <= 0:
                return
