"""Turns words of the command line into values, and says what is wrong with them."""

import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any

Convert = Callable[[str], Any]


class BadValueError(Exception):
    """A word that is not what was expected."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def text(word: str) -> str:
    """Return a word that may not be empty."""
    if not word.strip():
        raise BadValueError("must not be empty")
    return word


def positive(word: str) -> Decimal:
    """Return an exact number above zero."""
    try:
        number = Decimal(word)
    except InvalidOperation:
        raise BadValueError("must be a number", "Write it as 100 or 12.50.") from None
    if not number.is_finite() or number <= 0:
        raise BadValueError("must be above 0")
    return number


def seconds(word: str) -> float:
    """Return a duration above zero."""
    try:
        number = float(word)
    except ValueError:
        raise BadValueError("must be a number of seconds", "Write it as 30 or 0.5.") from None
    if not math.isfinite(number) or number <= 0:
        raise BadValueError("must be a finite number of seconds above 0")
    return number


def count(word: str) -> int:
    """Return a whole number above zero."""
    if not word.isdecimal() or int(word) < 1:
        raise BadValueError("must be a whole number above 0")
    return int(word)


def names(word: str) -> tuple[str, ...]:
    """Return the items of a list with commas."""
    items = tuple(item.strip() for item in word.split(",") if item.strip())
    if not items:
        raise BadValueError("must name at least one", "Separate several with commas.")
    return items


def pair(word: str) -> tuple[str, str]:
    """Return key and value of ``KEY=VALUE``."""
    key, sign, value = word.partition("=")
    if not sign or not key.strip():
        raise BadValueError("must have the form KEY=VALUE", "For example fast=12.")
    return key.strip(), value


def existing_file(word: str) -> str:
    """Return the absolute path of a file that is there, since the application may stand in another folder."""
    path = Path(word).expanduser()
    if not path.is_file():
        problem = "is a folder, not a file" if path.is_dir() else "there is no such file"
        raise BadValueError(problem, "Check the path.")
    return str(path.absolute())


def strategy_file(word: str) -> str:
    """Return the absolute path of a file, or a name to be looked up in the strategy folders."""
    path = Path(word).expanduser()
    return str(path.absolute()) if path.is_file() else text(word)


def output_file(*suffixes: str) -> Convert:
    """Return a converter for a file that is going to be written."""

    def convert(word: str) -> Path:
        path = Path(word).expanduser().absolute()
        if path.suffix.lower() not in suffixes:
            problem = f"must end in {' or '.join(suffixes)}"
            raise BadValueError(problem)
        if not path.parent.is_dir():
            raise BadValueError("its folder does not exist", "Make the folder first.")
        return path

    return convert


def choice(*allowed: str) -> Convert:
    """Return a converter that takes one of ``allowed``, in any case."""
    known = {item.lower(): item for item in allowed}

    def convert(word: str) -> str:
        if word.lower() in known:
            return known[word.lower()]
        near = get_close_matches(word.lower(), known, n=1)
        problem = f"must be one of {', '.join(allowed)}"
        raise BadValueError(problem, f"Did you mean {known[near[0]]}?" if near else "")

    return convert
