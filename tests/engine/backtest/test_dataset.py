"""A run's data on disk comes back as it was, can't be changed, and says so when it is not whole."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import BarSpec, BarUnit, DataKind
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.engine.backtest.dataset import is_dataset, open_dataset, remove_dataset, write_dataset
from ares_desktop.engine.data.series import BAR_COLUMNS, QUOTE_COLUMNS, TIME_COLUMNS, Series

ACME = Instrument(id=InstrumentId("ACME.SIM"), tick_size=Decimal("0.0005"), asset_class=AssetClass.FUTURE)
PAID = MarketAction(ACME.id, 5, ActionKind.DIVIDEND, 0.25)


def a_series(rows: int = 3, *, kind: DataKind = DataKind.BARS) -> Series:
    names = BAR_COLUMNS if kind is DataKind.BARS else QUOTE_COLUMNS
    columns: dict[str, Any] = {
        name: np.arange(rows) + (number if name in TIME_COLUMNS else number / 7) for number, name in enumerate(names)
    }
    spec = BarSpec(5, BarUnit.MINUTE) if kind is DataKind.BARS else None
    return Series(instrument=ACME, kind=kind, spec=spec, columns=columns, actions=(PAID,))


def test_series_come_back_with_their_instrument_kind_and_actions(tmp_path: Path) -> None:
    written = [a_series(), a_series(5, kind=DataKind.QUOTES), a_series(0)]
    write_dataset(tmp_path / "data", written)
    opened = open_dataset(tmp_path / "data")
    assert len(opened) == 3
    for one, other in zip(written, opened, strict=True):
        assert msgspec.structs.replace(one, columns={}) == msgspec.structs.replace(other, columns={})
        assert one.columns.keys() == other.columns.keys()
        for name in one.columns:
            np.testing.assert_array_equal(one.columns[name], other.columns[name])


@given(values=arrays.arrays(np.float64, st.integers(1, 40)))
def test_every_price_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, values: NDArray[np.float64]
) -> None:
    folder = tmp_path_factory.mktemp("bits") / "data"
    series = Series(
        instrument=ACME,
        kind=DataKind.TRADES,
        spec=None,
        columns={"ts": np.arange(len(values)), "price": values, "size": values},
    )
    write_dataset(folder, [series])
    assert open_dataset(folder)[0].columns["price"].tobytes() == values.tobytes()


def test_the_columns_are_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    write_dataset(tmp_path / "data", [a_series()])
    column = open_dataset(tmp_path / "data")[0].columns["close"]
    assert type(column) is np.ndarray
    assert isinstance(column.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 1.0


def test_writing_again_replaces_what_was_there(tmp_path: Path) -> None:
    write_dataset(tmp_path / "data", [a_series(), a_series()])
    write_dataset(tmp_path / "data", [a_series(7)])
    (series,) = open_dataset(tmp_path / "data")
    assert len(series) == 7


def test_a_folder_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"absent can't be opened.*must see the same folder"):
        open_dataset(tmp_path / "absent")


@pytest.mark.parametrize("harm", ["cut", "missing", "other", "header"])
def test_data_that_is_not_whole_is_refused(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "data"
    write_dataset(folder, [a_series(), a_series(5)])
    file = folder / "1.close.npy"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-8])
    elif harm == "missing":
        file.unlink()
    elif harm == "other":
        file.write_bytes((folder / "0.close.npy").read_bytes())
    else:
        (folder / "header.msgpack").write_bytes(b"\x93")
    with pytest.raises(StorageError, match="can't be opened"):
        open_dataset(folder)


def test_a_dataset_can_be_recognized_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert not is_dataset(folder)
    write_dataset(folder, [a_series()])
    assert is_dataset(folder)
    remove_dataset(folder)
    remove_dataset(folder)
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not be written"):
        write_dataset(tmp_path / "file" / "data", [a_series()])
