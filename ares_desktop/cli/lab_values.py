"""Turns words of the backtest lab's commands into values, and says what is wrong with them."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from ares_desktop.cli.values import BadValueError, Convert, choice
from ares_desktop.domain.searches import Constraint, ParameterRange
from ares_desktop.domain.simulation import SlippageModel

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOUND: Final = re.compile(r"\s*(\w+)\s*(>=|<=)\s*(\S+)\s*")
_LONGEST_RANGE: Final = 3
_WRITE_TIME: Final = "Write 2020-01-31, or a time such as 2020-01-31T14:30:00Z."
_WRITE_RANGE: Final = "Write K=LO:HI:STEP, or K=A,B,C for choices."
_MODELS: Final = ", ".join(SlippageModel)

Slippage = tuple[SlippageModel, float]


def from_time(word: str) -> datetime:
    """Return a time, of a day its beginning in UTC."""
    return _time(word)


def to_time(word: str) -> datetime:
    """Return a time, of a day its last microsecond in UTC: the day belongs to the period."""
    time = _time(word)
    return time + timedelta(days=1, microseconds=-1) if _DAY.fullmatch(word.strip()) else time


def search_range(word: str) -> ParameterRange:
    """Return the range of ``K=LO:HI:STEP``, ``K=LO:HI`` in steps of 1, or ``K=A,B,C``."""
    name, sign, text = word.partition("=")
    if not sign or not name.strip() or not text.strip():
        raise BadValueError("must have the form K=LO:HI:STEP", _WRITE_RANGE)
    if ":" not in text:
        choices = tuple(item.strip() for item in text.split(",") if item.strip())
        return ParameterRange(name=name.strip(), kind="choice", choices=choices)
    parts = text.split(":")
    if len(parts) > _LONGEST_RANGE:
        raise BadValueError("must have the form K=LO:HI:STEP", _WRITE_RANGE)
    try:
        low, high, *rest = (float(part) for part in parts)
    except ValueError:
        raise BadValueError("must have numbers as bounds and step", _WRITE_RANGE) from None
    return ParameterRange(name=name.strip(), kind="float", low=low, high=high, step=rest[0] if rest else 1.0)


def constraint(word: str) -> Constraint:
    """Return the bound of ``FIGURE>=X`` or ``FIGURE<=X``."""
    found = _BOUND.fullmatch(word)
    if found is None:
        raise BadValueError("must have the form FIGURE>=X or FIGURE<=X", "For example max_drawdown>=-0.2.")
    figure, sign, text = found.groups()
    bound = _number(text)
    return Constraint(figure=figure, **{"at_least" if sign == ">=" else "at_most": bound})


def slippage(word: str) -> Slippage:
    """Return model and strength of ``X`` basis points, ``MODEL:X``, or ``none``."""
    model, sign, text = word.strip().lower().partition(":")
    if not sign and model in set(SlippageModel):
        text = "0" if model == SlippageModel.NONE else ""
    elif not sign:
        model, text = SlippageModel.BPS.value, model
    if model not in set(SlippageModel) or not text:
        raise BadValueError("must be basis points, or MODEL:X", f"Models are {_MODELS}; for example bps:2.")
    return SlippageModel(model), _not_negative(text)


def spoken(*allowed: str) -> Convert:
    """Return a converter that takes one of ``allowed``, with hyphens for spaces too."""
    convert = choice(*allowed)
    return lambda word: convert(word.replace("-", " ") if word.replace("-", " ").lower() in allowed else word)


def not_negative(word: str) -> float:
    """Return a number of zero or more."""
    return _not_negative(word)


def share(word: str) -> float:
    """Return a number between 0 and 1."""
    number = _number(word)
    if not 0 <= number <= 1:
        raise BadValueError("must be between 0 and 1", "Write 0.7 for 70 %.")
    return number


def whole(least: int) -> Callable[[str], int]:
    """Return a converter to whole numbers from ``least`` on."""

    def convert(word: str) -> int:
        text = word.strip()
        number = int(text) if text.removeprefix("-").isdecimal() else None
        if number is None or number < least:
            problem = f"must be a whole number of {least} or more"
            raise BadValueError(problem)
        return number

    return convert


def assignment(word: str) -> tuple[str, str]:
    """Return key and value of ``K=V``; the key may be ``NAME.K`` for one strategy of several."""
    key, sign, value = word.partition("=")
    if not sign or not key.strip():
        raise BadValueError("must have the form K=V", "For example fast=12, or smag7.fast=12 for one of several.")
    return key.strip(), value.strip()


def _time(word: str) -> datetime:
    try:
        time = datetime.fromisoformat(word.strip())
    except ValueError as error:
        problem = f"must be a day or a time ({error})"
        raise BadValueError(problem, _WRITE_TIME) from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise BadValueError("must be a number", "Write it as 1 or -0.2.") from None
    if not math.isfinite(number):
        raise BadValueError("must be a finite number")
    return number


def _not_negative(text: str) -> float:
    number = _number(text)
    if number < 0:
        raise BadValueError("must be 0 or more")
    return number
