"""How much worse than the quoted or printed price an order that takes liquidity executes."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isnan

from ares_desktop.domain.money import decimal
from ares_desktop.domain.simulation import SlippageModel


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
    match model:
        case SlippageModel.BPS:
            return price * amount * 1e-4 if spread is None else 0.0
        case SlippageModel.SPREAD:
            return 0.0 if spread is None else spread * amount
        case SlippageModel.VOLUME:
            return 0.0 if isnan(share) else amount * share * share * price
        case _:
            return 0.0


def worsened(price: float, distance: float, *, buys: bool, step: Decimal) -> Decimal:
    """Return ``price`` moved against the order and rounded against it to a ``step``, exact when it is not moved."""
    if distance <= 0:
        return decimal(price)
    # Twelve digits: the noise of the float sum must not be rounded up to a whole step.
    moved = decimal(f"{price + distance if buys else max(price - distance, 0.0):.12g}")
    if not step:
        return moved
    if step.as_tuple().digits == (1,):
        return moved.quantize(step, rounding=ROUND_CEILING if buys else ROUND_FLOOR)
    return (moved / step).to_integral_value(rounding=ROUND_CEILING if buys else ROUND_FLOOR) * step
