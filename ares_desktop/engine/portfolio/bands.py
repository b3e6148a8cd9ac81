"""Strategies' weights against what they should be, and the transfers that would bring them back."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.money import ONE, ZERO, round_down
from ares_desktop.domain.portfolio import AllocationBand, BandState
from ares_desktop.domain.strategies import StrategyInstance

_CENT: Final = Decimal("0.01")
_STEP: Final = Decimal("0.000001")


class BookMoney(NamedTuple):
    """What one strategy's book has in its account's currency; equity None while it is unknown."""

    capital: Decimal
    equity: Decimal | None
    stale: bool = False
    problem: str = ""


def band_of(instance: StrategyInstance, book: BookMoney, equity: Decimal | None, currency: str) -> AllocationBand:
    """Return where a strategy stands.

    Args:
        instance: its configuration; a fixed capital counts as that share of the account's equity.
        book: the money of its book.
        equity: of the account, None while it is unknown.
        currency: of the account.
    """
    known = equity is not None and equity > 0
    target = instance.weight
    if instance.capital is not None and known:
        target = min(ONE, (instance.capital / equity).quantize(_STEP))  # type: ignore[operator]
    weight = (book.equity / equity).quantize(_STEP) if known and book.equity is not None else None  # type: ignore[operator]
    minimum, maximum = min(instance.min_weight, target), max(instance.max_weight, target)
    drift = None if weight is None else weight - target
    state = _state(weight, target, minimum, maximum, instance.no_trade_band)
    transfer = None
    if drift is not None and equity is not None and book.equity is not None:
        moved = state in {BandState.DRIFTED, BandState.BELOW, BandState.ABOVE}
        transfer = round_down(target * equity - book.equity, _CENT) if moved else ZERO
    return AllocationBand(
        strategy=instance.name,
        account=instance.account,
        currency=currency,
        capital=book.capital,
        equity=book.equity,
        weight=weight,
        target=target,
        minimum=minimum,
        maximum=maximum,
        band=instance.no_trade_band,
        drift=drift,
        transfer=transfer,
        state=state,
        fixed=instance.capital is not None,
        stale=book.stale,
        problem=book.problem or ("" if known else "the account's equity is not known"),
    )


def _state(weight: Decimal | None, target: Decimal, minimum: Decimal, maximum: Decimal, band: Decimal) -> BandState:
    if weight is None:
        return BandState.UNKNOWN
    if weight < minimum:
        return BandState.BELOW
    if weight > maximum:
        return BandState.ABOVE
    if weight == target:
        return BandState.AT_TARGET
    return BandState.IN_BAND if abs(weight - target) <= band else BandState.DRIFTED


def transfers(after: Iterable[tuple[AllocationBand, Decimal]], equity: Decimal) -> dict[str, Decimal]:
    """Return the money that brings each strategy to its new weight, nothing where that is nearer than its band.

    Raises:
        ValueError: when the equity of a book is not known.
    """
    found = {}
    for band, weight in after:
        if band.equity is None or band.weight is None:
            msg = f"the equity of {band.strategy} is not known"
            raise ValueError(msg)
        near = abs(band.weight - weight) <= band.band
        found[str(band.strategy)] = ZERO if near else round_down(weight * equity - band.equity, _CENT)
    return found
