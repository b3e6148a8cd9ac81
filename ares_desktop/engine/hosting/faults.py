"""Turns what a strategy raised into a fault that names the file and line."""

import traceback
from pathlib import Path
from types import TracebackType
from typing import Final

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import Fault

_TRACE_MAX: Final = 16_000


def fault_of(error: BaseException, file: str, *, kind: str = "exception") -> Fault:
    """Describe an error by the last line of the strategy's own file that it passed.

    Args:
        error: what was raised.
        file: absolute path of the strategy file.
        kind: used unless the error itself says more (syntax, memory, exit, parameters).
    """
    if isinstance(error, SyntaxError) and error.filename == file:
        return Fault(kind="syntax", message=error.msg, file=file, line=error.lineno, trace=_trace(error))
    if isinstance(error, UsageError):
        return Fault(kind="parameters", message=str(error), file=file)
    if isinstance(error, MemoryError):
        kind, message = "memory", "the strategy used more memory than it may have"
    elif isinstance(error, SystemExit):
        kind, message = "exited", f"the strategy called sys.exit({error.code!r})"
    else:
        text = str(error)
        message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return Fault(kind=kind, message=message, file=file, line=_line(error.__traceback__, file), trace=_trace(error))


def told(name: str, fault: Fault, message: str = "") -> str:
    """Return a line that names a strategy, what its fault is, and where in its file.

    Args:
        name: of the instance.
        fault: what it stopped at.
        message: said instead of the fault's own.
    """
    place = f" ({Path(fault.file).name}, line {fault.line})" if fault.line is not None else ""
    return f"{name}: {message or fault.message}{place}"


def _line(trace: TracebackType | None, file: str) -> int | None:
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-_TRACE_MAX:]
