"""Looks at a strategy file inside a worker, where its code may do no harm."""

import inspect
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from ares_desktop.api.parameters import make_params, parameter_infos
from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import CatalogEntry
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.faults import fault_of
from ares_desktop.engine.hosting.handlers import handler_faults, own_handlers
from ares_desktop.engine.hosting.loader import loaded
from ares_desktop.engine.hosting.output import LineStream
from ares_desktop.engine.hosting.seed.kind import ENTRY, SeedStrategy


def check_file(file: str, values: Mapping[str, Any] | None) -> wire.Checked:
    """Import a file and describe it.

    Args:
        file: absolute path.
        values: for its parameters, to be validated; None to look at the defaults alone.
    """
    name = Path(file).stem
    nowhere = LineStream("info", lambda _level, _text: None)
    try:
        with redirect_stdout(nowhere), redirect_stderr(nowhere), loaded(file, "check") as strategy:
            entry = _entry(name, file, strategy)
            try:
                make_params(strategy.Params, values or {})
            except UsageError as error:
                if values is not None:
                    return wire.Checked(entry, error.findings)
                raise
    except BaseException as error:  # noqa: BLE001 - process boundary: whatever the file's code raises is its fault
        entry = CatalogEntry(name=name, file=file, faults=(fault_of(error, file, kind="import"),))
    return wire.Checked(entry)


def _entry(name: str, file: str, strategy: type[Strategy]) -> CatalogEntry:
    summary = (strategy.__doc__ or "").strip().partition("\n")[0]
    seed = issubclass(strategy, SeedStrategy)
    return CatalogEntry(
        name=name,
        file=file,
        class_name=ENTRY if seed else strategy.__name__,
        summary=summary,
        description=inspect.cleandoc(sys.modules[strategy.__module__].__doc__ or ""),
        handlers=() if seed else own_handlers(strategy),
        seed=seed,
        parameters=parameter_infos(strategy.Params),
        faults=handler_faults(file, strategy),
    )
