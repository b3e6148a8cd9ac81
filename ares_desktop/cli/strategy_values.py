"""Values that only commands about strategies take."""

from decimal import Decimal, InvalidOperation

from ares_desktop.cli.values import BadValueError


def decimal_share(word: str) -> Decimal:
    """Return an exact number from 0 to 1."""
    try:
        number = Decimal(word)
    except InvalidOperation:
        raise BadValueError("must be a number", "Write a tenth as 0.1.") from None
    if not (number.is_finite() and 0 <= number <= 1):
        raise BadValueError("must be from 0 to 1", "Write a tenth as 0.1.")
    return number


def whole_number(word: str) -> int:
    """Return a whole number, which may be below zero."""
    try:
        return int(word)
    except ValueError:
        raise BadValueError("must be a whole number") from None
