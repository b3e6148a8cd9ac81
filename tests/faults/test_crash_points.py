"""Killed at each numbered point between an intent and its fill: nothing is lost, doubled or left an orphan.

For more: ``python -m tests.faults.random_runs --runs 1000``.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.points import ENGINE

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="forks and limits of Linux"),
]

ROOT = Path(__file__).resolve().parents[2]
POINTS = [point.name for point in ENGINE]
_IN_A_RUN = 13
SEEDS = int(os.environ.get("ARES_FAULT_RUNS", "3"))
SEED = int(os.environ.get("ARES_FAULT_SEED", "1"))


def fault_runs(*words: str) -> None:
    """Play runs in a process that may be forked."""
    command = [sys.executable, "-m", "tests.faults.random_runs", "--jobs", "2", *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3000)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-3000:]


@pytest.mark.parametrize("first", range(0, len(POINTS), _IN_A_RUN))
def test_a_kill_at_each_point_of_the_application_loses_and_doubles_nothing(first: int) -> None:
    fault_runs("--points", ",".join(POINTS[first : first + _IN_A_RUN]), "--no-shrink")


def test_a_kill_at_each_point_of_the_broker_loses_and_doubles_nothing() -> None:
    fault_runs("--broker-points", "--no-shrink")


def test_random_faults_lose_and_double_nothing() -> None:
    fault_runs("--runs", str(SEEDS), "--seed", str(SEED))
