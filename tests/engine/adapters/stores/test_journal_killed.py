"""A writer that is killed at any moment leaves a whole journal with everything that it acknowledged."""

import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.journal_check import verify
from ares_desktop.engine.trading.fold import Fold
from tests.engine.trading.books_builders import PAPER, TREND

CHILD = "tests.engine.adapters.stores.journal_child"
ROUNDS = 4


def acknowledged_until_killed(root: Path, path: Path, name: str, lines: int) -> list[str]:
    command = [sys.executable, "-m", CHILD, str(path), name]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        seen = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        seen += child.stdout.readlines()
    # The last line may have been cut off by the kill: it was not acknowledged.
    return [line.strip() for line in seen if line.endswith("\n")]


@pytest.mark.scenario
def test_every_acknowledged_event_outlives_a_kill_at_any_moment(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    chance = random.Random(20260302)  # noqa: S311 - a moment to kill, no secret
    acknowledged: list[str] = []
    for attempt in range(ROUNDS):
        acknowledged += acknowledged_until_killed(root, path, f"run{attempt}", chance.randrange(1, 400))
        found = verify(path)
        assert found.ok, found.problem
    events = list(SqliteJournal(path).read())
    assert {event.id for event in events} >= set(acknowledged)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    # An append is whole or absent: its parts follow each other and none of them is missing.
    groups: dict[str, int] = {}
    for event in events:
        groups[event.id.rpartition("/")[0]] = groups.get(event.id.rpartition("/")[0], 0) + 1
    for group, size in groups.items():
        _, task, number = group.split("/")
        assert size == 1 + (int(number) + int(task)) % 5
    fold = Fold()
    for event in events:
        fold.apply(event)
    assert fold.ledger.cash(PAPER, TREND) == Decimal(len(events))
