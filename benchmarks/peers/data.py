"""Bars for the comparison: a seeded random walk in cents where each bar opens at the close of the one before.

An engine that fills at the close of the bar that led to the order, and one that fills at the next open, therefore get
the same price, and all can be compared fill by fill.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FIRST_BEGIN = 1_577_836_800  # 2020-01-01 00:00 UTC
MINUTE = 60


def random_bars(count: int, seed: int = 1) -> NDArray[np.float64]:
    """Return ``count`` one-minute bars: begin in Unix seconds, open, high, low, close, volume."""
    random = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 5e-4, count))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    reach = np.round(np.abs(random.normal(0, 0.03, (2, count))), 2)
    high = np.round(np.maximum(opened, close) + reach[0], 2)
    low = np.round(np.maximum(np.minimum(opened, close) - reach[1], 0.01), 2)
    begin = FIRST_BEGIN + MINUTE * np.arange(count, dtype=np.float64)
    volume = random.integers(1_000, 100_000, count).astype(np.float64)
    return np.column_stack((begin, opened, high, low, close, volume))


def write_bars(path: Path, count: int, seed: int = 1) -> Path:
    """Write bars for the peers' scripts and return the file's path."""
    np.save(path, random_bars(count, seed))
    return path
