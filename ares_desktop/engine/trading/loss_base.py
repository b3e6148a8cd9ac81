"""What losses are measured from: a peak and a day's opening that follow money which comes and goes."""

from msgspec.structs import replace

from ares_desktop.domain.protections import LossBase, LossMeasure

_NOTHING = 1e-9


def valued(base: LossBase, equity: float, capital: float, day: str) -> LossBase:
    """Return the base after a valuation.

    Money that came or went since the last one scales the peak and the opening as it scaled the equity, so that it moves
    no loss: the market is taken to have moved first, then the money, as NAV units do. A day opens with the last
    valuation before it, so that a gap over night belongs to the new day.

    Args:
        base: before it.
        equity: unrealized profit included.
        capital: all that was paid in less what was paid out.
        day: the date in the zone that days are counted in.
    """
    if base.equity is None:
        return rebased(base, equity, capital, day)
    if day != base.day:
        base = replace(base, day=day, opening=base.equity)
    flow = capital - base.capital
    if abs(flow) > _NOTHING:
        base = _scaled(base, equity - flow, equity)
    peak = base.peak if base.ruined else max(base.peak, equity)
    return replace(base, capital=capital, equity=equity, peak=peak)


def rebased(base: LossBase, equity: float, capital: float, day: str) -> LossBase:
    """Return a base that begins anew at an equity: nothing is lost from here."""
    worth = max(equity, 0.0)
    return LossBase(scope=base.scope, capital=capital, equity=equity, peak=worth, opening=worth, day=day)


def _scaled(base: LossBase, before: float, after: float) -> LossBase:
    if before > 0:
        factor = max(after, 0.0) / before
        return replace(base, peak=max(base.peak, before) * factor, opening=base.opening * factor)
    if base.peak <= _NOTHING:
        # Nothing was ever in it, or all of it was taken out: what comes is a new investment.
        return replace(base, peak=max(after, 0.0), opening=max(after, 0.0))
    return replace(base, ruined=True)


def loss_of(base: LossBase, measure: LossMeasure) -> float:
    """Return the loss as a fraction of what it is measured from: 0 for a gain, 1 where everything is lost."""
    if base.ruined:
        return 1.0
    begun = base.opening if measure is LossMeasure.DAY else base.peak
    if begun <= _NOTHING or base.equity is None:
        return 0.0
    return max(0.0, 1.0 - base.equity / begun)


def matters(kept: LossBase | None, base: LossBase, step: float) -> bool:
    """Say whether losing what is new in ``base`` would loosen a limit by more than ``step`` of the equity."""
    if kept is None or kept.equity is None:
        return base.equity is not None
    if kept.day != base.day or kept.ruined != base.ruined or abs(kept.capital - base.capital) > _NOTHING:
        return True
    return base.peak > kept.peak * (1 + step)
