"""The engine beside a sentinel: beats and the lease, waking up after it acted, starting after it acted, losing it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ares_desktop.bootstrap import build_engine
from ares_desktop.config.store import SettingsStore
from ares_desktop.domain.coverage import Cover, Protection
from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.events import KillSwitchEngaged, OrderDenied, SentinelActed
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.orders import Side
from ares_desktop.domain.risk import DenyReason, KillSwitchReport, TradingState
from ares_desktop.domain.sentinel import (
    ActState,
    GuardedAccount,
    GuardPlan,
    SentinelAct,
    SentinelPhase,
    SentinelPolicy,
    SentinelStatus,
)
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.engine import Engine
from ares_desktop.engine.managers.sentinel import cell_of
from ares_desktop.engine.ports.guardian import SentinelError
from tests.engine.house import ACME, House

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def an_act(name: str = "one", state: ActState = ActState.DONE) -> SentinelAct:
    report = KillSwitchReport(engaged=True, reason="it was silent", source="sentinel", at=NOW, finished=True)
    account = GuardedAccount(broker="paper", account=AccountId("PAPER"), paper=True, policy=SentinelPolicy.FLATTEN)
    return SentinelAct(id=name, state=state, report=report, accounts=(account,))


class Sentinel:
    """A guardian in memory: it answers, acts, hangs and goes when it is told to."""

    def __init__(self) -> None:
        self.act: SentinelAct | None = None
        self.gone = False
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.beats = 0
        self.said_goodbye = False
        self.plans: list[GuardPlan] = []
        self._receiver: Callable[[SentinelStatus], None] = lambda _: None

    def on_status(self, receiver: Callable[[SentinelStatus], None]) -> None:
        self._receiver = receiver

    def left_behind(self) -> SentinelAct | None:
        return self.act

    def is_running(self) -> bool:
        return not self.gone

    async def open(self, plan: GuardPlan) -> SentinelStatus:
        self.plans.append(plan)
        return await self._answer()

    async def beat(self) -> SentinelStatus:
        self.beats += 1
        return await self._answer()

    async def _answer(self) -> SentinelStatus:
        await self.hangs.wait()
        if self.gone:
            raise SentinelError("it is gone")
        phase = SentinelPhase.WATCHING if self.act is None else SentinelPhase.ACTED
        status = SentinelStatus(pid=1, phase=phase, since=NOW, act=self.act)
        self._receiver(status)
        return status

    async def take_over(self, act: str) -> None:
        if self.act is not None and self.act.id == act:
            self.act = None

    async def farewell(self) -> None:
        self.said_goodbye = True

    def drop(self) -> None:
        pass


class GuardedHouse(House):
    """A house whose engine has a sentinel."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sentinel = Sentinel()

    def build(self, *, demo: bool = False) -> Engine:
        del demo
        self.profile.prepare()
        overrides = {
            "feed.spec": self.feed,
            "strategies.folders": str(self.strategies),
            "sentinel.beat_s": "0.1",
            "sentinel.after_s": "2",
            **self.settings,
        }
        settings = SettingsStore(self.profile.settings_file, overrides=overrides).current
        self.engine = build_engine(self.profile, settings, first_instances=lambda *_, **__: (), guardian=self.sentinel)
        self.managers.data.pause()
        self.managers.alerts.alert_raised.connect(self.alerts.append)
        return self.engine

    def cover(self, protection: Protection) -> Cover:
        return cell_of(self.managers.sentinel.coverage().accounts[0], protection).cover

    def acts(self) -> list[str]:
        return [event.payload.act.id for event in self.events() if isinstance(event.payload, SentinelActed)]

    async def order(self) -> None:
        ticket = OrderTicket(side=Side.BUY, quantity=Decimal(1), instrument=ACME, source="test")
        await self.managers.trades.submit(ticket)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[GuardedHouse]:
    made = GuardedHouse(tmp_path)
    yield made
    await made.close()


async def test_an_act_of_the_last_run_is_latched_before_anything_and_journaled_once(house: GuardedHouse) -> None:
    house.sentinel.act = an_act()
    await house.open()
    assert house.managers.state.state().state is TradingState.HALTED
    assert house.acts() == ["one"]
    assert house.sentinel.left_behind() is None
    await house.until(lambda: house.managers.state.kill_switch.finished)
    engaged = [event for event in house.events() if isinstance(event.payload, KillSwitchEngaged)]
    await house.close()
    assert house.sentinel.said_goodbye
    # Its record could not be closed, say: the journal knows it all the same.
    house.sentinel.act = an_act()
    await house.open()
    assert house.acts() == ["one"]
    assert [event for event in house.events() if isinstance(event.payload, KillSwitchEngaged)] == engaged


async def test_an_act_that_is_learned_of_while_it_runs_halts_it_and_is_taken_over(house: GuardedHouse) -> None:
    await house.open()
    await house.until(lambda: house.sentinel.beats > 1)
    assert house.cover(Protection.SENTINEL) is Cover.REAL
    assert house.managers.state.state().state is TradingState.ACTIVE
    house.sentinel.act = an_act()
    await house.until(lambda: house.managers.state.state().state is TradingState.HALTED)
    await house.until(lambda: house.sentinel.act is None and house.acts() == ["one"])
    assert house.managers.state.kill_switch.source == "sentinel"
    assert "The sentinel stopped trading" in {alert.title for alert in house.alerts}
    await house.until(lambda: house.cover(Protection.LATCH) is Cover.ENGAGED)


async def test_no_order_is_sent_while_the_sentinel_does_not_answer(house: GuardedHouse) -> None:
    await house.open()
    await house.until(lambda: house.sentinel.beats > 1)
    house.sentinel.hangs.clear()
    await asyncio.sleep(2.1)
    with pytest.raises(RefusedError, match="has not answered"):
        await house.order()
    denied = [event.payload for event in house.events() if isinstance(event.payload, OrderDenied)]
    assert [item.reason for item in denied] == [DenyReason.SENTINEL]
    house.sentinel.hangs.set()
    await house.until(lambda: not house.engine._services.router._gate.lease())  # type: ignore[union-attr]


async def test_without_a_sentinel_the_gap_is_shown_and_trading_goes_on(house: GuardedHouse) -> None:
    await house.open()
    await house.until(lambda: house.sentinel.beats > 1)
    house.sentinel.gone = True
    await house.until(lambda: house.cover(Protection.SENTINEL) is Cover.GAP)
    assert "No sentinel watches over this application" in {alert.title for alert in house.alerts}
    house.sentinel.gone = False
    await house.until(lambda: house.cover(Protection.SENTINEL) is Cover.REAL)


async def test_chosen_policies_reach_the_sentinel_while_it_runs(house: GuardedHouse) -> None:
    await house.open()
    await house.until(lambda: house.sentinel.plans)
    settings = house.managers.sentinel._settings
    house.managers.sentinel.choose(settings.model_copy(update={"paper_policy": SentinelPolicy.CANCEL}))
    await house.until(lambda: house.sentinel.plans[-1].accounts[0].policy is SentinelPolicy.CANCEL)
    assert msgspec.structs.asdict(house.sentinel.plans[-1])["beat_s"] == 0.1


async def test_what_earlier_acts_latched_is_latched_as_well(house: GuardedHouse) -> None:
    wide = an_act().report
    narrow = msgspec.structs.replace(wide, scope=f"instrument:{ACME}")
    house.sentinel.act = msgspec.structs.replace(an_act(), report=narrow, earlier=(wide,))
    await house.open()
    assert house.managers.state.state().state is TradingState.HALTED
    assert house.managers.state.state(f"instrument:{ACME}").state is TradingState.HALTED
