"""Symbols of futures tell their contract and when it ends."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.engine.data.futures import _MONTHS, _ROOTS, futures_contract
from ares_desktop.engine.data.recognition import recognize

NAME = InstrumentId("X.SIM")


@pytest.mark.parametrize(
    ("symbol", "root", "last_day"),
    [
        ("ESZ24", "ES", (2024, 12, 20)),
        ("ESH2024", "ES", (2024, 3, 15)),
        ("NQM99", "NQ", (1999, 6, 18)),
        ("6EZ24", "6E", (2024, 12, 16)),
        ("CLF25", "CL", (2024, 12, 20)),
        ("CLK24", "CL", (2024, 4, 22)),
        ("CLG24", "CL", (2024, 1, 22)),
        ("CLH25", "CL", (2025, 2, 20)),
        ("GCZ24", "GC", (2024, 12, 27)),
        ("NGG24", "NG", (2024, 1, 29)),
        ("ZNZ24", "ZN", (2024, 12, 20)),
        ("ZCZ24", "ZC", (2024, 12, 13)),
        ("FESXH24", "FESX", (2024, 3, 15)),
        ("VXF24", "VX", (2024, 1, 17)),
        ("VXK24", "VX", (2024, 5, 22)),
        ("VXMZ24", "VXM", (2024, 12, 18)),
    ],
)
def test_a_contract_ends_with_its_last_trading_day(symbol: str, root: str, last_day: tuple[int, int, int]) -> None:
    found = recognize(symbol)
    assert (found.asset_class, found.root) == (AssetClass.FUTURE, root)
    assert found.id == f"{symbol}.SIM"
    assert found.expiry == datetime(*last_day, tzinfo=UTC) + timedelta(days=1)


def test_a_contract_has_the_terms_of_its_root() -> None:
    found = recognize("ESZ24_1min")
    assert (found.multiplier, found.tick_size, found.currency) == (Decimal(50), Decimal("0.25"), "USD")
    assert found.description == "E-mini S&P 500 December 2024"


@pytest.mark.parametrize("symbol", ["ES", "ESA24", "ESZ4", "XXZ24", "SPY", "Z24"])
def test_other_symbols_are_no_futures(symbol: str) -> None:
    assert futures_contract(symbol, NAME) is None
    assert recognize(symbol).expiry is None


@given(st.sampled_from(sorted(_ROOTS)), st.sampled_from(_MONTHS), st.integers(1970, 2069))
def test_every_contract_ends_on_a_weekday_about_its_month(root: str, letter: str, year: int) -> None:
    found = futures_contract(f"{root}{letter}{year % 100:02d}", NAME)
    assert found is not None
    assert found.expiry is not None
    last = found.expiry - timedelta(days=1)
    assert last.weekday() < 5
    month = datetime(year, _MONTHS.index(letter) + 1, 1, tzinfo=UTC)
    assert month - timedelta(days=16) < last < month + timedelta(days=31)
