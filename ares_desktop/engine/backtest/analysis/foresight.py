"""Whether decisions made in a market that never was foretell what the real one did next."""

from collections.abc import Mapping, Sequence
from math import comb, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import OrderType
from ares_desktop.engine.backtest.analysis.tape import Floats, Tape, tape_of
from ares_desktop.engine.backtest.analysis.trip_columns import Trades, TripColumns, trades_of, trip_columns
from ares_desktop.engine.data.series import Series

_FEWEST_TRIPS: Final = 15
_EXACT_TRIPS: Final = 1000


class Foresight(NamedTuple):
    """How often positions taken in the other market were on the right side of the real one.

    Attributes:
        right: positions whose side was that of the real market's move, drift apart; ``positions``: of how many.
        chance: probability of this, or more, without any knowledge of the real market.
    """

    right: int
    positions: int
    chance: float


def foresight(elsewhere: BacktestOutcome, series: Sequence[Series]) -> Foresight | None:
    """Return how well a run in another market knew the real one; None with fewer than 15 positions.

    For each position the real price's change between the decisions to enter and to leave it is compared with its
    direction, less the mean change for so much time. A strategy that sees the other market alone is right as often
    as not. Two tests are made, of the number of right positions (binomial) and of the sum of what they would have
    made in the real market, normal with the sum of the squared changes as its variance; the better one counts twice.
    """
    trades = trades_of(elsewhere)
    tapes = {item.instrument.id: tape_of(item) for item in reversed(series) if len(item)}
    created = {order.id: to_ns(order.intent.created_at) for order in elsewhere.orders if _is_at_once(order.intent.type)}
    gains = [
        _gains(columns, trades, tapes[columns.instrument], created)
        for columns in trip_columns(elsewhere, trades, {})
        if columns.instrument in tapes
    ]
    found = np.concatenate([np.empty(0), *gains])
    found = found[np.isfinite(found) & (found != 0)]
    count = len(found)
    if count < _FEWEST_TRIPS:
        return None
    right = int((found > 0).sum())
    strength = float(found.sum()) / sqrt(float(np.square(found).sum()))
    chance = 2 * min(_at_least(right, count), 1 - NormalDist().cdf(strength))
    return Foresight(right, count, min(1.0, chance))


def _is_at_once(kind: OrderType) -> bool:
    return kind is OrderType.MARKET


def _gains(columns: TripColumns, trades: Trades, tape: Tape, created: Mapping[ClientOrderId, int]) -> Floats:
    """Return what each closed position would have made in the real market, in logarithms, less the drift."""
    entry = _decided(columns.entry.tolist(), columns.entry_ns.tolist(), trades, created)
    leave = _decided(columns.exit.tolist(), columns.exit_ns.tolist(), trades, created)
    first = np.searchsorted(tape.ts, entry, side="right") - 1
    last = np.searchsorted(tape.ts, leave, side="right") - 1
    drift = np.log(tape.close[-1] / tape.close[0]) / max(len(tape.close) - 1, 1)
    known = columns.closed & (first >= 0) & (last > first)
    change = np.log(tape.close[np.maximum(last, 0)] / tape.close[np.maximum(first, 0)]) - drift * (last - first)
    return np.asarray((columns.direction * change)[known], dtype=np.float64)


def _decided(rows: list[int], times: list[int], trades: Trades, created: Mapping[ClientOrderId, int]) -> list[int]:
    """Return when the orders behind fills were decided on; of those that waited at the venue when they were filled."""
    return [created.get(trades.fills[row].client_order_id, ns) for row, ns in zip(rows, times, strict=True)]


def _at_least(right: int, count: int) -> float:
    """Return the probability of so many heads or more of a fair coin."""
    if count > _EXACT_TRIPS:
        return 1 - NormalDist().cdf((right - 0.5 - count / 2) / sqrt(count / 4))
    return float(sum(comb(count, heads) for heads in range(right, count + 1)) / 2**count)
