"""Imports a strategy file by its path and finds the one strategy in it; runs in a worker only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, ModuleType

from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.errors import StrategyError

Print = Callable[..., None]


class _FreshLoader(SourceFileLoader):
    """Always compiles the source: a byte-code file may be stale within a second, and has no place among strategies."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


@contextmanager
def loaded(file: str, name: str, say: Print | None = None) -> Iterator[type[Strategy]]:
    """Import ``file`` under a name of its own for the time of the context.

    Args:
        file: absolute path.
        name: of the instance, part of the module's name.
        say: replaces ``print`` in the module, where standard output is shared with the application.

    Raises:
        StrategyError: when there is not exactly one strategy in it.
        Exception: whatever the file's own code raises.
    """
    module_name = f"ares_strategy_{name}"
    loader = _FreshLoader(module_name, file)
    module = module_from_spec(ModuleSpec(module_name, loader, origin=file))
    module.__file__ = file
    if say is not None:
        module.__dict__["print"] = say
    sys.modules[module_name] = module
    try:
        loader.exec_module(module)
        yield find_strategy(module)
    finally:
        if sys.modules.get(module_name) is module:
            del sys.modules[module_name]


def find_strategy(module: ModuleType) -> type[Strategy]:
    """Return the module's own strategy class.

    Raises:
        StrategyError: when there is none, or more than one.
    """
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == module.__name__
    ]
    file = Path(str(module.__file__)).name
    if not found:
        hint = (
            "; a manage_strategy entry point needs a session of its own" if hasattr(module, "manage_strategy") else ""
        )
        msg = f"{file} must define a class derived from ares_desktop.api.Strategy, has none{hint}"
        raise StrategyError(msg)
    leaves = [one for one in found if not any(other is not one and issubclass(other, one) for other in found)]
    if len(leaves) > 1:
        names = ", ".join(sorted(one.__name__ for one in leaves))
        msg = f"{file} must define exactly one strategy, has {len(leaves)}: {names}"
        raise StrategyError(msg)
    return leaves[0]
