"""A Dask scheduler and its workers as processes on loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[4]
WITHIN_S = 60.0


@contextmanager
def a_cluster(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """Run a scheduler with one-thread workers that can import the tests, and yield its address."""
    file = folder / "scheduler.json"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    }
    commands = [["scheduler", "--port", "0", "--scheduler-file", str(file)]]
    commands += [
        ["worker", "--scheduler-file", str(file), "--nthreads", "1", "--local-directory", str(folder / f"w{number}")]
        for number in range(workers)
    ]
    processes = []
    try:
        for command in commands:
            with (folder / f"{command[0]}.log").open("ab") as log:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "dask", *command, "--host", "127.0.0.1", "--no-dashboard"],
                        cwd=folder,
                        env=environment,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
            _wait_for(file)
        yield msgspec.json.decode(file.read_bytes())["address"]
    finally:
        for process in reversed(processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(file: Path) -> None:
    end = time.monotonic() + WITHIN_S
    while not file.exists():
        if time.monotonic() > end:
            raise TimeoutError((file.parent / "scheduler.log").read_text())
        time.sleep(0.05)
