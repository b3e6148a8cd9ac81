"""Futures contracts, told from symbols such as ``ESZ24``: root, month code and year."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument

_MONTHS: Final = "FGHJKMNQUVXZ"
_SATURDAY: Final = 5
_PIVOT: Final = 70
"""Years of two digits from here on are of the 20th century."""
_MARGIN: Final = "0.1"
"""Initial margin as a share of the value. Exchanges set amounts that change; a tenth is an assumption."""
_VOLATILE_MARGIN: Final = "0.4"
"""The same for futures on volatility, whose value can double within days; an assumption too."""

Rule = Callable[[int, int], date]


def _weekday_before(day: date, count: int) -> date:
    """Return the weekday that is ``count`` weekdays earlier; 0 gives the day itself, or the last weekday before it."""
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _third_friday(year: int, month: int) -> date:
    return _nth(year, month, 4, 3)


def _before_third_wednesday(year: int, month: int) -> date:
    return _weekday_before(_nth(year, month, 2, 3), 2)


def _third_last_of_month(year: int, month: int) -> date:
    return _weekday_before(_month_end(year, month), 2)


def _eighth_last_of_month(year: int, month: int) -> date:
    return _weekday_before(_month_end(year, month), 7)


def _last_of_month(year: int, month: int) -> date:
    return _weekday_before(_month_end(year, month), 0)


def _before_the_15th(year: int, month: int) -> date:
    return _weekday_before(date(year, month, 14), 0)


def _third_before_the_25th_of_the_month_before(year: int, month: int) -> date:
    day = date(year - (month == 1), (month - 2) % 12 + 1, 25)
    # Where the 25th is no weekday, the count begins at the last weekday before it: one more weekday.
    return _weekday_before(day, 3)


def _third_before_the_month(year: int, month: int) -> date:
    return _weekday_before(_month_end(year - (month == 1), (month - 2) % 12 + 1), 2)


def _thirty_days_before_the_next_third_friday(year: int, month: int) -> date:
    return _third_friday(year + month // 12, month % 12 + 1) - timedelta(days=30)


class _Root(NamedTuple):
    name: str
    multiplier: str
    tick: str
    last_day: Rule
    currency: str = "USD"
    margin: str = _MARGIN


_ROOTS: Final[Mapping[str, _Root]] = {
    "ES": _Root("E-mini S&P 500", "50", "0.25", _third_friday),
    "MES": _Root("Micro E-mini S&P 500", "5", "0.25", _third_friday),
    "NQ": _Root("E-mini Nasdaq-100", "20", "0.25", _third_friday),
    "MNQ": _Root("Micro E-mini Nasdaq-100", "2", "0.25", _third_friday),
    "YM": _Root("E-mini Dow", "5", "1", _third_friday),
    "MYM": _Root("Micro E-mini Dow", "0.5", "1", _third_friday),
    "RTY": _Root("E-mini Russell 2000", "50", "0.1", _third_friday),
    "M2K": _Root("Micro E-mini Russell 2000", "5", "0.1", _third_friday),
    "FESX": _Root("Euro Stoxx 50", "10", "1", _third_friday, "EUR"),
    "FDAX": _Root("DAX", "25", "1", _third_friday, "EUR"),
    "6E": _Root("Euro FX", "125000", "0.00005", _before_third_wednesday),
    "6B": _Root("British pound", "62500", "0.0001", _before_third_wednesday),
    "6J": _Root("Japanese yen", "12500000", "0.0000005", _before_third_wednesday),
    "6A": _Root("Australian dollar", "100000", "0.00005", _before_third_wednesday),
    "CL": _Root("Crude oil", "1000", "0.01", _third_before_the_25th_of_the_month_before),
    "NG": _Root("Natural gas", "10000", "0.001", _third_before_the_month),
    "GC": _Root("Gold", "100", "0.1", _third_last_of_month),
    "SI": _Root("Silver", "5000", "0.005", _third_last_of_month),
    "HG": _Root("Copper", "25000", "0.0005", _third_last_of_month),
    "ZB": _Root("US Treasury bond", "1000", "0.03125", _eighth_last_of_month),
    "ZN": _Root("10-year T-note", "1000", "0.015625", _eighth_last_of_month),
    "ZF": _Root("5-year T-note", "1000", "0.0078125", _last_of_month),
    "ZC": _Root("Corn", "50", "0.25", _before_the_15th),
    "ZS": _Root("Soybeans", "50", "0.25", _before_the_15th),
    "ZW": _Root("Wheat", "50", "0.25", _before_the_15th),
    "VX": _Root(
        "Cboe volatility index", "1000", "0.05", _thirty_days_before_the_next_third_friday, margin=_VOLATILE_MARGIN
    ),
    "VXM": _Root(
        "Mini Cboe volatility index",
        "100",
        "0.01",
        _thirty_days_before_the_next_third_friday,
        margin=_VOLATILE_MARGIN,
    ),
}
"""Multipliers, ticks and last trading days as in the exchanges' specifications.

Sources: https://www.cmegroup.com/markets.html, https://www.eurex.com/ex-en/markets and, for VX and VXM,
https://www.cboe.com/tradable_products/vix/vix_futures/specifications/, contract specifications of each product: VIX
futures settle on the Wednesday 30 days before the third Friday of the month that follows. Holidays are not known
here: a last trading day that falls on one really is the weekday before.
"""
_CONTRACT: Final = re.compile(rf"({'|'.join(_ROOTS)})([{_MONTHS}])(\d{{2}}|\d{{4}})")


def futures_contract(code: str, identity: InstrumentId, *, description: str = "") -> Instrument | None:
    """Return the contract that a code such as ``ESZ24`` or ``CLF2025`` names, None when it names none known here.

    Trading ends with its last trading day, taken to the end of that day in UTC.
    """
    found = _CONTRACT.fullmatch(code)
    if found is None:
        return None
    name, letter, digits = found.groups()
    root, month, year = _ROOTS[name], _MONTHS.index(letter) + 1, int(digits)
    if len(digits) == 2:  # noqa: PLR2004 - digits of a short year
        year += 1900 if year >= _PIVOT else 2000
    last = root.last_day(year, month) + timedelta(days=1)
    return Instrument(
        id=identity,
        asset_class=AssetClass.FUTURE,
        description=description or f"{root.name} {date(year, month, 1):%B %Y}",
        currency=root.currency,
        tick_size=Decimal(root.tick),
        multiplier=Decimal(root.multiplier),
        margin_rate=Decimal(root.margin),
        calendar="24/5",
        expiry=datetime.combine(last, time(0), tzinfo=UTC),
        root=name,
    )
