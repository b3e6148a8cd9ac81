"""Rules that ours and two peers play to be compared fill by fill; each engine only carries out what a rule asks for."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from typing import Final

FAST, SLOW = 10, 30
TIE: Final = 1e-8
"""Averages that differ by less than this part of their value are level, as in the comparison of speed."""


@dataclass(frozen=True)
class Action:
    """What a rule wants at the close of a bar.

    Attributes:
        kind: ``cancel`` (all its orders), ``market``, ``limit``, ``stop`` or ``bracket``.
        quantity: signed.
        price: of a limit or a stop order, else 0; all orders are good till canceled.
        stop, target: exits of a bracket.
    """

    kind: str
    quantity: float = 0.0
    price: float = 0.0
    stop: float = 0.0
    target: float = 0.0


CANCEL: Final = Action("cancel")


class Rule:
    """One of :data:`RULES`, with the bars it has seen.

    Args:
        name: of the rule.
        tick: prices of orders are put on this grid, since split-adjusted bars are off it.
    """

    def __init__(self, name: str, tick: float) -> None:
        self._tick = tick
        self._play: Callable[[float], list[Action]] = getattr(self, name)
        self._high: deque[float] = deque(maxlen=SLOW)
        self._low: deque[float] = deque(maxlen=SLOW)
        self._close: deque[float] = deque(maxlen=SLOW)
        self._trend = 0
        self._turned = 0
        self._protected = False

    def on_bar(self, high: float, low: float, close: float, held: float) -> list[Action]:
        """Return what to do at the close of a bar with a position of ``held``."""
        self._high.append(high)
        self._low.append(low)
        self._close.append(close)
        if len(self._close) < SLOW:
            return []
        before = self._trend
        fast, slow = fsum(list(self._close)[-FAST:]) / FAST, fsum(self._close) / SLOW
        if abs(fast - slow) > slow * TIE:
            self._trend = 1 if fast > slow else -1
        self._turned = self._trend if before and self._trend != before else 0
        return self._play(held) if before else []

    def on_grid(self, price: float) -> float:
        """Return the price on the grid that is nearest."""
        return round(round(price / self._tick) * self._tick, 8)

    def cross(self, held: float) -> list[Action]:
        """Long after the averages cross upwards, flat after they cross downwards."""
        if self._turned > 0:
            return [Action("market", 1)]
        return [Action("market", -held)] if self._turned < 0 and held else []

    def cross_both(self, held: float) -> list[Action]:
        """Long or short, turned by one order of twice the size."""
        return [Action("market", self._turned - held)] if self._turned else []

    def limits(self, held: float) -> list[Action]:
        """Buy at the lowest low of ten bars, sell at the highest high of three; both move with every bar."""
        if held:
            return [CANCEL, Action("limit", -held, self.on_grid(max(list(self._high)[-3:])))]
        return [CANCEL, Action("limit", 1, self.on_grid(min(list(self._low)[-10:])))]

    def stop_exit(self, held: float) -> list[Action]:
        """Trade as ``cross``, with a stop at the lowest low of ten bars once the position is there."""
        if not held:
            self._protected = False
        if self._turned > 0:
            return [Action("market", 1)]
        if self._turned < 0 and held:
            return [CANCEL, Action("market", -held)]
        if held and not self._protected:
            self._protected = True
            return [Action("stop", -held, self.on_grid(min(list(self._low)[-10:])))]
        return []

    def breakout_short(self, held: float) -> list[Action]:
        """Sell short at a stop below the low of twenty bars, cover at one above the high of ten; both move."""
        if held:
            return [CANCEL, Action("stop", -held, self.on_grid(max(list(self._high)[-10:])))]
        return [CANCEL, Action("stop", -1, self.on_grid(min(list(self._low)[-20:])))]

    def bracket(self, held: float) -> list[Action]:
        """Long after a cross upwards, with a stop and a target as far from the close as the widest of ten bars."""
        if self._turned <= 0 or held:
            return []
        widest = max(high - low for high, low in zip(list(self._high)[-10:], list(self._low)[-10:], strict=True))
        close = self._close[-1]
        if not 0 < widest < close:
            return []
        return [Action("bracket", 1, stop=self.on_grid(close - widest), target=self.on_grid(close + widest))]


RULES: Final = ("cross", "cross_both", "limits", "stop_exit", "breakout_short", "bracket")
