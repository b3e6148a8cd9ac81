"""One engine for all tests of a file, since starting one takes a while; each test uses strategies of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.house import House
from tests.engine.trading.desk import Desk, ObedientBroker

_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run this folder's tests on the loop that their engine lives on."""
    for item in items:
        if _FOLDER in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An engine on four hundred bars at 100 of which one has been played."""
    made = House(tmp_path_factory.mktemp("house"), [100.0] * 400)
    made.settings["risk.duplicate_window_s"] = "0"
    await made.open()
    await made.play(1)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a million in cash and the market at 100."""
    made = Desk(tmp_path / "journal.sqlite", ObedientBroker())
    await made.open()
    yield made
    await made.close()
