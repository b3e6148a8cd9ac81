"""What a file holds comes back from the local store as it was."""

from pathlib import Path

from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.adapters.feeds.loading import load_symbol
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.data.importer import Importer

TEXT = """Date,Open,High,Low,Close,Volume,Dividends,Stock Splits
2024-03-04,100,101,99,100,1000,0.0,0.0
2024-03-05,100,101,99,100,1000,0.25,0.0
2024-03-06,50,51,49,50,1000,0.0,2.0
"""


async def test_dividends_and_splits_survive_an_import(tmp_path: Path) -> None:
    file = tmp_path / "AAPL.csv"
    file.write_text(TEXT)
    store = ArcticBarStore(tmp_path / "store")
    try:
        await Importer(store, read_series).run([file])
        found = load_symbol("AAPL", store)
    finally:
        store.close()
    direct = read_series(file)
    assert found.actions == direct.actions
    assert [action.value for action in found.actions] == [0.25, 2.0]
    assert found.columns.keys() == direct.columns.keys()
    assert found.instrument == direct.instrument
