"""How much worse than the quoted or printed price an order that takes liquidity executes."""

from decimal import Decimal
from math import ceil, floor, isnan
from typing import Final

from ares_desktop.domain.money import decimal
from ares_desktop.domain.simulation import SlippageModel

_BPS: Final = SlippageModel.BPS
_SPREAD: Final = SlippageModel.SPREAD
_VOLUME: Final = SlippageModel.VOLUME
_NOISE: Final = 1e-12


def slippage(model: SlippageModel, amount: float, *, price: float, spread: float | None, share: float) -> float:
    """Return the distance from ``price``, 0 or positive.

    Args:
        model: ``bps`` counts where no spread was paid; ``spread`` where one is known; ``volume`` is the quadratic
            impact ``amount x share^2 x price`` of zipline's ``VolumeShareSlippage`` (there with amount 0.1).
        amount: basis points, share of the spread, or impact factor.
        price: the reference.
        spread: ask less bid, None where only prints are known.
        share: part of the bar's volume that is taken, NaN when it is not known.
    """
    if model is _BPS:
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
