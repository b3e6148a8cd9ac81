"""Imports a strategy file by its path and finds the one strategy in it; runs in a worker only."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, ModuleType

from ares_desktop.api.parameters import Params
from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.errors import StrategyError
from ares_desktop.engine.hosting.seed.kind import ENTRY, seed_strategy
from ares_desktop.engine.hosting.seed.modules import Surroundings

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
    surroundings = Surroundings()
    try:
        # Threads share the application's modules: nothing stands in for a missing one there.
        with neighbors(file, surroundings) if say is None else nullcontext():
            loader.exec_module(module)
            yield find_strategy(module, surroundings)
    finally:
        if sys.modules.get(module_name) is module:
            del sys.modules[module_name]


@contextmanager
def neighbors(file: str, surroundings: Surroundings) -> Iterator[None]:
    """Let a file import what stands in for missing packages, and modules beside it that hide no others."""
    folder, wrote_none, known = str(Path(file).parent), sys.dont_write_bytecode, set(sys.modules)
    sys.path.append(folder)
    sys.dont_write_bytecode = True  # byte code of a helper may be stale within a second, as a strategy's may
    try:
        with surroundings.installed():
            yield
    finally:
        sys.dont_write_bytecode = wrote_none
        sys.path.remove(folder)
        for name, module in list(sys.modules.items()):
            if name not in known and str(getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                del sys.modules[name]


def find_strategy(module: ModuleType, surroundings: Surroundings) -> type[Strategy]:
    """Return the module's own strategy class, or one made for its ``manage_strategy``.

    Raises:
        StrategyError: when there is none, or more than one.
    """
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == module.__name__
    ]
    file = Path(str(module.__file__)).name
    if not found and callable(getattr(module, ENTRY, None)):
        return seed_strategy(module, surroundings)
    if not found:
        msg = f"{file} must define a class derived from ares_desktop.api.Strategy, or a function {ENTRY}; has neither"
        raise StrategyError(msg)
    leaves = [one for one in found if not any(other is not one and issubclass(other, one) for other in found)]
    if len(leaves) > 1:
        names = ", ".join(sorted(one.__name__ for one in leaves))
        msg = f"{file} must define exactly one strategy, has {len(leaves)}: {names}"
        raise StrategyError(msg)
    (strategy,) = leaves
    model: object = strategy.Params
    if not (isinstance(model, type) and issubclass(model, Params)):
        msg = f"{file}: Params of {strategy.__name__} must derive from ares_desktop.api.Params"
        raise StrategyError(msg)
    return strategy
