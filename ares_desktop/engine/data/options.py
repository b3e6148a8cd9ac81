"""Option contracts, told from symbols such as ``SPY240119C00475000``: root, day, right and strike."""

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from ares_desktop.domain.ids import InstrumentId, instrument_id, split_instrument_id
from ares_desktop.domain.instruments import AssetClass, Instrument

_CODE: Final = re.compile(r"([A-Z]{1,6})(\d{6})([CP])(\d{8})")
_RIGHTS: Final = {"C": "call", "P": "put"}
_NEW_YORK: Final = ZoneInfo("America/New_York")
_CLOSE: Final = time(16)


def option_contract(code: str, identity: InstrumentId, *, description: str = "") -> Instrument | None:
    """Return the contract that a code names, None when it names none.

    The code is the one of the Options Symbology Initiative without its spaces: root, year, month and day of two digits
    each, C or P, and the strike in thousandths of a dollar with eight digits (https://www.theocc.com, symbology). It
    stands for 100 shares of its root at the same venue, trades until 16:00 in New York on its day, and is paid in full
    when it is bought (Regulation T, 12 CFR 220.12).
    """
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    root, day, letter, thousandths = found.groups()
    try:
        date = datetime.strptime(day, "%y%m%d").date()  # noqa: DTZ007 - a day of the exchange, its zone comes below
    except ValueError:
        return None
    strike, right = Decimal(thousandths).scaleb(-3), _RIGHTS[letter]
    if not strike:
        return None
    return Instrument(
        id=identity,
        asset_class=AssetClass.OPTION,
        description=description or f"{root} {date:%Y-%m-%d} {strike.normalize():f} {right}",
        multiplier=Decimal(100),
        margin_rate=Decimal(1),
        expiry=datetime.combine(date, _CLOSE, tzinfo=_NEW_YORK).astimezone(ZoneInfo("UTC")),
        root=root,
        strike=strike,
        right=right,
        underlying=instrument_id(root, split_instrument_id(identity)[1]),
    )
