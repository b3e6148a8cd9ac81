"""Rates between currencies come from the newest price of their pair, and from nothing else."""

from decimal import Decimal

import pytest

from ares_desktop.domain.currencies import CurrencyRates, pair_of
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument

PAIR = InstrumentId("EURUSD.SIM")


def rates(price: float | None) -> CurrencyRates:
    found = CurrencyRates({PAIR: price}.get)
    found.add([Instrument(id=PAIR, asset_class=AssetClass.FX), Instrument(id=InstrumentId("GBPUSD.SIM"))])
    return found


def test_a_pair_converts_both_ways() -> None:
    assert rates(1.25).rate("EUR", "USD") == Decimal("1.25")
    assert rates(1.25).rate("USD", "EUR") == Decimal("0.8")


def test_a_currency_is_worth_one_of_itself() -> None:
    assert rates(None).rate("USD", "USD") == 1


@pytest.mark.parametrize("price", [None, 0.0, -1.0, float("nan"), float("inf")])
def test_without_a_good_price_there_is_no_rate(price: float | None) -> None:
    assert rates(price).rate("EUR", "USD") is None


def test_what_is_no_pair_gives_no_rate() -> None:
    assert rates(1.25).rate("GBP", "USD") is None
    assert pair_of(Instrument(id=InstrumentId("EUR.USD.SIM"), asset_class=AssetClass.FX)) == ("EUR", "USD")
    assert pair_of(Instrument(id=InstrumentId("GOLD.SIM"), asset_class=AssetClass.FX)) is None
