"""The log of a search finds again what was done, whatever moment it ended in, and never what another search did."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ares_desktop.domain.errors import StorageError
from ares_desktop.engine.backtest.search.identity import identity_of
from ares_desktop.engine.backtest.search.trial_log import TrialLog
from ares_desktop.engine.backtest.search.trials import TrialOrder, Tried
from tests.engine.backtest.search.builders import figures
from tests.engine.pipelines.searching import a_market, a_search, strategy_file

ORDERS = [TrialOrder(number, {"fast": number, "side": "long"}, 5, 10) for number in range(4)]
DONE = [(order, Tried(order.number, figures=figures(sharpe=1.5), returns=b"\0" * 8)) for order in ORDERS]


def written(path: Path, identity: bytes = b"one") -> bytes:
    log = TrialLog(path, identity)
    log.open()
    log.append(DONE[:2])
    log.append(DONE[2:])
    log.close()
    return path.read_bytes()


def found(path: Path, identity: bytes = b"one") -> list[Tried | None]:
    log = TrialLog(path, identity)
    log.open()
    log.close()
    return [log.find(order) for order in ORDERS]


def test_what_was_done_is_found_again(tmp_path: Path) -> None:
    written(tmp_path / "log")
    assert found(tmp_path / "log") == [tried for _, tried in DONE]


def test_another_search_begins_anew(tmp_path: Path) -> None:
    written(tmp_path / "log")
    assert found(tmp_path / "log", b"two") == [None] * 4
    assert found(tmp_path / "log") == [None] * 4


@pytest.mark.parametrize(
    "other",
    [
        TrialOrder(1, {"fast": 2, "side": "long"}, 5, 10),
        TrialOrder(1, {"fast": 1, "side": "long"}, 5, 11),
        TrialOrder(7, {"fast": 1, "side": "long"}, 5, 10),
    ],
)
def test_another_order_was_not_carried_out(tmp_path: Path, other: TrialOrder) -> None:
    written(tmp_path / "log")
    log = TrialLog(tmp_path / "log", b"one")
    log.open()
    assert log.find(other) is None
    log.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), garbage=st.binary(max_size=40))
def test_a_torn_end_loses_no_more_than_itself_and_can_be_written_on(tmp_path: Path, cut: int, garbage: bytes) -> None:
    path = tmp_path / "log"
    path.unlink(missing_ok=True)
    data = written(path)
    path.write_bytes(data[: len(data) - cut % len(data)] + garbage)
    before = found(path)
    done = sum(tried is not None for tried in before)
    assert before == [tried for _, tried in DONE[:done]] + [None] * (4 - done)
    log = TrialLog(path, b"one")
    log.open()
    log.append(DONE[done:])
    log.close()
    assert found(path) == [tried for _, tried in DONE]


def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be used"):
        TrialLog(tmp_path, b"one").open()


def test_an_identity_changes_with_search_data_and_code_but_not_with_the_workers(tmp_path: Path) -> None:
    file = strategy_file(tmp_path)
    spec, market = a_search(file), a_market(50)
    one = identity_of(spec, [market])
    assert identity_of(a_search(file, workers=7, dask="tcp://a:1"), [a_market(50)]) == one
    assert identity_of(a_search(file, seed=4), [market]) != one
    assert identity_of(spec, [a_market(50, seed=8)]) != one
    dearer = msgspec.structs.replace(market, instrument=msgspec.structs.replace(market.instrument, currency="EUR"))
    assert identity_of(spec, [dearer]) != one
    file.write_text(file.read_text() + "\n")
    assert identity_of(spec, [market]) != one
