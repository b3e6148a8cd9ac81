"""A position has the stop that it asked for, or it is closed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.domain.events import OrderCanceled, OrderRejected, OrderUpdated
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId
from ares_desktop.domain.orders import Bracket, Order, OrderIntent, OrderType
from ares_desktop.domain.positions import Position
from ares_desktop.domain.protections import StopCover
from ares_desktop.engine.ports.broker import BrokerCapabilities
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.trading import stop_guard
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.protection_desk import ProtectionDesk
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, a_flow
from tests.engine.trading.desk import EVERYTHING, Desk, ObedientBroker

ENTRY = "trend-000001"
STOP = f"{ENTRY}:stop"
TARGET = f"{ENTRY}:target"
BRACKET = Bracket(stop=Decimal(95), target=Decimal(120))
PLAIN = replace(EVERYTHING, brackets=False, oco=False, reduce_only=False)
OpenDesk = Callable[..., Awaitable[Desk]]


@dataclass
class Venue(ObedientBroker):
    """A broker that changes orders, and refuses stops when it is told to."""

    refuses_stops: bool = False

    def _enter(self, intent: OrderIntent) -> None:
        if self.refuses_stops and intent.type is OrderType.STOP:
            self.tell(OrderRejected(client_order_id=intent.client_order_id, reason="no stops today", at=NOW))
            return
        super()._enter(intent)

    async def update(self, order: ClientOrderId, **changes: Decimal | None) -> None:
        report = self.book[order]
        quantity = changes["quantity"]
        assert quantity is not None
        self.book[order] = replace(report, intent=replace(report.intent, quantity=quantity))
        self.tell(OrderUpdated(client_order_id=order, at=NOW, quantity=quantity))

    def end(self, order: str, reason: str = "the venue ended it") -> None:
        self.tell(OrderCanceled(client_order_id=ClientOrderId(order), at=NOW, reason=reason))


class House:
    """A desk with its protections, looked at by hand."""

    def __init__(self, desk: Desk, broker: Venue, **settings: Any) -> None:
        self.desk = desk
        self.broker = broker
        able: dict[str, BrokerCapabilities] = {PAPER: broker.capabilities}
        self.protections = ProtectionDesk(
            desk.recorder,
            desk.router,
            able.get,
            journal=desk.journal,
            rate=desk.hub.rate,
            settings=ProtectionSettings(**settings),
            clock=desk.clock,
            wall=WallClock(),
        )
        self.closings: list[tuple[StopCover, str]] = []
        self.protections.stops.on_closing(lambda cover, reason: self.closings.append((cover, reason)))

    @property
    def key(self) -> PositionKey:
        return PositionKey(PAPER, self.order(ENTRY).intent.strategy, AAPL)

    @property
    def held(self) -> Decimal:
        return self.desk.fold.ledger.position(*self.key).quantity

    def order(self, name: str) -> Order:
        found = self.desk.fold.registry.get(ClientOrderId(name))
        assert found is not None
        return found

    async def look(self, times: int = 3) -> None:
        for _ in range(times):
            await self.desk.settled()
            await self.protections.look_at_positions()
            await self.desk.settled()

    async def fill(self, order: str, quantity: int | None = None) -> None:
        self.broker.fill(ClientOrderId(order), None if quantity is None else Decimal(quantity))
        await self.look()


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_guard, "_SETTLES_S", 0.0)


@pytest.fixture
def open_house(open_desk: OpenDesk) -> Callable[..., Awaitable[House]]:
    async def make(able: BrokerCapabilities = EVERYTHING, broker: Venue | None = None, **settings: Any) -> House:
        chosen = broker or Venue(capabilities=able)
        desk = await open_desk(chosen)
        if broker is None or not chosen.submitted:
            await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
        return House(desk, chosen, **settings)

    return make


OpenHouse = Callable[..., Awaitable[House]]


async def test_exits_of_a_broker_without_brackets_are_held_until_the_entry_fills(open_house: OpenHouse) -> None:
    house = await open_house(PLAIN)
    await house.desk.buy(bracket=BRACKET)
    await house.look()
    assert [intent.client_order_id for intent in house.broker.submitted] == [ENTRY]
    assert house.broker.submitted[0].bracket is None
    await house.fill(ENTRY, 4)
    assert {house.order(name).intent.quantity for name in (STOP, TARGET)} == {Decimal(4)}
    await house.fill(ENTRY)
    assert {house.order(name).intent.quantity for name in (STOP, TARGET)} == {Decimal(10)}
    assert house.protections.stops.covers[house.key].covered == 10


@pytest.mark.parametrize("able", [EVERYTHING, PLAIN])
async def test_exits_are_resized_to_what_is_held(open_house: OpenHouse, able: BrokerCapabilities) -> None:
    house = await open_house(able)
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY, 6)
    assert {house.order(name).remaining for name in (STOP, TARGET)} == {Decimal(6)}


async def test_a_partial_exit_reduces_its_sibling_and_the_last_one_ends_it(open_house: OpenHouse) -> None:
    house = await open_house(PLAIN)
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY)
    await house.fill(TARGET, 7)
    assert house.order(STOP).remaining == 3
    await house.fill(TARGET)
    assert house.held == 0
    assert not house.order(STOP).is_working
    assert not house.closings


@pytest.mark.parametrize("able", [EVERYTHING, PLAIN])
async def test_a_refused_stop_closes_the_position_at_once(open_house: OpenHouse, able: BrokerCapabilities) -> None:
    house = await open_house(broker=Venue(capabilities=able, refuses_stops=True, fills_at_once=True))
    await house.desk.buy(bracket=BRACKET)
    await house.look()
    assert house.held == 0
    assert house.order(f"{ENTRY}:lost-stop").state == "FILLED"
    assert "no stops today" in house.closings[0][1]
    assert not house.desk.fold.registry.working()


async def test_a_refused_stop_ends_an_entry_that_has_not_filled(open_house: OpenHouse) -> None:
    house = await open_house(broker=Venue(refuses_stops=True))
    await house.desk.buy(bracket=BRACKET)
    await house.look()
    assert house.desk.state(ENTRY) == "CANCELED"


async def test_a_stop_that_the_venue_ends_closes_the_position(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY)
    house.broker.end(STOP)
    await house.look()
    assert house.desk.state(f"{ENTRY}:lost-stop") == "ACCEPTED"
    assert house.desk.state(TARGET) == "CANCELED"
    await house.fill(f"{ENTRY}:lost-stop")
    assert house.held == 0


async def test_a_close_is_not_doubled_after_a_restart_between_decision_and_fill(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY)
    house.broker.end(STOP)
    await house.look()
    await house.desk.close()
    again = await open_house(broker=house.broker)
    await again.look()
    closing = [intent for intent in again.broker.submitted if ":lost-stop" in intent.client_order_id]
    assert len(closing) == 1


async def test_a_stop_that_was_lost_before_a_restart_closes_after_it(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY)
    house.broker.end(STOP)
    await house.desk.settled()
    await house.desk.close()
    again = await open_house(broker=house.broker)
    await again.look()
    assert again.desk.state(f"{ENTRY}:lost-stop") == "ACCEPTED"


async def test_a_stop_that_was_canceled_here_is_lacking_and_closes_only_by_the_setting(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY)
    await house.desk.router.cancel([ClientOrderId(STOP)], reason="by hand")
    await house.look()
    cover = house.protections.stops.covers[house.key]
    assert (cover.naked, cover.naked_since) == (Decimal(10), house.desk.clock.now())
    assert house.desk.state(f"{ENTRY}:lost-stop") == "NONE"
    await house.desk.close()
    again = await open_house(broker=house.broker, naked_close=True, naked_alert_s=0.0)
    await again.look()
    assert again.desk.state(f"{ENTRY}:lost-stop") == "NONE"
    assert again.desk.state(f"{ENTRY}:naked") == "ACCEPTED"


async def test_a_position_without_a_bracket_is_unprotected_by_design(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.desk.buy()
    await house.fill(ENTRY)
    cover = house.protections.stops.covers[house.key]
    assert (cover.naked, cover.action) == (Decimal(0), "unprotected by design")


async def test_an_earlier_bracket_asks_nothing_of_a_later_position(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.desk.buy(bracket=BRACKET)
    await house.fill(ENTRY)
    await house.fill(TARGET)
    house.broker.end(STOP, "its group filled")
    await house.desk.buy("trend-000002")
    await house.fill("trend-000002")
    assert house.held == 10
    assert house.protections.stops.covers[house.key].asked == 0
    assert not house.closings


def a_position(house: House, price: int) -> Position:
    held = house.desk.fold.ledger.position(*house.key)
    mark = Decimal(price)
    return Position(
        account=house.key.account,
        strategy=house.key.strategy,
        instrument=AAPL,
        quantity=held.quantity,
        average_price=held.average_price,
        realized=held.realized,
        commission=held.commission,
        mark=mark,
        marked_at=NOW,
        unrealized=held.unrealized(mark),
        market_value=held.market_value(mark),
        currency="USD",
    )


async def test_what_is_given_back_closes_also_when_a_restart_is_between_peak_and_fall(open_house: OpenHouse) -> None:
    opened = partial(open_house, give_back_gain=0.05, give_back_share=0.4)
    house = await opened(broker=Venue(fills_at_once=True))
    await house.desk.buy()
    for price in (104, 110, 107):
        house.protections.gains.take(a_position(house, price))
        await house.look(1)
    assert house.held == 10
    await house.desk.close()
    again = await opened(broker=house.broker)
    again.protections.gains.take(a_position(again, 106))
    await again.look()
    assert again.held == 0
    assert again.order(f"{ENTRY}:give-back").intent.purpose == "protective"


async def test_a_gain_that_is_too_small_to_guard_may_be_given_back(open_house: OpenHouse) -> None:
    house = await open_house(broker=Venue(fills_at_once=True), give_back_gain=0.05)
    await house.desk.buy()
    for price in (104, 99):
        house.protections.gains.take(a_position(house, price))
        await house.look(1)
    assert house.held == 10
