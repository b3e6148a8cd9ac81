"""Versions of instances lie in ArcticDB beside the market data, natively and for good."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.adapters.stores.arctic_folder import ArcticFolder
from ares_desktop.engine.adapters.stores.arctic_instances import LIBRARY, ArcticInstanceStore
from tests.contracts.instance_store_contract import InstanceStoreContract, OpenStore, a_version, an_instance


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    opened: list[ArcticFolder] = []

    def open_it() -> ArcticInstanceStore:
        for folder in opened:
            folder.close()
        opened.append(ArcticFolder(tmp_path / "arctic"))
        return ArcticInstanceStore(opened[-1])

    yield open_it
    for folder in opened:
        folder.close()


class TestArcticInstanceStore(InstanceStoreContract):
    @pytest.fixture
    def open_store(self, open_store: OpenStore) -> OpenStore:
        return open_store


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[ArcticFolder]:
    opened = ArcticFolder(tmp_path / "arctic")
    yield opened
    opened.close()


def test_reading_an_empty_folder_neither_makes_it_nor_anything_in_it(folder: ArcticFolder) -> None:
    assert ArcticInstanceStore(folder).history("trend") == ()
    assert not folder.path.exists()


def test_bars_and_versions_share_one_opened_folder(folder: ArcticFolder) -> None:
    end = np.array([60_000_000_000], dtype=np.int64)
    prices = {name: np.full(1, 10.0) for name in ("open", "high", "low", "close", "volume")}
    bars, versions = ArcticBarStore(folder), ArcticInstanceStore(folder)
    versions.save(a_version(1))
    bars.write("trend", DataKind.BARS, "1m", InstrumentId("SPY.SIM"), {"start": end - 1, "end": end, **prices})
    assert [stored.symbol for stored in bars.symbols()] == ["trend"]
    assert versions.names() == ("trend",)


def test_pruning_old_versions_of_the_symbol_loses_no_version_of_the_instance(folder: ArcticFolder) -> None:
    store = ArcticInstanceStore(folder)
    for sequence in range(1, 5):
        store.save(a_version(sequence))
    with folder.library(LIBRARY) as library:
        library.prune_previous_versions("trend")
    assert [item.number for item in store.history("trend")] == [4, 3, 2, 1]


def test_nothing_is_pickled(folder: ArcticFolder) -> None:
    store = ArcticInstanceStore(folder)
    store.save(a_version(1))
    store.save(a_version(2, an_instance(file="x" * 100_000)))
    with folder.library(LIBRARY) as library:
        described = library.get_description("trend")
        columns = {column.name: str(column.dtype) for column in described.columns}
        assert set(columns) == {"number", "sequence", "version"}
        assert "UTF" in columns["version"]
        assert "INT" in columns["sequence"]
        assert library.read_metadata("trend").metadata is None


def test_a_row_that_is_no_version_is_a_fault_of_the_store(folder: ArcticFolder) -> None:
    from pandas import DataFrame, RangeIndex  # noqa: PLC0415 - slow to load

    with folder.library(LIBRARY) as library:
        frame = DataFrame({"number": [1], "sequence": [1], "version": ["{}"]}, index=RangeIndex(1))
        library.write("trend", frame)
    with pytest.raises(StorageError, match="trend can't be read"):
        ArcticInstanceStore(folder).history("trend")


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        ArcticInstanceStore(ArcticFolder(tmp_path / "file" / "arctic")).save(a_version(1))


def test_a_full_disk_is_an_error_before_a_mapped_file_is_touched(
    folder: ArcticFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ArcticInstanceStore(folder)
    store.save(a_version(1))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
        with pytest.raises(StorageError, match="No space left"):
            store.save(a_version(2))
    assert [item.number for item in store.history("trend")] == [1]
