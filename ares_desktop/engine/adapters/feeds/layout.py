"""Which column of a file is what, told from the column names."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from ares_desktop.domain.market import DataKind
from ares_desktop.engine.adapters.feeds.findings import FileFindings
from ares_desktop.engine.data.actions import ACTION_COLUMNS

PRICES: Final = ("open", "high", "low", "close")
QUOTE_BAR_PRICES: Final = tuple(f"{side}_{price}" for side in ("bid", "ask") for price in PRICES)
_TIMES: Final = ("time", "timestamp", "datetime", "date_time", "ts", "start", "start_time", "open_time", "index")
_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "day", "session"),
    "time": _TIMES,
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
    "volume": ("volume", "vol", "v"),
    "price": ("price", "last", "trade_price", "last_price"),
    "size": ("size", "qty", "quantity", "amount", "last_size", "trade_size", "volume", "vol"),
    "bid": ("bid", "bid_price", "bidprice", "best_bid"),
    "ask": ("ask", "ask_price", "askprice", "best_ask", "offer"),
    "bid_size": ("bid_size", "bidsize", "bid_qty", "bid_volume", "bid_quantity"),
    "dividend": ("dividend", "dividends", "div", "cash_dividend", "divcash"),
    "split": ("split", "splits", "stock_split", "stock_splits", "split_ratio", "split_factor", "splitfactor"),
    "funding": ("funding", "funding_rate", "fundingrate"),
    "ask_size": ("ask_size", "asksize", "ask_qty", "ask_volume", "ask_quantity", "offer_size"),
}
_ADJUSTED: Final = frozenset({"adj_close", "adjclose", "adjusted_close"})
_FORMS: Final = (
    "Bars need open, high, low and close; quotes bid and ask, or bid_open to ask_close; trades price and size."
)


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds.

    Attributes:
        columns: name in the file by role; optional ones are left out when missing.
        quote_bars: its quotes are bars of bid and ask.
        closes_only: its bars have a close and no other price.
        adjusted_beside: it has a column of adjusted closes, which is not read, beside the closes.
    """

    kind: DataKind
    columns: Mapping[str, str]
    quote_bars: bool = False
    closes_only: bool = False
    adjusted_beside: bool = False


def find_layout(names: Sequence[str], kind: DataKind | None, findings: FileFindings) -> Layout | None:
    """Tell what the columns mean; None when that is impossible, and then ``findings`` says why.

    Args:
        names: as written in the file, in any case.
        kind: what the person says it holds, None to find out.
        findings: receives every missing column.
    """
    given = {re.sub(r"[\s.\-]+", "_", name.strip().lower()): name for name in names}
    roles = {role: given[word] for role, words in _SYNONYMS.items() for word in reversed(words) if word in given}
    roles |= {role: given[role] for role in QUOTE_BAR_PRICES if role in given}
    timed = "date" in roles or "time" in roles
    if not timed:
        remedy = "Name the column of times `time` or `date`; the first line must be the header."
        findings.add("has no column of times", remedy, value=", ".join(names))
    holds = [item for item in DataKind if _prices(item, roles)]
    wanted = kind or (holds[0] if holds else _nearest(roles))
    if wanted is None:
        findings.add("has no columns of prices", _FORMS, value=", ".join(names))
        return None
    if wanted in holds:
        found = _layout(wanted, roles) if timed else None
        return found and replace(found, adjusted_beside=not _ADJUSTED.isdisjoint(given))
    if kind is not None and holds:
        findings.add(f"holds {holds[0]}, not {kind}", f"Leave --kind out, or say --kind {holds[0]}.")
        return None
    for role in _needed(wanted, roles):
        if role not in roles:
            findings.add(f"has no column {role}, which {wanted} need", _FORMS, value=", ".join(names))
    return None


def _layout(kind: DataKind, roles: Mapping[str, str]) -> Layout:
    needed = _prices(kind, roles)
    optional = {
        DataKind.BARS: ("volume", *ACTION_COLUMNS),
        DataKind.QUOTES: ("bid_size", "ask_size"),
        DataKind.TRADES: ("size",),
    }[kind]
    quote_bars = kind is DataKind.QUOTES and needed[0] == QUOTE_BAR_PRICES[0]
    used = ("date", "time", *needed, *(() if quote_bars else optional))
    columns = {role: roles[role] for role in used if role in roles}
    return Layout(kind=kind, columns=columns, quote_bars=quote_bars, closes_only=needed == ("close",))


def _prices(kind: DataKind, roles: Mapping[str, str]) -> tuple[str, ...]:
    """Return the roles whose columns make the file one of this kind, empty when it is none."""
    forms: dict[DataKind, tuple[tuple[str, ...], ...]] = {
        DataKind.BARS: (PRICES,) if any(price in roles for price in PRICES[:3]) else (("close",),),
        DataKind.QUOTES: (QUOTE_BAR_PRICES, ("bid", "ask")),
        DataKind.TRADES: (("price",),),
    }
    return next((form for form in forms[kind] if all(role in roles for role in form)), ())


def _nearest(roles: Mapping[str, str]) -> DataKind | None:
    """Return the kind that most of its columns are there for."""
    shares = {kind: sum(role in roles for role in _needed(kind, roles)) for kind in DataKind}
    best = max(shares, key=lambda kind: shares[kind])
    return best if shares[best] else None


def _needed(kind: DataKind, roles: Mapping[str, str]) -> tuple[str, ...]:
    if kind is DataKind.BARS:
        return PRICES
    if kind is DataKind.TRADES:
        return ("price",)
    return QUOTE_BAR_PRICES if any(role in roles for role in QUOTE_BAR_PRICES) else ("bid", "ask")
