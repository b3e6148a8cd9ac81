"""Exact arithmetic for quantities, prices and cash."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from numbers import Real
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
MONEY_CONTEXT: Final = Context(prec=28, rounding=ROUND_HALF_EVEN)
"""Every ledger figure is computed with 28 digits, banker's rounding."""


def decimal(value: Decimal | float | str) -> Decimal:
    """Return ``value`` exactly as written: a float becomes its shortest decimal text, not its binary expansion.

    Numbers of NumPy are numbers: a ``float64`` is a float, others are taken as they write themselves.

    Raises:
        TypeError: when the value is no number and no text.
        ValueError: when the value is not a finite number.
    """
    if isinstance(value, Decimal):
        result = value
    elif isinstance(value, float):
        result = Decimal(float.__repr__(value))
    else:
        try:
            result = Decimal(str(value) if _is_foreign(value) else value)
        except ArithmeticError:
            msg = f"expected a number, was {value!r}"
            raise ValueError(msg) from None
    if not result.is_finite():
        msg = f"expected a finite number, was {value!r}"
        raise ValueError(msg)
    return result


def _is_foreign(value: object) -> bool:
    """Say whether a value is another library's number, such as NumPy's int64."""
    return isinstance(value, Real) and not isinstance(value, int)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Say whether ``value`` is a whole number of ``step``; a step of zero admits every value.

    More steps than a money figure has digits can't be counted exactly and are no multiple.
    """
    try:
        return step == 0 or value % step == 0
    except InvalidOperation:
        return False


def round_down(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of ``step`` nearest to ``value`` towards zero."""
    if step == 0:
        return value
    with localcontext(MONEY_CONTEXT):
        return (value / step).to_integral_value(rounding=ROUND_DOWN) * step


def round_nearest(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of ``step`` nearest to ``value``."""
    if step == 0:
        return value
    with localcontext(MONEY_CONTEXT):
        return (value / step).to_integral_value(rounding=ROUND_HALF_EVEN) * step
