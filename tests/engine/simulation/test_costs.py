"""What fills cost."""

from decimal import Decimal

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.simulation import SlippageModel
from ares_desktop.engine.simulation.costs import EXCHANGE, IB_FIXED, IB_TIERED, profile_set
from ares_desktop.engine.simulation.slippage import slippage, worsened
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
