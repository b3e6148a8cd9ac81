"""Results come back as they were kept, appear as a whole, and what is damaged is refused."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.fidelity import FidelityReport
from ares_desktop.domain.monte_carlo import MonteCarloReport, MonteCarloSpec, Paths, Percentiles, Resampling
from ares_desktop.domain.searches import FoldResult, Overfitting, SearchReport, TrialResult
from ares_desktop.engine.backtest import storing
from ares_desktop.engine.backtest.analysis.report import make_report
from tests.engine.backtest.analysis import builders as b

BARS = b.bars([100, 101, 103, 99, 98, 104])
MONTE_CARLO = MonteCarloReport(
    spec=MonteCarloSpec(run="bt-0001", paths=3),
    results=(
        Paths(
            method=Resampling.RETURNS,
            paths=3,
            final_return=Percentiles(p5=-0.1, p25=0, p50=0.1, p75=0.2, p95=0.3),
            max_drawdown=None,
            sharpe=None,
            ruin=0.0,
            loss=0.5,
            fan=((1.0, 0.9),),
            drawdowns=(-0.3, -0.1),
        ),
    ),
    seconds=0.5,
)
SEARCH = SearchReport(
    trials=(TrialResult(number=1, parameters={"fast": 5, "kind": "a", "share": 0.5}, stage="coarse", score=1.5),),
    folds=(
        FoldResult(
            index=0, train_start_ns=0, train_end_ns=1, test_start_ns=2, test_end_ns=3, parameters={"fast": 5},
            in_sample=None, out_of_sample=None, error="too short",
        ),
    ),
    best=None,
    runs=1,
    seconds=2.0,
    overfitting=Overfitting(trials=1, probability=None, deflated_sharpe=None, expected_best_sharpe=None),
)  # fmt: skip


def an_outcome() -> BacktestOutcome:
    fills = (b.a_fill(1, 10, 100, int(BARS.ts[1])), b.a_fill(2, -10, 104, int(BARS.ts[4])))
    return b.an_outcome((BARS,), fills)


def a_fidelity() -> FidelityReport:
    curve = b.a_curve([1, 2, 3], [1.0, 2.0, math.nan])
    return FidelityReport(
        score=88.5, correlation=0.9, distance=None, return_live=0.1, return_backtest=0.2, matched=3, missing=1, extra=0,
        mean_price_bps=None, pairs=(), explanation=("one fill is missing",),
        live=msgspec.structs.replace(curve, book="live"), backtest=msgspec.structs.replace(curve, book="backtest"),
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """One kind of result: how it is saved and loaded, and the folder it makes."""

    save: Callable[[Path], None]
    load: Callable[[Path], Any]
    folder: str


def save_outcome(folder: Path) -> None:
    outcome = an_outcome()
    storing.save_outcome(folder, outcome, make_report(outcome, (BARS,)))


KINDS = {
    "outcome": Kept(save_outcome, storing.load_outcome, "outcome"),
    "search": Kept(lambda folder: storing.save_search(folder, SEARCH), storing.load_search, "search"),
    "paths": Kept(
        lambda folder: storing.save_monte_carlo(folder, MONTE_CARLO), storing.load_monte_carlo, "monte carlo"
    ),
    "fidelity": Kept(lambda folder: storing.save_fidelity(folder, a_fidelity()), storing.load_fidelity, "fidelity"),
}


@pytest.fixture(params=sorted(KINDS))
def kept(request: pytest.FixtureRequest) -> Kept:
    return KINDS[request.param]


def same_curve(one: EquityCurve, other: EquityCurve) -> bool:
    names = ("ts", "equity", "drawdown", "twr")
    return one.book == other.book and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in names
    )


def test_an_outcome_comes_back_bit_for_bit(tmp_path: Path) -> None:
    outcome = an_outcome()
    report = make_report(outcome, (BARS,))
    storing.save_outcome(tmp_path, outcome, report)
    loaded, again = storing.load_outcome(tmp_path)
    assert again == report
    plain = ("spec", "instruments", "events", "seconds", "fills", "reference", "orders", "denials", "cash", "positions")
    assert all(getattr(loaded, name) == getattr(outcome, name) for name in plain)
    assert same_curve(loaded.curve, outcome.curve)
    assert len(loaded.books) == 1
    assert same_curve(loaded.books[0], outcome.books[0])
    assert np.array_equal(loaded.gross, outcome.gross)
    assert np.array_equal(loaded.net, outcome.net)


def test_a_search_and_paths_come_back_as_they_were(tmp_path: Path) -> None:
    storing.save_search(tmp_path, SEARCH)
    storing.save_monte_carlo(tmp_path, MONTE_CARLO)
    assert storing.load_search(tmp_path) == SEARCH
    assert storing.load_monte_carlo(tmp_path) == MONTE_CARLO


def test_a_comparison_comes_back_with_its_curves(tmp_path: Path) -> None:
    report = a_fidelity()
    storing.save_fidelity(tmp_path, report)
    loaded = storing.load_fidelity(tmp_path)
    assert same_curve(loaded.live, report.live)
    assert same_curve(loaded.backtest, report.backtest)
    assert (loaded.score, loaded.distance, loaded.explanation) == (88.5, None, ("one fill is missing",))


def test_what_was_traded_live_comes_back(tmp_path: Path) -> None:
    outcome = an_outcome()
    storing.save_live(tmp_path, outcome.fills, outcome.curve)
    fills, curve = storing.load_live(tmp_path)
    assert fills == outcome.fills
    assert same_curve(curve, msgspec.structs.replace(outcome.curve, book="live"))


def test_a_result_replaces_the_one_before(tmp_path: Path, kept: Kept) -> None:
    kept.save(tmp_path)
    kept.save(tmp_path)
    kept.load(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [kept.folder]


def test_nothing_there_is_told_with_a_remedy(tmp_path: Path, kept: Kept) -> None:
    with pytest.raises(StorageError, match="Run it again"):
        kept.load(tmp_path)


def test_every_file_that_is_cut_off_is_refused(tmp_path: Path, kept: Kept) -> None:
    kept.save(tmp_path)
    for file in (tmp_path / kept.folder).iterdir():
        whole = file.read_bytes()
        for size in (0, 1, len(whole) // 2, len(whole) - 1):
            file.write_bytes(whole[:size])
            with pytest.raises(StorageError):
                kept.load(tmp_path)
        file.write_bytes(whole)
    kept.load(tmp_path)


def test_records_with_a_changed_byte_are_refused(tmp_path: Path, kept: Kept) -> None:
    kept.save(tmp_path)
    file = tmp_path / kept.folder / "records.msgpack"
    whole = bytearray(file.read_bytes())
    for place in range(0, len(whole), max(1, len(whole) // 50)):
        changed = bytearray(whole)
        changed[place] ^= 0x5A
        file.write_bytes(changed)
        with pytest.raises(StorageError):
            kept.load(tmp_path)


def test_a_pickle_in_place_of_the_arrays_is_never_loaded(tmp_path: Path) -> None:
    save_outcome(tmp_path)
    arrays = tmp_path / "outcome" / "arrays.npz"
    with arrays.open("wb") as file:
        np.savez(file, reference=np.array([{"a": 1}], dtype=object))
    with pytest.raises(StorageError, match=r"arrays\.npz can't be read"):
        storing.load_outcome(tmp_path)


def test_another_version_is_told_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: Kept) -> None:
    kept.save(tmp_path)
    monkeypatch.setattr(storing, "VERSION", storing.VERSION + 1)
    with pytest.raises(StorageError, match="another version"):
        kept.load(tmp_path)


def test_a_folder_that_cannot_be_written_is_told_and_the_old_result_stays(tmp_path: Path) -> None:
    storing.save_search(tmp_path, SEARCH)
    (tmp_path / "search.new").write_text("a file where a folder is needed")
    with pytest.raises(StorageError, match="can't be written"):
        storing.save_search(tmp_path, SEARCH)
    assert storing.load_search(tmp_path) == SEARCH
