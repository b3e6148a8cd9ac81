"""What one worker costs: processor, memory, messages."""

import time
from collections import deque
from typing import Final

import psutil

from ares_desktop.domain.strategies import Fault
from ares_desktop.engine.hosting.host import Host

_MARGIN_MB: Final = 128
_MB: Final = 1 << 20
_WINDOW_S: Final = 2.0


class Gauge:
    """Samples one worker; a thread has no processor time and no memory of its own.

    Attributes:
        cpu_percent: of one core, None for a thread.
        memory_mb: resident, None for a thread.
    """

    def __init__(self, pid: int | None = None) -> None:
        self.cpu_percent: float | None = None
        self.memory_mb: float | None = None
        self._counts: deque[tuple[float, int]] = deque()
        self._process: psutil.Process | None = None
        if pid is not None:
            try:
                self._process = psutil.Process(pid)
                self._process.cpu_percent(None)
            except (psutil.Error, OSError):
                self._process = None

    def measure(self, host: Host) -> Fault | None:
        """Sample processor and memory; return a fault when the worker holds more than it may."""
        if self._process is None:
            return None
        try:
            self.cpu_percent = self._process.cpu_percent(None)
            self.memory_mb = self._process.memory_info().rss / _MB
        except (psutil.Error, OSError):  # gone, or no file descriptor is left to look with
            return None
        most = host.setup.instance.memory_mb + _MARGIN_MB
        if self.memory_mb <= most:
            return None
        message = f"the worker held {self.memory_mb:.0f} MB, {most} MB are the most"
        return Fault(kind="memory", message=message, file=host.setup.file)

    def count(self, messages: int) -> None:
        """Note how many messages came so far."""
        now = time.monotonic()
        counts = self._counts
        counts.append((now, messages))
        while len(counts) > 1 and now - counts[0][0] > _WINDOW_S:
            counts.popleft()

    def rate(self, messages: int) -> float:
        """Return messages a second over the last two seconds, given how many came so far."""
        if not self._counts:
            return 0.0
        since, before = self._counts[0]
        span = time.monotonic() - since
        return (messages - before) / span if span > 0 else 0.0
