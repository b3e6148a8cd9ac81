"""What every peer's script shares: its arguments, the bars, the memory it took and the line it prints.

Runs with the interpreter of the peer, which has numpy and nothing of this project.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TIME, OPEN, HIGH, LOW, CLOSE, VOLUME = range(6)
TIE: Final = 1e-8
"""Averages that differ by less than this part of their value are level: what is left of rounding errors."""
CASH: Final = 1_000_000.0
SWEEP_FAST: Final = tuple(range(5, 15))
SWEEP_SLOW: Final = tuple(range(20, 70, 5))

Trade = tuple[int, float, float]
"""Begin of the bar in Unix seconds, signed quantity, price."""


@dataclass
class Task:
    """What a peer is asked to play.

    Attributes:
        bars: rows of begin (Unix seconds), open, high, low, close, volume.
        shorts: sell short on a cross downwards instead of going flat.
        commission: part of the value of each fill.
        seconds: wall time of each named part, filled by :meth:`timed`.
    """

    bars: NDArray[np.float64]
    fast: int
    slow: int
    shorts: bool
    commission: float
    sweep: bool
    workers: int
    fills: Path | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Measure what is done inside."""
        began = time.perf_counter()
        yield
        self.seconds[part] = round(time.perf_counter() - began, 4)


def read_task() -> Task:
    """Read the command line of a peer's script."""
    parser = argparse.ArgumentParser(description="Plays the moving-average cross over bars in an .npy file.")
    parser.add_argument("file", type=Path, help="array of n x 6: begin in Unix seconds, open, high, low, close, volume")
    parser.add_argument("--bars", type=int, default=0, help="play the first so many bars, 0 for all")
    parser.add_argument("--fast", type=int, default=10)
    parser.add_argument("--slow", type=int, default=30)
    parser.add_argument("--shorts", action="store_true", help="go short on a cross downwards instead of flat")
    parser.add_argument("--commission", type=float, default=0.0, help="part of each fill's value")
    parser.add_argument("--sweep", action="store_true", help="100 parameter sets with the peer's own optimizer")
    parser.add_argument("--workers", type=int, default=2, help="processes of a sweep")
    parser.add_argument("--fills", type=Path, default=None, help="write fills here: begin of bar, quantity, price")
    given = parser.parse_args()
    bars = np.load(given.file)
    return Task(
        bars=bars[: given.bars or None],
        fast=given.fast,
        slow=given.slow,
        shorts=given.shorts,
        commission=given.commission,
        sweep=given.sweep,
        workers=given.workers,
        fills=given.fills,
    )


def averages(close: Sequence[float] | NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return the mean of each window of ``length`` values, NaN before the first is full, without drift."""
    values = np.asarray(close, np.float64)
    if len(values) < length:
        return np.full(len(values), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, length)
    return np.concatenate((np.full(length - 1, np.nan), windows.mean(axis=1)))


def trend(fast: float, slow: float, before: int) -> int:
    """Return 1 while the fast average is above the slow one, -1 below, what was ``before`` when they are level."""
    if fast > slow * (1 + TIE):
        return 1
    return -1 if fast < slow * (1 - TIE) else before


def report(peer: str, version: str, task: Task, trades: Sequence[Trade], **more: Any) -> None:
    """Print the one line of a run, and write its fills."""
    seconds = task.seconds["run"]
    rows = merged(trades)
    if task.fills:
        np.save(task.fills, np.array(rows, np.float64).reshape(-1, 3))
    line = {
        "peer": peer,
        "version": version,
        "mode": "run",
        "bars": len(task.bars),
        "seconds": seconds,
        "bars_per_s": round(len(task.bars) / seconds),
        "fills": len(rows),
        "fills_sha256": digest(rows),
        "peak_mb": peak_mb(),
        "parts": task.seconds,
        **more,
    }
    sys.stdout.write(json.dumps(line) + "\n")


def report_sweep(peer: str, version: str, task: Task, best: tuple[int, int], **more: Any) -> None:
    """Print the one line of a sweep."""
    seconds, sets = task.seconds["run"], len(SWEEP_FAST) * len(SWEEP_SLOW)
    line = {
        "peer": peer,
        "version": version,
        "mode": "sweep",
        "bars": len(task.bars),
        "sets": sets,
        "workers": task.workers,
        "seconds": seconds,
        "bar_sets_per_s": round(len(task.bars) * sets / seconds),
        "best": {"fast": int(best[0]), "slow": int(best[1])},
        "peak_mb": peak_mb(),
        "parts": task.seconds,
        **more,
    }
    sys.stdout.write(json.dumps(line) + "\n")


def merged(trades: Sequence[Trade]) -> list[Trade]:
    """Add up fills of one bar, side and price: an engine may book a flip as a close and an opening."""
    rows: list[Trade] = []
    for begin, quantity, price in sorted(trades, key=lambda trade: trade[0]):
        if rows and rows[-1][0] == begin and rows[-1][2] == price and rows[-1][1] * quantity > 0:
            rows[-1] = (begin, rows[-1][1] + quantity, price)
        else:
            rows.append((begin, quantity, price))
    return rows


def digest(rows: Sequence[Trade]) -> str:
    """Return a hash of fills: one line each of begin, signed quantity and price with six decimals."""
    text = "".join(f"{int(begin)},{quantity:g},{price:.6f}\n" for begin, quantity, price in rows)
    return hashlib.sha256(text.encode()).hexdigest()


def peak_mb() -> float | None:
    """Return the most memory this process ever had, in MB; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)
