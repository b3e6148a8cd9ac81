"""Desks that are closed after their test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.engine.trading.desk import Desk, ObedientBroker

OpenDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def open_desk(tmp_path: Path) -> AsyncIterator[OpenDesk]:
    """Open desks on one journal, each with the broker it is given or a fresh one."""
    desks: list[Desk] = []

    async def make(broker: ObedientBroker | None = None, **options: object) -> Desk:
        desk = Desk(tmp_path / "journal.sqlite", broker or ObedientBroker(), **options)  # type: ignore[arg-type]
        desks.append(desk)
        await desk.open()
        return desk

    yield make
    for desk in desks:
        await desk.close()


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """A desk with a million in cash and the market at 100."""
    return await open_desk()
