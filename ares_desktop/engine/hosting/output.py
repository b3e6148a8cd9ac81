"""What a strategy prints and logs, as lines of its own log."""

import io
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Final

_LINE_MAX: Final = 2000
_RATE: Final = 200.0
_BURST: Final = 400.0

Write = Callable[[str, str], None]


class Throttle:
    """Lets at most 200 lines a second through and says how many it left out."""

    def __init__(self, write: Write, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._tokens = _BURST
        self._at = clock()
        self._dropped = 0

    def line(self, level: str, text: str) -> None:
        """Pass a line on, or count it as left out."""
        now = self._clock()
        self._tokens = min(_BURST, self._tokens + (now - self._at) * _RATE)
        self._at = now
        if self._tokens < 1.0:
            self._dropped += 1
            return
        self._tokens -= 1.0
        if self._dropped:
            self._write("warning", f"{self._dropped} lines were left out: more than {_RATE:.0f} a second")
            self._dropped = 0
        self._write(level, text[:_LINE_MAX])


class LineStream(io.TextIOBase):
    """A text stream that passes complete lines on."""

    def __init__(self, level: str, line: Write) -> None:
        super().__init__()
        self._level = level
        self._line = line
        self._rest = ""

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, text: str) -> int:
        """Take text; what has no line end yet waits, up to a line's greatest length."""
        *lines, rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._line(self._level, line)
        if len(rest) > _LINE_MAX:
            self._line(self._level, rest)
            rest = ""
        self._rest = rest
        return len(text)


class LogHandler(logging.Handler):
    """Passes records of the standard library's logging on."""

    def __init__(self, line: Write) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on."""
        self._line(record.levelname.lower(), self.format(record))


def printer(line: Write) -> Callable[..., None]:
    """Return a ``print`` that writes to the log, for a worker that shares the application's standard output."""
    stream = LineStream("info", line)

    def say(*values: object, sep: str | None = " ", end: str | None = "\n", **_: object) -> None:
        stream.write((" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end))

    return say


@contextmanager
def captured(line: Write) -> Iterator[None]:
    """Send standard output, standard error and logging of this process to the log."""
    handler = LogHandler(line)
    root = logging.getLogger()
    root.addHandler(handler)
    with redirect_stdout(LineStream("info", line)), redirect_stderr(LineStream("warning", line)):
        yield
    root.removeHandler(handler)
