"""Curves of any length, reduced to the extremes of each pixel column without looking at every point again."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_FACTOR: Final = 8
_SMALLEST_LEVEL: Final = 256


class _Level:
    """Minimum and maximum of blocks of points; the last block grows until it is full."""

    def __init__(self, block: int) -> None:
        self.block = block
        self.low: Floats = np.empty(_SMALLEST_LEVEL)
        self.high: Floats = np.empty(_SMALLEST_LEVEL)

    def update(self, low: Floats, high: Floats, first: int) -> None:
        """Recompute the blocks from ``first`` on, from the blocks of the level below."""
        size = -(-len(low) // _FACTOR)
        if size > len(self.low):
            room = np.empty(max(size, 2 * len(self.low)) - len(self.low))
            self.low = np.concatenate((self.low, room))
            self.high = np.concatenate((self.high, room))
        starts = np.arange(0, len(low) - first * _FACTOR, _FACTOR)
        self.low[first:size] = np.fmin.reduceat(low[first * _FACTOR :], starts)
        self.high[first:size] = np.fmax.reduceat(high[first * _FACTOR :], starts)


class MinMaxSeries:
    """A growing curve ``y`` over ascending ``x`` with a pyramid of extremes over it.

    Appending costs the last block of each level, drawing costs the columns of the picture, whatever the length. NaN
    marks a gap; it is no extreme.
    """

    def __init__(self, x: ArrayLike = (), y: ArrayLike = ()) -> None:
        self._x: Floats = np.empty(_SMALLEST_LEVEL)
        self._y: Floats = np.empty(_SMALLEST_LEVEL)
        self._size = 0
        self._levels: list[_Level] = []
        self.extend(x, y)

    def __len__(self) -> int:
        return self._size

    @property
    def x(self) -> Floats:
        """The positions, ascending; a view that the next append may leave behind."""
        return self._x[: self._size]

    @property
    def y(self) -> Floats:
        """The values; a view that the next append may leave behind."""
        return self._y[: self._size]

    def append(self, x: float, y: float) -> None:
        """Add a point; ``x`` must not be less than the last one."""
        self.extend((x,), (y,))

    def extend(self, x: ArrayLike, y: ArrayLike) -> None:
        """Add points at the end.

        Raises:
            ValueError: when lengths differ or ``x`` goes back.
        """
        xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if xs.shape != ys.shape or xs.ndim != 1:
            msg = f"x and y must be of one length, were {xs.shape} and {ys.shape}"
            raise ValueError(msg)
        if not len(xs):
            return
        if (self._size and xs[0] < self._x[self._size - 1]) or bool(np.any(np.diff(xs) < 0)):
            raise ValueError("x must ascend")
        start, end = self._size, self._size + len(xs)
        if end > len(self._x):
            room = np.empty(max(end, 2 * len(self._x)) - len(self._x))
            self._x = np.concatenate((self._x, room))
            self._y = np.concatenate((self._y, room))
        self._x[start:end] = xs
        self._y[start:end] = ys
        self._size = end
        self._update_levels(start)

    def replace_last(self, y: float) -> None:
        """Change the value of the last point."""
        self._y[self._size - 1] = y
        self._update_levels(self._size - 1)

    def clear(self) -> None:
        """Forget every point."""
        self._size = 0
        self._levels.clear()

    def _update_levels(self, first: int) -> None:
        low = high = self.y
        depth = 0
        while len(low) > _SMALLEST_LEVEL * _FACTOR:
            if depth == len(self._levels):
                self._levels.append(_Level(_FACTOR ** (depth + 1)))
                first = 0
            level = self._levels[depth]
            first //= _FACTOR
            level.update(low, high, first)
            size = -(-len(low) // _FACTOR)
            low, high = level.low[:size], level.high[:size]
            depth += 1

    def window(self, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
        """Return the points to draw between two positions, with one neighbor on each side.

        All points where there are few; otherwise about two for each of ``columns`` columns, the least and the greatest
        value of every block of points, so that no spike is lost. Blocks are counted from the first point, so that a
        picture that scrolls does not flicker.
        """
        first, last = self._part(left, right)
        points = last - first
        if points <= 4 * columns:
            return self._x[first:last], self._y[first:last]
        group = 1 << ((points - 1) // max(1, columns)).bit_length()
        start = first // group * group
        low, high = self._blocks(start, last, group)
        x = np.repeat(self._x[start:last:group], 2)
        y = np.empty(2 * len(low))
        y[0::2] = low
        y[1::2] = high
        return x, y

    def is_thinned(self, left: float, right: float, columns: int) -> bool:
        """Return whether :meth:`window` gives pairs of extremes instead of the points themselves."""
        first, last = self._part(left, right)
        return last - first > 4 * columns

    def _part(self, left: float, right: float) -> tuple[int, int]:
        first = max(0, int(np.searchsorted(self.x, left, side="left")) - 1)
        return first, min(self._size, int(np.searchsorted(self.x, right, side="right")) + 1)

    def bounds(self, left: float, right: float) -> tuple[float, float] | None:
        """Return the least and the greatest value between two positions, None where there is none."""
        _, y = self.window(left, right, 512)
        low, high = np.fmin.reduce(y, initial=np.nan), np.fmax.reduce(y, initial=np.nan)
        return None if np.isnan(low) else (float(low), float(high))

    def _blocks(self, start: int, last: int, group: int) -> tuple[Floats, Floats]:
        """Return the extremes of ``group`` points each, from the coarsest level that divides a group."""
        low = high = self.y
        block = 1
        for level in self._levels:
            if group % level.block:
                break
            size = -(-self._size // level.block)
            low, high, block = level.low[:size], level.high[:size], level.block
        end = -(-last // block)
        starts = np.arange(0, end - start // block, group // block)
        return (
            np.fmin.reduceat(low[start // block : end], starts),
            np.fmax.reduceat(high[start // block : end], starts),
        )
