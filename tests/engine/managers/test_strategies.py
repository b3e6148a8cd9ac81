"""Instances are added, switched, configured and removed, one change at a time, and never half."""

import asyncio
from decimal import Decimal

import pytest

from ares_desktop.domain.errors import RefusedError, StorageError, StrategyError, UsageError
from ares_desktop.domain.events import InstanceSaved
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import OrderPurpose, OrderState, Side
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits, TradingState
from ares_desktop.domain.strategies import Isolation, StrategyInstance, StrategyState, StrategyStatus
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.strategies import StrategyManager
from ares_desktop.engine.trading import kill_broker, kill_closing
from tests.engine.house import ACME, House

SOURCE = "test"
QUOTER = """
from ares_desktop.api import Strategy


class Quoter(Strategy):
    def on_bar(self, bar):
        if not self.context.orders(bar.instrument):
            self.context.buy(bar.instrument, 1, limit=95, tif="GTC")
"""
FLOODER = """
from ares_desktop.api import Strategy


class Flooder(Strategy):
    def on_bar(self, bar):
        for _ in range(8000):
            self.context.buy(bar.instrument, 1)
"""


@pytest.fixture
def strategies(house: House) -> StrategyManager:
    return house.managers.strategies


async def idle(house: House, name: str, **options: object) -> str:
    """Add a strategy that never trades and switch it on."""
    return await house.add("idle", name, capital=Decimal(1000), **options)


async def test_an_instance_is_added_switched_off_and_named_after_its_file(strategies: StrategyManager) -> None:
    first = await strategies.add("idle", source=SOURCE)
    second = await strategies.add("idle", source=SOURCE)
    assert [first.instance.name, second.instance.name] == ["idle", "idle-2"]
    assert first.state is StrategyState.STOPPED
    assert not first.instance.active
    assert first.instance.isolation is Isolation.THREAD


async def test_everything_wrong_with_a_new_instance_is_told_at_once_and_nothing_is_added(
    strategies: StrategyManager,
) -> None:
    before = strategies.statuses()
    with pytest.raises(UsageError) as refused:
        await strategies.add("idle", name="no spaces", capital=Decimal(-1), source=SOURCE)
    assert [finding.place for finding in refused.value.findings] == ["name", "capital"]
    with pytest.raises(UsageError, match="size"):
        await strategies.add("idle", name="big", parameters={"size": "5000"}, source=SOURCE)
    with pytest.raises(StrategyError, match="no strategy file"):
        await strategies.add("nowhere", source=SOURCE)
    assert strategies.statuses() == before


async def test_a_broken_file_can_neither_be_added_nor_configured(house: House, strategies: StrategyManager) -> None:
    name = (await strategies.add("idle", name="breaks", source=SOURCE)).instance.name
    good = (house.strategies / "idle.py").read_text()
    (house.strategies / "idle.py").write_text("import nothing_like_this\n")
    try:
        with pytest.raises(UsageError, match="nothing_like_this"):
            await strategies.add("idle", name="other", source=SOURCE)
        with pytest.raises(UsageError, match="nothing_like_this"):
            await strategies.set_parameters(name, {"size": "3"}, source=SOURCE)
    finally:
        (house.strategies / "idle.py").write_text(good)
    assert strategies.status(name).instance.parameters == {}


async def test_an_unknown_name_is_refused_with_the_known_ones(strategies: StrategyManager) -> None:
    await strategies.add("idle", name="known", source=SOURCE)
    for call in (strategies.enable, strategies.disable, strategies.pause, strategies.resume, strategies.remove):
        with pytest.raises(UsageError, match="known"):
            await call("unknown", source=SOURCE)


async def test_enabling_is_idempotent_and_so_is_disabling(house: House, strategies: StrategyManager) -> None:
    name = await idle(house, "twice")
    assert (await strategies.enable(name, source=SOURCE)).state is StrategyState.RUNNING
    assert (await strategies.disable(name, source=SOURCE)).state is StrategyState.STOPPED
    assert (await strategies.disable(name, source=SOURCE)).state is StrategyState.STOPPED
    saved = [e.payload.instance for e in house.events() if isinstance(e.payload, InstanceSaved)]
    assert [item.active for item in saved if item.name == name] == [False, True, False]


async def test_a_switch_in_both_directions_at_once_ends_in_what_was_asked_for_last(
    house: House, strategies: StrategyManager
) -> None:
    name = await idle(house, "racing")
    await asyncio.gather(
        strategies.disable(name, source=SOURCE),
        strategies.enable(name, source=SOURCE),
        strategies.pause(name, source=SOURCE),
        strategies.resume(name, source=SOURCE),
        strategies.disable(name, source=SOURCE),
    )
    status = strategies.status(name)
    assert status.state is StrategyState.STOPPED
    assert status.trading == ""
    assert not status.instance.active


async def test_a_change_of_parameters_is_not_undone_by_a_switch_at_the_same_time(
    house: House, strategies: StrategyManager
) -> None:
    name = await idle(house, "both")
    await asyncio.gather(
        strategies.set_parameters(name, {"size": 7}, source=SOURCE), strategies.disable(name, source=SOURCE)
    )
    instance = strategies.status(name).instance
    assert instance.parameters == {"size": 7}
    assert not instance.active


async def test_parameters_of_a_stopped_instance_are_checked_as_those_of_a_running_one(
    house: House, strategies: StrategyManager
) -> None:
    name = await idle(house, "values")
    for _ in ("running", "stopped"):
        await strategies.set_parameters(name, {"size": "30"}, source=SOURCE)
        with pytest.raises(UsageError) as refused:
            await strategies.set_parameters(name, {"size": "-1", "color": "red"}, source=SOURCE)
        assert len(refused.value.findings) == 2
        assert int(strategies.status(name).instance.parameters["size"]) == 30
        await strategies.disable(name, source=SOURCE)


async def test_a_paused_instance_shows_it_and_a_wider_pause_counts_too(
    house: House, strategies: StrategyManager
) -> None:
    name = await idle(house, "calm")
    assert (await strategies.pause(name, source=SOURCE)).state is StrategyState.PAUSED
    await strategies.resume(name, source=SOURCE)
    await house.managers.state.set_state(TradingState.REDUCING, reason="", source=SOURCE)
    assert strategies.status(name).state is StrategyState.CLOSE_ONLY
    await house.managers.state.set_state(TradingState.ACTIVE, reason="", source=SOURCE)
    assert strategies.status(name).state is StrategyState.RUNNING


async def test_names_that_begin_alike_are_different_strategies(house: House, strategies: StrategyManager) -> None:
    (house.strategies / "quoter.py").write_text(QUOTER)
    one = await house.add("quoter", "alike", capital=Decimal(1000))
    other = await house.add("quoter", "alike-2", capital=Decimal(1000))
    await house.play(2)
    working = {order.intent.strategy: order.id for order in house.managers.trades.working()}
    assert working == {one: "alike-000001", other: "alike-2-000001"}
    await strategies.disable(one, source=SOURCE)
    await house.until(lambda: [order.intent.strategy for order in house.managers.trades.working()] == [other])
    assert strategies.status(other).state is StrategyState.RUNNING
    await strategies.remove(other, source=SOURCE)
    assert house.managers.trades.working() == ()


async def test_a_removed_instance_leaves_no_order_behind(house: House, strategies: StrategyManager) -> None:
    (house.strategies / "quoter.py").write_text(QUOTER)
    name = await house.add("quoter", "leaves", capital=Decimal(1000))
    await house.play(2)
    order = ClientOrderId("leaves-000001")
    gone: list[StrategyInstance] = []
    strategies.removed.connect(gone.append)
    await strategies.remove(name, source=SOURCE)
    assert [item.name for item in gone] == [name]
    assert next(item.state for item in house.managers.trades.orders() if item.id == order) is OrderState.CANCELED
    assert name not in {status.instance.name for status in strategies.statuses()}


async def test_nothing_is_enabled_while_the_kill_switch_holds(house: House, strategies: StrategyManager) -> None:
    name = await idle(house, "halted")
    await house.managers.state.engage(reason="test", source=SOURCE, scope=f"strategy:{name}")
    assert strategies.status(name).state is StrategyState.STOPPED
    for call in (strategies.enable, strategies.pause, strategies.resume):
        with pytest.raises(RefusedError, match="kill switch"):
            await call(name, source=SOURCE)
    await idle(house, "free")
    await house.managers.state.release(word="RELEASE", source=SOURCE)
    assert strategies.status(name).state is StrategyState.STOPPED
    assert (await strategies.enable(name, source=SOURCE)).instance.active


async def test_switching_off_leaves_the_orders_by_which_the_kill_switch_closes(
    house: House, strategies: StrategyManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_closing, "_FLAT_WITHIN_S", 0.3)
    monkeypatch.setattr(kill_broker, "_VERIFY_WITHIN_S", 0.1)
    name = await house.add("holder", "closing", capital=Decimal(10_000))
    await house.play(2)
    # The market stands still, so nothing fills the closing order.
    await house.managers.state.engage(reason="test", source=SOURCE, scope=f"strategy:{name}")
    await strategies.disable(name, source=SOURCE)
    await house.engine._services.router.settled()  # type: ignore[union-attr]
    working = [order for order in house.managers.trades.working() if order.intent.strategy == name]
    assert [order.intent.purpose for order in working] == [OrderPurpose.KILL_SWITCH]
    assert working[0].state is not OrderState.PENDING_CANCEL
    await house.play(2)
    await house.until(lambda: not house.managers.trades.working())
    await house.until(lambda: not house.managers.state.kill_switch.residue)
    await house.managers.state.release(word="RELEASE", source=SOURCE)


async def test_a_worker_is_stopped_although_the_journal_fails(house: House, strategies: StrategyManager) -> None:
    name = await idle(house, "nojournal")
    with house.locked_journal(), pytest.raises(StorageError):
        await strategies.disable(name, source=SOURCE)
    assert strategies.status(name).state is StrategyState.STOPPED
    assert strategies.status(name).instance.active


async def test_an_instrument_that_the_feed_lacks_is_a_fault_of_the_instance(strategies: StrategyManager) -> None:
    status = await strategies.add("idle", name="lost", instruments=[InstrumentId("GONE.SIM")], source=SOURCE)
    with pytest.raises(StrategyError, match=r"GONE\.SIM"):
        await strategies.enable(status.instance.name, source=SOURCE)
    shown = strategies.status("lost")
    assert shown.state is StrategyState.FAULTED
    assert shown.fault is not None
    assert "GONE.SIM" in shown.fault.message
    assert (await strategies.disable("lost", source=SOURCE)).state is StrategyState.STOPPED


async def test_a_flood_ends_its_worker_and_a_fresh_start_is_listened_to(
    house: House, strategies: StrategyManager
) -> None:
    (house.strategies / "flooder.py").write_text(FLOODER)
    name = await house.add("flooder", "flood", capital=Decimal(1000), isolation=Isolation.PROCESS)
    await house.play(1)
    await house.until(lambda: strategies.status(name).state is StrategyState.FAULTED)
    fault = strategies.status(name).fault
    assert fault is not None
    assert fault.kind == "flood"
    await strategies.enable(name, source=SOURCE)
    await house.until(lambda: strategies.status(name).state is StrategyState.RUNNING)
    assert strategies.status(name).fault is None
    await strategies.disable(name, source=SOURCE)


async def test_workers_are_told_new_limits_and_states(house: House, strategies: StrategyManager) -> None:
    (house.strategies / "teller.py").write_text(
        "from ares_desktop.api import Strategy\n\n\nclass Teller(Strategy):\n    def on_bar(self, bar):\n"
        "        self.context.log.info(f'{self.context.limits.max_quantity} {self.context.trading.name}')\n"
    )
    name = await house.add("teller", capital=Decimal(1000))
    limits = RiskLimits(max_quantity=Decimal(77), duplicate_window_s=0.0)
    await house.managers.totals.set_limits(limits, source=SOURCE, scope=f"strategy:{name}")
    await house.managers.state.set_state(TradingState.PAUSED, reason="", source=SOURCE, scope=ALL_SCOPE)
    await house.play(1)
    await house.until(lambda: [line.text for line in strategies.logs(name)] == ["77 PAUSED"])
    await house.managers.state.set_state(TradingState.ACTIVE, reason="", source=SOURCE, scope=ALL_SCOPE)
    await strategies.disable(name, source=SOURCE)


async def test_every_change_is_shown(house: House, strategies: StrategyManager) -> None:
    shown: list[StrategyStatus] = []
    strategies.status_changed.connect(shown.append)
    name = await idle(house, "seen")
    await strategies.disable(name, source=SOURCE)
    strategies.status_changed.disconnect(shown.append)
    states = [status.state for status in shown if status.instance.name == name]
    assert states[0] is StrategyState.STOPPED
    assert StrategyState.RUNNING in states
    assert states[-1] is StrategyState.STOPPED


async def test_a_file_is_looked_at_without_being_added(house: House, strategies: StrategyManager) -> None:
    (house.strategies / "bad.py").write_text("def broken(:\n")
    entry = await strategies.check("bad")
    assert [fault.kind for fault in entry.faults] == ["syntax"]
    assert "bad" in {item.name for item in strategies.catalog()}
    assert StrategyId("bad") not in {status.instance.name for status in strategies.statuses()}


async def test_a_trader_s_order_in_a_strategy_s_book_reaches_its_worker(
    house: House, strategies: StrategyManager
) -> None:
    (house.strategies / "watcher.py").write_text(
        "from ares_desktop.api import Strategy\n\n\nclass Watcher(Strategy):\n    def on_bar(self, bar):\n"
        "        self.context.log.info(str(self.context.position(bar.instrument).quantity))\n"
    )
    name = await house.add("watcher", capital=Decimal(1000))
    ticket = OrderTicket(side=Side.BUY, quantity=Decimal(3), instrument=ACME, strategy=name)
    order = await house.managers.trades.submit(ticket)
    assert order.intent.strategy == name
    await house.play(2)
    await house.until(lambda: [line.text for line in strategies.logs(name)][-1:] == ["3"])
    with pytest.raises(RefusedError, match="flatten it first"):
        await strategies.remove(name, source=SOURCE)
