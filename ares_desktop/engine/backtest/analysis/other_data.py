"""The data of a run, cut short or turned into a market that never was."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ares_desktop.domain.market import DataKind
from ares_desktop.engine.backtest.analysis.tape import Floats
from ares_desktop.engine.data.series import TIME_COLUMNS, Series
from ares_desktop.engine.ports.bar_store import Columns

_AMOUNTS: Final = frozenset({"volume", "size", "bid_size", "ask_size"})


def cut_after(series: Sequence[Series], ns: int) -> tuple[Series, ...]:
    """Return the rows that are known at ``ns``; a series without any is kept, empty."""
    found = []
    for item in series:
        rows = int(np.searchsorted(item.ts, ns, side="right"))
        columns: Columns = {name: values[:rows] for name, values in item.columns.items()}
        found.append(replace(item, columns=columns))
    return tuple(found)


def other_market(series: Sequence[Series], seed: int = 0) -> tuple[Series, ...] | None:
    """Return a market that moves as far as the real one at each step, but up or down by chance; None where it can't.

    Each row's change of the price keeps its size and gets a sign of its own, so nothing in it tells where the real
    market went next. Times, volumes, and ranges of bars (mirrored with their change) stay what they were. Prices at or
    below zero, and unknown ones, have no such market.
    """
    found = []
    for number, item in enumerate(series):
        generator = np.random.default_rng([seed, number])
        prices = {
            name: np.asarray(values, dtype=np.float64) for name, values in item.columns.items() if _is_price(name)
        }
        if any(not np.all(np.isfinite(values) & (values > 0)) for values in prices.values()):
            return None
        if not len(item):
            found.append(item)
            continue
        signs = np.where(generator.random(len(item)) < 0.5, -1.0, 1.0)  # noqa: PLR2004 - a fair coin
        columns = {**item.columns, **(_bars(prices, signs) if item.kind is DataKind.BARS else _scaled(prices, signs))}
        found.append(replace(item, columns=columns))
    return tuple(found)


def _is_price(name: str) -> bool:
    return name not in TIME_COLUMNS and name not in _AMOUNTS


def _path(close: Floats, signs: Floats) -> Floats:
    """Return the path of closes with the changes of the real one under other signs."""
    changes = np.diff(np.log(close)) * signs[1:]
    # Far from its begin a path of chance could leave what a price can be.
    level = np.clip(np.concatenate(([0.0], np.cumsum(changes))), -4.0, 4.0)
    return np.asarray(close[0] * np.exp(level), dtype=np.float64)


def _bars(prices: Mapping[str, Floats], signs: Floats) -> dict[str, Floats]:
    close = prices["close"]
    path = _path(close, signs)
    before = np.concatenate((close[:1], close[:-1]))
    base = np.concatenate((path[:1], path[:-1]))
    turned = signs < 0
    turned[0] = False

    def moved(value: Floats) -> Floats:
        return np.where(turned, base * before / value, base * value / before)

    opened, one, other = moved(prices["open"]), moved(prices["high"]), moved(prices["low"])
    ends = np.maximum(opened, path), np.minimum(opened, path)
    return {
        "open": opened,
        "high": np.maximum(np.maximum(one, other), ends[0]),
        "low": np.minimum(np.minimum(one, other), ends[1]),
        "close": path,
    }


def _scaled(prices: Mapping[str, Floats], signs: Floats) -> dict[str, Floats]:
    names = list(prices)
    closes = [name for name in names if name.endswith("close")] or names
    middle = np.asarray(np.mean([prices[name] for name in closes], axis=0), dtype=np.float64)
    factor = _path(middle, signs) / middle
    return {name: values * factor for name, values in prices.items()}


def moments_of(series: Sequence[Series]) -> NDArray[np.int64]:
    """Return the distinct times at which anything becomes known, ascending."""
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *(item.ts for item in series)]))
