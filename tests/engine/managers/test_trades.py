"""The trader's own orders pass the same gate, and closing a position closes it once."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import MANUAL, ClientOrderId
from ares_desktop.domain.orders import Order, OrderPurpose, OrderState, OrderType, Side
from ares_desktop.domain.risk import Denied, DenyReason
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.trades import TradeManager
from tests.engine.house import ACME, House

SOURCE = "test"


@pytest.fixture
def trades(house: House) -> TradeManager:
    return house.managers.trades


def a_ticket(quantity: str = "10", side: Side = Side.BUY, **fields: object) -> OrderTicket:
    return OrderTicket(side=side, quantity=Decimal(quantity), instrument="acme", **fields)  # type: ignore[arg-type]


def held(house: House, name: str) -> Decimal:
    house.managers.portfolio.collect()
    rows = house.managers.portfolio.positions()
    return sum((row.quantity for row in rows if row.strategy == name), Decimal(0))


@pytest.mark.parametrize(
    ("prices", "kind"),
    [
        ({}, OrderType.MARKET),
        ({"limit": Decimal(90)}, OrderType.LIMIT),
        ({"stop": Decimal(105)}, OrderType.STOP),
        ({"stop": Decimal(105), "limit": Decimal(106)}, OrderType.STOP_LIMIT),
        ({"trail": Decimal(5)}, OrderType.TRAILING_STOP),
    ],
)
async def test_the_prices_of_a_ticket_say_what_kind_of_order_it_is(
    trades: TradeManager, prices: dict[str, Any], kind: OrderType
) -> None:
    order = await trades.submit(a_ticket("1", **prices))
    assert order.intent.type is kind
    assert order.intent.purpose is OrderPurpose.MANUAL
    assert order.intent.strategy == MANUAL
    await trades.cancel_all(source=SOURCE)


async def test_a_denied_ticket_says_why_and_is_shown_among_the_orders(trades: TradeManager) -> None:
    denials: list[Denied] = []
    trades.denied.connect(denials.append)
    with pytest.raises(RefusedError) as refused:
        await trades.submit(a_ticket("0.5"))
    trades.denied.disconnect(denials.append)
    assert refused.value.code == DenyReason.QUANTITY_PRECISION
    assert [denial.reason for denial in denials] == [DenyReason.QUANTITY_PRECISION]
    assert trades.orders()[-1].state is OrderState.DENIED
    assert trades.orders()[-1] not in trades.working()


async def test_a_ticket_for_what_is_not_there_is_a_wrong_ticket(trades: TradeManager) -> None:
    before = len(trades.orders())
    with pytest.raises(UsageError, match="ACME"):
        await trades.submit(OrderTicket(side=Side.BUY, quantity=Decimal(1), instrument="acmee"))
    for book in ("nobody", "unassigned"):
        with pytest.raises(UsageError, match="manual"):
            await trades.submit(a_ticket(strategy=book))
    assert len(trades.orders()) == before


async def test_an_order_is_shown_from_its_hand_over_to_its_fill(house: House, trades: TradeManager) -> None:
    states: list[OrderState] = []
    fills: list[Fill] = []

    def order_changed(order: Order) -> None:
        states.append(order.state)

    trades.order_changed.connect(order_changed)
    trades.filled.connect(fills.append)
    await trades.submit(a_ticket())
    await house.play(1)
    trades.order_changed.disconnect(order_changed)
    trades.filled.disconnect(fills.append)
    assert states == [OrderState.SUBMITTED, OrderState.ACCEPTED, OrderState.FILLED]
    assert [fill.quantity for fill in fills] == [Decimal(10)]
    await trades.flatten(source=SOURCE)
    await house.play(1)


async def test_an_order_is_canceled_once_and_an_unknown_one_never(trades: TradeManager) -> None:
    order = await trades.submit(a_ticket(limit=Decimal(90)))
    await trades.cancel(order.id, source=SOURCE)
    await until_gone(trades)
    for gone in (order.id, ClientOrderId("nobody-000001")):
        with pytest.raises(UsageError, match="can't be canceled"):
            await trades.cancel(gone, source=SOURCE)


async def until_gone(trades: TradeManager) -> None:
    """Wait until no order works."""
    async with asyncio.timeout(5):
        while trades.working():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("scope", ["strategy:nobody", "account:NOWHERE", "instrument:GONE.SIM", "everything", "all:"])
async def test_a_scope_that_means_nothing_is_refused(trades: TradeManager, scope: str) -> None:
    with pytest.raises(UsageError, match="scope"):
        await trades.flatten(source=SOURCE, scope=scope)
    with pytest.raises(UsageError, match="scope"):
        await trades.cancel_all(source=SOURCE, scope=scope)


async def test_cancels_and_closing_stay_in_their_scope(house: House, trades: TradeManager) -> None:
    one = await house.add("idle", "scope-one", capital=Decimal(5000))
    other = await house.add("idle", "scope-two", capital=Decimal(5000))
    for book in (one, other):
        await trades.submit(a_ticket(strategy=book))
    await house.play(1)
    for book in (one, other):
        await trades.submit(a_ticket(strategy=book, limit=Decimal(90)))
    assert await trades.cancel_all(source=SOURCE, scope=f"strategy:{one}") == 1
    await house.until(lambda: [order.intent.strategy for order in trades.working()] == [other])
    closing = await trades.flatten(source=SOURCE, scope=f"strategy:{one}")
    assert [(order.intent.strategy, order.intent.side) for order in closing] == [(one, Side.SELL)]
    await house.play(1)
    assert held(house, one) == 0
    assert held(house, other) == 10
    assert len(trades.working()) == 1
    assert len(await trades.flatten(source=SOURCE, scope=f"instrument:{ACME}")) == 1
    await house.play(1)
    assert held(house, other) == 0
    assert trades.working() == ()
    assert await trades.flatten(source=SOURCE, scope="account:PAPER") == ()


async def test_closing_at_the_same_time_closes_once(house: House, trades: TradeManager) -> None:
    one = await house.add("idle", "flat-one", capital=Decimal(5000))
    other = await house.add("idle", "flat-two", capital=Decimal(5000))
    for book in (one, other):
        await trades.submit(a_ticket(strategy=book))
    await house.play(1)
    # The other book holds as much, so a reduce-only order too many would still trade at the venue.
    scope = f"strategy:{one}"
    await asyncio.gather(*(trades.flatten(source=SOURCE, scope=scope) for _ in range(3)))
    await trades.flatten(source=SOURCE, scope=scope)
    await house.play(2)
    assert held(house, one) == 0
    assert held(house, other) == 10
    await trades.flatten(source=SOURCE)
    await house.play(1)
    assert held(house, other) == 0


async def test_an_exit_that_works_is_canceled_before_the_position_is_closed(house: House, trades: TradeManager) -> None:
    await trades.submit(a_ticket())
    await house.play(1)
    await trades.submit(a_ticket(side=Side.SELL, limit=Decimal(109)))
    await trades.flatten(source=SOURCE)
    await house.play(1)
    assert held(house, MANUAL) == 0
    assert trades.working() == ()
