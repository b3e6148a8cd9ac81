"""Results of runs on disk: records as MessagePack, arrays as npz, neither of which can run code when it is read.

Each result is a folder of its own, which appears as a whole or not at all: it is written under another name, flushed to
the disk and then renamed. Readers refuse what is damaged and what another version wrote.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport, BacktestSpec, CashEntry
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.fidelity import FidelityReport, FillPair
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.monte_carlo import MonteCarloReport
from ares_desktop.domain.orders import Order
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import Denied
from ares_desktop.domain.searches import SearchReport
from ares_desktop.domain.strategies import StrategyLog, StrategyRecord

VERSION: Final = 1
_OUTCOME: Final = "outcome"
_SEARCH: Final = "search"
_MONTE_CARLO: Final = "monte carlo"
_FIDELITY: Final = "fidelity"
_LIVE: Final = "live"
_RECORDS: Final = "records.msgpack"
_ARRAYS: Final = "arrays.npz"
_CURVE: Final = ("ts", "equity", "drawdown", "twr")
_REMEDY: Final = "Run it again."
Arrays = Mapping[str, NDArray[Any]]
T = TypeVar("T")


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of records holds."""

    kind: str
    version: int
    sha256: bytes
    body: bytes


class _Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome and its report without the arrays; ``books`` are the names of the curves."""

    spec: BacktestSpec
    instruments: tuple[Instrument, ...]
    events: int
    seconds: float
    fills: tuple[Fill, ...]
    orders: tuple[Order, ...]
    denials: tuple[Denied, ...]
    cash: tuple[CashEntry, ...]
    records: tuple[StrategyRecord, ...]
    logs: tuple[StrategyLog, ...]
    positions: tuple[Position, ...]
    books: tuple[str, ...]
    report: BacktestReport


class _Fidelity(msgspec.Struct, frozen=True, kw_only=True):
    """A fidelity report without its curves."""

    score: float | None
    correlation: float | None
    distance: float | None
    return_live: float | None
    return_backtest: float | None
    matched: int
    missing: int
    extra: int
    mean_price_bps: float | None
    pairs: tuple[FillPair, ...]
    explanation: tuple[str, ...]


def save_outcome(folder: Path, outcome: BacktestOutcome, report: BacktestReport) -> None:
    """Keep a backtest in the folder of its run; blocks.

    Raises:
        StorageError: when it can't be written; then what was there before is still there.
    """
    curves = (outcome.curve, *outcome.books)
    kept = _Outcome(
        **{name: getattr(outcome, name) for name in _Outcome.__struct_fields__ if name not in {"books", "report"}},
        books=tuple(curve.book for curve in curves),
        report=report,
    )
    arrays = {"reference": np.asarray(outcome.reference, dtype=np.float64), "gross": outcome.gross, "net": outcome.net}
    _write(folder, _OUTCOME, kept, arrays | _unrolled(curves))


def load_outcome(folder: Path) -> tuple[BacktestOutcome, BacktestReport]:
    """Return what :func:`save_outcome` kept; blocks.

    Raises:
        StorageError: when there is nothing, or nothing that can be trusted.
    """
    kept = _read(folder, _OUTCOME, _Outcome)

    def build(arrays: Arrays) -> BacktestOutcome:
        curve, *books = (_curve(name, number, arrays) for number, name in enumerate(kept.books))
        return BacktestOutcome(
            **{name: getattr(kept, name) for name in _Outcome.__struct_fields__ if name not in {"books", "report"}},
            reference=tuple(arrays["reference"].tolist()),
            curve=curve,
            books=tuple(books),
            gross=arrays["gross"],
            net=arrays["net"],
        )

    return _with_arrays(folder, _OUTCOME, build), kept.report


def save_search(folder: Path, report: SearchReport) -> None:
    """Keep a search in the folder of its run; blocks. Errors as :func:`save_outcome`."""
    _write(folder, _SEARCH, report)


def load_search(folder: Path) -> SearchReport:
    """Return what :func:`save_search` kept; blocks. Errors as :func:`load_outcome`."""
    return _read(folder, _SEARCH, SearchReport)


def save_monte_carlo(folder: Path, report: MonteCarloReport) -> None:
    """Keep resampled paths in the folder of their run; blocks. Errors as :func:`save_outcome`."""
    _write(folder, _MONTE_CARLO, report)


def load_monte_carlo(folder: Path) -> MonteCarloReport:
    """Return what :func:`save_monte_carlo` kept; blocks. Errors as :func:`load_outcome`."""
    return _read(folder, _MONTE_CARLO, MonteCarloReport)


def save_fidelity(folder: Path, report: FidelityReport) -> None:
    """Keep a comparison in the folder of its run; blocks. Errors as :func:`save_outcome`."""
    kept = _Fidelity(**{name: getattr(report, name) for name in _Fidelity.__struct_fields__})
    _write(folder, _FIDELITY, kept, _unrolled((report.live, report.backtest)))


def load_fidelity(folder: Path) -> FidelityReport:
    """Return what :func:`save_fidelity` kept; blocks. Errors as :func:`load_outcome`."""
    kept = _read(folder, _FIDELITY, _Fidelity)

    def build(arrays: Arrays) -> FidelityReport:
        return FidelityReport(
            **{name: getattr(kept, name) for name in _Fidelity.__struct_fields__},
            live=_curve("live", 0, arrays),
            backtest=_curve("backtest", 1, arrays),
        )

    return _with_arrays(folder, _FIDELITY, build)


def save_live(folder: Path, fills: Sequence[Fill], curve: EquityCurve) -> None:
    """Keep what was traded live, to be compared; blocks. Errors as :func:`save_outcome`."""
    _write(folder, _LIVE, tuple(fills), _unrolled((curve,)))


def load_live(folder: Path) -> tuple[tuple[Fill, ...], EquityCurve]:
    """Return what :func:`save_live` kept; blocks. Errors as :func:`load_outcome`."""
    fills = _read(folder, _LIVE, tuple[Fill, ...])
    return fills, _with_arrays(folder, _LIVE, lambda arrays: _curve("live", 0, arrays))


def _unrolled(curves: tuple[EquityCurve, ...]) -> dict[str, NDArray[Any]]:
    return {f"{name}{number}": getattr(curve, name) for number, curve in enumerate(curves) for name in _CURVE}


def _curve(book: str, number: int, arrays: Arrays) -> EquityCurve:
    return EquityCurve(book=book, **{name: arrays[f"{name}{number}"] for name in _CURVE})


def _write(folder: Path, kind: str, records: object, arrays: Arrays | None = None) -> None:
    body = msgspec.msgpack.encode(records)
    sealed = _Sealed(kind=kind, version=VERSION, sha256=hashlib.sha256(body).digest(), body=body)
    target, fresh = folder / kind, folder / f"{kind}.new"
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        (fresh / _RECORDS).write_bytes(msgspec.msgpack.encode(sealed))
        if arrays is not None:
            np.savez(fresh / _ARRAYS, allow_pickle=False, **arrays)
        for file in fresh.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    except (OSError, ValueError) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        msg = f"the {kind} of {folder.name} can't be written: {error}. Free some space on the disk of {folder}."
        raise StorageError(msg) from error


def _read(folder: Path, kind: str, record: type[T]) -> T:
    path = folder / kind / _RECORDS
    try:
        sealed = msgspec.msgpack.decode(path.read_bytes(), type=_Sealed)
        if sealed.version != VERSION or sealed.kind != kind:
            msg = f"{path} was written by another version ({sealed.version}, this one reads {VERSION}). {_REMEDY}"
            raise StorageError(msg)
        if hashlib.sha256(sealed.body).digest() != sealed.sha256:
            msg = f"{path} is damaged: its checksum does not fit. {_REMEDY}"
            raise StorageError(msg)
        return msgspec.msgpack.decode(sealed.body, type=record)
    except FileNotFoundError as error:
        msg = f"{folder.name} has no {kind}: it is not done, or its files were removed. {_REMEDY}"
        raise StorageError(msg) from error
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        msg = f"{path} can't be read: {error}. {_REMEDY}"
        raise StorageError(msg) from error


def _with_arrays(folder: Path, kind: str, build: Callable[[Arrays], T]) -> T:
    path = folder / kind / _ARRAYS
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return build(arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        msg = f"{path} can't be read: {error}. {_REMEDY}"
        raise StorageError(msg) from error
