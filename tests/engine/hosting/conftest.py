"""Gives hosting tests a stage that leaves nothing running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.hosting.stage import Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A supervisor on a replayed market; closed at the end."""
    made = Stage(tmp_path)
    yield made
    await made.supervisor.close(grace_s=0.2)
