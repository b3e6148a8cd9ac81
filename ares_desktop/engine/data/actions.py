"""Dividends, splits and funding as sparse records of a series, and as columns where a series is kept."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market_actions import ActionKind, MarketAction

ACTION_COLUMNS: Final[tuple[str, ...]] = tuple(kind.value for kind in ActionKind)
"""Optional columns of bars: of the bar at whose begin the action takes effect."""
_NOTHING: Final[Mapping[ActionKind, tuple[float, ...]]] = {
    ActionKind.DIVIDEND: (0.0,),
    ActionKind.SPLIT: (0.0, 1.0),
    ActionKind.FUNDING: (0.0,),
}
Columns = Mapping[str, NDArray[Any]]


def actions_of(instrument: InstrumentId, starts: NDArray[np.int64], columns: Columns) -> tuple[MarketAction, ...]:
    """Return the actions of columns in ascending time, a dividend before a split of the same bar.

    Args:
        instrument: whose they are.
        starts: when each bar begins, nanoseconds UTC.
        columns: those of :data:`ACTION_COLUMNS` that there are, as long as ``starts``. No value, a zero, and a split
            of 1 mean that nothing happened.
    """
    found: list[MarketAction] = []
    for kind in ActionKind:
        values = columns.get(kind.value)
        if values is not None:
            rows = np.flatnonzero(np.isfinite(values) & ~np.isin(values, _NOTHING[kind]))
            found += [MarketAction(instrument, int(starts[row]), kind, float(values[row])) for row in rows]
    order = list(ActionKind)
    return tuple(sorted(found, key=lambda action: (action.ts, order.index(action.kind))))


def action_columns(starts: NDArray[np.int64], actions: Sequence[MarketAction]) -> dict[str, NDArray[np.float64]]:
    """Return actions as columns again, NaN where nothing happens; kinds that do not occur are left out."""
    columns: dict[str, NDArray[np.float64]] = {}
    for action in actions:
        values = columns.setdefault(action.kind.value, np.full(len(starts), np.nan))
        values[int(np.searchsorted(starts, action.ts))] = action.value
    return columns


def still_due(
    actions: Sequence[MarketAction],
    starts: NDArray[np.int64],
    prices: Columns,
    *,
    total_return: bool,
) -> tuple[MarketAction, ...]:
    """Leave out what the prices are adjusted for already.

    A split that the prices do not show, from the close before to the open after it, was taken out of them. Sources
    that adjust for splits alone (such as Yahoo's, which then has a column of adjusted closes beside) still owe the
    dividends; where nothing says so, they are taken to be in the prices as well.

    Args:
        actions: in ascending time.
        starts: when each bar begins.
        prices: ``open`` and ``close``.
        total_return: unadjusted and adjusted closes are told apart, so that dividends are not in the prices.
    """
    hidden = {action for action in actions if action.kind is ActionKind.SPLIT and not _shows(action, starts, prices)}
    paid = bool(hidden) and not total_return
    return tuple(
        action for action in actions if action not in hidden and not (paid and action.kind is ActionKind.DIVIDEND)
    )


def _shows(action: MarketAction, starts: NDArray[np.int64], prices: Columns) -> bool:
    row = int(np.searchsorted(starts, action.ts))
    if not row:
        return True
    fall = log(float(prices["close"][row - 1]) / float(prices["open"][row]))
    return abs(fall - log(action.value)) < abs(fall)
