"""Houses that are closed after their test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.engine.house import House

MakeHouse = Callable[..., House]


@pytest.fixture
async def make_house(tmp_path: Path) -> AsyncIterator[MakeHouse]:
    """Make houses in folders of their own."""
    made: list[House] = []

    def make(name: str = "house", **options: object) -> House:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        made.append(House(folder, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for house in made:
        await house.close()


@pytest.fixture
async def house(make_house: MakeHouse) -> House:
    """An engine on forty bars at 100 that stands still."""
    made = make_house()
    await made.open()
    return made
