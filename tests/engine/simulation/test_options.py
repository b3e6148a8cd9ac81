"""Options: paid in full, margined when sold short, settled at what exercise is worth."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.ids import InstrumentId, instrument_id
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.simulation import AccountMode
from ares_desktop.engine.data.options import option_contract
from ares_desktop.engine.simulation.option_terms import OptionTerms
from tests.engine.simulation.builders import DAY, OPEN_NS, Desk, an_instrument, only, plain

D = Decimal
SHARE = InstrumentId("ACME.SIM")
CALL, PUT = InstrumentId("ACME240308C00100000.SIM"), InstrumentId("ACME240308P00100000.SIM")
SESSION = 23_400_000_000_000


def an_option(name: InstrumentId) -> Instrument:
    found = option_contract(name.removesuffix(".SIM"), name)
    assert found is not None
    return found


def a_day(number: int, price: float, name: InstrumentId = SHARE) -> Bar:
    """Return a session's bar; number 0 is Monday, 4 the Friday on which both options end."""
    start = OPEN_NS + number * DAY
    return Bar(name, start, start + SESSION, price, price, price, price, float("nan"))


def a_desk(**settings: Any) -> Desk:
    desk = Desk(plain(**settings), an_instrument(SHARE), an_option(CALL), an_option(PUT))
    desk.market(a_day(0, 100), a_day(0, 3, CALL), a_day(0, 2, PUT))
    return desk


@pytest.mark.parametrize(("last", "call", "put"), [(107.5, "7.5", "0"), (88, "0", "12"), (100, "0", "0")])
def test_options_are_settled_at_what_exercise_is_worth(last: float, call: str, put: str) -> None:
    desk = a_desk(costs="retail")
    desk.buy(2, instrument=CALL)
    desk.sell(1, instrument=PUT)
    desk.market(a_day(1, 100), a_day(1, 3, CALL), a_day(1, 2, PUT))
    desk.market(a_day(4, last), a_day(4, 99, CALL), a_day(4, 99, PUT))
    assert desk.position == 1
    events = desk.market(a_day(7, 55))
    fills = {event.fill.instrument: event.fill for event in only(events, OrderFilled)}
    assert (fills[CALL].price, fills[PUT].price) == (D(call), D(put))
    assert all(not fill.commission for fill in fills.values())
    assert fills[CALL].at == datetime(2024, 3, 8, 21, tzinfo=UTC)
    assert not desk.position
    gain = 2 * 100 * (D(call) - 3) + 100 * (2 - D(put))
    assert desk.broker.balance().equity == D(1_000_000) + gain - D("1.30") - D(1)


def test_without_a_price_of_the_underlying_the_last_price_settles() -> None:
    desk = Desk(plain(), an_instrument(SHARE), an_option(CALL), an_instrument(InstrumentId("OTHER.SIM")))
    desk.market(a_day(0, 3, CALL))
    desk.buy(1, instrument=CALL)
    desk.market(a_day(1, 4, CALL), a_day(7, 55, InstrumentId("OTHER.SIM")))
    assert desk.last_fill.price == D(4)


def test_an_option_is_paid_in_full() -> None:
    desk = a_desk(starting_cash=D(900))
    assert desk.state(desk.buy(3, instrument=CALL)) is OrderState.ACCEPTED
    poor = a_desk(starting_cash=D(899))
    assert poor.reason(poor.buy(3, instrument=CALL)) == "needs 900.00 USD of margin, 899.00 is free"


def test_a_short_option_needs_a_fifth_of_the_underlying_beside_its_proceeds() -> None:
    poor = a_desk(starting_cash=D(3_999))
    assert poor.reason(poor.sell(2, instrument=PUT)) == "needs 4,000.00 USD of margin, 3,999.00 is free"
    desk = a_desk(starting_cash=D(4_000))
    desk.sell(2, instrument=PUT)
    desk.market(a_day(1, 100), a_day(1, 2, PUT))
    assert desk.position == -2
    assert desk.broker.balance().equity == D(4_000)
    assert desk.broker.balance().buying_power == D(0)
    # At 105 the put is 5 out of the money: 2 x 100 x (21 - 5).
    desk.market(a_day(2, 105))
    assert desk.broker.balance().buying_power == D(1_600)


def test_closing_a_short_option_and_selling_a_held_one_need_nothing() -> None:
    desk = a_desk(starting_cash=D(4_000))
    desk.sell(2, instrument=PUT)
    desk.market(a_day(1, 100), a_day(1, 2, PUT))
    assert desk.state(desk.buy(2, instrument=PUT)) is OrderState.ACCEPTED
    desk = a_desk(starting_cash=D(900))
    desk.buy(3, instrument=CALL)
    desk.market(a_day(1, 100), a_day(1, 3, CALL))
    assert desk.state(desk.sell(3, instrument=CALL)) is OrderState.ACCEPTED
    assert desk.state(desk.sell(1, instrument=CALL)) is OrderState.REJECTED


def test_an_option_cannot_be_sold_short_without_a_price_of_its_underlying_nor_in_a_cash_account() -> None:
    desk = Desk(plain(), an_instrument(SHARE), an_option(PUT))
    desk.market(a_day(0, 2, PUT))
    assert desk.reason(desk.sell(1, instrument=PUT)) == "no price of ACME.SIM is known, so its margin can't be computed"
    cash = a_desk(mode=AccountMode.CASH)
    assert "can't be sold short in a cash account" in cash.reason(cash.sell(1, instrument=PUT))


def test_what_a_working_sale_reserved_is_the_same_after_a_restart() -> None:
    desk = a_desk(starting_cash=D(4_000))
    desk.sell(1, instrument=PUT, limit_price=9)
    before = desk.broker.balance()
    assert before.buying_power == D(4_000)
    again = type(desk.broker)(plain(starting_cash=D(4_000)), state=desk.broker.snapshot())
    assert again.balance() == before


def test_options_never_roll() -> None:
    later = instrument_id("ACME240315C00100000", "SIM")
    desk = Desk(plain(roll_days=2), an_instrument(SHARE), an_option(CALL), an_option(later))
    desk.market(a_day(0, 100), a_day(0, 3, CALL), a_day(0, 4, later))
    desk.buy(1, instrument=CALL)
    desk.market(a_day(1, 100), a_day(1, 3, CALL), a_day(1, 4, later), a_day(7, 100), a_day(7, 4, later))
    assert desk.fills() == [(D(1), D(3)), (D(1), D(0))]


@given(st.floats(0.01, 1000), st.floats(0.01, 1000), st.booleans())
def test_margin_of_a_short_option_lies_between_its_bounds(price: float, strike: float, call: bool) -> None:
    terms = OptionTerms(SHARE, strike, call)
    least = 0.1 * (price if call else strike)
    assert least <= terms.short_margin(price) <= max(least, 0.2 * price)
    worth_of_call, worth_of_put = (OptionTerms(SHARE, strike, right).intrinsic(price) for right in (True, False))
    assert worth_of_call - worth_of_put == pytest.approx(price - strike)
