"""Condition of the running engine: loop lag, tasks, memory, journal, log."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

import psutil
import structlog
from PySide6.QtCore import QObject

from ares_desktop.domain.monitoring import HealthReport, LogLine
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.lag import LagMeter

_log = structlog.get_logger(__name__)
_EVERY_S = 1.0
_KEPT_LINES = 5000


class HealthManager(QObject):
    """Reports the engine's condition once a second, and passes the log on.

    Signals:
        reported: a new report.
        log_written: a line of the application's log.
    """

    reported: SignalOf[HealthReport] = signal_of(HealthReport)
    log_written: SignalOf[LogLine] = signal_of(LogLine)

    def __init__(
        self,
        lag: LagMeter,
        wall: Clock,
        *,
        events_seen: Callable[[], int],
        journal_failure: Callable[[], str],
        workers: Callable[[], int],
    ) -> None:
        super().__init__()
        self._lag = lag
        self._wall = wall
        self._events_seen = events_seen
        self._journal_failure = journal_failure
        self._workers = workers
        self._process = psutil.Process()
        self._began = time.monotonic()
        self._lines: deque[LogLine] = deque(maxlen=_KEPT_LINES)
        self._last: HealthReport | None = None

    def report(self) -> HealthReport | None:
        """Return the newest report, None in the first second."""
        return self._last

    def log_lines(self) -> tuple[LogLine, ...]:
        """Return the newest lines of the log, oldest first."""
        return tuple(self._lines)

    def write_log(self, line: LogLine) -> None:
        """Take a line of the log; belongs to the loop's thread."""
        self._lines.append(line)
        self.log_written.emit(line)

    async def run(self) -> None:
        """Report once a second until canceled."""
        with contextlib.suppress(OSError):
            self._process.cpu_percent()
        seen, at = self._events_seen(), time.monotonic()
        while True:
            await asyncio.sleep(_EVERY_S)
            now, events = time.monotonic(), self._events_seen()
            rate, seen, at = (events - seen) / (now - at), events, now
            try:
                self._last = self._measure(rate)
            except OSError as error:
                # No file descriptor is left to look with: the next second may have one.
                _log.warning("health_not_measured", error=str(error))
                continue
            self.reported.emit(self._last)

    def _measure(self, events_per_s: float) -> HealthReport:
        recent, total = self._lag.window(), self._lag.total()
        with self._process.oneshot():
            memory, cpu = self._process.memory_info().rss, self._process.cpu_percent()
        return HealthReport(
            at=self._wall.now(),
            uptime_s=time.monotonic() - self._began,
            lag_p50_ms=recent.p50_ms,
            lag_p99_ms=recent.p99_ms,
            lag_max_ms=recent.max_ms,
            lag_p99_total_ms=total.p99_ms,
            lag_max_total_ms=total.max_ms,
            tasks=len(asyncio.all_tasks()),
            memory_mb=memory / 2**20,
            cpu_percent=cpu,
            events_per_s=events_per_s,
            journal_ok=not self._journal_failure(),
            workers=self._workers(),
        )
