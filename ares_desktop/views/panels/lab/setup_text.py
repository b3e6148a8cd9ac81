"""Reads what a person types into the set-up: money, dates, names; says what was expected where it can't."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from ares_desktop.views.formats import translated

_DAY_ENDS: Final = time(23, 59, 59, 999_999)


def parse_cash(text: str) -> Decimal:
    """Return a positive amount.

    Raises:
        ValueError: says what was expected.
    """
    try:
        amount = Decimal(text.replace(",", "").replace("_", "").strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0:
        raise ValueError(translated("must be a positive amount, such as 100,000"))
    return amount


def parse_weight(text: str) -> Decimal | None:
    """Return a share of the cash that was typed in percent, None for an empty text.

    Raises:
        ValueError: says what was expected.
    """
    if not text.strip():
        return None
    try:
        weight = Decimal(text.replace("%", "").strip())
    except InvalidOperation:
        weight = Decimal("NaN")
    if not weight.is_finite() or not 0 < weight <= 100:  # noqa: PLR2004 - percent
        raise ValueError(translated("must be above 0 and at most 100 %, or empty for equal parts"))
    return weight / 100


def parse_seed(text: str) -> int:
    """Return a whole number of at least zero.

    Raises:
        ValueError: says what was expected.
    """
    if not text.strip().isdecimal():
        raise ValueError(translated("must be a whole number of at least 0"))
    return int(text)


def parse_day(text: str, *, ends: bool = False) -> datetime | None:
    """Return the moment of a UTC date with or without a time of day, None for an empty text.

    Args:
        text: ``2014-03-04`` or ``2014-03-04 15:30``.
        ends: a date alone means its end.

    Raises:
        ValueError: says what was expected.
    """
    text = text.strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        msg = translated("must be a date such as 2014-03-04, or empty")
        raise ValueError(msg) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return datetime.combine(at.date(), _DAY_ENDS, UTC) if ends and len(text) <= len("2014-03-04") else at


def day_text(at: datetime | None) -> str:
    """Return what :func:`parse_day` reads back."""
    if at is None:
        return ""
    at = at.astimezone(UTC)
    if at.timetz().replace(tzinfo=None) in (time(), _DAY_ENDS):
        return f"{at:%Y-%m-%d}"
    return f"{at:%Y-%m-%d %H:%M:%S}"


def years_before(at: datetime, years: float) -> datetime:
    """Return the beginning of the day that lies so many years before a moment."""
    day = datetime.combine(at.date(), time(), UTC)
    return datetime.combine((day - timedelta(days=years * 365.25)).date(), time(), UTC)
