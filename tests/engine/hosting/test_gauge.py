"""What a worker costs is looked at for as long as the worker lives."""

import errno
import os
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from ares_desktop.engine.hosting.gauge import Gauge


def test_a_worker_that_can_t_be_looked_at_for_a_moment_ends_no_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    host: Any = SimpleNamespace(setup=SimpleNamespace(instance=SimpleNamespace(memory_mb=1 << 20), file="one.py"))
    gauge = Gauge(os.getpid())
    with monkeypatch.context() as patch:
        patch.setattr(psutil.Process, "cpu_percent", _no_descriptor)
        assert gauge.measure(host) is None
    assert gauge.measure(host) is None
    assert gauge.memory_mb is not None


def _no_descriptor(*_: object) -> float:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
