"""What is concluded from a broker's answers: nothing from an empty one at once, and nothing twice."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.events import OrderFilled, OrderSubmitted
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.positions import NetPosition, Remedy
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.engine.trading import reconciler
from ares_desktop.engine.trading.comparison import doubt
from ares_desktop.engine.trading.reconcile import BrokerView
from ares_desktop.engine.trading.reconciler import ReconcileTiming
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_flow, an_intent
from tests.engine.trading.desk import Desk, ObedientBroker

D = Decimal
ORDER = ClientOrderId("trend-000001")
OpenDesk = Callable[..., Awaitable[Desk]]


@dataclass
class Forgetful(ObedientBroker):
    """Leaves things out of its answers."""

    blank: int = 0
    quiet: bool = False
    asked: list[str] = field(default_factory=list)

    async def orders(self) -> Sequence[OrderReport]:
        self.asked.append("orders")
        return () if self.blank else await super().orders()

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        self.asked.append(order)
        return None if self.blank else await super().order(order)

    async def fills(self, since: datetime | None = None) -> Sequence[Fill]:
        self.asked.append("fills" if since is None else "recent fills")
        return () if self.quiet else await super().fills(since)

    async def positions(self) -> Sequence[NetPosition]:
        found = await super().positions()
        if self.blank:
            self.blank -= 1
            self.sequence += 1
            return ()
        return found


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "_LOOK_AGAIN_S", 0.0)


async def trading(open_desk: OpenDesk, filled: str) -> tuple[Desk, Forgetful]:
    broker = Forgetful()
    desk = await open_desk(broker)
    desk.link._reconciler.instruments[AAPL] = Instrument(id=AAPL)
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    await desk.buy()
    if filled != "0":
        broker.fill(ORDER, D(filled))
        await desk.settled()
    return desk, broker


async def test_an_execution_that_is_counted_and_not_told_is_inferred_and_gives_way_to_the_broker_s(
    open_desk: OpenDesk,
) -> None:
    desk, broker = await trading(open_desk, "3")
    broker.deaf = broker.quiet = True
    broker.price = D(101)
    broker.fill(ORDER, D(2))
    report = broker.book[ORDER]
    broker.book[ORDER] = replace(report, average_price=D("100.4"))
    assert await desk.link.reconcile() == ()
    assert [fill.trade_id for fill in desk.fold.registry.fills()] == ["t0", "inferred:trend-000001:5"]
    assert desk.fold.ledger.net(PAPER, AAPL) == 5
    assert "recent fills" in broker.asked
    assert broker.asked[-1] != "recent fills"
    await desk.link.reconcile()
    assert desk.fold.ledger.fills_count == 2
    broker.quiet = False
    assert await desk.link.reconcile() == ()
    assert [fill.trade_id for fill in desk.fold.registry.fills()] == ["t0", "t1"]
    assert desk.fold.ledger.account_cash(PAPER) == broker.cash
    assert desk.fold.ledger.position(PAPER, TREND, AAPL).cost == 502


async def test_nothing_is_inferred_that_the_position_does_not_confirm(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "3")
    broker.book[ORDER] = replace(broker.book[ORDER], filled=D(5))
    found = await desk.link.reconcile()
    assert [(item.kind, item.ours, item.broker) for item in found] == [("fill", "3 filled", "5 filled")]
    assert desk.fold.ledger.net(PAPER, AAPL) == 3


async def test_one_empty_answer_changes_nothing(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "3")
    rows = sum(1 for _ in desk.journal.read())
    broker.blank = 1
    assert await desk.link.reconcile() == ()
    assert sum(1 for _ in desk.journal.read()) == rows
    assert desk.link.positions[AAPL].quantity == 3
    broker.blank = 9
    with pytest.raises(BrokerError, match="no positions although the books hold some"):
        await desk.link.reconcile()
    assert desk.state() == "PARTIALLY_FILLED"
    assert desk.link.positions[AAPL].quantity == 3


async def test_an_order_that_the_broker_acknowledged_and_forgot_is_shown_and_not_ended(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "0")
    broker.book.clear()
    (found,) = await desk.link.reconcile()
    assert (found.kind, found.broker, found.remedies) == ("order", "none", (Remedy.ASK_AGAIN, Remedy.FORGET))
    assert desk.state() == "ACCEPTED"
    assert (await desk.link.reconcile())[0].seen == 2


async def test_a_report_that_went_back_changes_nothing(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "3")
    broker.book[ORDER] = replace(broker.book[ORDER], filled=D(1), state=OrderState.CANCELED)
    await desk.link._reconciler.ask_orders()
    assert desk.state() == "PARTIALLY_FILLED"


async def test_only_orders_that_wait_are_asked_for(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "0")
    broker.deaf = True
    await desk.recorder.record(OrderSubmitted(intent=an_intent("trend-000002"), at=desk.clock.now()))
    await broker.submit([an_intent("trend-000002")])
    desk.link._reconciler._timing = ReconcileTiming(in_flight_after_s=0.0)
    assert desk.link._reconciler.is_overdue()
    broker.asked.clear()
    assert not await desk.link._reconciler.ask_in_flight()
    assert broker.asked == ["trend-000002"]
    assert desk.state("trend-000002") == "ACCEPTED"


async def test_a_broker_that_can_not_be_compared_any_more_is_no_longer_traded_on(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "0")
    quick = ReconcileTiming(positions_every_s=0.01, in_flight_every_s=0.01)
    desk.link._timing = quick
    broker.fails = BrokerError("line is dead")
    async with asyncio.timeout(10):
        while desk.link.status.reconciled:
            await asyncio.sleep(0.01)
        assert desk.link.status.connected
        broker.fails = None
        while not desk.link.status.reconciled:
            await asyncio.sleep(0.01)


def a_view(**fields: object) -> BrokerView:
    balance = BrokerAccount(account=PAPER, cash={"USD": D(1000)}, buying_power=D(0), equity=D(1000))
    return BrokerView(**{"orders": (), "fills": (), "positions": (), "balance": balance, **fields})  # type: ignore[arg-type]


def test_an_account_that_contradicts_itself_is_never_believed() -> None:
    assert doubt(a_view(), holds=False, works=False).why == ""
    assert doubt(a_view(), holds=True, works=False) == ("it told no positions although the books hold some", False)
    assert doubt(a_view(), holds=False, works=True).why == "it told no orders although some work"
    richer = BrokerAccount(account=PAPER, cash={"USD": D(1000)}, buying_power=D(0), equity=D(1500))
    assert doubt(a_view(balance=richer), holds=True, works=False).certain
    empty = BrokerAccount(account=PAPER, cash={}, buying_power=D(0), equity=None)
    assert doubt(a_view(balance=empty), holds=False, works=False).certain


async def test_a_told_execution_before_its_look_is_not_inferred_again(open_desk: OpenDesk) -> None:
    desk, broker = await trading(open_desk, "5")
    await desk.link.reconcile()
    desk.broker.tell(OrderFilled(fill=broker.executions[0]))
    await desk.settled()
    assert desk.fold.ledger.fills_count == 1
    assert desk.fold.ledger.position(PAPER, TREND, AAPL).cost == 500
    assert broker.executions[0].at == NOW
