"""How much worse than the quoted or printed price an order that takes liquidity executes."""

from decimal import Decimal
from math import ceil, floor, isnan
from typing import Final

from ares_desktop.domain.money import decimal
from ares_desktop.domain.simulation import SlippageModel

_BPS: Final = SlippageModel.BPS
_SPREAD: Final = SlippageModel.SPREAD
_VOLUME: Final = SlippageModel.VOLUME
_RANDOM: Final = SlippageModel.RANDOM
_NOISE: Final = 1e-12
_MASK: Final = 2**64 - 1


def slippage(model: SlippageModel, amount: float, *, price: float, spread: float | None, share: float) -> float:
    """Return the distance from ``price``, 0 or positive.

    Args:
        model: ``bps`` counts where no spread was paid, and so does ``random``, whose amount the caller draws;
            ``spread`` counts where one is known; ``volume`` is the quadratic impact ``amount x share^2 x price`` of
            zipline's ``VolumeShareSlippage`` (there with amount 0.1).
        amount: basis points, share of the spread, or impact factor.
        price: the reference.
        spread: ask less bid, None where only prints are known.
        share: part of the bar's volume that is taken, NaN when it is not known.
    """
    if model is _BPS or model is _RANDOM:
        return price * amount * 1e-4 if spread is None else 0.0
    if model is _SPREAD:
        return 0.0 if spread is None else spread * amount
    if model is _VOLUME:
        return 0.0 if isnan(share) else amount * share * share * price
    return 0.0


def worsened(price: float, distance: float, *, buys: bool, step: Decimal) -> Decimal:
    """Return ``price`` moved against the order and rounded against it to a ``step``, exact when it is not moved."""
    if distance <= 0:
        return decimal(price)
    moved = price + distance if buys else max(price - distance, 0.0)
    if not step:
        return decimal(f"{moved:.12g}")
    steps = moved / float(step)
    # The noise of the float sum must not be rounded to a whole step.
    return (ceil(steps - steps * _NOISE) if buys else floor(steps + steps * _NOISE)) * step


def drawn(seed: int, number: int) -> float:
    """Return a number of 0 up to 1 that only depends on a seed and a count, so that it needs no state to go on from.

    The mixing function of SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    value = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((value ^ (value >> 31)) >> 11) / 2**53
