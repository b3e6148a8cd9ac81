"""Data by name: files, stored symbols and the bundled market, wrong names all at once."""

from pathlib import Path

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.adapters.feeds.named import NamedData
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from tests.engine.house import bars_file


@pytest.fixture
def store(tmp_path: Path) -> ArcticBarStore:
    return ArcticBarStore(tmp_path / "arctic")


@pytest.fixture
def data(store: ArcticBarStore) -> NamedData:
    return NamedData(store)


def test_a_file_and_symbols_of_the_bundled_market_are_loaded_together(data: NamedData, tmp_path: Path) -> None:
    file = str(bars_file(tmp_path, [1.0, 2.0, 3.0]))
    names = (file, "sample:AAPL", "sample:EURUSD")
    assert not data.findings(names)
    assert [item.instrument.symbol for item in data.load(names)] == ["ACME", "EURUSD", "AAPL"]


def test_the_whole_bundled_market_is_what_its_names_are(data: NamedData) -> None:
    symbols = [item.instrument.symbol for item in data.load(("sample",))]
    assert sorted(symbols) == sorted(name.removeprefix("sample:") for name in data.choices())


def test_a_stored_symbol_comes_before_the_bundled_ones_and_is_loaded(
    data: NamedData, store: ArcticBarStore, tmp_path: Path
) -> None:
    series = read_series(bars_file(tmp_path, [1.0, 2.0, 3.0], "MINE"))
    store.write("MINE", DataKind.BARS, "1m", InstrumentId("MINE.SIM"), series.columns)
    assert data.choices()[0] == "MINE"
    assert not data.findings(("MINE",))
    assert len(data.load(("MINE",))[0]) == 3
    store.close()


def test_every_wrong_name_is_found_without_reading_anything(data: NamedData, tmp_path: Path) -> None:
    names = (str(tmp_path / "none.csv"), "sample:XYZ", "NOBODY", "sample")
    assert [item.value for item in data.findings(names)] == list(names[:3])
    with pytest.raises(UsageError) as raised:
        data.load(names)
    assert {"sample:XYZ"} <= {item.value for item in raised.value.findings}
    assert "NOBODY" in {item.place for item in raised.value.findings}


def test_the_store_is_not_opened_for_files_and_the_bundled_market(data: NamedData, tmp_path: Path) -> None:
    names = (str(bars_file(tmp_path, [1.0, 2.0])), "sample:AAPL")
    data.findings(names)
    data.load(names)
    assert not (tmp_path / "arctic").exists()


def test_a_series_that_two_names_give_is_refused_and_one_name_within_another_is_not(
    data: NamedData, tmp_path: Path
) -> None:
    assert len(data.load(("sample", "sample:AAPL"))) == len(data.load(("sample",)))
    same = bars_file(tmp_path, [1.0, 2.0])
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(UsageError, match="second time"):
        data.load((str(same), str(bars_file(other, [3.0, 4.0]))))
