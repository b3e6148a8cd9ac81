"""What kind of contract a symbol names, and its price step, where only a symbol and prices are known."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import instrument_id
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.engine.data.futures import futures_contract
from ares_desktop.engine.data.options import option_contract

VENUE: Final = "SIM"
"""The venue of everything that is replayed: the simulated one."""
_CRYPTO: Final = re.compile(
    "BTC|XBT|ETH|LTC|XRP|BCH|ADA|SOL|DOT|DOGE|AVAX|LINK|MATIC|UNI|ATOM|ETC|XLM|XMR|TRX|BNB|NEAR|APT|ARB|FIL|EOS"
)
_CURRENCY: Final = re.compile(
    "USD|EUR|JPY|GBP|CHF|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|ZAR|MXN|SGD|HKD|CNH|CNY|INR|KRW|BRL|ILS|THB"
)
_STABLE: Final = re.compile("USDT|USDC|BUSD|DAI")
_INDEX: Final = re.compile(
    r"\^.+|VIX|VIX3M|VIX6M|VIX9D|VIX1D|VVIX|VXN|SPX|SP500|NDX|DJI|RUT|GSPC|PCR|CPC|CPCE|CPCI|PCALL|PCEQUITY|PCINDEX"
)
"""Known indices, put-call ratios among them, and whatever a person marks as one with a leading caret (``^MYRATIO``)."""
_CHECKED_PRICES: Final = 20_000
_RELATIVE_ERROR: Final = 1e-9
_DECIMALS: Final = {
    AssetClass.EQUITY: (2, 4),
    AssetClass.INDEX: (2, 4),
    AssetClass.FX: (3, 6),
    AssetClass.CRYPTO: (2, 8),
}
"""Fewest and most decimals of a price. Shares below a dollar have four (Regulation NMS, rule 612)."""


def recognize(symbol: str, prices: Sequence[NDArray[Any]] = (), *, description: str = "") -> Instrument:
    """Return the instrument that a symbol such as ``SPY``, ``BTCUSD_coinbase`` or ``EURUSD`` names.

    What follows an underscore tells the source apart and is no part of the contract. Anything that is neither a
    pair of known currencies, nor a contract of a known chain of futures, nor an option, nor a known index is a US
    share. A leading caret says of any other series, such as a ratio or a rate, that it is an index: it informs and
    can't be traded.

    Args:
        symbol: becomes the instrument's symbol as it is.
        prices: columns from whose decimals the price step is inferred.
        description: shown to people.
    """
    pair = re.split(r"[_\s]", symbol, maxsplit=1)[0].upper().replace("/", "").replace("-", "")
    base, quote = _divide(pair)
    identity = instrument_id(symbol, VENUE)
    future = futures_contract(pair, identity, description=description)
    if future is not None:
        return future
    option = option_contract(pair, identity, description=description)
    if option is not None:
        return option
    if quote:
        crypto = _CRYPTO.fullmatch(base) is not None
        kind = AssetClass.CRYPTO if crypto else AssetClass.FX
        return Instrument(
            id=identity,
            asset_class=kind,
            description=description or f"{base}/{quote}",
            currency="USD" if _STABLE.fullmatch(quote) else quote,
            tick_size=_tick(kind, prices),
            lot_size=Decimal("0.00000001") if crypto else Decimal(1),
            margin_rate=Decimal(1) if crypto else Decimal("0.02"),
            calendar="24/7" if crypto else "24/5",
        )
    index = _INDEX.fullmatch(pair) is not None
    kind = AssetClass.INDEX if index else AssetClass.EQUITY
    return Instrument(
        id=identity,
        asset_class=kind,
        description=description,
        tick_size=_tick(kind, prices),
        tradable=not index,
        shortable=not index,
    )


def _divide(pair: str) -> tuple[str, str]:
    """Return base and quote currency, empty for anything else."""
    for length in (3, 4):
        base, quote = pair[:-length], pair[-length:]
        known = _CURRENCY.fullmatch(quote)
        if _CRYPTO.fullmatch(base) and (known or _CRYPTO.fullmatch(quote) or _STABLE.fullmatch(quote)):
            return base, quote
        if _CURRENCY.fullmatch(base) and known:
            return base, quote
    return "", ""


def _tick(kind: AssetClass, prices: Sequence[NDArray[Any]]) -> Decimal:
    fewest, most = _DECIMALS[kind]
    values = [column[:: max(1, len(column) // _CHECKED_PRICES)] for column in prices]
    sample = np.concatenate(values) if values else np.empty(0)
    decimals = fewest
    while decimals < most and not _whole(sample * 10.0**decimals):
        decimals += 1
    return Decimal(1).scaleb(-decimals)


def _whole(values: NDArray[Any]) -> bool:
    return bool(np.all(np.abs(values - np.round(values)) <= np.maximum(np.abs(values), 1.0) * _RELATIVE_ERROR))
