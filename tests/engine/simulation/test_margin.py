"""Cash, margin and what the account refuses."""

from decimal import Decimal

from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.simulation import AccountMode
from tests.engine.simulation.builders import Desk, a_bar, an_instrument, plain

D = Decimal


def a_desk(**settings: object) -> Desk:
    desk = Desk(plain(**{"starting_cash": D(10_000), **settings}))
    desk.market(a_bar(0, 100))
    return desk


def test_shares_can_be_bought_for_twice_the_equity() -> None:
    desk = a_desk()
    assert desk.broker.balance().buying_power == D(20_000)
    assert desk.state(desk.buy(200)) is OrderState.ACCEPTED
    desk = a_desk()
    order = desk.buy(201)
    assert desk.reason(order) == "needs 10,050.00 USD of margin, 10,000.00 is free"


def test_working_orders_reserve_buying_power_until_they_end() -> None:
    desk = a_desk()
    first = desk.buy(150, limit_price=90)
    assert desk.broker.balance().buying_power == D(6_500)
    assert desk.state(desk.buy(100, limit_price=90)) is OrderState.REJECTED
    desk.broker.cancel([first], desk.broker.clock_ns)
    assert desk.broker.balance().buying_power == D(20_000)


def test_what_a_market_order_reserved_is_the_same_after_a_restart() -> None:
    desk = a_desk(volume_share=0.1)
    desk.buy(50)
    desk.market(a_bar(1, 120, volume=0))
    before = desk.broker.balance()
    assert before.buying_power == D(15_000)
    again = type(desk.broker)(plain(starting_cash=D(10_000)), state=desk.broker.snapshot())
    assert again.balance() == before


def test_a_position_uses_margin_at_the_mark() -> None:
    desk = a_desk()
    desk.buy(100)
    desk.market(a_bar(1, 100))
    assert desk.broker.balance().buying_power == D(10_000)
    desk.market(a_bar(2, 110))
    balance = desk.broker.balance()
    assert balance.equity == D(11_000)
    assert balance.buying_power == D(11_000)
    assert balance.cash == {"USD": D(0)}


def test_a_short_sale_keeps_its_proceeds_as_cash_and_needs_margin_on_top() -> None:
    desk = a_desk()
    desk.sell(100)
    desk.market(a_bar(1, 100))
    balance = desk.broker.balance()
    assert balance.cash == {"USD": D(20_000)}
    assert balance.equity == D(10_000)
    assert balance.buying_power == D(10_000)


def test_orders_that_close_need_no_buying_power() -> None:
    desk = a_desk()
    desk.buy(200)
    desk.market(a_bar(1, 100), a_bar(2, 90))
    assert desk.broker.balance().buying_power == 0
    assert desk.state(desk.buy(1)) is OrderState.REJECTED
    assert desk.state(desk.sell(200)) is OrderState.ACCEPTED


def test_turning_a_position_around_is_charged_by_what_it_becomes() -> None:
    desk = a_desk()
    desk.buy(100)
    desk.market(a_bar(1, 100))
    assert desk.state(desk.sell(301)) is OrderState.REJECTED
    assert desk.state(desk.sell(300)) is OrderState.ACCEPTED


def test_a_cash_account_buys_for_its_cash_and_never_sells_short() -> None:
    desk = a_desk(mode=AccountMode.CASH)
    assert desk.state(desk.buy(101)) is OrderState.REJECTED
    desk.buy(60)
    desk.market(a_bar(1, 100))
    assert desk.broker.balance().buying_power == D(4_000)
    assert desk.state(desk.sell(61)) is OrderState.REJECTED
    assert desk.state(desk.sell(40)) is OrderState.ACCEPTED
    assert "short" in desk.reason(desk.sell(21))


def test_an_instrument_that_cannot_be_borrowed_is_not_sold_short() -> None:
    desk = Desk(plain(), an_instrument(shortable=False))
    desk.market(a_bar(0, 100))
    assert desk.state(desk.sell(1)) is OrderState.REJECTED
    desk.buy(10)
    desk.market(a_bar(1, 100))
    desk.sell(10, limit_price=105)
    desk.sell(10, stop_price=95, reduce_only=True)
    desk.market(a_bar(2, 90), a_bar(3, 110))
    assert desk.position == 0


def test_without_a_price_nothing_is_bought() -> None:
    desk = Desk(plain())
    assert desk.state(desk.buy(1)) is OrderState.REJECTED
    assert desk.state(desk.buy(1, limit_price=100)) is OrderState.ACCEPTED


def test_a_foreign_currency_needs_its_rate() -> None:
    sap, pair = InstrumentId("SAP.XETR"), InstrumentId("EUR/USD.IDEALPRO")
    fx = an_instrument(pair, asset_class=AssetClass.FX, calendar="24/5")
    desk = Desk(plain(starting_cash=D(10_000)), an_instrument(sap, currency="EUR", calendar="XETR"), fx)
    desk.market(a_bar(0, 100, name=sap))
    assert "EUR" in desk.reason(desk.buy(10, instrument=sap))
    desk.market(a_bar(0, 1.25, name=pair))
    assert "10,062.50" in desk.reason(desk.buy(161, instrument=sap))
    desk.buy(160, instrument=sap)
    desk.market(a_bar(1, 100, name=sap))
    balance = desk.broker.balance()
    assert balance.cash == {"USD": D(10_000), "EUR": D(-16_000)}
    assert balance.equity == D(10_000)


def test_a_multiplier_counts_in_value_and_margin() -> None:
    desk = Desk(plain(starting_cash=D(10_000)), an_instrument(multiplier=D(50), margin_rate=D("0.1")))
    desk.market(a_bar(0, 100))
    assert desk.state(desk.buy(21)) is OrderState.REJECTED
    desk.buy(20)
    desk.market(a_bar(1, 100), a_bar(2, 101))
    assert desk.broker.balance().equity == D(11_000)


def test_books_of_strategies_are_margined_as_one_net_position() -> None:
    desk = a_desk()
    desk.buy(100, strategy=StrategyId("long"))
    desk.market(a_bar(1, 100))
    desk.sell(100, strategy=StrategyId("short"))
    desk.market(a_bar(2, 100))
    assert desk.broker.balance().buying_power == D(20_000)
