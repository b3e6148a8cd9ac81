"""Gives hosting tests a stage that leaves nothing running; all share one loop and one fork server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ares_desktop.engine.hosting.launcher import Launcher
from tests.engine.hosting.stage import Stage

_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run this folder's tests on the loop that the fork server's socket is watched by."""
    for item in items:
        if _FOLDER in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def launcher() -> AsyncIterator[Launcher]:
    """A fork server for all tests."""
    made = Launcher()
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tmp_path: Path, launcher: Launcher) -> AsyncIterator[Stage]:
    """A supervisor on a replayed market; closed at the end."""
    made = Stage(tmp_path, launcher)
    yield made
    await made.supervisor.close(grace_s=0.2)
