"""Waiting for a state."""

from ares_desktop.engine.runtime.waiting import until


async def test_it_returns_as_soon_as_the_state_is_there() -> None:
    looks: list[int] = []

    def third_look() -> bool:
        looks.append(1)
        return len(looks) == 3

    assert await until(third_look, within_s=10.0, every_s=0.0)
    assert len(looks) == 3


async def test_it_gives_up_in_the_end() -> None:
    assert not await until(lambda: False, within_s=0.0)
