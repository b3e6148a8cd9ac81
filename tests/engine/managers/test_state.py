"""Trading states are set by scope, journaled, and never lead out of the kill switch."""

import pytest

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.events import TradingStateSet
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


async def test_the_steps_of_the_kill_switch_are_shown_as_they_happen(state: StateManager) -> None:
    shown: list[KillSwitchReport] = []
    state.kill_switch_changed.connect(shown.append)
    report = await state.engage(reason="drill", source=SOURCE, mode=KillMode.CANCEL)
    assert report.finished
    assert {step.state for step in shown[0].steps} == {StepState.WAITING, StepState.RUNNING}
    assert shown[-1] == report == state.kill_switch
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


async def test_release_re_arms_what_was_halted_and_nothing_else(house: House, state: StateManager) -> None:
    name = await house.add("idle", "quiet")
    await house.managers.strategies.pause(name, source=SOURCE)
    await state.engage(reason="drill", source=SOURCE, mode=KillMode.CANCEL)
    await state.release(word="RELEASE", source=SOURCE)
    assert state.state(f"strategy:{name}").state is TradingState.PAUSED
    await house.managers.strategies.remove(name, source=SOURCE)
