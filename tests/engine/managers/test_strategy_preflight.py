"""A start is looked at beforehand: what forbids it, what a person may force, and what is journaled of it."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.events import InstanceSaved, StartForced
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.monitoring import ConnectionState
from ares_desktop.domain.preflight import CheckState, PreflightReport
from ares_desktop.engine.managers.strategies import StrategyManager
from tests.engine.house import ACME, House

SOURCE = "test"


@pytest.fixture
def strategies(house: House) -> StrategyManager:
    return house.managers.strategies


@pytest.fixture
def away(house: House) -> Iterator[None]:
    """Let the broker be away as far as anybody can see."""
    assert house.engine is not None
    (link,) = house.engine._services.links
    status = link._status
    link._set_state(ConnectionState.FAILED, "no answer")
    yield
    link._status = status
    link.gate_link.connected = link.gate_link.reconciled = True


async def add(strategies: StrategyManager, name: str, **fields: object) -> str:
    values = {"capital": Decimal(1000), "source": SOURCE, **fields}
    return (await strategies.add("idle", name=name, **values)).instance.name  # type: ignore[arg-type]


def states(report: PreflightReport) -> dict[str, CheckState]:
    return {check.code: check.state for check in report.checks}


def forced(house: House) -> list[StartForced]:
    return [event.payload for event in house.events() if isinstance(event.payload, StartForced)]


async def test_a_good_instance_starts_without_force_and_nothing_of_it_is_journaled(
    house: House, strategies: StrategyManager
) -> None:
    name = await add(strategies, "calm")
    report = await strategies.preflights.preflight(name)
    assert not report.failed
    found = states(report)
    assert {found[code] for code in ("STRATEGY_FILE", "INSTRUMENTS", "BROKER", "RECONCILED", "BUDGET", "MARGIN")} == {
        CheckState.PASSED
    }
    assert {effect.title: effect.text for effect in report.effects}["Capital"].startswith("1,000.00 USD move")
    await strategies.enable(name, source=SOURCE)
    assert not forced(house)
    await strategies.disable(name, source=SOURCE)


@pytest.mark.usefixtures("away")
async def test_what_fails_is_refused_with_its_remedy_until_a_person_forces_it(
    house: House, strategies: StrategyManager
) -> None:
    name = await add(strategies, "lonely")
    with pytest.raises(RefusedError, match=r"paper is failed: no answer.*reconnect.*with force") as refused:
        await strategies.enable(name, source=SOURCE)
    assert refused.value.code == "PREFLIGHT"
    assert not strategies.status(name).instance.active
    await strategies.enable(name, source=SOURCE, force=True)
    assert strategies.status(name).instance.active
    (event,) = forced(house)
    assert (event.name, event.failed, event.source) == (name, ("BROKER",), SOURCE)
    await strategies.disable(name, source=SOURCE)


async def test_a_faulty_file_can_not_be_forced(house: House, strategies: StrategyManager) -> None:
    name = await add(strategies, "broken")
    good = (house.strategies / "idle.py").read_text()
    (house.strategies / "idle.py").write_text("import nothing_like_this\n")
    try:
        with pytest.raises(RefusedError, match="nothing_like_this"):
            await strategies.enable(name, source=SOURCE, force=True)
    finally:
        (house.strategies / "idle.py").write_text(good)
    assert not strategies.status(name).instance.active
    await strategies.enable(name, source=SOURCE)
    await strategies.disable(name, source=SOURCE)


async def test_capital_that_nobody_has_can_not_be_forced(strategies: StrategyManager) -> None:
    name = await add(strategies, "greedy", capital=Decimal(10**9))
    with pytest.raises(UsageError, match="that no strategy has"):
        await strategies.enable(name, source=SOURCE, force=True)
    assert not strategies.status(name).instance.active
    await strategies.remove(name, source=SOURCE)


async def test_of_two_that_want_the_last_money_at_once_the_refused_one_is_not_left_switched_on(
    strategies: StrategyManager,
) -> None:
    probe = strategies.status(await add(strategies, "probe")).instance
    free = (await strategies.preflights._gathered(probe)).money.free
    pair = [await add(strategies, name, capital=free) for name in ("first", "second")]
    ends = await asyncio.gather(*(strategies.enable(name, source=SOURCE) for name in pair), return_exceptions=True)
    refused = [name for name, end in zip(pair, ends, strict=True) if isinstance(end, UsageError)]
    assert len(refused) == 1
    assert [strategies.status(name).instance.active for name in pair] == [name not in refused for name in pair]
    for name in (*pair, "probe"):
        await strategies.disable(name, source=SOURCE)
        await strategies.remove(name, source=SOURCE)


async def test_running_strategies_are_named(house: House, strategies: StrategyManager) -> None:
    other = await house.add("idle", "other", capital=Decimal(1000))
    report = await strategies.preflights.preflight(await add(strategies, "twin"))
    told = {check.code: check for check in report.checks}
    assert told["OVERLAP"].state is CheckState.WARNING
    assert f"{other} trades {ACME} (flat)" in told["OVERLAP"].reason
    assert "100 for all that run" in told["MESSAGE_RATE"].reason
    await strategies.disable(other, source=SOURCE)


async def test_a_draft_is_looked_at_before_it_is_an_instance(strategies: StrategyManager) -> None:
    present = strategies.status(await add(strategies, "draft")).instance
    draft = type(present)(
        name=present.name,
        file=present.file,
        account=present.account,
        instruments=(ACME, InstrumentId("GONE.SIM")),
        parameters={"size": 0},
        hours="session open +5m to session close -10m",
    )
    report = await strategies.preflights.preflight(draft)
    assert {check.code for check in report.forbidden} == {"STRATEGY_FILE", "INSTRUMENTS"}
    assert strategies.status(present.name).instance == present


async def test_an_unknown_name_is_told(strategies: StrategyManager) -> None:
    with pytest.raises(UsageError, match="is not known"):
        await strategies.preflights.preflight("nobody")


async def test_hours_hold_at_the_gate_of_the_running_engine(house: House, strategies: StrategyManager) -> None:
    holder = await strategies.add("holder", name="early", capital=Decimal(10_000), source=SOURCE)
    name = holder.instance.name
    assert house.engine is not None
    recorder = house.engine._services.recorder
    instance = type(holder.instance)(
        name=name,
        file=holder.instance.file,
        account=holder.instance.account,
        instruments=(ACME,),
        capital=Decimal(10_000),
        isolation=holder.instance.isolation,
        hours="09:30 to 09:31",
    )
    await recorder.record(InstanceSaved(instance=instance, source=SOURCE, at=house.engine._services.wall.now()))
    await house.engine._services.calendars.prepare(["XNYS"])
    await strategies.enable(name, source=SOURCE)
    await house.until(lambda: house.state(name) == "running")
    await house.play(2)
    orders = [order for order in house.managers.trades.orders() if order.intent.strategy == name]
    assert orders
    assert {order.state.value for order in orders} == {"DENIED"}
    assert "only exits pass outside of its hours" in orders[0].reason
    await strategies.disable(name, source=SOURCE)
