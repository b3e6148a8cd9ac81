"""Checks that a strategy's handlers can be called as they will be."""

import inspect
from collections.abc import Callable, Iterator
from typing import Final

from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.strategies import Fault

_CALLED: Final = tuple(
    name for name, member in vars(Strategy).items() if inspect.isfunction(member) and not name.startswith("_")
)
"""What the worker calls, by the names of the base class."""


def own_handlers(strategy: type[Strategy]) -> tuple[str, ...]:
    """Return the names of the handlers that a class has of its own, in the order of the base class."""
    return tuple(name for name in _CALLED if getattr(strategy, name) is not getattr(Strategy, name))


def handler_faults(file: str, strategy: type[Strategy]) -> tuple[Fault, ...]:
    """Return a fault for each handler that is no function, or does not take what it will be given."""
    return tuple(_faults(file, strategy))


def _faults(file: str, strategy: type[Strategy]) -> Iterator[Fault]:
    for name in _CALLED:
        base, own = getattr(Strategy, name), inspect.getattr_static(strategy, name)
        if own is base:
            continue
        function = own.__func__ if isinstance(own, staticmethod | classmethod) else own
        if not callable(function):
            yield Fault(kind="handler", message=f"{name} must be a method, is {function!r}", file=file)
            continue
        expected = tuple(inspect.signature(base).parameters)[1:]
        given = expected if isinstance(own, staticmethod | classmethod) else ("self", *expected)
        given = ("cls", *expected) if isinstance(own, classmethod) else given
        try:
            inspect.signature(function).bind(*given)
        except TypeError as error:
            message = f"{name}({', '.join(expected)}) can't be called: {error}"
            yield Fault(kind="handler", message=message, file=file, line=_line(function))
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            message = f"{name} must not yield: nobody would ask for what comes"
            yield Fault(kind="handler", message=message, file=file, line=_line(function))


def _line(function: Callable[..., object]) -> int | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return None if code is None else int(code.co_firstlineno)
