"""Instruments are found by id or symbol, and a mistyped one gets near ones as an answer."""

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.engine.data.directory import InstrumentDirectory

IDS = ("AAPL.SMART", "MSFT.SMART", "BTC/USDT.binance", "BTC/USDT.kraken", "BRK.B.SMART")
DIRECTORY = InstrumentDirectory(lambda: [Instrument(id=InstrumentId(item)) for item in IDS])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AAPL.SMART", "AAPL.SMART"),
        ("aapl", "AAPL.SMART"),
        ("  msft.smart ", "MSFT.SMART"),
        ("btc/usdt.BINANCE", "BTC/USDT.binance"),
        ("brk.b", "BRK.B.SMART"),
    ],
)
def test_case_venue_and_blanks_may_differ(text: str, found: str) -> None:
    assert DIRECTORY.resolve(text) == found


def test_a_symbol_of_several_venues_is_asked_back() -> None:
    with pytest.raises(UsageError, match=r"BTC/USDT\.binance, BTC/USDT\.kraken"):
        DIRECTORY.resolve("btc/usdt")


def test_a_mistyped_one_gets_near_ones() -> None:
    with pytest.raises(UsageError, match=r"AAPL\.SMART"):
        DIRECTORY.resolve("AALP")
    with pytest.raises(UsageError, match=r"AAPL\.SMART"):
        DIRECTORY.resolve("?")


def test_without_any_instrument_it_says_so() -> None:
    with pytest.raises(UsageError, match="No feed"):
        InstrumentDirectory(list).resolve("AAPL")
