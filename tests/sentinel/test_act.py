"""One act of the sentinel on a simulated venue: what it closes, what it leaves alone, and being killed at any point."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.events import EventDraft, PositionAdjusted
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import SENTINEL, UNASSIGNED, AccountId, ClientOrderId, StrategyId, order_owner
from ares_desktop.domain.orders import FINAL_STATES, OrderIntent
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.risk import KillMode, KillSwitchReport, StepState
from ares_desktop.domain.sentinel import ActState, GuardedAccount, SentinelAct, SentinelPolicy
from ares_desktop.engine.adapters.sentinel.files import SentinelFiles, TakenOverError
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.paths import Profile
from ares_desktop.sentinel import account_act, sequence
from ares_desktop.sentinel.sequence import Act
from tests.engine.simulation.builders import SPY, Desk, a_bar

ACCOUNT = AccountId("PAPER")
NOW = datetime(2024, 3, 4, 15, 0, tzinfo=UTC)
OUTSIDE = StrategyId("outside")


class Venue:
    """A simulated account as the sentinel reaches it; it can hang or refuse at a chosen call."""

    name = "paper"
    account = ACCOUNT

    def __init__(self) -> None:
        self.desk = Desk()
        self.minute = 0
        self.hang_at: tuple[int, bool] | None = None
        self.fail_at: int | None = None
        self.calls = 0
        self.points: list[tuple[int, bool]] = []
        self.hangs = asyncio.Event()
        self.pass_time()
        self.desk.buy(10, strategy=StrategyId("alpha"))
        self.desk.sell(4, strategy=StrategyId("beta"))
        self.desk.buy(7, strategy=OUTSIDE)
        self.desk.buy(3, strategy=StrategyId("alpha"), limit_price=50)
        self.pass_time()

    def pass_time(self) -> None:
        self.desk.market(a_bar(self.minute))
        self.minute += 1

    async def _point(self, *, after: bool = False) -> None:
        self.calls += not after
        self.points.append((self.calls, after))
        if self.hang_at == (self.calls, after):
            self.hangs.set()
            await asyncio.Event().wait()
        if not after and self.fail_at == self.calls:
            raise BrokerError("it does not answer")

    async def connect(self) -> None:
        await self._point()

    async def disconnect(self) -> None:
        pass

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        await self._point()
        self.desk.submit(*intents)
        await self._point(after=True)

    async def cancel(self, orders: Sequence[ClientOrderId]) -> None:
        await self._point()
        self.desk.broker.cancel(orders, self.desk.broker.clock_ns)
        await self._point(after=True)

    async def orders(self) -> Sequence[OrderReport]:
        await self._point()
        self.pass_time()
        return self.desk.broker.orders()

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        await self._point()
        return self.desk.broker.order(order)

    async def fills(self) -> Sequence[Fill]:
        await self._point()
        return [fill for fill in self.desk.broker.fills() if fill.strategy != OUTSIDE]

    async def positions(self) -> Sequence[NetPosition]:
        await self._point()
        return self.desk.broker.positions()

    def own_orders(self) -> list[OrderReport]:
        return [item for item in self.desk.broker.orders() if order_owner(item.intent.client_order_id) == SENTINEL]

    def check_only_what_is_outside_is_left(self) -> None:
        assert {item.instrument: item.quantity for item in self.desk.broker.positions()} == {SPY: Decimal(7)}
        assert not [item for item in self.desk.broker.orders() if item.state not in FINAL_STATES]
        assert sorted((item.intent.strategy, item.intent.side, item.intent.quantity) for item in self.own_orders()) == [
            ("alpha", "SELL", Decimal(10)),
            ("beta", "BUY", Decimal(4)),
        ]


class Scene:
    """A profile whose unassigned book holds seven, and its venue."""

    def __init__(self, folder: Path) -> None:
        self.profile = Profile.at(folder)
        self.files = SentinelFiles(self.profile)
        self.venue = Venue()

    async def begin(self) -> None:
        journal = SqliteJournal(self.profile.journal)
        journal.open()
        held = PositionAdjusted(
            account=ACCOUNT,
            strategy=UNASSIGNED,
            instrument=SPY,
            quantity=Decimal(7),
            price=Decimal(100),
            reason="",
            at=NOW,
        )
        await journal.append(EventDraft(payload=held))
        await journal.close()

    def act(self, policy: SentinelPolicy = SentinelPolicy.FLATTEN) -> Act:
        account = GuardedAccount(broker="paper", account=ACCOUNT, paper=True, policy=policy)
        report = KillSwitchReport(engaged=True, reason="test", source="test", mode=KillMode(policy.value), at=NOW)
        return self.again(SentinelAct(id="one", state=ActState.ACTING, report=report, accounts=(account,)))

    def again(self, act: SentinelAct) -> Act:
        async def at_once() -> None:
            return

        return Act(act, self.profile, self.files, replayed=True, fenced=at_once, wall=lambda: NOW)


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene(tmp_path)
    await made.begin()
    monkeypatch.setattr(sequence, "session", lambda *_: made.venue)
    monkeypatch.setattr(sequence, "_FIRST_PAUSE_S", 0.0)
    for name in ("_BETWEEN_LOOKS_S", "_LOOK_EVERY_S", "_REFUSED_PAUSE_S"):
        monkeypatch.setattr(account_act, name, 0.0)
    return made


async def test_it_cancels_closes_each_strategys_own_quantity_and_leaves_the_rest_alone(scene: Scene) -> None:
    act = scene.act()
    await act.run()
    scene.venue.check_only_what_is_outside_is_left()
    report = act.act.report
    assert (report.orders_canceled, report.positions_flattened, report.residue) == (1, 2, ())
    assert {step.state for step in report.steps} == {StepState.DONE, StepState.SKIPPED}
    assert scene.files.act() == act.act


async def test_cancel_only_leaves_every_position(scene: Scene) -> None:
    act = scene.act(SentinelPolicy.CANCEL)
    await act.run()
    assert scene.venue.own_orders() == []
    assert act.act.canceled
    assert act.act.state is ActState.DONE


async def test_killed_at_any_point_it_goes_on_where_it_was_and_closes_nothing_twice(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.act().run()
    killed, points = 0, tuple(scene.venue.points)
    for number, point in enumerate(points):
        other = Scene(tmp_path / str(number))
        other.profile.root.mkdir()
        await other.begin()
        scene.venue = other.venue
        other.venue.hang_at = point
        running = asyncio.get_running_loop().create_task(other.act().run())
        hanging = asyncio.get_running_loop().create_task(other.venue.hangs.wait())
        await asyncio.wait({running, hanging}, return_when=asyncio.FIRST_COMPLETED)
        killed += hanging.done()
        for task in (running, hanging):
            task.cancel()
        await asyncio.wait({running, hanging})
        other.venue.hang_at = None
        left = other.files.act()
        assert left is not None, point
        await other.again(left).run()
        other.venue.check_only_what_is_outside_is_left()
    assert killed == len(points)


async def test_a_query_that_fails_is_never_flat_and_everything_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.venue.fail_at = 6
    states: list[ActState] = []
    keep = scene.files.keep_act

    def noted(act: SentinelAct) -> None:
        states.append(act.state)
        keep(act)

    monkeypatch.setattr(scene.files, "keep_act", noted)
    act = scene.act()
    await act.run()
    assert ActState.RESIDUE in states
    assert act.act.state is ActState.DONE
    scene.venue.check_only_what_is_outside_is_left()


async def test_once_the_application_took_over_nothing_more_is_sent(scene: Scene) -> None:
    act = scene.act()
    scene.files.keep_act(act.act)
    scene.files.close_act(act.act.id)
    with pytest.raises(TakenOverError):
        await act.run()
    assert scene.venue.own_orders() == []
    assert scene.files.act() is None
