"""The paper broker's dead-man timer."""

from pathlib import Path

import pytest

from ares_desktop.engine.adapters.brokers.paper.dead_man import DeadManTimer
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore


def test_it_runs_out_once_unless_it_is_set_anew_also_in_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ns = 1_000_000_000_000
    monkeypatch.setattr("ares_desktop.engine.adapters.brokers.paper.dead_man.time.time_ns", lambda: now_ns)
    store = PaperStore(tmp_path)
    timer = DeadManTimer(store)
    assert not timer.is_due()
    timer.set(30.0)
    now_ns += 29_000_000_000
    assert not timer.is_due()
    timer.set(30.0)
    now_ns += 29_000_000_000
    assert not timer.is_due()
    store.close()

    again = PaperStore(tmp_path)
    timer = DeadManTimer(again)
    now_ns += 2_000_000_000
    assert timer.is_due()
    assert not timer.is_due()
    timer.set(30.0)
    timer.set(None)
    now_ns += 60_000_000_000
    assert not timer.is_due()
    again.close()
