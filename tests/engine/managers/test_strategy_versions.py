"""Every configuration becomes a version, in order and once, whatever fails in between."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest

from ares_desktop.domain.errors import StorageError, UsageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.domain.versions import InstanceVersion
from ares_desktop.engine.managers import strategy_versions
from ares_desktop.engine.managers.strategy_versions import InstanceVersions
from tests.engine.house import House

SOURCE = "test"


class Shelf:
    """A store in memory that fails when it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, list[InstanceVersion]] = {}
        self.failing = False
        self.opened = 0

    def save(self, version: InstanceVersion) -> InstanceVersion:
        self._try()
        kept = self.kept.setdefault(version.instance.name, [])
        same = next((item for item in kept if item.sequence == version.sequence), None)
        if same is None:
            same = msgspec.structs.replace(version, number=len(kept) + 1)
            kept.append(same)
        return same

    def history(self, name: str) -> Sequence[InstanceVersion]:
        self._try()
        return tuple(reversed(self.kept.get(name, [])))

    def names(self) -> Sequence[str]:
        self._try()
        return tuple(sorted(self.kept))

    def _try(self) -> None:
        self.opened += 1
        if self.failing:
            raise StorageError("the disk is full")


class States:
    """Marks in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def save(self, name: str, state: bytes) -> None:
        self.kept[name] = state


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def states() -> States:
    return States()


def attached(house: House, shelf: Shelf, states: States) -> InstanceVersions:
    """Return the versions as another start of the application would have them."""
    manager = house.managers.strategies
    made = InstanceVersions(manager._parts, manager.editing)
    made.attach(shelf, marks=states, journal=house.engine._services.journal)  # type: ignore[union-attr]
    return made


async def change(house: House, name: str, **fields: object) -> StrategyInstance:
    manager = house.managers.strategies
    wanted = msgspec.structs.replace(manager.status(name).instance, **fields)
    await manager.editing.apply(wanted, source=SOURCE, note=str(fields))
    return wanted


async def test_every_change_is_a_version_and_a_switch_is_none(house: House, shelf: Shelf, states: States) -> None:
    versions = attached(house, shelf, states)
    await house.add("idle", "stepping", capital=Decimal(1000))
    await house.managers.strategies.disable("stepping", source=SOURCE)
    await change(house, "stepping", start_order=1)
    await house.managers.strategies.set_parameters("stepping", {"size": 7}, source="window")
    history = await versions.history("stepping")
    assert [(item.number, item.source) for item in history] == [(3, "window"), (2, SOURCE), (1, SOURCE)]
    assert history[1].note == "{'start_order': 1}"
    assert not any(item.instance.active for item in history)
    assert [item.sequence for item in history] == sorted((item.sequence for item in history), reverse=True)
    assert versions.number(StrategyId("stepping")) == 3
    places = [item.place for item in versions.difference(history[2].instance, history[0].instance)]
    assert places == ["parameters.size", "start_order"]


async def test_what_a_crash_left_out_is_read_from_the_journal_again(house: House, shelf: Shelf, states: States) -> None:
    await house.managers.strategies.add("idle", name="crashed", capital=Decimal(1000), source=SOURCE)
    assert len(await attached(house, shelf, states).history("crashed")) == 1
    await change(house, "crashed", start_order=1)
    await change(house, "crashed", start_order=2)
    later = attached(house, shelf, states)
    assert [item.instance.start_order for item in await later.history("crashed")] == [2, 1, 0]
    assert len(await attached(house, shelf, states).history("crashed")) == 3


async def test_a_start_after_an_orderly_end_does_not_even_load_the_store(
    house: House, shelf: Shelf, states: States
) -> None:
    await house.managers.strategies.add("idle", name="calm", capital=Decimal(1000), source=SOURCE)
    first = attached(house, shelf, states)
    await first.history("calm")
    await first.keep()
    opened = shelf.opened
    again = attached(house, shelf, states)
    await again._carry_over()
    assert shelf.opened == opened
    assert again.number(StrategyId("calm")) == 1
    await change(house, "calm", start_order=5)
    third = attached(house, shelf, states)
    await third._carry_over()
    assert third.number(StrategyId("calm")) == 2


async def test_a_store_that_was_put_back_from_a_backup_is_filled_again(
    house: House, shelf: Shelf, states: States
) -> None:
    await house.managers.strategies.add("idle", name="backed", capital=Decimal(1000), source=SOURCE)
    first = attached(house, shelf, states)
    await first.history("backed")
    await change(house, "backed", start_order=5)
    await first.history("backed")
    await first.keep()
    del shelf.kept["backed"][1:]
    newest = max(items[-1].sequence for items in shelf.kept.values())
    shelf.kept = {name: items for name, items in shelf.kept.items() if items[-1].sequence <= newest}
    again = attached(house, shelf, states)
    assert [item.instance.start_order for item in await again.history("backed")] == [5, 0]
    shelf.kept.clear()
    assert len(await attached(house, shelf, states).history("backed")) == 2


async def test_a_failing_store_is_told_and_tried_again_while_trading_goes_on(
    house: House, shelf: Shelf, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strategy_versions, "_BEGIN_S", 0.0)
    monkeypatch.setattr(strategy_versions, "_RETRY_S", (0.01,))
    versions = attached(house, shelf, states)
    told: list[str] = []
    versions.on_failure = told.append
    shelf.failing = True
    await house.managers.strategies.add("idle", name="patient", capital=Decimal(1000), source=SOURCE)
    running = house.engine._tasks.spawn(versions.run(), "versions of this test")  # type: ignore[union-attr]
    await house.until(lambda: told)
    await change(house, "patient", start_order=3)
    assert house.managers.strategies.status("patient").instance.start_order == 3
    with pytest.raises(StorageError, match="disk is full"):
        await versions.history("patient")
    shelf.failing = False
    await house.until(lambda: len(shelf.kept.get("patient", [])) == 2)
    await house.until(lambda: told[-1] == "")
    assert told == ["the disk is full", ""]
    running.cancel()


async def test_an_old_version_is_restored_as_a_new_one_with_the_switches_in_force(
    house: House, shelf: Shelf, states: States
) -> None:
    versions = attached(house, shelf, states)
    await house.add("idle", "again", capital=Decimal(1000), parameters={"size": 5})
    await house.managers.strategies.set_parameters("again", {"size": 6}, source=SOURCE)
    done = await versions.restore("again", 1, source=SOURCE)
    assert done.effect == "next bar"
    now = house.managers.strategies.status("again").instance
    assert (now.parameters, now.active) == ({"size": 5}, True)
    newest = (await versions.history("again"))[0]
    assert (newest.number, newest.note) == (3, "version 1 again")
    with pytest.raises(UsageError, match="versions 1 to 3"):
        await versions.restore("again", 9, source=SOURCE)
    with pytest.raises(UsageError, match="has no versions"):
        await versions.history("nobody")


async def test_versions_outlive_their_instance_and_bring_it_back(house: House, shelf: Shelf, states: States) -> None:
    versions = attached(house, shelf, states)
    await house.managers.strategies.add(
        "idle", name="gone", capital=Decimal(1000), parameters={"size": 5}, source=SOURCE
    )
    await house.managers.strategies.remove("gone", source=SOURCE)
    assert len(await versions.history("gone")) == 1
    await versions.restore("gone", 1, source=SOURCE)
    assert house.managers.strategies.status("gone").instance.parameters == {"size": 5}


async def test_a_version_that_does_not_fit_any_more_is_refused_like_any_change(
    house: House, shelf: Shelf, states: States
) -> None:
    versions = attached(house, shelf, states)
    await house.managers.strategies.add(
        "idle", name="older", capital=Decimal(1000), parameters={"size": 5}, source=SOURCE
    )
    await house.managers.strategies.set_parameters("older", {"size": 6}, source=SOURCE)
    text = (house.strategies / "idle.py").read_text()
    (house.strategies / "idle.py").write_text(text.replace("ge=1,", "ge=6,"))
    try:
        with pytest.raises(UsageError, match=r"parameters\.size"):
            await versions.restore("older", 1, source=SOURCE)
    finally:
        (house.strategies / "idle.py").write_text(text)
    assert house.managers.strategies.status("older").instance.parameters == {"size": 6}


async def test_the_engine_keeps_versions_in_the_profile_and_shows_their_number(house: House) -> None:
    strategies = house.managers.strategies
    await strategies.add("idle", name="kept", capital=Decimal(1000), source=SOURCE)
    await strategies.versions.history("kept")
    assert strategies.status("kept").version == 1
    assert (house.profile.arctic / "strategies").exists()
