"""Trading states are set by scope, journaled, and never lead out of the kill switch."""

import asyncio

import msgspec
import pytest

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import DRILL, StrategyId
from ares_desktop.domain.risk import ALL_SCOPE, KillMode, KillSwitchReport, StepState, TradingState, TradingStateChanged
from ares_desktop.engine.managers.state import StateManager
from tests.engine.house import ACME, House

SOURCE = "test"


@pytest.fixture
def state(house: House) -> StateManager:
    return house.managers.state


async def test_a_scope_that_nobody_touched_is_active(state: StateManager) -> None:
    assert state.state(f"instrument:{ACME}").state is TradingState.ACTIVE
    assert [item.scope for item in state.states()] == [ALL_SCOPE]


async def test_a_state_is_journaled_shown_and_listed(house: House, state: StateManager) -> None:
    shown: list[TradingStateChanged] = []
    state.trading_state_changed.connect(shown.append)
    scope = f"instrument:{ACME}"
    await state.set_state(TradingState.REDUCING, reason="thin", source=SOURCE, scope=scope)
    assert [(item.scope, item.state, item.reason) for item in shown] == [(scope, TradingState.REDUCING, "thin")]
    assert [item.scope for item in state.states()] == [ALL_SCOPE, scope]
    assert isinstance(house.events()[-1].payload, TradingStateSet)
    await state.set_state(TradingState.ACTIVE, reason="", source=SOURCE, scope=scope)
    assert [item.scope for item in state.states()] == [ALL_SCOPE]
    state.trading_state_changed.disconnect(shown.append)


async def test_only_the_kill_switch_halts(state: StateManager) -> None:
    with pytest.raises(UsageError, match="kill switch"):
        await state.set_state(TradingState.HALTED, reason="", source=SOURCE)


@pytest.mark.parametrize("scope", ["strategy:nobody", "account:NOWHERE", "instrument:GONE.SIM", "nonsense", ""])
async def test_nothing_is_paused_or_killed_that_is_not_there(state: StateManager, scope: str) -> None:
    with pytest.raises(UsageError, match="scope"):
        await state.set_state(TradingState.PAUSED, reason="", source=SOURCE, scope=scope)
    with pytest.raises(UsageError, match="scope"):
        await state.engage(reason="", source=SOURCE, scope=scope)
    assert not state.kill_switch.engaged


async def test_the_steps_of_the_kill_switch_are_shown_as_they_happen(house: House, state: StateManager) -> None:
    shown: list[KillSwitchReport] = []
    state.kill_switch_changed.connect(shown.append)
    report = await state.engage(reason="drill", source=SOURCE, mode=KillMode.CANCEL)
    assert report.finished
    assert {step.state for step in shown[-1].steps} == {StepState.DONE, StepState.SKIPPED}
    assert shown[-1] == report == state.kill_switch
    assert [line.account for line in report.brokers] == [
        status.account for status in house.managers.connections.connections()
    ]
    with pytest.raises(RefusedError, match="release"):
        await state.set_state(TradingState.ACTIVE, reason="", source=SOURCE)
    with pytest.raises(RefusedError, match="RELEASE"):
        await state.release(word="release", source=SOURCE)
    assert state.state().state is TradingState.HALTED
    await state.release(word="RELEASE", source=SOURCE)
    assert state.state().state is TradingState.ACTIVE
    assert not state.kill_switch.engaged
    assert not shown[-1].engaged
    state.kill_switch_changed.disconnect(shown.append)


async def test_a_latch_that_the_journal_could_not_take_is_shown_as_halted(house: House, state: StateManager) -> None:
    with house.locked_journal():
        engaging = asyncio.ensure_future(state.engage(reason="why", source=SOURCE, mode=KillMode.CANCEL))
        await house.until(lambda: state.kill_switch.engaged)
        assert (state.state().state, state.state().reason) == (TradingState.HALTED, "why")
        assert [one.scope for one in state.states()] == [ALL_SCOPE]
    await engaging
    assert state.state().state is TradingState.HALTED
    await state.release(word="RELEASE", source=SOURCE)


async def test_release_re_arms_what_was_halted_and_nothing_else(house: House, state: StateManager) -> None:
    name = await house.add("idle", "quiet")
    await house.managers.strategies.pause(name, source=SOURCE)
    await state.engage(reason="drill", source=SOURCE, mode=KillMode.CANCEL)
    await state.release(word="RELEASE", source=SOURCE)
    assert state.state(f"strategy:{name}").state is TradingState.PAUSED
    await house.managers.strategies.remove(name, source=SOURCE)


async def test_a_drill_measures_the_steps_and_leaves_every_book_as_it_was(house: House, state: StateManager) -> None:
    name = await house.add("holder", "keeper")
    await house.play(2)
    ledger = house.engine._services.recorder.fold.ledger  # type: ignore[union-attr]
    account = house.managers.connections.connections()[0].account
    held = ledger.book_positions(account, StrategyId(name))
    house.go_on()
    drilled = await state.drill(source=SOURCE)
    house.managers.data.pause()
    assert drilled.report.finished
    assert drilled.report.residue == ()
    assert drilled.report.orders_canceled == 5
    assert [one.after for one in drilled.report.positions] == [0]
    assert None not in (drilled.report.latched_ms, drilled.report.cancel_sent_ms, drilled.report.flat_ms)
    assert ledger.book_positions(account, StrategyId(name)) == held
    assert house.state(name) == "running"
    assert ledger.cash(account, DRILL, "USD") == 0
    assert not [scope for scope in house.managers.protections._desk.losses.meter.bases if DRILL in scope]
    assert not state.engaged()
    assert [drill.report.at for drill in await state.reports.drills()] == [drilled.report.at]
    before = await state.reports.engagements()
    assert not any(record.report.drill for record in before)
    await state.engage(reason="why", source=SOURCE, mode=KillMode.CANCEL)
    with pytest.raises(RefusedError, match="release it before a drill"):
        await state.drill(source=SOURCE)
    page = await state.reports.keep(state.kill_switch)
    assert "why" in page.read_text()
    assert msgspec.json.decode(page.with_suffix(".json").read_bytes(), type=KillSwitchReport) == state.kill_switch
    await state.release(word="RELEASE", source="anna")
    records = await state.reports.engagements()
    assert len(records) == len(before) + 1
    assert (records[0].report.reason, records[0].released_by.split(",")[0]) == ("why", "anna")
