"""Seeded made-up markets for rules that no real data was at hand for: futures on the VIX, put-call ratios, options.

They show that a rule trades as it says over years, with costs and expiries; what it earns on them says nothing about
real markets, whose prices they only resemble. Equal seeds give equal series.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from math import exp, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.api.option_prices import OptionTerms, black_scholes
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, BarUnit, DataKind
from ares_desktop.engine.data.recognition import recognize
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.sessions import sessions

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
PREFIX: Final = "synthetic:"
_YEAR: Final = 252
_MONTHS: Final = "FGHJKMNQUVXZ"
_FIRST: Final = date(2016, 1, 4)
EARNINGS: Final = tuple(date(year, month, 20) for year in (2016, 2017) for month in (1, 4, 7, 10))
"""When the made-up share announces, after the close; weekends move to the Monday after."""


def vix_futures(seed: int = 7, years: int = 4) -> list[Series]:
    """Return a VIX, an S&P 500 fund and monthly VIX futures, each from 200 days before its end.

    The variance reverts to its mean and jumps; the VIX is its root with a premium; a future lies between the VIX and
    its mean by the time to its end, with a premium that grows with it and noise that fades towards it.
    """
    random = np.random.default_rng(seed)
    days = weekdays(_FIRST, years * 261)
    variance, shares = np.empty(len(days)), np.empty(len(days))
    level, price = 0.02, 200.0
    for at in range(len(days)):
        variance[at], shares[at] = level, price
        shock, jump = random.standard_normal(), float(random.random() < 0.008)
        price *= exp(0.0004 + sqrt(level / _YEAR) * shock - 0.03 * jump)
        level = max(level + 0.03 * (0.02 - level) - 0.004 * shock * sqrt(level) + 0.06 * jump, 0.006)
    index = 100 * np.sqrt(variance) * 1.15 + 1
    made = [series("VIX", days, index), series("SPY", days, shares)]
    for year, letter in ((year, letter) for year in range(2016, 2016 + years) for letter in _MONTHS):
        item = recognize(f"VX{letter}{year % 100:02d}")
        last = _last_day(item)
        left = np.array((last - days), dtype=np.float64) / 365
        listed = (left >= 0) & (left <= 200 / 365)
        noise = 0.3 * random.standard_normal(len(days)) * np.sqrt(np.maximum(left, 0))
        curve = 17.5 + (index - 17.5) * np.exp(-4 * left) + 6 * np.maximum(left, 0) + noise
        if listed.sum() > 1:
            made.append(series(item, days[listed], np.round(curve[listed] / 0.05) * 0.05))
    return made


def put_call_ratio(seed: int = 7, years: int = 5) -> list[Series]:
    """Return a put-call ratio that rises after falling prices, and a share that knows nothing of it."""
    random = np.random.default_rng(seed)
    days = weekdays(_FIRST, years * 261)
    returns = 0.0003 + 0.011 * random.standard_normal(len(days))
    mood = np.empty(len(days))
    level = 0.0
    for at in range(len(days)):
        level = 0.9 * level - 1.5 * returns[at] + 0.02 * random.standard_normal()
        mood[at] = level
    return [series("PCR", days, 0.65 * np.exp(mood)), series("ACME", days, 100 * np.exp(np.cumsum(returns)))]


def earnings_options(seed: int = 7, years: int = 2) -> list[Series]:
    """Return a share that jumps after its announcements, their days, and monthly options on it.

    Options cost Black-Scholes prices at a volatility that rises before an announcement, fades within two weeks after
    it, and is a little above what the share moves in between.
    """
    random = np.random.default_rng(seed)
    days = weekdays(_FIRST, years * 261)
    told = np.searchsorted(days, [_ordinal(day) for day in EARNINGS])
    since = np.arange(len(days))[:, None] - told[None, :]
    after = np.where(since >= 0, since, 999).min(axis=1)
    before = np.where(since < 0, -since, 999).min(axis=1)
    moves = 0.2 / sqrt(_YEAR) * random.standard_normal(len(days))
    moves += (after == 1) * 0.05 * random.standard_normal(len(days))
    price = 100 * np.exp(np.cumsum(moves))
    implied = 0.23 + 0.2 * np.exp(-after / 8.0) + 0.2 * np.exp(-before / 8.0)
    told_days = days[told[told < len(days)]]
    made = [series("^ACME_EARNINGS", told_days, np.ones(len(told_days))), series("ACME", days, price)]
    return made + list(_options(days, price, implied, years))


def _options(days: Days, price: Floats, implied: Floats, years: int) -> Iterator[Series]:
    for month in range(1, 12 * years + 1):
        year, number = 2016 + month // 12, month % 12 + 1
        first = date(year, number, 1)
        end = first + timedelta(days=(4 - first.weekday()) % 7 + 14)
        at = np.flatnonzero((days <= _ordinal(end)) & (days > _ordinal(end) - 45))
        if not len(at):
            continue
        near = round(float(price[at[0]]) / 5) * 5
        for strike in range(near - 15, near + 20, 5):
            for letter, right in (("C", "call"), ("P", "put")):
                item = recognize(f"ACME{end:%y%m%d}{letter}{strike * 1000:08d}")
                left = (_ordinal(end) - days[at]) / 365
                rows = zip(price[at].tolist(), left.tolist(), implied[at].tolist(), strict=True)
                worth = [black_scholes(OptionTerms(right, spot, strike, time), vol) for spot, time, vol in rows]
                yield series(item, days[at], np.maximum(np.round(worth, 2), 0.01))


MARKETS: Final[Mapping[str, Callable[[], list[Series]]]] = {
    f"{PREFIX}{make.__name__}": make for make in (vix_futures, put_call_ratio, earnings_options)
}


def weekdays(first: date, count: int) -> Days:
    """Return days since the epoch, without weekends and with no holidays."""
    every = _ordinal(first) + np.arange(count * 7 // 5 + 7, dtype=np.int64)
    return every[(every + 3) % 7 < 5][:count]


def series(what: str | Instrument, days: Days, closes: Any) -> Series:
    """Return daily bars that open where the last one closed."""
    item = recognize(what) if isinstance(what, str) else what
    close = np.asarray(closes, dtype=np.float64)
    open_ = np.concatenate((close[:1], close[:-1]))
    start, end = sessions(days, item.calendar)
    columns = {
        "start": start,
        "end": end,
        "open": open_,
        "high": np.maximum(open_, close),
        "low": np.minimum(open_, close),
        "close": close,
        "volume": np.full(len(close), np.nan if not item.tradable else 1e6),
    }
    return Series(instrument=item, kind=DataKind.BARS, spec=BarSpec(1, BarUnit.DAY), columns=columns)


def _ordinal(day: date) -> int:
    return (day - datetime.fromtimestamp(0, UTC).date()).days


def _last_day(item: Instrument) -> int:
    assert item.expiry is not None
    return _ordinal((item.expiry - timedelta(seconds=1)).date())
