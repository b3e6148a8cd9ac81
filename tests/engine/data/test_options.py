"""Symbols of options tell their contract."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ares_desktop.domain.instruments import AssetClass
from ares_desktop.engine.data.recognition import recognize


def test_a_symbol_tells_day_right_and_strike() -> None:
    found = recognize("SPY240119C00475000")
    assert (found.asset_class, found.right, found.strike) == (AssetClass.OPTION, "call", Decimal(475))
    assert (found.root, found.underlying, found.multiplier) == ("SPY", "SPY.SIM", Decimal(100))
    assert found.expiry == datetime(2024, 1, 19, 21, tzinfo=UTC)
    assert found.description == "SPY 2024-01-19 475 call"
    assert found.margin_rate == 1


def test_summer_time_and_parts_of_a_dollar_are_kept() -> None:
    found = recognize("F240621P00012500_1min")
    assert (found.right, found.strike) == ("put", Decimal("12.5"))
    assert found.expiry == datetime(2024, 6, 21, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "symbol", ["SPY241319C00475000", "SPY240119X00475000", "SPY240119C475", "SPY240119C00000000", "ESZ24", "SPY"]
)
def test_other_symbols_are_no_options(symbol: str) -> None:
    assert recognize(symbol).strike is None
    assert recognize(symbol).underlying is None
