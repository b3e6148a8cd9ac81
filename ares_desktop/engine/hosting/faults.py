"""Turns what a strategy raised into a fault that names the file and line."""

import traceback
from pathlib import Path
from types import TracebackType
from typing import Final

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import Fault

TRACE_MAX: Final = 16_000
_FRAMES_MAX: Final = 60
_MESSAGE_MAX: Final = 2_000
_SEEN: Final = (0x09, 0x0A)
_UNSEEN: Final[dict[int, str | None]] = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if code not in _SEEN
} | {0x0D: None}
"""Control characters, and those that turn the direction of what follows."""


def fault_of(error: BaseException, file: str, *, kind: str = "exception") -> Fault:
    """Describe an error by the last line of the strategy's own file that it passed.

    Args:
        error: what was raised.
        file: absolute path of the strategy file.
        kind: used unless the error itself says more (syntax, memory, exit, parameters).
    """
    if isinstance(error, SyntaxError) and error.filename == file:
        return Fault(kind="syntax", message=plain(error.msg), file=file, line=error.lineno, trace=_trace(error))
    if isinstance(error, UsageError):
        return Fault(kind="parameters", message=plain(str(error)), file=file)
    if isinstance(error, MemoryError):
        kind, message = "memory", "the strategy used more memory than it may have"
    elif isinstance(error, SystemExit):
        kind, message = "exited", f"the strategy called sys.exit({error.code!r})"
    else:
        text = _text(error)
        message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return Fault(
        kind=kind, message=plain(message), file=file, line=_line(error.__traceback__, file), trace=_trace(error)
    )


def plain(text: str) -> str:
    """Return text that can be sent and shown: bounded, no halves of characters, nothing that steers a terminal."""
    return text[:_MESSAGE_MAX].translate(_UNSEEN).encode("utf-8", "replace").decode()


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


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as worse:  # noqa: BLE001 - strategy boundary: an error that can't be shown is one all the same
        return f"its text can't be shown: {type(worse).__name__}"


def _trace(error: BaseException) -> str:
    """Return the innermost frames; a recursion has millions."""
    try:
        text = "".join(traceback.format_exception(error, limit=-_FRAMES_MAX))
    except Exception:  # noqa: BLE001 - strategy boundary: an error that can't be shown is one all the same
        return ""
    return text[-TRACE_MAX:].encode("utf-8", "replace").decode()
