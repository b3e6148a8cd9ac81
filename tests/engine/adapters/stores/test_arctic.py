"""The store keeps series, grows them without doubles and survives failures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ares_desktop.domain.errors import StorageError, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.ports.bar_store import BarStore, Columns

SPY = InstrumentId("SPY.SIM")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BarStore]:
    opened = ArcticBarStore(tmp_path / "market")
    yield opened
    opened.close()


def bars(*ends: int, close: float = 10.0) -> Columns:
    end = np.array(ends, dtype=np.int64) * 60_000_000_000
    prices = {name: np.full(len(end), close) for name in ("open", "high", "low", "close")}
    return {"start": end - 60_000_000_000, "end": end, **prices, "volume": np.full(len(end), np.nan)}


def trades(*rows: tuple[int, float]) -> Columns:
    ts = np.array([ts for ts, _ in rows], dtype=np.int64)
    return {"ts": ts, "price": np.array([price for _, price in rows]), "size": np.ones(len(rows))}


def test_what_is_written_is_read_again(store: BarStore) -> None:
    written = bars(1, 2, 3)
    stored = store.write("SPY", DataKind.BARS, "1m", SPY, written)
    read = store.read("SPY", DataKind.BARS)
    assert (stored.rows, stored.start_ns, stored.end_ns) == (3, 0, 180_000_000_000)
    assert store.symbols() == (stored,)
    assert set(read) == set(written)
    for name, values in written.items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values)


def test_a_fresh_folder_holds_nothing_and_is_not_made(tmp_path: Path) -> None:
    store = ArcticBarStore(tmp_path / "market")
    assert store.symbols() == ()
    assert not (tmp_path / "market").exists()
    store.close()
    store.close()


def test_a_symbol_that_is_not_stored_is_a_usage_error(store: BarStore) -> None:
    with pytest.raises(UsageError, match="no stored bars"):
        store.read("SPY", DataKind.BARS)


def test_rows_that_are_there_already_are_left_out(store: BarStore) -> None:
    store.write("SPY", DataKind.BARS, "1m", SPY, bars(1, 2, 3))
    assert store.append("SPY", DataKind.BARS, bars(2, 3, 4, 5)).rows == 5
    assert store.append("SPY", DataKind.BARS, bars(4, 5)).rows == 5
    assert store.read("SPY", DataKind.BARS)["end"].tolist() == bars(1, 2, 3, 4, 5)["end"].tolist()
    assert store.symbols()[0].end_ns == 300_000_000_000


@pytest.mark.parametrize("late", [bars(1, 4), bars(4, 3), bars(2, close=11.0)])
def test_a_row_that_is_not_later_is_refused_and_nothing_changes(store: BarStore, late: Columns) -> None:
    stored = store.write("SPY", DataKind.BARS, "1m", SPY, bars(2, 3))
    with pytest.raises(StorageError):
        store.append("SPY", DataKind.BARS, late)
    assert store.symbols() == (stored,)
    assert store.read("SPY", DataKind.BARS)["end"].tolist() == bars(2, 3)["end"].tolist()


def test_a_further_trade_of_the_last_moment_is_kept(store: BarStore) -> None:
    store.write("SPY", DataKind.TRADES, "", SPY, trades((1, 10.0), (2, 11.0), (2, 11.0)))
    store.append("SPY", DataKind.TRADES, trades((2, 11.0), (2, 11.0), (2, 11.0), (3, 12.0)))
    assert store.read("SPY", DataKind.TRADES)["ts"].tolist() == [1, 2, 2, 2, 3]


def test_kinds_of_one_symbol_lie_beside_each_other_and_survive_a_restart(tmp_path: Path) -> None:
    first = ArcticBarStore(tmp_path)
    first.write("SPY", DataKind.BARS, "1m", SPY, bars(1))
    first.write("SPY", DataKind.TRADES, "", SPY, trades((1, 10.0)))
    kept = first.symbols()
    first.close()
    second = ArcticBarStore(tmp_path)
    assert second.symbols() == kept
    assert [item.kind for item in kept] == [DataKind.BARS, DataKind.TRADES]
    second.close()


def test_a_failing_write_leaves_the_series_as_it_was(store: BarStore) -> None:
    store.write("SPY", DataKind.BARS, "1m", SPY, bars(1, 2))
    with pytest.raises(StorageError):
        store.write("SPY", DataKind.BARS, "1m", SPY, bars(3, 1))
    assert store.read("SPY", DataKind.BARS)["end"].tolist() == bars(1, 2)["end"].tolist()


def test_a_folder_that_can_not_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = ArcticBarStore(tmp_path / "file" / "market")
    with pytest.raises(StorageError, match="market"):
        store.write("SPY", DataKind.BARS, "1m", SPY, bars(1))
