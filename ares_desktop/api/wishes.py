"""What a strategy writes of an order, read exactly or refused where its line is known."""

from decimal import Decimal

from ares_desktop.domain.money import decimal
from ares_desktop.domain.orders import Bracket, OrderType


def exact_bracket(bracket: Bracket) -> Bracket:
    """Return it with prices as decimals, however they were written."""
    stop, target = (None if price is None else decimal(price) for price in (bracket.stop, bracket.target))
    return Bracket(stop=stop, target=target)


def check_texts(**named: object) -> None:
    """Refuse here, where the strategy's line is known, what the engine could not read."""
    for name, value in named.items():
        if not isinstance(value, str):
            msg = f"{name} must be a text, was {value!r}"
            raise TypeError(msg)


def order_type(limit: Decimal | None, stop: Decimal | None, trail: Decimal | None) -> OrderType:
    """Return the type that the given prices mean.

    Raises:
        ValueError: when a trailing distance meets another price.
    """
    if trail is not None:
        if limit is not None or stop is not None:
            raise ValueError("a trailing stop takes no limit or stop price")
        return OrderType.TRAILING_STOP
    if stop is not None:
        return OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if limit is None else OrderType.LIMIT
