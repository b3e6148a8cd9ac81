"""Saved states are found again, and a bad disk harms nobody."""

from pathlib import Path
from typing import Any

import pytest

from ares_desktop.api import Strategy
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.hosting.keeper import snapshot_of
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.hosting.snapshots import Snapshots
from tests.engine.hosting.stage import Stage, a_bar

ODD = StrategyId("../odd name")
COUNTER = """
class Counter(Strategy):
    count = 0
    def on_bar(self, bar):
        self.count += 1
        self.context.record("count", self.count)
    def snapshot(self):
        return {"count": self.count}
    def restore(self, state):
        self.count = state["count"]
"""


def test_what_was_saved_is_loaded_and_can_be_removed(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "new")
    assert snapshots.load(ODD) == b""
    snapshots.save(ODD, b"one")
    snapshots.save(ODD, b"two")
    assert snapshots.load(ODD) == b"two"
    assert [path.parent for path in tmp_path.rglob("*.msgpack")] == [tmp_path / "new"]
    snapshots.remove(ODD)
    snapshots.remove(ODD)
    assert snapshots.load(ODD) == b""


def test_without_a_folder_or_a_disk_nothing_is_kept(tmp_path: Path) -> None:
    nowhere = Snapshots(None)
    nowhere.save(ODD, b"one")
    nowhere.remove(ODD)
    assert nowhere.load(ODD) == b""
    (tmp_path / "file").write_text("")
    broken = Snapshots(tmp_path / "file")
    broken.save(ODD, b"one")
    assert broken.load(ODD) == b""


async def test_a_state_outlives_the_application(tmp_path: Path, launcher: Launcher) -> None:
    for expected in (1.0, 2.0):
        stage = Stage(tmp_path, launcher, snapshots=tmp_path / "states")
        await stage.run(COUNTER)
        await stage.play(a_bar(1))
        assert [record.value for record in stage.listener.records] == [expected]
        await stage.supervisor.close()


OF_NUMPY = """
import numpy as np
class Mean(Strategy):
    def on_start(self):
        self.mean, self.seen = np.float64(0), np.zeros(2)
        self.context.subscribe("mean")
    def on_bar(self, bar):
        self.mean += 1
        self.context.buy(bar.instrument, np.int64(2), limit=np.float64(100.5))
        self.context.publish("mean", {"mean": self.mean, "seen": self.seen})
    def on_message(self, topic, payload):
        self.context.record("mean", payload["mean"] + len(payload["seen"]))
    def snapshot(self):
        return {"mean": self.mean, "seen": self.seen}
    def restore(self, state):
        self.mean, self.seen = np.float64(state["mean"]), np.array(state["seen"])
"""


async def test_numbers_of_numpy_are_ordered_published_and_kept(tmp_path: Path, launcher: Launcher) -> None:
    for _ in range(2):
        stage = Stage(tmp_path, launcher, snapshots=tmp_path / "states")
        await stage.run(OF_NUMPY)
        await stage.play(a_bar(1))
        await stage.supervisor.close()
        assert stage.listener.faults == {}
        assert [str(intent.quantity) + "@" + str(intent.limit_price) for intent in stage.listener.intents] == [
            "2@100.5"
        ]


def test_a_snapshot_of_what_is_not_plain_names_it() -> None:
    class Odd(Strategy):
        def snapshot(self) -> dict[str, Any]:
            return {"x": object()}

    with pytest.raises(TypeError, match=r"snapshot\(\): object is no plain value"):
        snapshot_of(Odd())
