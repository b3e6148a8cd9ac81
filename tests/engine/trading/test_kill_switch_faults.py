"""A journal that fails, a broker that hangs, dust, closed markets: nothing delays the rest, and all of it is told."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.domain.errors import BrokerError, StorageError
from ares_desktop.domain.events import KillSwitchEngaged
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.kill import ALL_SCOPE, KillMode, KillSwitchReport, StepState
from ares_desktop.domain.orders import OrderType
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.adapters.stores import latch_file
from ares_desktop.engine.adapters.stores.latch_file import LatchFile
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.trading import kill_broker, kill_closing, kill_sequence
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.kill_tools import Markets, UnknownMarkets
from ares_desktop.engine.trading.link import BrokerLink
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, a_flow, an_intent
from tests.engine.trading.desk import Desk, ObedientBroker

OpenDesk = Callable[..., Awaitable[Desk]]


def rebuilt(desk: Desk, file: Path, markets: Markets | None = None) -> KillSwitch:
    """Give a desk a kill switch with a latch file."""
    desk.kill = KillSwitch(
        desk.recorder,
        desk.gate,
        desk.router,
        ids=desk.ids,
        clock=desk.clock,
        wall=WallClock(),
        stop_strategies=desk._stop,
        confirm_within_s=0.3,
        store=LatchFile(file),
        markets=markets,
    )
    desk.kill.add_link(desk.link)
    return desk.kill


async def engage(desk: Desk, mode: KillMode = KillMode.CANCEL) -> KillSwitchReport:
    return await desk.kill.engage(reason="enough", source="test", scope=ALL_SCOPE, mode=mode)


async def fund(desk: Desk) -> None:
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))


def detail(report: KillSwitchReport, name: str) -> str:
    return next(step.detail for step in report.steps if step.name == name)


async def test_cancels_go_out_and_the_latch_is_kept_in_a_file_while_the_journal_fails(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = await open_desk(ObedientBroker())
    await fund(desk)
    await desk.buy("trend-000001", type=OrderType.LIMIT, limit_price=Decimal(95))
    file = tmp_path / "latch.json"
    rebuilt(desk, file)
    other = sqlite3.connect(desk.journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    engaging = asyncio.ensure_future(engage(desk))
    async with asyncio.timeout(10):
        while not desk.broker.canceled:
            await asyncio.sleep(0.01)
    assert [report.scope for report in LatchFile(file).load()] == [ALL_SCOPE]
    assert not any(isinstance(event.payload, KillSwitchEngaged) for event in desk.journal.read())
    verdict = desk.router.review([an_intent("trend-000002")])[0]
    assert getattr(verdict, "reason", None) is DenyReason.KILL_SWITCH
    other.execute("ROLLBACK")
    other.close()
    await engaging
    async with asyncio.timeout(10):
        while LatchFile(file).load():
            await asyncio.sleep(0.01)
    assert desk.fold.kill_switch.engaged


async def test_a_latch_that_only_the_file_holds_is_in_force_at_the_next_start(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    file = tmp_path / "latch.json"
    LatchFile(file).save([KillSwitchReport(engaged=True, reason="disk", source="test", at=NOW)])
    desk = await open_desk(ObedientBroker())
    await fund(desk)
    kill = rebuilt(desk, file)
    assert getattr(desk.router.review([an_intent("trend-000001")])[0], "reason", None) is DenyReason.KILL_SWITCH
    await kill.resume()
    async with asyncio.timeout(10):
        while not desk.fold.kill_switch.finished:
            await asyncio.sleep(0.01)
    assert desk.fold.kill_switch.reason == "disk"
    await kill.release(word="RELEASE", source="test")
    assert LatchFile(file).load() == ()


def test_a_latch_file_that_can_t_be_read_latches_everything(tmp_path: Path) -> None:
    file = tmp_path / "latch.json"
    file.write_text("garbage")
    assert [(report.scope, report.engaged) for report in LatchFile(file).load()] == [(ALL_SCOPE, True)]


def test_a_latch_is_kept_on_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "latch.json"
    started = LatchFile(file)
    assert started.load() == ()

    def full(*_: object) -> None:
        raise StorageError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(latch_file, "write_atomically", full)
        for reason in ("disk", "more"):
            report = KillSwitchReport(engaged=True, reason=reason, source="test", at=NOW)
            started.save([report])
            assert LatchFile(file).load() == (report,)
    started.save([])
    assert LatchFile(file).load() == ()


class Hanging(ObedientBroker):
    """Takes cancels and never comes back."""

    async def cancel(self, orders: object) -> None:
        await asyncio.Event().wait()

    async def orders(self) -> tuple[()]:
        await asyncio.sleep(0 if not self.deaf else 3600)
        return ()


async def test_a_broker_that_hangs_delays_no_other_one(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await fund(desk)
    await desk.buy()
    other = Hanging(name="hanging", account=AccountId("HUNG"))
    link = BrokerLink(other, desk.recorder, desk.clock, WallClock())
    desk.router.add_broker(other)
    desk.gate.add_account(other.account, link.gate_link)
    await link.start(())
    desk.kill.add_link(link)
    await desk.recorder.record(a_flow("100000", account=other.account))
    await desk.buy("trend-000002", account=other.account, type=OrderType.LIMIT, limit_price=Decimal(95))
    other.deaf = True
    engaging = asyncio.ensure_future(engage(desk, KillMode.FLATTEN))
    async with asyncio.timeout(10):
        while not desk.kill.report.brokers or desk.kill.report.brokers[0].steps[-1].state is not StepState.DONE:
            await asyncio.sleep(0.01)
    assert desk.broker.held[AAPL] == 0
    assert desk.kill.report.brokers[1].steps[-1].state is not StepState.DONE
    assert not engaging.done()
    engaging.cancel()
    await asyncio.wait([engaging])
    await desk.kill.close()
    await link.close()


class Closed(UnknownMarkets):
    """Knows one contract whose market opens tomorrow."""

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        return Instrument(id=instrument)

    def next_open(self, instrument: InstrumentId) -> datetime | None:
        return NOW + timedelta(days=1)


async def test_a_closed_market_is_residue_with_its_next_open(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await fund(desk)
    await desk.buy()
    rebuilt(desk, tmp_path / "latch.json", Closed())
    desk.broker.fills_at_once = False
    report = await engage(desk, KillMode.FLATTEN)
    left = report.residue[0]
    assert (left.item, left.at) == (AAPL, NOW + timedelta(days=1))
    assert report.positions_flattened == 0
    assert "opens" in left.next_action
    closing = [intent for intent in desk.broker.submitted if intent.reduce_only]
    assert len(closing) == 1
    desk.broker.fill(closing[0].client_order_id)
    async with asyncio.timeout(10):
        while desk.kill.report.residue:
            await asyncio.sleep(0.01)
    assert desk.broker.held[AAPL] == 0
    flatten = next(step for step in desk.kill.report.steps if step.name == "flatten")
    assert (flatten.state, flatten.detail) == (StepState.DONE, "1 of 1 position closed")
    assert desk.kill.report.positions_flattened == 1
    assert len([intent for intent in desk.broker.submitted if intent.reduce_only]) == 1


async def test_dust_is_told_apart_and_the_whole_lots_are_closed(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await fund(desk)
    desk.hub.add_instruments([Instrument(id=AAPL, lot_size=Decimal("0.5"))])
    await desk.buy("trend-000001", "10.5")
    desk.hub.add_instruments([Instrument(id=AAPL, lot_size=Decimal(1))])
    markets = UnknownMarkets()
    markets.instrument = desk.hub.instrument  # type: ignore[method-assign]
    rebuilt(desk, tmp_path / "latch.json", markets)
    report = await engage(desk, KillMode.FLATTEN)
    assert desk.broker.held[AAPL] == Decimal("0.5")
    assert [item.item for item in report.residue] == [AAPL]
    assert "too small" in report.residue[0].detail
    assert "by hand" in report.residue[0].next_action


async def test_an_unreachable_broker_is_tried_again_until_nothing_is_left(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_broker, "_VERIFY_WITHIN_S", 0.2)
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await fund(desk)
    await desk.buy()
    await desk.buy("trend-000002", type=OrderType.LIMIT, limit_price=Decimal(95))
    desk.broker.fails = BrokerError("line is dead")
    report = await engage(desk, KillMode.FLATTEN)
    assert report.residue
    assert "line is dead" in detail(report, "cancel")
    desk.broker.fails = None
    async with asyncio.timeout(20):
        while desk.kill.report.residue:
            await asyncio.sleep(0.05)
    assert desk.broker.held[AAPL] == 0
    assert desk.state("trend-000002") == "CANCELED"
    assert PAPER in {line.account for line in desk.kill.report.brokers}


async def test_the_report_lists_each_order_and_position_with_its_outcome(open_desk: OpenDesk) -> None:
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await fund(desk)
    await desk.buy()
    await desk.buy("trend-000002", type=OrderType.LIMIT, limit_price=Decimal(95))
    report = await engage(desk, KillMode.FLATTEN)
    assert [(one.order, one.outcome) for one in report.orders if not one.closing] == [("trend-000002", "CANCELED")]
    assert [one.outcome for one in report.orders if one.closing] == ["FILLED"]
    assert [(one.before, one.after) for one in report.positions] == [(Decimal(10), Decimal(0))]


class Garbled(ObedientBroker):
    """Answers cancels with something that no adapter foresaw."""

    async def cancel(self, orders: object) -> None:
        raise KeyError("garbage")


async def test_strategies_that_could_not_be_switched_off_are_stopped_again_and_once_more_by_a_release(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_sequence, "_KEEP_AGAIN_S", 0.01)
    desk = await open_desk(ObedientBroker())
    works = False

    async def stop(scope: str) -> int:
        desk.stopped.append(scope)
        if not works:
            raise StorageError("the journal is locked")
        return 1

    desk.kill.tools.stop_strategies = stop
    report = await engage(desk)
    step = next(step for step in report.steps if step.name == "stop strategies")
    assert (step.state, step.detail) == (StepState.FAILED, "the journal is locked")
    with pytest.raises(StorageError):
        await desk.kill.release(word="RELEASE", source="test")
    assert desk.kill.report.engaged
    works = True
    async with asyncio.timeout(10):
        while detail(desk.kill.report, "stop strategies") != "all stopped by now":
            await asyncio.sleep(0.01)
    before = len(desk.stopped)
    await desk.kill.release(word="RELEASE", source="test")
    assert desk.stopped[before:] == [ALL_SCOPE]


async def test_a_closing_order_that_never_left_is_not_called_waiting(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_closing, "_FLAT_WITHIN_S", 0.2)
    desk = await open_desk(ObedientBroker(fills_at_once=True))
    await fund(desk)
    await desk.buy()
    rebuilt(desk, tmp_path / "latch.json", Closed())

    async def refuse(_: object) -> list[object]:
        raise StorageError("the journal is locked")

    monkeypatch.setattr(desk.router, "submit", refuse)
    report = await engage(desk, KillMode.FLATTEN)
    assert "no closing order is sent yet: the journal is locked" in report.residue[0].detail


async def test_a_broker_that_sends_garbage_is_told_and_ends_no_other_step(open_desk: OpenDesk) -> None:
    desk = await open_desk(Garbled(fills_at_once=True))
    await fund(desk)
    await desk.buy("trend-000002", type=OrderType.LIMIT, limit_price=Decimal(95))
    report = await engage(desk)
    assert report.finished
    assert desk.stopped == [ALL_SCOPE]
    assert [item.item for item in report.residue] == ["trend-000002"]
    assert {step.state for step in report.steps if step.name in {"cancel", "confirm", "verify"}} == {StepState.FAILED}
