"""The engine starts, trades, survives what fails around it, stops in order and goes on where it was."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from ares_desktop.domain.errors import FeedError, RefusedError, UsageError
from ares_desktop.domain.events import (
    CashFlowRecorded,
    InstanceFaulted,
    InstanceSaved,
    KillSwitchEngaged,
    OrderSubmitted,
    SessionStarted,
    SessionStopped,
    TradingStateSet,
)
from ares_desktop.domain.ids import UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.market import FeedState
from ares_desktop.domain.orders import Side
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.adapters.feeds.loading import ReplaySource, load_sources
from ares_desktop.engine.adapters.feeds.replay import ReplayFeed
from ares_desktop.engine.ports.feed import Publish
from tests.engine.house import ACME, BEGIN, House

MakeHouse = Callable[..., House]
PAPER = AccountId("PAPER")


def held(house: House, name: str) -> Decimal:
    """Return what a strategy's book holds."""
    house.managers.portfolio.collect()
    rows = house.managers.portfolio.positions()
    return sum((row.quantity for row in rows if row.strategy == name), Decimal(0))


def book(house: House, name: str) -> Decimal | None:
    """Return a book's cash, None when there is none."""
    house.managers.portfolio.collect()
    return next((row.cash for row in house.managers.portfolio.books() if row.strategy == name), None)


def assert_balanced(house: House) -> None:
    """Check that books and unassigned add up to the broker, for every instrument and for cash."""
    house.managers.portfolio.collect()
    proof = house.managers.portfolio.proof()
    assert proof.lines
    assert all(line.balanced for line in proof.lines)


async def test_a_first_start_books_the_account_and_compares_it_with_the_broker(house: House) -> None:
    assert [status.reconciled for status in house.managers.connections.connections()] == [True]
    assert book(house, UNASSIGNED) == Decimal(1_000_000)
    assert_balanced(house)


async def test_a_session_is_journaled_from_its_start_to_its_end(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    await house.close()
    payloads = [event.payload for event in house.events()]
    assert isinstance(payloads[0], SessionStarted)
    assert isinstance(payloads[-1], SessionStopped)


async def test_stopping_twice_is_stopping_once(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    engine = house.engine
    assert engine is not None
    await engine.stop()
    await engine.stop()
    await house.close()
    assert sum(isinstance(event.payload, SessionStopped) for event in house.events()) == 1


async def test_a_first_start_adds_the_demo_strategies_and_no_later_one_does(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open(demo=True)
    names = [status.instance.name for status in house.managers.strategies.statuses()]
    assert len(names) == 5
    for name in names:
        await house.managers.strategies.remove(name, source="test")
    await house.close()
    await house.open(demo=True)
    assert house.managers.strategies.statuses() == ()


async def test_a_strategy_trades_and_the_books_agree_with_the_broker(house: House) -> None:
    name = await house.add()
    await house.play(5)
    assert_balanced(house)
    assert held(house, name) == 10
    assert [fill.strategy for fill in house.managers.trades.fills()] == [name]


async def test_capital_is_given_once(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    name = await house.add(capital=Decimal(5000))
    await house.play(3)
    await house.close()
    await house.open()
    await house.until(lambda: house.state(name) == "running")
    await house.managers.strategies.disable(name, source="test")
    await house.managers.strategies.enable(name, source="test")
    flows = [e.payload for e in house.events() if isinstance(e.payload, CashFlowRecorded)]
    assert [flow.amount for flow in flows if flow.strategy == name] == [Decimal(5000)]


async def test_a_removed_strategy_gives_its_cash_back_and_may_come_again_with_all_of_its_capital(
    make_house: MakeHouse,
) -> None:
    house = make_house(closes=[100.0] * 5 + [90.0] * 30)
    await house.open()
    name = await house.add("holder", "loser", capital=Decimal(5000))
    await house.play(10)
    with pytest.raises(RefusedError, match="ACME"):
        await house.managers.strategies.remove(name, source="test")
    await house.managers.strategies.disable(name, source="test")
    await house.managers.trades.flatten(source="test", scope=f"strategy:{name}")
    await house.play(3)
    left = book(house, name)
    assert left is not None
    assert left < 4950
    before = book(house, UNASSIGNED)
    assert before is not None
    await house.managers.strategies.remove(name, source="test")
    assert book(house, UNASSIGNED) == before + left
    assert book(house, name) == 0
    assert_balanced(house)
    await house.managers.strategies.add("idle", name=name, capital=Decimal(5000), source="test")
    await house.managers.strategies.enable(name, source="test")
    assert book(house, name) == Decimal(5000)
    assert_balanced(house)


async def test_money_that_nobody_has_is_not_given(house: House) -> None:
    await house.add("idle", "first", capital=Decimal(900_000))
    with pytest.raises(UsageError, match="100000 USD"):
        await house.add("idle", "second", capital=Decimal(200_000))
    status = house.managers.strategies.status("second")
    assert status.state.value == "stopped"
    assert book(house, UNASSIGNED) == Decimal(100_000)


async def test_a_restart_goes_on_after_the_last_market_time(make_house: MakeHouse) -> None:
    house = make_house(closes=[100.0 + number for number in range(40)])
    await house.open()
    name = await house.add()
    await house.play(12)
    at, seen = house.managers.data.now(), house.managers.data.last_price(ACME)
    assert seen == 111.0
    await house.close()
    await house.open()
    assert house.managers.data.now() == at
    assert house.managers.data.last_price(ACME) == seen
    await house.until(lambda: house.state(name) == "running")
    await house.play(1)
    assert house.managers.data.last_price(ACME) == 112.0
    assert_balanced(house)
    assert held(house, name) == 10
    assert len(house.managers.trades.orders()) == 1


async def test_order_ids_go_on_after_a_restart(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    ids = []
    for _ in range(2):
        await house.play(1)
        order = await house.managers.trades.submit(OrderTicket(side=Side.BUY, quantity=Decimal(1), instrument="ACME"))
        ids.append(order.id)
        await house.close()
        await house.open()
    assert ids == ["ares-000001", "ares-000002"]


async def test_the_end_of_the_replay_is_told(house: House) -> None:
    await house.play(1000)
    await house.until(lambda: any(alert.key == "feed" for alert in house.alerts))
    assert house.managers.data.feed().state is FeedState.ENDED


class CutFeed(ReplayFeed):
    """A replay whose wire is cut at its first moment."""

    async def _play(self, publish: Publish) -> None:
        del publish
        await self._pacer.wait()
        raise FeedError("the wire was cut")


async def test_a_feed_that_fails_raises_an_alert_and_leaves_trading_as_it_is(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house()
    monkeypatch.setattr(
        "ares_desktop.foundation.parse_feed",
        lambda spec, **_: CutFeed(spec, lambda: load_sources([a_source(house)], None)),
    )
    await house.open()
    name = await house.add("idle")
    await house.managers.state.set_state(TradingState.REDUCING, reason="careful", source="test")
    house.managers.data.resume()
    await house.until(lambda: any(alert.key == "feed" for alert in house.alerts))
    assert house.managers.data.feed().state is FeedState.FAILED
    assert "wire was cut" in house.managers.data.feed().detail
    assert house.managers.state.state().state is TradingState.REDUCING
    assert house.state(name) == "close-only"
    assert house.managers.connections.connections()[0].reconciled


async def test_a_market_that_a_fault_of_the_program_ends_is_shown_as_failed(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ares_desktop.engine.pipelines.live.LivePipeline.run", broken)
    house = make_house()
    await house.build().start()
    await house.until(lambda: house.engine is not None and house.engine.failure)
    assert house.managers.data.feed().state is FeedState.FAILED
    assert "ZeroDivisionError" in house.managers.data.feed().detail


def a_source(house: House) -> ReplaySource:
    """Return the file that a house replays."""
    return ReplaySource(name="ACME", path=house.folder / "ACME.csv")


async def test_a_feed_that_can_t_be_opened_ends_the_start_in_order(make_house: MakeHouse) -> None:
    house = make_house()
    (house.folder / "ACME.csv").write_text("time,open\nnever,1\n")
    with pytest.raises(UsageError):
        await house.open()
    await house.close()
    assert isinstance(house.events()[-1].payload, SessionStopped)


async def test_a_journal_that_fails_lets_no_order_out_and_is_told_when_it_works_again(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    await house.play(1)
    denials: list[str] = []
    house.managers.trades.denied.connect(lambda denied: denials.append(denied.reason))
    ticket = OrderTicket(side=Side.BUY, quantity=Decimal(1), instrument="ACME")
    with house.locked_journal(), pytest.raises(RefusedError, match="JOURNAL_FAILED"):
        await house.managers.trades.submit(ticket)
    assert denials == ["JOURNAL_FAILED"]
    alert = next(alert for alert in house.managers.alerts.alerts() if alert.key == "journal")
    assert not alert.acknowledged
    order = await house.managers.trades.submit(ticket)
    # A machine that is slow enough has the silent market's order filled already.
    assert order.state.value in {"SUBMITTED", "ACCEPTED", "FILLED"}
    assert next(alert for alert in house.managers.alerts.alerts() if alert.key == "journal").acknowledged


async def test_the_kill_switch_flattens_stops_and_stays_latched_over_a_restart(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    name = await house.add()
    await house.play(5)
    house.go_on()
    report = await house.managers.state.engage(reason="enough", source="test")
    assert report.finished
    assert report.residue == ()
    assert report.positions_flattened == 1
    assert held(house, name) == 0
    assert house.state(name) == "stopped"
    with pytest.raises(RefusedError, match="kill switch"):
        await house.managers.strategies.enable(name, source="test")
    assert_balanced(house)
    await house.close()
    await house.open()
    assert house.managers.state.state().state is TradingState.HALTED
    assert house.managers.state.kill_switch.reason == "enough"
    assert house.state(name) == "stopped"
    await house.managers.state.release(word="RELEASE", source="test")
    assert house.managers.state.state().state is TradingState.ACTIVE
    assert house.state(name) == "stopped"
    await house.managers.strategies.enable(name, source="test")
    await house.until(lambda: house.state(name) == "running")


async def test_the_kill_switch_of_one_strategy_leaves_the_other_trading(make_house: MakeHouse) -> None:
    house = make_house(closes=[100.0] * 400)
    await house.open()
    one, other = await house.add("holder", "trend"), await house.add("holder", "trend-2")
    await house.play(5)
    house.go_on()
    report = await house.managers.state.engage(reason="only this", source="test", scope=f"strategy:{one}")
    assert report.residue == ()
    assert held(house, one) == 0
    assert held(house, other) == 10
    assert (house.state(one), house.state(other)) == ("stopped", "running")
    assert house.managers.state.state(ALL_SCOPE).state is TradingState.ACTIVE
    await house.managers.strategies.set_parameters(other, {"size": "12"}, source="test")
    await house.managers.trades.flatten(source="test", scope=f"strategy:{other}")
    await house.until(lambda: held(house, other) == 12)
    assert_balanced(house)


async def test_a_kill_switch_that_was_cut_off_goes_on_at_the_next_start(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    name = await house.add()
    await house.play(5)
    report = house.managers.state.kill_switch
    await house.close()
    halted = TradingStateSet(
        scope=ALL_SCOPE, state=TradingState.HALTED, reason="crash", source="test", at=BEGIN, holder="kill switch"
    )
    await house.journal(KillSwitchEngaged(report=replace(report, engaged=True, reason="crash")), halted)
    await house.open()
    house.go_on()
    await house.until(lambda: house.managers.state.kill_switch.finished)
    assert held(house, name) == 0
    assert house.state(name) == "stopped"
    assert not [event for event in house.events() if isinstance(event.payload, InstanceFaulted)]


async def test_everything_that_was_sent_was_journaled_before(make_house: MakeHouse) -> None:
    house = make_house()
    await house.open()
    await house.add()
    await house.play(5)
    await house.close()
    events = [event.payload for event in house.events()]
    orders = [payload.intent.client_order_id for payload in events if isinstance(payload, OrderSubmitted)]
    assert orders == ["holder-000001"]
    saved = [payload.instance for payload in events if isinstance(payload, InstanceSaved)]
    assert [item.active for item in saved] == [False, True]
    assert {item.name for item in saved} == {StrategyId("holder")}
