"""Saved states are found again, and a bad disk harms nobody."""

from pathlib import Path

from ares_desktop.domain.ids import StrategyId
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
