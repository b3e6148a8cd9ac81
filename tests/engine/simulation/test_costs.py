"""What fills cost."""

from decimal import Decimal

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.simulation import LimitPolicy, MarketPolicy, SlippageModel, stressed
from ares_desktop.engine.simulation.costs import (
    EXCHANGE,
    IB_FIXED,
    IB_TIERED,
    PROFILE_NOTES,
    PROFILE_SETS,
    profile_set,
)
from ares_desktop.engine.simulation.slippage import drawn, slippage, worsened
from tests.engine.simulation.builders import Desk, a_bar, a_quote, an_instrument, only, plain

D = Decimal


@pytest.mark.parametrize(
    ("shares", "price", "fee"),
    [("100", "25", "1.00"), ("1000", "25", "5.00"), ("1000", "0.25", "2.50")],
)
def test_fixed_commissions_are_those_of_the_brokers_own_examples(shares: str, price: str, fee: str) -> None:
    assert IB_FIXED.total(D(shares), D(0), D(shares) * D(price)) == D(fee)


def test_tiered_commissions_include_clearing() -> None:
    assert IB_TIERED.total(D(1000), D(0), D(25_000)) == D("3.7")
    assert IB_TIERED.total(D(10), D(0), D(250)) == D("0.35")


def test_an_exchange_charges_basis_points_of_the_value() -> None:
    assert EXCHANGE.total(D(1), D(20_000), D(30_000)) == D(50)


def test_the_minimum_is_charged_once_for_an_order_that_fills_in_parts() -> None:
    desk = Desk(plain(costs="retail", volume_share=0.1))
    desk.market(a_bar(0, 100))
    desk.buy(300)
    desk.market(a_bar(1, 100, volume=1000), a_bar(2, 100, volume=1000), a_bar(3, 100, volume=1000))
    charges = [event.fill.commission for event in only(desk.events, OrderFilled)]
    assert charges == [D(1), D(0), D("0.5")]


def test_the_profile_is_chosen_by_asset_class() -> None:
    desk = Desk(plain(costs="retail"), an_instrument(asset_class=AssetClass.CRYPTO, lot_size=D("0.001")))
    desk.market(a_bar(0, 100))
    desk.buy("0.5")
    desk.market(a_bar(1, 100))
    assert desk.last_fill.commission == D("0.05")


def test_an_unknown_set_of_commissions_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="retail"):
        profile_set("cheap")


@pytest.mark.parametrize(
    ("model", "amount", "spread", "share", "distance"),
    [
        (SlippageModel.NONE, 5, None, 0.1, 0),
        (SlippageModel.BPS, 2, None, 0.1, 0.02),
        (SlippageModel.BPS, 2, 0.5, 0.1, 0),
        (SlippageModel.SPREAD, 0.5, 0.2, 0.1, 0.1),
        (SlippageModel.SPREAD, 0.5, None, 0.1, 0),
        (SlippageModel.VOLUME, 0.1, None, 0.1, 0.1),
        (SlippageModel.VOLUME, 0.1, None, float("nan"), 0),
    ],
)
def test_each_slippage_model_worsens_the_price(
    model: SlippageModel, amount: float, spread: float | None, share: float, distance: float
) -> None:
    assert slippage(model, amount, price=100, spread=spread, share=share) == pytest.approx(distance)


def test_slippage_is_rounded_against_the_order_and_an_unmoved_price_is_exact() -> None:
    step = D("0.0001")
    assert worsened(100.123456, 0.0, buys=True, step=step) == D("100.123456")
    assert worsened(100.0, 0.00001, buys=True, step=step) == D("100.0001")
    assert worsened(100.0, 0.00001, buys=False, step=step) == D("99.9999")


def test_slippage_moves_market_orders_and_stops_but_never_a_limit() -> None:
    desk = Desk(plain(slippage_model=SlippageModel.BPS, slippage=10))
    desk.market(a_bar(0, 100))
    market, limit = desk.buy(10), desk.buy(10, limit_price=100.05)
    desk.market(a_bar(1, 100))
    assert desk.fills(market) == [(D(10), D("100.1"))]
    assert desk.fills(limit) == [(D(10), D("100.05"))]
    desk.sell(20, stop_price=90)
    desk.market(a_bar(2, 100, 100, 80))
    assert desk.last_fill.price == D("89.91")


def test_on_quotes_a_share_of_the_spread_is_lost() -> None:
    desk = Desk(plain(slippage_model=SlippageModel.SPREAD, slippage=0.5))
    desk.market(a_quote(0, 100, 100.1))
    desk.buy(10)
    desk.market(a_quote(1, 100, 100.2))
    assert desk.last_fill.price == D("100.3")


@pytest.mark.parametrize(
    ("traded", "shares", "saved"),
    [
        ("0", "300000", "0"),
        ("0", "300001", "0.0015"),
        ("299900", "200", "0.15"),
        ("300000", "2700000", "4050"),
        ("0", "30000000", "63050"),
        ("200000000", "1000", "3"),
    ],
)
def test_each_share_is_charged_by_the_tier_it_falls_into(traded: str, shares: str, saved: str) -> None:
    assert IB_TIERED.discount(D(traded), D(shares)) == D(saved)


def test_thirty_million_shares_cost_what_the_brokers_own_example_says() -> None:
    shares = D(30_000_000)
    charge = IB_TIERED.total(shares, D(0), shares * 5, IB_TIERED.discount(D(0), shares))
    commissions, clearing = 1_050 + 5_400 + 25_500 + 10_000, 6_000
    assert charge == commissions + clearing


def test_the_volume_of_a_month_lowers_its_commissions_and_a_new_month_begins_anew() -> None:
    desk = Desk(plain(costs="tiered", starting_cash=D(1_000_000_000)))
    desk.market(a_bar(0, 100))
    for minute in (1, 2, 40_000):
        desk.buy(300_000)
        desk.market(a_bar(minute, 100))
    assert [event.fill.commission for event in only(desk.events, OrderFilled)] == [D(1110), D(660), D(1110)]


def test_the_month_so_far_survives_a_restart() -> None:
    settings = plain(costs="tiered", starting_cash=D(1_000_000_000))
    desk = Desk(settings)
    desk.market(a_bar(0, 100))
    desk.buy(300_000)
    desk.market(a_bar(1, 100))
    desk.broker = type(desk.broker)(settings, state=desk.broker.snapshot())
    desk.buy(300_000)
    desk.market(a_bar(2, 100))
    assert desk.last_fill.commission == D(660)


def test_a_cost_factor_multiplies_every_commission() -> None:
    desk = Desk(plain(costs="retail", cost_factor=2.0))
    desk.market(a_bar(0, 100))
    desk.buy(1000)
    desk.market(a_bar(1, 100))
    assert desk.last_fill.commission == D(10)


def test_a_stressed_account_is_worse_in_every_respect() -> None:
    settings = plain(slippage_model=SlippageModel.BPS, slippage=2.0, latency_ms=10, borrow_rate=0.01)
    worse = stressed(settings)
    assert (worse.cost_factor, worse.slippage, worse.latency_ms, worse.borrow_rate) == (2.0, 6.0, 30, 0.03)
    assert (worse.limit_policy, worse.market_policy) == (LimitPolicy.THROUGH, MarketPolicy.WORST)
    assert worse.volume_share == settings.volume_share / 2


def test_every_set_of_commissions_says_what_it_charges() -> None:
    assert PROFILE_NOTES.keys() == PROFILE_SETS.keys()
    assert all(PROFILE_NOTES.values())


def test_random_slippage_depends_on_seed_and_trade_alone() -> None:
    def prices(seed: int) -> list[Decimal]:
        desk = Desk(plain(slippage_model=SlippageModel.RANDOM, slippage=10, seed=seed))
        desk.market(a_bar(0, 100))
        for minute in range(1, 20):
            desk.buy(1)
            desk.market(a_bar(minute, 100))
        return [price for _, price in desk.fills()]

    assert prices(1) == prices(1)
    assert prices(1) != prices(2)
    assert all(D(100) <= price <= D("100.2") for price in prices(1))


def test_what_is_drawn_is_spread_evenly() -> None:
    numbers = [drawn(7, count) for count in range(10_000)]
    assert all(0 <= number < 1 for number in numbers)
    assert sum(numbers) / len(numbers) == pytest.approx(0.5, abs=0.01)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("policy", "bought", "sold"),
    [
        (MarketPolicy.NEXT_OPEN, "100", "100"),
        (MarketPolicy.NEXT_CLOSE, "103", "103"),
        (MarketPolicy.WORST, "105", "98"),
    ],
)
def test_a_market_order_fills_where_the_policy_says(policy: MarketPolicy, bought: str, sold: str) -> None:
    desk = Desk(plain(market_policy=policy))
    desk.market(a_bar(0, 100))
    buy, sell = desk.buy(10), desk.sell(10)
    desk.market(a_bar(1, 100, 105, 98, 103))
    assert desk.fills(buy) == [(D(10), D(bought))]
    assert desk.fills(sell) == [(D(10), D(sold))]
    assert desk.broker.references == [float(bought), float(sold)]


def test_exits_of_an_entry_at_the_close_see_nothing_of_its_bar() -> None:
    desk = Desk(plain(market_policy=MarketPolicy.NEXT_CLOSE))
    desk.market(a_bar(0, 100))
    entry, stop, target = desk.bracket(10, 95, 104)
    desk.market(a_bar(1, 100, 106, 90, 101))
    assert desk.fills(entry) == [(D(10), D(101))]
    assert not desk.fills(stop)
    desk.market(a_bar(2, 101, 104))
    assert desk.fills(target) == [(D(10), D(104))]
