"""How much of one market event all orders together may still take."""

from decimal import Decimal
from math import inf, isnan, nan

from ares_desktop.domain.money import ZERO, decimal, round_down


class Liquidity:
    """What is left of one side of a quote, of a print or of a bar's volume.

    Attributes:
        spread: ask less bid, None where only prints are known.
        volume: of the whole bar, NaN when it is not known or does not apply.
    """

    __slots__ = ("_bound", "_left", "_lot", "spread", "volume")

    def __init__(self, bound: float, lot: Decimal, *, spread: float | None = None, volume: float = nan) -> None:
        self._bound = bound
        self._lot = lot
        self._left: Decimal | None = None
        self.spread = spread
        self.volume = volume

    @classmethod
    def of_size(cls, size: float, lot: Decimal, spread: float | None) -> "Liquidity":
        """Return the liquidity of a displayed or printed size, where 0 and NaN mean that it is not known."""
        return cls(size if size > 0 else inf, lot, spread=spread)

    @classmethod
    def of_volume(cls, volume: float, share: float, lot: Decimal) -> "Liquidity":
        """Return the liquidity of a bar; NaN volume, or a share of 0, sets no bound."""
        return cls(inf if isnan(volume) or share <= 0 else volume * share, lot, volume=volume)

    @classmethod
    def unbounded(cls) -> "Liquidity":
        """Return liquidity without a bound."""
        return cls(inf, ZERO)

    def available(self, quantity: Decimal) -> Decimal:
        """Return how much of ``quantity`` can be had."""
        if self._bound == inf:
            return quantity
        if self._left is None:
            self._left = round_down(decimal(self._bound), self._lot)
        return min(quantity, self._left)

    def take(self, quantity: Decimal) -> None:
        """Use up ``quantity``."""
        if self._left is not None:
            self._left -= quantity
