"""What time alone brings about, and when the venue must be told of it."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.events import CarryBooked
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import TradeTick
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.orders import OrderState
from ares_desktop.engine.simulation.simulated import SimulatedBroker
from ares_desktop.engine.simulation.state import Counters
from tests.engine.simulation.builders import DAY, MINUTE, OPEN_NS, SPY, Desk, a_bar, an_instrument, only, plain

D = Decimal
SAP, EURUSD = InstrumentId("SAP.XETR"), InstrumentId("EURUSD.SIM")
DAY_NS = 86_400_000_000_000


def a_dividend(minute: int, value: float = 1.0, name: InstrumentId = SPY) -> MarketAction:
    return MarketAction(name, OPEN_NS + minute * MINUTE, ActionKind.DIVIDEND, value)


def a_holder(quantity: int = 10) -> Desk:
    desk = Desk()
    desk.market(a_bar(0, 100))
    desk.buy(quantity)
    desk.market(a_bar(1, 100))
    return desk


def test_an_action_that_two_series_tell_takes_effect_once() -> None:
    desk = a_holder()
    desk.broker.schedule([a_dividend(5), a_dividend(5)])
    desk.broker.schedule([a_dividend(5)])
    assert len(only(desk.market(a_bar(6, 100)), CarryBooked)) == 1


def test_an_action_of_the_past_is_left_out() -> None:
    desk = a_holder()
    desk.broker.schedule([a_dividend(1)])
    assert not only(desk.market(a_bar(6, 100)), CarryBooked)


def test_an_action_concerns_what_is_held_after_the_events_of_its_own_time() -> None:
    desk = Desk(plain(volume_share=0.0))
    desk.market(a_bar(0, 100))
    desk.buy(10)
    desk.broker.schedule([a_dividend(2)])
    assert not only(desk.market(a_bar(1, 100)), CarryBooked)
    assert [item.amount for item in only(desk.market(a_bar(2, 100)), CarryBooked)] == [D(10)]


def test_nothing_wakes_the_venue_where_nothing_is_due() -> None:
    desk = a_holder()
    assert desk.broker.wake_ns > OPEN_NS + 10_000 * DAY
    desk.broker.schedule([a_dividend(9), a_dividend(5)])
    assert desk.broker.wake_ns == OPEN_NS + 5 * MINUTE
    desk.market(a_bar(5, 100))
    assert desk.broker.wake_ns == OPEN_NS + 9 * MINUTE


def test_every_midnight_wakes_a_venue_that_lends() -> None:
    desk = Desk(plain(borrow_rate=0.01))
    desk.market(a_bar(0, 100))
    midnight = OPEN_NS // DAY_NS * DAY_NS + DAY_NS
    assert desk.broker.wake_ns == midnight
    desk.market(TradeTick(SPY, midnight, 100.0, 1.0))
    assert desk.broker.wake_ns == midnight
    desk.market(TradeTick(SPY, midnight + 1, 100.0, 1.0))
    assert desk.broker.wake_ns == midnight + DAY_NS


def test_leaving_out_what_needs_no_matching_changes_nothing() -> None:
    full, marked = Desk(plain(borrow_rate=0.36)), Desk(plain(borrow_rate=0.36))
    for desk in (full, marked):
        desk.broker.schedule([a_dividend(700, 0.5)])
        desk.market(a_bar(0, 100))
        desk.sell(10)
    for minute in range(1, 3000, 7):
        bar = a_bar(minute, 100 + minute % 5)
        full.market(bar)
        if bar.ts > marked.broker.wake_ns or marked.broker.has_work(SPY):
            marked.market(bar)
        else:
            marked.broker.mark(bar)
    assert full.events == marked.events
    assert full.broker.balance() == marked.broker.balance()
    assert {item.kind for item in only(full.events, CarryBooked)} == {"borrow", "dividend"}


def test_a_dividend_in_another_currency_is_cash_in_that_currency() -> None:
    pair = an_instrument(EURUSD, asset_class=AssetClass.FX, calendar="24/5", tick_size=D("0.00001"))
    desk = Desk(plain(), an_instrument(SAP, currency="EUR"), pair)
    desk.market(a_bar(0, 100, name=SAP))
    assert "no rate from EUR is known" in desk.reason(desk.buy(10, instrument=SAP))
    desk.market(a_bar(1, 1.1, name=EURUSD))
    order = desk.buy(10, instrument=SAP)
    desk.market(a_bar(2, 100, name=SAP))
    assert desk.state(order) is OrderState.FILLED
    desk.broker.schedule([a_dividend(3, 2.0, SAP)])
    desk.market(a_bar(4, 100, name=SAP))
    balance = desk.broker.balance()
    assert balance.cash == {"USD": D(1_000_000), "EUR": D(-980)}
    assert balance.equity == D(1_000_000) + D(20) * D("1.1")


def test_a_broker_that_goes_on_from_its_state_carries_out_what_is_due_once() -> None:
    sap = an_instrument(SAP)
    desk = Desk(plain(), an_instrument(), sap)
    desk.market(a_bar(0, 100), a_bar(0, 50, name=SAP))
    desk.buy(10)
    desk.buy(10, instrument=SAP)
    desk.market(a_bar(1, 100), a_bar(1, 50, name=SAP))
    actions = [a_dividend(3), a_dividend(3, 2.0, SAP), a_dividend(8)]
    desk.broker.schedule(actions)
    assert [item.instrument for item in only(desk.market(a_bar(3, 100)), CarryBooked)] == [SPY]

    state = desk.broker.snapshot()
    state.counters = msgspec.msgpack.decode(msgspec.msgpack.encode(state.counters), type=Counters)
    again = Desk(broker=SimulatedBroker(plain(), state=state))
    again.broker.schedule(actions)
    # The other share has had no event since its dividend.
    booked = only(again.market(a_bar(4, 100), a_bar(4, 50, name=SAP)), CarryBooked)
    assert [(item.instrument, item.amount) for item in booked] == [(SAP, D(20))]
    assert [item.amount for item in only(again.market(a_bar(8, 100)), CarryBooked)] == [D(10)]


def test_what_is_scheduled_anew_replaces_what_was_scheduled_before() -> None:
    desk = a_holder()
    desk.broker.schedule([a_dividend(5), a_dividend(7)])
    desk.broker.schedule([a_dividend(7), a_dividend(9, 3.0)], anew=True)
    booked = [only(desk.market(a_bar(minute, 100)), CarryBooked) for minute in range(5, 10)]
    assert [[item.amount for item in items] for items in booked] == [[], [], [D(10)], [], [D(30)]]


def test_a_market_that_is_set_back_forgets_the_actions_of_its_old_time() -> None:
    desk = a_holder()
    desk.broker.schedule([a_dividend(5)])
    desk.broker.rewind(OPEN_NS)
    assert not only(desk.market(a_bar(6, 100)), CarryBooked)
