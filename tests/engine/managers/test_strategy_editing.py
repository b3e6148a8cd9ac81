"""A configuration is judged whole, changed whole and written down whole."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ares_desktop.domain.differences import without_switches
from ares_desktop.domain.errors import RefusedError, StorageError, StrategyError, UsageError
from ares_desktop.domain.events import CashFlowRecorded, InstanceSaved
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.strategies import Isolation, RestartPolicy, StrategyInstance, StrategyState
from ares_desktop.domain.versions import Preset
from ares_desktop.engine.managers.strategy_editing import InstanceEditing
from tests.engine.house import ACME, House

SOURCE = "test"
SEEN = '''
"""Says what it works with."""
from ares_desktop.api import Params, Strategy, param


class Seen(Strategy):
    """Logs its parameters, cash and band at every bar."""

    class Params(Params):
        size: int = param(10, title="Size", ge=1, le=1000)
        fast: int = param(3, title="Fast", ge=1, le=1000)

    def on_bar(self, bar):
        c = self.context
        self.context.log.info(f"{self.params.size} {self.params.fast} {c.cash} {c.no_trade_band}")
'''


@pytest.fixture
def editing(house: House) -> InstanceEditing:
    return house.managers.strategies.editing


def draft(house: House, name: str, file: str = "idle", **fields: Any) -> StrategyInstance:
    made = house.managers.strategies.editing.draft(file, name)
    return msgspec.structs.replace(made, **{"capital": Decimal(1000), **fields})


def saved(house: House, name: str) -> list[InstanceSaved]:
    return [
        e.payload for e in house.events() if isinstance(e.payload, InstanceSaved) and e.payload.instance.name == name
    ]


async def running(house: House, name: str, file: str = "idle", **fields: Any) -> StrategyInstance:
    await house.managers.strategies.editing.create(draft(house, name, file, **fields), source=SOURCE)
    await house.managers.strategies.enable(name, source=SOURCE)
    await house.until(lambda: house.state(name) == "running")
    return house.managers.strategies.status(name).instance


async def last_line(house: House, name: str) -> str:
    before = len(house.managers.strategies.logs(name))
    await house.play(1)
    await house.until(lambda: len(house.managers.strategies.logs(name)) > before)
    return house.managers.strategies.logs(name)[-1].text


async def test_a_draft_takes_the_defaults_and_changes_nothing(house: House, editing: InstanceEditing) -> None:
    made = editing.draft("idle")
    assert made.file == str(house.strategies / "idle.py")
    assert made.isolation is Isolation.THREAD
    assert made.name not in house.managers.strategies._parts.instances.names()
    with pytest.raises(StrategyError, match="no strategy file"):
        editing.draft("nowhere")


async def test_everything_wrong_with_a_configuration_is_told_at_once(house: House, editing: InstanceEditing) -> None:
    bad = draft(
        house,
        "no spaces",
        account=AccountId("OTHER"),
        instruments=(ACME, ACME, InstrumentId("plain"), InstrumentId("NONE.SIM")),
        parameters={"size": 5000, "color": "red"},
        weight=Decimal("0.2"),
        min_weight=Decimal("0.3"),
        max_weight=Decimal("0.1"),
        no_trade_band=Decimal("NaN"),
        capital=Decimal(0),
        hours="sometimes",
        bar_spec="5x",
        benchmark=InstrumentId("NONE.SIM"),
        restart_limit=-1,
        restart_backoff_s=0.0,
        memory_mb=1,
    )
    places = [finding.place for finding in await editing.validate(bad, new=True)]
    assert sorted(places) == sorted(
        [
            *("name", "account", "instruments", "instruments", "instruments", "benchmark"),
            *("no_trade_band", "min_weight", "max_weight", "capital", "bar_spec", "hours"),
            *("memory_mb", "restart_limit", "restart_backoff_s", "parameters.size", "parameters.color"),
        ]
    )
    with pytest.raises(UsageError) as refused:
        await editing.create(bad, source=SOURCE)
    assert len(refused.value.findings) == len(places)
    missing = await editing.validate(msgspec.structs.replace(bad, file="nowhere"), new=True)
    assert "file" in [finding.place for finding in missing]


async def test_a_whole_draft_becomes_an_instance_switched_off(house: House, editing: InstanceEditing) -> None:
    wanted = draft(house, "whole", active=True, hours="session open to session close", benchmark=ACME, start_order=3)
    status = await editing.create(wanted, source=SOURCE, note="first")
    assert status.instance == without_switches(wanted)
    assert status.state is StrategyState.STOPPED
    assert [item.note for item in saved(house, "whole")] == ["first"]
    with pytest.raises(UsageError, match="is taken"):
        await editing.create(wanted, source=SOURCE)


async def test_a_copy_has_everything_but_the_name_and_the_switches(house: House, editing: InstanceEditing) -> None:
    first = await running(house, "original", parameters={"size": 7}, restart=RestartPolicy.NEVER)
    copy = (await editing.duplicate("original", "copied", source=SOURCE)).instance
    assert copy == msgspec.structs.replace(without_switches(first), name=StrategyId("copied"))
    with pytest.raises(UsageError, match="is taken"):
        await editing.duplicate("original", "copied", source=SOURCE)


async def test_fields_of_a_stopped_instance_change_at_once(house: House, editing: InstanceEditing) -> None:
    await editing.create(draft(house, "still"), source=SOURCE)
    wanted = draft(house, "still", file="holder", parameters={"size": 4}, memory_mb=300, instruments=(ACME,))
    foreseen = await editing.change_of(wanted)
    change = await editing.apply(wanted, source=SOURCE, note="smaller")
    assert change == foreseen
    assert change.effect == "now"
    assert [item.place for item in change.differences] == ["file", "instruments", "parameters.size", "memory_mb"]
    assert saved(house, "still")[-1].note == "smaller"
    assert (await editing.apply(wanted, source=SOURCE)).effect == "nothing"
    assert len(saved(house, "still")) == 2


async def test_nothing_is_changed_when_anything_is_wrong(house: House, editing: InstanceEditing) -> None:
    present = await running(house, "strict")
    bad = msgspec.structs.replace(present, parameters={"size": 5000}, weight=Decimal(2), capital=Decimal(5000))
    before = len(house.events())
    with pytest.raises(UsageError):
        await editing.apply(bad, source=SOURCE)
    with pytest.raises(UsageError, match=r"parameters\.size"):
        await editing.apply(msgspec.structs.replace(present, parameters={"size": 5000}), source=SOURCE)
    assert house.managers.strategies.status("strict").instance == present
    assert len(house.events()) == before


async def test_values_that_no_worker_could_be_sent_are_refused(house: House, editing: InstanceEditing) -> None:
    values = {"size": 10**30, "text": "x" * 100_000, "day": object(), "list": [1, [2**70]]}
    findings = await editing.validate(draft(house, "heavy", parameters=values), new=True)
    assert [finding.place for finding in findings] == [f"parameters.{name}" for name in values]
    for on in (False, True):
        name = f"heavy-{on}"
        await editing.create(draft(house, name), source=SOURCE)
        if on:
            await house.managers.strategies.enable(name, source=SOURCE)
        with pytest.raises(UsageError, match="64 bits"):
            await editing.set_parameters(name, {"size": 10**30}, source=SOURCE)
    with pytest.raises(UsageError, match="64 bits"):
        await editing.add("idle", parameters={"size": 10**30}, source=SOURCE)


async def test_the_switches_are_not_part_of_what_is_applied(house: House, editing: InstanceEditing) -> None:
    present = await running(house, "switched")
    await editing.apply(msgspec.structs.replace(present, active=False, paused=True, start_order=2), source=SOURCE)
    now = house.managers.strategies.status("switched").instance
    assert (now.active, now.paused, now.start_order) == (True, False, 2)


async def test_parameters_of_a_running_instance_change_at_its_next_bar(house: House, editing: InstanceEditing) -> None:
    (house.strategies / "seen.py").write_text(SEEN)
    present = await running(house, "seen", "seen", parameters={"size": 7, "fast": 5})
    assert (await last_line(house, "seen")).startswith("7 5 ")
    wanted = msgspec.structs.replace(present, parameters={"size": 8}, no_trade_band=Decimal("0.02"))
    pid = house.managers.strategies.status("seen").since
    assert (await editing.apply(wanted, source=SOURCE)).effect == "next bar"
    assert await last_line(house, "seen") == "8 3 1000 0.02"
    assert house.managers.strategies.status("seen").since == pid


async def test_money_follows_the_capital_and_reaches_the_worker(house: House, editing: InstanceEditing) -> None:
    (house.strategies / "seen.py").write_text(SEEN)
    present = await running(house, "funded", "seen")
    assert "1000" in await last_line(house, "funded")
    ledger = house.managers.strategies._parts.recorder.fold.ledger
    free = ledger.cash(present.account, UNASSIGNED)
    for capital, moved in ((Decimal(1500), 500), (Decimal(400), -1100)):
        change = await editing.apply(msgspec.structs.replace(present, capital=capital), source=SOURCE)
        assert change.effect == "swap"
        sides = [e.payload for e in house.events() if isinstance(e.payload, CashFlowRecorded)][-2:]
        booked = sorted((str(side.strategy), int(side.amount)) for side in sides)
        assert booked == [("funded", moved), (str(UNASSIGNED), -moved)]
        assert len({side.transfer for side in sides}) == 1
        assert ledger.capital(present.account, present.name) == capital
        await house.until(lambda: house.state("funded") == "running")
        assert f" {capital} " in await last_line(house, "funded")
    assert ledger.cash(present.account, UNASSIGNED) == free + 600
    with pytest.raises(UsageError, match="no strategy has"):
        await editing.apply(msgspec.structs.replace(present, capital=Decimal(10) ** 9), source=SOURCE)
    assert house.managers.strategies.status("funded").instance.capital == 400


async def test_a_fresh_worker_takes_over_what_it_gets_at_its_start(house: House, editing: InstanceEditing) -> None:
    present = await running(house, "moved", instruments=(ACME,))
    wanted = msgspec.structs.replace(present, file=str(house.strategies / "holder.py"), memory_mb=400)
    assert (await editing.change_of(wanted)).effect == "swap"
    assert (await editing.apply(wanted, source=SOURCE)).effect == "swap"
    assert house.managers.strategies.status("moved").instance.file.endswith("holder.py")
    await house.until(lambda: house.state("moved") == "running")
    await house.play(2)
    positions = house.managers.portfolio.positions
    await house.until(lambda: any(row.strategy == "moved" and row.quantity for row in positions()))


async def test_what_is_held_can_neither_lose_its_instrument_nor_its_account(
    house: House, editing: InstanceEditing
) -> None:
    present = await running(house, "holding", "holder", instruments=(ACME,), capital=Decimal(5000))
    positions = house.managers.portfolio.positions
    await house.play(2)
    await house.until(lambda: any(row.strategy == "holding" and row.quantity for row in positions()))
    other = msgspec.structs.replace(present, instruments=(InstrumentId("OTHER.SIM"),))
    for call in (editing.change_of(other), editing.apply(other, source=SOURCE)):
        with pytest.raises(RefusedError, match="POSITIONS_HELD"):
            await call
    moved = msgspec.structs.replace(present, account=AccountId("LIVE"))
    with pytest.raises(RefusedError, match="switch it off"):
        await editing.apply(moved, source=SOURCE)
    await house.managers.strategies.disable("holding", source=SOURCE)
    with pytest.raises(RefusedError, match="flatten it first"):
        await editing.apply(moved, source=SOURCE)
    with pytest.raises(UsageError, match="in cash"):
        await editing.apply(msgspec.structs.replace(present, capital=Decimal(1)), source=SOURCE)
    assert house.managers.strategies.status("holding").instance.instruments == (ACME,)


async def test_a_worker_keeps_what_is_in_force_when_the_journal_fails(house: House, editing: InstanceEditing) -> None:
    (house.strategies / "seen.py").write_text(SEEN)
    present = await running(house, "unkept", "seen", parameters={"size": 7})
    with house.locked_journal(), pytest.raises(StorageError):
        await editing.apply(msgspec.structs.replace(present, parameters={"size": 9}), source=SOURCE)
    assert house.managers.strategies.status("unkept").instance == present
    assert (await last_line(house, "unkept")).startswith("7 ")


async def test_two_instances_of_one_file_share_nothing(house: House) -> None:
    (house.strategies / "seen.py").write_text(SEEN)
    one = await running(house, "twin", "holder", parameters={"size": 2})
    two = await running(house, "twin-2", "holder", parameters={"size": 3})
    assert one.file == two.file
    await house.play(2)
    held = {
        row.strategy: row.quantity for row in house.managers.portfolio.positions() if row.strategy in {"twin", "twin-2"}
    }
    await house.until(lambda: len(house.managers.trades.fills()) >= 2)
    house.managers.portfolio.collect()
    held = {
        row.strategy: row.quantity for row in house.managers.portfolio.positions() if row.strategy in {"twin", "twin-2"}
    }
    assert held == {"twin": 2, "twin-2": 3}
    ids = {order.intent.strategy: order.id for order in house.managers.trades.orders()}
    assert (ids[StrategyId("twin")], ids[StrategyId("twin-2")]) == ("twin-000001", "twin-2-000001")
    ledger = house.managers.strategies._parts.recorder.fold.ledger
    assert ledger.cash(one.account, one.name) != ledger.cash(two.account, two.name)


async def test_an_export_is_imported_as_it_was_all_of_it_or_nothing(house: House, editing: InstanceEditing) -> None:
    for name in ("ex-1", "ex-2"):
        await editing.create(
            draft(house, name, weight=Decimal("0.10"), parameters={"size": 6}, instruments=(ACME,)), source=SOURCE
        )
    text = editing.export_text(["ex-1", "ex-2"])
    assert 'file = "idle"' in text
    with pytest.raises(UsageError) as refused:
        await editing.import_text(text.replace("ex-2", "ex-3").replace("size = 6", "size = 6000"), source=SOURCE)
    places = [finding.place for finding in refused.value.findings]
    assert [place.partition(", ")[2] for place in places] == [
        "ex-1.name",
        "ex-1.parameters.size",
        "ex-3.parameters.size",
    ]
    assert all(place.startswith("line ") for place in places)
    assert "ex-3" not in house.managers.strategies._parts.instances.names()
    names = await editing.import_text(text.replace("ex-", "im-"), source=SOURCE)
    assert names == ("im-1", "im-2")
    for old, new in (("ex-1", "im-1"), ("ex-2", "im-2")):
        was, got = (house.managers.strategies.status(name).instance for name in (old, new))
        assert msgspec.structs.replace(got, name=was.name) == was
    with pytest.raises(UsageError, match="used twice"):
        await editing.import_text(text.replace("ex-1", "same").replace("ex-2", "same"), source=SOURCE)


async def test_presets_are_kept_for_a_file_and_judged_by_it(house: House, editing: InstanceEditing) -> None:
    await editing.save_preset(Preset(name="small", strategy="idle", parameters={"size": 2}))
    await editing.save_preset(Preset(name="big", strategy=str(house.strategies / "idle.py"), parameters={"size": 900}))
    await editing.save_preset(Preset(name="small", strategy="idle", parameters={"size": 3}))
    assert [(item.name, item.parameters) for item in editing.presets("idle")] == [
        ("big", {"size": 900}),
        ("small", {"size": 3}),
    ]
    with pytest.raises(UsageError) as refused:
        await editing.save_preset(Preset(name=" ", strategy="idle", parameters={"size": 0}))
    assert len(refused.value.findings) == 2
    await editing.delete_preset("idle", "big")
    with pytest.raises(UsageError, match="small"):
        await editing.delete_preset("idle", "big")
    file = house.profile.presets / "idle.toml"
    file.write_text("[small\n")
    for call in (editing.save_preset(Preset(name="x", strategy="idle", parameters={})),):
        with pytest.raises(StorageError, match="line 1"):
            await call
    with pytest.raises(StorageError, match="damaged"):
        editing.presets("idle")
    assert file.read_text() == "[small\n"
