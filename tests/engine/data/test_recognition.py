"""Symbols and prices tell what kind of contract they belong to."""

from decimal import Decimal

import numpy as np
import pytest

from ares_desktop.domain.instruments import AssetClass
from ares_desktop.engine.data.recognition import recognize


@pytest.mark.parametrize(
    ("symbol", "kind", "currency", "calendar", "lot"),
    [
        ("SPY", AssetClass.EQUITY, "USD", "XNYS", "1"),
        ("BTCUSD_coinbase", AssetClass.CRYPTO, "USD", "24/7", "0.00000001"),
        ("ETH-EUR", AssetClass.CRYPTO, "EUR", "24/7", "0.00000001"),
        ("SOLUSDT", AssetClass.CRYPTO, "USD", "24/7", "0.00000001"),
        ("eurusd_quotes", AssetClass.FX, "USD", "24/5", "1"),
        ("USDJPY", AssetClass.FX, "JPY", "24/5", "1"),
        ("SPY_2013-10-07_trades", AssetClass.EQUITY, "USD", "XNYS", "1"),
        ("BTC", AssetClass.EQUITY, "USD", "XNYS", "1"),
    ],
)
def test_a_symbol_tells_its_contract(symbol: str, kind: AssetClass, currency: str, calendar: str, lot: str) -> None:
    found = recognize(symbol)
    assert found.id == f"{symbol}.SIM"
    assert (found.asset_class, found.currency, found.calendar) == (kind, currency, calendar)
    assert found.lot_size == Decimal(lot)
    assert found.tradable


@pytest.mark.parametrize("symbol", ["VIX", "VIX3M", "CPCE", "PCR", "^MYRATIO", "^EURUSD"])
def test_an_index_is_not_tradable(symbol: str) -> None:
    found = recognize(symbol)
    assert (found.asset_class, found.tradable, found.shortable) == (AssetClass.INDEX, False, False)


@pytest.mark.parametrize(
    ("symbol", "prices", "tick"),
    [
        ("SPY", [167.41, 168.0], "0.01"),
        ("SPY", [63.8996, 64.0441], "0.0001"),
        ("SPY", [198.528534], "0.0001"),
        ("EURUSD", [1.38676, 1.3869], "0.00001"),
        ("USDJPY", [101.5], "0.001"),
        ("BTCUSD", [611.78], "0.01"),
        ("ETHBTC", [0.03456789], "0.00000001"),
    ],
)
def test_the_price_step_follows_from_the_decimals(symbol: str, prices: list[float], tick: str) -> None:
    assert recognize(symbol, [np.array(prices)]).tick_size == Decimal(tick)
