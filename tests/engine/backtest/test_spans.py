"""From when to when named data reaches."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ares_desktop.domain.errors import Finding
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.engine.adapters.feeds.named import NamedData
from ares_desktop.engine.backtest.spans import data_spans
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import BarStore


class _NoStore:
    """A store that nothing was imported into."""

    def symbols(self) -> Sequence[object]:
        return ()


@pytest.fixture
def market() -> NamedData:
    """Files and the bundled market."""
    store: BarStore = _NoStore()  # type: ignore[assignment] # only its symbols are asked for
    return NamedData(store)


def a_file(folder: Path, name: str, days: int) -> str:
    start = to_ns(datetime(2020, 1, 1, tzinfo=UTC))
    stamps = start + np.arange(days, dtype=np.int64) * 86_400 * NS_PER_SECOND
    lines = [f"{datetime.fromtimestamp(ts / NS_PER_SECOND, UTC):%Y-%m-%d},1,2,0.5,1.5,100" for ts in stamps.tolist()]
    file = folder / name
    file.write_text("\n".join(["date,open,high,low,close,volume", *lines]))
    return str(file)


def test_each_name_has_its_own_span(market: NamedData, tmp_path: Path) -> None:
    short, long = a_file(tmp_path, "A.csv", 10), a_file(tmp_path, "B.csv", 400)
    spans = data_spans(market, (short, long))
    assert spans[short][0].date().isoformat() <= "2020-01-02"
    assert (spans[short][1] - spans[short][0]).days == 9
    assert (spans[long][1] - spans[long][0]).days == 399


def test_what_can_not_be_read_is_left_out(market: NamedData, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("no times here\n1\n")
    good = a_file(tmp_path, "A.csv", 10)
    assert set(data_spans(market, (str(broken), str(tmp_path / "gone.csv"), good, "NOSUCH"))) == {good}


def test_nothing_is_no_span() -> None:
    class Empty:
        def choices(self) -> tuple[str, ...]:
            return ()

        def findings(self, names: Sequence[str]) -> Sequence[Finding]:
            del names
            return ()

        def load(self, names: Sequence[str]) -> Sequence[Series]:
            del names
            return ()

    assert data_spans(Empty(), ("a",)) == {}
