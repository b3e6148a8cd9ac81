"""Loads TA-Lib where it is used first, without the data frames that it would bring along."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from threading import Lock, get_ident
from types import ModuleType
from typing import Any, Final

_FRAMES: Final = frozenset({"pandas", "polars"})
_lock: Final = Lock()


class _NoFrames:
    """Says to one thread that data frames are not installed.

    TA-Lib accepts series of pandas and polars where it finds them, and imports them to see. That takes a second and
    35 MB of each worker, for an indicator that is given numbers.
    """

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if name in _FRAMES and get_ident() == self._thread:
            msg = f"{name} is not wanted here"
            raise ModuleNotFoundError(msg, name=name)
        return None


def load_talib() -> Any:  # noqa: ANN401 - its modules have no common type
    """Return TA-Lib with its ``abstract`` and ``stream`` modules; the first call takes some 20 ms."""
    with _lock:
        if "talib.stream" not in sys.modules:
            finder = _NoFrames()
            sys.meta_path.insert(0, finder)
            try:
                import_module("talib.abstract")
                import_module("talib.stream")
            finally:
                sys.meta_path.remove(finder)
    return sys.modules["talib"]
