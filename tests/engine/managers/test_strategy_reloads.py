"""A strategy file that is saved again takes over while its instance runs, or leaves it as it is and says why."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.events import StrategyReloaded
from ares_desktop.domain.strategies import CatalogEntry, Isolation, StrategyStatus
from ares_desktop.engine.hosting.source import source_sha256
from ares_desktop.engine.managers.strategies import StrategyManager
from tests.engine.house import House

SOURCE = "test"
BUYER = """
from ares_desktop.api import Strategy


class Buyer(Strategy):
    SIZE = 1

    def on_bar(self, bar):
        self.context.buy(bar.instrument, self.SIZE, reason=str(self.SIZE))
"""
TWICE = BUYER.replace("SIZE = 1", "SIZE = 2")


@pytest.fixture
def strategies(house: House) -> StrategyManager:
    return house.managers.strategies


@pytest_asyncio.fixture(loop_scope="module")
async def buyer(house: House, strategies: StrategyManager, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """One instance of a file of its own, which buys one at each bar; removed at the end."""
    name = request.node.originalname[-24:].strip("_").replace("_", "-")
    (house.strategies / f"{name}.py").write_text(BUYER)
    await house.add(name, isolation=Isolation.PROCESS)
    yield name
    await strategies.disable(name, source=SOURCE)


def file_of(house: House, name: str) -> Path:
    return house.strategies / f"{name}.py"


def sizes(house: House, name: str) -> list[str]:
    return [str(item.intent.quantity) for item in house.managers.trades.orders() if item.intent.strategy == name]


async def test_a_saved_file_takes_over_and_the_journal_says_so(
    house: House, strategies: StrategyManager, buyer: str
) -> None:
    await house.play(2)
    pid = strategies.status(buyer).pid
    file_of(house, buyer).write_text(TWICE)
    await house.until(lambda: strategies.status(buyer).reloaded_at)
    await house.play(2)
    await house.until(lambda: sizes(house, buyer) == ["1", "1", "2", "2"])
    status = strategies.status(buyer)
    assert (status.reload_fault, status.restarts, status.fault) == (None, 0, None)
    assert status.pid != pid
    (told,) = [e.payload for e in house.events() if isinstance(e.payload, StrategyReloaded) and e.payload.name == buyer]
    assert (told.file, told.sha256) == (str(file_of(house, buyer)), source_sha256(file_of(house, buyer)))


async def test_a_bad_save_is_shown_with_its_line_and_the_next_good_one_takes_over(
    house: House, strategies: StrategyManager, buyer: str
) -> None:
    seen: list[StrategyStatus] = []
    strategies.status_changed.connect(seen.append)
    pid = strategies.status(buyer).pid
    file_of(house, buyer).write_text(BUYER.replace("self.SIZE, reason", "self.SIZE,, reason"))
    await house.until(lambda: strategies.status(buyer).reload_fault)
    fault = strategies.status(buyer).reload_fault
    assert fault is not None
    assert (fault.kind, fault.line, fault.file) == ("syntax", 9, str(file_of(house, buyer)))
    assert strategies.status(buyer).state.value == "running"
    assert strategies.status(buyer).pid == pid
    await house.until(lambda: any(item.reload_fault for item in seen if item.instance.name == buyer))
    file_of(house, buyer).write_text(TWICE)
    await house.until(lambda: strategies.status(buyer).reloaded_at)
    assert strategies.status(buyer).reload_fault is None
    await house.play(1)
    await house.until(lambda: sizes(house, buyer) == ["2"])
    strategies.status_changed.disconnect(seen.append)


async def test_going_back_to_what_runs_clears_the_fault(house: House, strategies: StrategyManager, buyer: str) -> None:
    file_of(house, buyer).write_text("1 / 0\n")
    await house.until(lambda: strategies.status(buyer).reload_fault)
    file_of(house, buyer).write_text(BUYER)
    await house.until(lambda: not strategies.status(buyer).reload_fault)
    assert strategies.status(buyer).reloaded_at is None


async def test_a_removed_file_is_told_and_comes_back(house: House, strategies: StrategyManager, buyer: str) -> None:
    file = file_of(house, buyer)
    source = file.read_text()
    file.unlink()
    await house.until(lambda: strategies.status(buyer).reload_fault)
    fault = strategies.status(buyer).reload_fault
    assert fault is not None
    assert (fault.kind, strategies.status(buyer).state.value) == ("removed", "running")
    file.write_text(source)
    await house.until(lambda: not strategies.status(buyer).reload_fault)


async def test_of_two_files_of_one_name_each_is_known_for_itself(strategies: StrategyManager, tmp_path: Path) -> None:
    files = [tmp_path / folder / "same.py" for folder in ("one", "two")]
    for file, text in zip(files, (BUYER, "x("), strict=True):
        file.parent.mkdir()
        file.write_text(text)
        await strategies.check(str(file))
    entries = [strategies.entry_of(str(file)) for file in files]
    assert [entry is not None and bool(entry.faults) for entry in entries] == [False, True]


async def test_a_reload_on_demand_raises_what_is_wrong(house: House, strategies: StrategyManager, buyer: str) -> None:
    await strategies.lives.reload(buyer, source=SOURCE)
    assert strategies.status(buyer).reloaded_at is not None
    file_of(house, buyer).write_text(BUYER.replace("class Buyer(Strategy):", "class Buyer:"))
    with pytest.raises(StrategyError, match="must define a class derived from"):
        await strategies.lives.reload(buyer, source=SOURCE)
    await strategies.disable(buyer, source=SOURCE)
    with pytest.raises(StrategyError, match="does not run"):
        await strategies.lives.reload(buyer, source=SOURCE)


async def test_files_that_come_and_go_are_in_the_catalog_at_once(house: House, strategies: StrategyManager) -> None:
    entries: list[CatalogEntry] = []
    strategies.catalog_changed.connect(entries.append)
    new = house.strategies / "dropped_in.py"
    new.write_text(BUYER)
    await house.until(lambda: any(entry.name == "dropped_in" for entry in strategies.catalog()))
    new.unlink()
    await house.until(lambda: all(entry.name != "dropped_in" for entry in strategies.catalog()))
    assert [fault.kind for fault in entries[-1].faults] == ["removed"]
    strategies.catalog_changed.disconnect(entries.append)


async def test_a_restart_that_meets_a_file_changed_for_the_worse_says_so(
    house: House, strategies: StrategyManager
) -> None:
    file = house.strategies / "worse.py"
    file.write_text(
        "import os, pathlib\nfrom ares_desktop.api import Strategy\n\n\nclass Worse(Strategy):\n"
        "    def on_bar(self, bar):\n        pathlib.Path(__file__).write_text('1 / 0')\n        os._exit(3)\n"
    )
    name = await house.add("worse", isolation=Isolation.PROCESS)
    await house.play(1)
    await house.until(lambda: (fault := strategies.status(name).fault) and "was changed" in fault.message)
    fault = strategies.status(name).fault
    assert fault is not None
    assert "ZeroDivisionError" in fault.message
    assert fault.line == 1
    assert strategies.status(name).restart_at is None
    await strategies.disable(name, source=SOURCE)


async def test_files_are_watched_on_after_a_moment_in_which_none_can_be_opened(
    house: House, strategies: StrategyManager, buyer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def no_descriptor(*_: object) -> tuple[Path, ...]:
        looked.append(1)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(type(strategies.lives.reloads._parts.catalog), "files", no_descriptor)
        await house.until(lambda: looked)
    file_of(house, buyer).write_text(TWICE)
    await house.until(lambda: strategies.status(buyer).reloaded_at)
