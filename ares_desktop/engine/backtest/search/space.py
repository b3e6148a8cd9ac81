"""The lattice of parameter sets that a search moves on."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise, product
from math import floor, prod
from typing import Any, Final

import msgspec

from ares_desktop.domain.searches import ParameterRange, ParameterSet

Point = tuple[int, ...]
"""A parameter set as the positions of its values in their axes."""

_DIGITS: Final = 12
_ROUNDING: Final = 1e-9


class Axis(msgspec.Struct, frozen=True):
    """The values of one parameter.

    Attributes:
        ordered: whether neighboring values have anything to do with each other.
    """

    name: str
    values: tuple[Any, ...]
    ordered: bool

    @classmethod
    def of(cls, span: ParameterRange) -> "Axis":
        """Return the values of a range; a step that misses ``high`` stops before it."""
        if span.choices or span.kind not in {"int", "float"}:
            choices = span.choices or ((False, True) if span.kind == "bool" else ())
            return cls(span.name, tuple(choices), ordered=False)
        count = floor((span.high - span.low) / span.step + _ROUNDING) + 1
        values = [round(span.low + number * span.step, _DIGITS) for number in range(count)]
        if span.kind == "int":
            return cls(span.name, tuple(dict.fromkeys(round(value) for value in values)), ordered=True)
        return cls(span.name, tuple(values), ordered=True)


class Space:
    """All combinations of some axes.

    Attributes:
        axes: one for each parameter that varies.
    """

    def __init__(self, ranges: Sequence[ParameterRange]) -> None:
        self.axes = tuple(Axis.of(span) for span in ranges)

    def __len__(self) -> int:
        return prod(len(axis.values) for axis in self.axes)

    def parameters(self, point: Point) -> ParameterSet:
        """Return the values of a point."""
        return {axis.name: axis.values[index] for axis, index in zip(self.axes, point, strict=True)}

    def point(self, parameters: ParameterSet) -> Point:
        """Return the point of values that lie in the space.

        Raises:
            ValueError: when one does not.
        """
        return tuple(axis.values.index(parameters[axis.name]) for axis in self.axes)

    def grid(self, most: int) -> list[Point]:
        """Return at most so many points, evenly spread; more only where unordered axes alone have more."""
        return list(product(*self._kept(most)))

    def reach(self, most: int) -> Point:
        """Return how far neighbors of such a grid are apart on each axis, in steps; 0 where values are unordered."""
        gaps = []
        for axis, kept in zip(self.axes, self._kept(most), strict=True):
            apart = max((right - left for left, right in pairwise(kept)), default=len(axis.values))
            gaps.append(apart if axis.ordered else 0)
        return tuple(gaps)

    def _kept(self, most: int) -> list[list[int]]:
        """Return the positions that a grid keeps on each axis.

        The axis with the most values left is thinned first, so that all keep about as many. An unordered axis keeps
        every value: between two choices there is nothing to fill in later.
        """
        lengths = [len(axis.values) for axis in self.axes]
        counts = list(lengths)
        strides = [1] * len(lengths)
        wide = [index for index, axis in enumerate(self.axes) if axis.ordered]
        while prod(counts) > most and any(counts[index] > 1 for index in wide):
            widest = max(wide, key=counts.__getitem__)
            strides[widest] += 1
            counts[widest] = -(-lengths[widest] // strides[widest])
        return [_spread(length, count) for length, count in zip(lengths, counts, strict=True)]

    def around(self, center: Point, reach: Point) -> tuple[range, ...]:
        """Return the positions on each axis within ``reach`` of a point."""
        return tuple(
            range(max(0, index - far), min(len(axis.values), index + far + 1))
            for axis, index, far in zip(self.axes, center, reach, strict=True)
        )


def nearest_first(box: Sequence[range], center: Point) -> Iterator[Point]:
    """Yield the points of a box, fewest steps from the center first, equal ones in ascending order."""
    waiting = [(0, center)]
    seen = {center}
    while waiting:
        _, point = heappop(waiting)
        yield point
        for axis, positions in enumerate(box):
            for index in (point[axis] - 1, point[axis] + 1):
                near = (*point[:axis], index, *point[axis + 1 :])
                if index in positions and near not in seen:
                    seen.add(near)
                    heappush(waiting, (sum(abs(a - b) for a, b in zip(near, center, strict=True)), near))


def _spread(length: int, count: int) -> list[int]:
    """Return ``count`` of ``length`` positions, evenly spread with both ends; one alone is the middle."""
    if count == 1:
        return [length // 2]
    return [round(number * (length - 1) / (count - 1)) for number in range(count)]
