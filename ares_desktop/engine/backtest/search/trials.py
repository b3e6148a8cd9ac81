"""What a search asks of its workers, and what they answer."""

from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.errors import Finding
from ares_desktop.domain.searches import Overfitting, ParameterSet
from ares_desktop.domain.strategies import CatalogEntry

SPEC: Final = "search.msgpack"
"""File of a search that holds its specification, with the ranges in force."""


class TrialOrder(msgspec.Struct, frozen=True, array_like=True):
    """A backtest to be run.

    Attributes:
        start_ns, end_ns: what it trades in, both within; None for the bounds of the data.
        outcome: folder that receives everything that happens in it, none when empty.
    """

    number: int
    parameters: ParameterSet
    start_ns: int | None = None
    end_ns: int | None = None
    outcome: str = ""


class TrialTask(msgspec.Struct, frozen=True, tag="try"):
    """Backtests for one worker, of the search in ``folder``."""

    folder: str
    orders: tuple[TrialOrder, ...]


class LookTask(msgspec.Struct, frozen=True, tag="look"):
    """A strategy file to be described, with values to be validated."""

    file: str
    parameters: ParameterSet


class Tried(msgspec.Struct, frozen=True, array_like=True):
    """What came of a backtest.

    Attributes:
        figures: None when it failed.
        error: why.
        returns: daily returns as little-endian float32.
        refused: the strategy does not accept the parameters.
    """

    number: int
    figures: BacktestFigures | None = None
    error: str = ""
    returns: bytes = b""
    refused: bool = False


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """The worker can't work at all."""

    text: str


class Looked(msgspec.Struct, frozen=True):
    """A strategy file as it declares itself; ``findings`` are those of the values."""

    entry: CatalogEntry
    findings: tuple[Finding, ...] = ()


class JudgeTask(msgspec.Struct, frozen=True, tag="judge"):
    """A finished search to be judged as a whole.

    Attributes:
        sharpes: for each file of daily returns in ``folder`` the Sharpe ratios of its rows, NaN where there is none.
        outcomes: folders of the test spans of a walk-forward, in time order.
    """

    folder: str
    sharpes: tuple[tuple[float, ...], ...]
    outcomes: tuple[str, ...]


class Judged(msgspec.Struct, frozen=True):
    """What the search as a whole is worth.

    Attributes:
        overfitting: for each file of daily returns.
        out_of_sample: figures of the joined test spans.
    """

    overfitting: tuple[Overfitting, ...]
    out_of_sample: BacktestFigures | None = None


Task = TrialTask | LookTask | JudgeTask


def returns_file(folder: Path, number: int) -> Path:
    """Return where the daily returns of a span's trials are kept: float32, a row for each trial, NaN without any."""
    return folder / f"returns.{number}.npy"
