"""Structured logs to standard error, to a rotated file of the profile and to the window's log panel.

Writing happens on a thread of its own, so that a full disk or a stuck terminal never holds the engine up.
"""

import contextlib
import logging
import logging.handlers
import queue
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from ares_desktop.domain.monitoring import LogLine
from ares_desktop.redaction import Redactor

_QUEUE_LINES: Final = 20_000
_STOP_WITHIN_S: Final = 2.0
_SHOWN_APART: Final = frozenset({"event", "level", "logger", "at", "_record", "_from_structlog"})

LineReceiver = Callable[[LogLine], None]


class LogTap(logging.Handler):
    """Hands every line to ``receiver`` in the thread that logged it, already redacted."""

    def __init__(self, receiver: LineReceiver, redactor: Redactor | None = None, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._receiver = receiver
        self._redactor = redactor or Redactor()

    def emit(self, record: logging.LogRecord) -> None:
        """Turn the record into a :class:`LogLine`."""
        message: object = record.msg
        fields: Mapping[str, Any] = message if isinstance(message, dict) else {"event": record.getMessage()}
        text = " ".join(f"{key}={value}" for key, value in fields.items() if key not in _SHOWN_APART)
        self._receiver(
            LogLine(
                at=datetime.fromtimestamp(record.created, UTC),
                level=record.levelname.lower(),
                logger=record.name,
                event=self._redactor.text(str(fields.get("event", ""))),
                fields=self._redactor.text(text),
            )
        )


class Logs:
    """The configured logs of this process; close them last."""

    def __init__(self, handlers: list[logging.Handler], level: str, redactor: Redactor) -> None:
        self.redactor = redactor
        self._handlers = handlers
        self._queue: queue.Queue[Any] = queue.Queue(_QUEUE_LINES)
        self._entry = _Entry(self._queue)
        self._listener = _Writer(self._queue, *handlers, respect_handler_level=True)
        self._taps: list[LogTap] = []
        root = logging.getLogger()
        self._former_level = root.level
        root.addHandler(self._entry)
        root.setLevel(level)
        logging.captureWarnings(capture=True)
        self._listener.start()

    def set_level(self, level: str) -> None:
        """Show lines of this level and above, such as ``INFO``."""
        logging.getLogger().setLevel(level)

    def tap(self, receiver: LineReceiver) -> LogTap:
        """Call ``receiver`` with every line from here on, in the thread that logged it; undo with :meth:`untap`."""
        tap = LogTap(receiver, self.redactor)
        self._taps.append(tap)
        logging.getLogger().addHandler(tap)
        return tap

    def untap(self, tap: LogTap) -> None:
        """Stop calling the receiver of ``tap``; idempotent."""
        logging.getLogger().removeHandler(tap)
        if tap in self._taps:
            self._taps.remove(tap)

    def close(self) -> None:
        """Write what waits, for two seconds at most, and stop; idempotent."""
        root = logging.getLogger()
        if self._entry not in root.handlers:
            return
        for tap in tuple(self._taps):
            self.untap(tap)
        root.removeHandler(self._entry)
        root.setLevel(self._former_level)
        logging.captureWarnings(capture=False)
        self._listener.stop()
        for handler in self._handlers:
            handler.close()


def configure_logging(
    *,
    level: str = "INFO",
    file: Path | None = None,
    json_lines: bool = False,
    stream: IO[str] | None = None,
    max_bytes: int = 10_000_000,
    keep: int = 5,
) -> Logs:
    """Send what structlog, the standard library and ``warnings`` say to ``stream`` and to ``file``.

    Args:
        level: least severe level that is written.
        file: JSON lines, rotated at ``max_bytes``, with ``keep`` old ones; None for no file.
        json_lines: JSON on the stream too, instead of text for people.
        stream: standard error when None.
        max_bytes: size of one log file.
        keep: number of old log files.

    Raises:
        OSError: when the file can't be opened.
    """
    import structlog  # noqa: PLC0415 - commands that only talk to a running application never log

    redactor = Redactor()
    shared = _shared_processors(redactor)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    out = sys.stderr if stream is None else stream
    as_json = structlog.processors.JSONRenderer(default=str)
    as_text = structlog.dev.ConsoleRenderer(
        colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, timestamp_key="at"
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(out)]
    handlers[0].setFormatter(_formatter(as_json if json_lines else as_text, shared, redactor))
    if file is not None:
        handlers.append(_File(file, maxBytes=max_bytes, backupCount=keep, encoding="utf-8", delay=False))
        handlers[1].setFormatter(_formatter(as_json, shared, redactor))
    return Logs(handlers, level, redactor)


class _Entry(logging.handlers.QueueHandler):
    """Puts records into the queue as they are; a full queue drops the newest rather than stop the engine."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


class _Writer(logging.handlers.QueueListener):
    """Ends within a bound even when standard error is stuck: the join of its base would wait for ever."""

    def stop(self) -> None:
        thread = self._thread
        if thread is None:
            return
        with contextlib.suppress(queue.Full):
            self.enqueue_sentinel()
        thread.join(_STOP_WITHIN_S)
        self._thread = None


class _File(logging.handlers.RotatingFileHandler):
    """Says once on standard error that it can't write, instead of a traceback for each line."""

    _failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging names it so
        error = sys.exc_info()[1]
        if isinstance(error, OSError) and not self._failed:
            self._failed = True
            sys.stderr.write(f"the log file {self.baseFilename} can't be written: {error.strerror}\n")
        elif not isinstance(error, OSError):
            super().handleError(record)


def _shared_processors(redactor: Redactor) -> list[Any]:
    import structlog  # noqa: PLC0415 - see configure_logging

    def redact(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name in fields:
            if not name.startswith("_"):
                fields[name] = redactor.value(name, fields[name])
        return fields

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _stamp,
        structlog.processors.format_exc_info,
        redact,
    ]


def _stamp(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = fields.get("_record")
    at = datetime.fromtimestamp(record.created, UTC) if record is not None else datetime.now(UTC)
    fields["at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return fields


def _formatter(renderer: Any, shared: list[Any], redactor: Redactor) -> logging.Formatter:  # noqa: ANN401 - structlog's processors share no type
    import structlog  # noqa: PLC0415 - see configure_logging

    def mask(_logger: object, _method: str, text: Any) -> str:  # noqa: ANN401 - whatever the renderer made
        return redactor.text(str(text))

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, mask],
    )
