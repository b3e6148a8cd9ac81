"""Worker processes: one each, killed with everything they started, never outliving the application."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from ares_desktop.engine.ports.jobs import Jobs, NewsKind
from ares_desktop.engine.runtime.job_pool import ProcessJobs, cores
from ares_desktop.event_loop import new_event_loop
from tests.contracts.jobs_contract import ENTRIES, JobsContract, failures, news_of, results

WITHIN_S = 20.0
FRAIL = f"{ENTRIES}:Frail"


@pytest.fixture
async def jobs() -> AsyncIterator[ProcessJobs]:
    pool = ProcessJobs(2)
    yield pool
    await pool.close()


class TestProcessJobs(JobsContract):
    """Processes of this machine keep the contract."""


async def gone(pid: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def noted(file: Path) -> int:
    async with asyncio.timeout(WITHIN_S):
        while not file.exists():  # noqa: ASYNC240 - a test may block for a moment
            await asyncio.sleep(0.01)
    return int(file.read_text())  # noqa: ASYNC240 - a test may block for a moment


async def test_closing_the_iterator_kills_a_spinning_job_and_what_it_started(jobs: ProcessJobs, tmp_path: Path) -> None:
    run: Any = jobs.run(FRAIL, [b"note %s" % bytes(tmp_path / "own"), b"child %s" % bytes(tmp_path / "child")])
    async with aclosing(run) as news:
        assert (await anext(news)).kind is NewsKind.PROGRESS
        own, child = await noted(tmp_path / "own"), await noted(tmp_path / "child")
    await gone(own)
    await gone(child)
    assert results(await news_of(jobs, "Frail", [b"a", b"b"])) == {0: b"a", 1: b"b"}


async def test_closing_the_pool_ends_a_run_in_the_middle(jobs: ProcessJobs, tmp_path: Path) -> None:
    run = jobs.run(FRAIL, [b"note %s" % bytes(tmp_path / "own")])
    await anext(run)
    own = await noted(tmp_path / "own")
    await jobs.close()
    with pytest.raises(RuntimeError, match="closed"):
        await anext(run)
    await gone(own)


async def test_a_cancelled_consumer_leaves_no_job_behind(jobs: ProcessJobs, tmp_path: Path) -> None:
    task = asyncio.get_running_loop().create_task(news_of(jobs, "Frail", [b"note %s" % bytes(tmp_path / "own")]))
    own = await noted(tmp_path / "own")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await jobs.close()
    await gone(own)


@pytest.mark.parametrize(
    ("payload", "told"), [(b"leave 7", "with exit code 7"), (b"die", "SIGKILL"), (b"crash", "Fatal Python error")]
)
async def test_a_dead_worker_says_how_it_died(jobs: ProcessJobs, payload: bytes, told: str) -> None:
    assert told in failures(await news_of(jobs, "Frail", [payload]))[0]


async def test_a_worker_killed_while_it_waits_is_replaced_unseen(jobs: ProcessJobs) -> None:
    await news_of(jobs, "Echo", [b"a"] * 8)
    processes = [place._process for place in jobs._places if place._process is not None]
    assert processes
    for process in processes:
        process.kill()
    async with asyncio.timeout(WITHIN_S):
        while not all(process.ended() for process in processes):
            await asyncio.sleep(0.01)
    assert failures(await news_of(jobs, "Echo", [b"a"] * 4)) == {}


async def test_runs_at_the_same_time_share_the_workers(jobs: Jobs) -> None:
    both = await asyncio.gather(*(news_of(jobs, "Double", [b"1"] * 10) for _ in range(3)))
    assert [len(results(news)) for news in both] == [10, 10, 10]


async def test_a_slow_consumer_makes_the_worker_wait_and_loses_nothing(jobs: ProcessJobs) -> None:
    bodies = []
    async for item in jobs.run(f"{ENTRIES}:Teller", [b"3000"]):
        if item.index % 1000 == 0:
            await asyncio.sleep(0)
        bodies.append(item.body)
    assert bodies == [*(str(number).encode() for number in range(3000)), b"told"]


APPLICATION = """
import asyncio, sys
from ares_desktop.engine.runtime.job_pool import ProcessJobs

async def main():
    jobs = ProcessJobs(1)
    async for item in jobs.run("tests.contracts.job_entries:Frail", [b"child " + sys.argv[1].encode()]):
        print(item.body, flush=True)

asyncio.run(main())
"""


def test_killing_the_application_kills_workers_and_what_they_started(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", APPLICATION, str(tmp_path / "child")]
    with subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}) as application:
        child = asyncio.run(noted(tmp_path / "child"))
        (worker,) = psutil.Process(application.pid).children()
        os.kill(application.pid, signal.SIGKILL)
    asyncio.run(gone(worker.pid))
    asyncio.run(gone(child))


async def test_nothing_that_a_job_prints_reaches_us(jobs: ProcessJobs, capfd: pytest.CaptureFixture[str]) -> None:
    assert results(await news_of(jobs, "Double", [b"4"])) == {0: b"8"}
    await jobs.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("background", [True, False])
async def test_workers_give_way_in_the_background_alone(background: bool) -> None:
    pool = ProcessJobs(1, background=background)
    try:
        found = results(await news_of(pool, "Niceness", [b""]))
    finally:
        await pool.close()
    assert (int(found[0]) > os.nice(0)) is background


def test_as_many_workers_as_cores_unless_told() -> None:
    async def workers() -> int:
        return ProcessJobs().workers

    assert asyncio.run(workers()) == cores() >= 1


def test_workers_serve_the_loop_of_the_window_too(qapp: QApplication) -> None:
    async def work() -> tuple[dict[int, bytes], dict[int, str]]:
        pool = ProcessJobs(2)
        doubled = results(await news_of(pool, "Double", [b"1", b"2", b"3"]))
        lost = failures(await news_of(pool, "Frail", [b"die", b"a"]))
        await pool.close()
        return doubled, lost

    with asyncio.Runner(loop_factory=lambda: new_event_loop(qapp)) as runner:
        doubled, lost = runner.run(work())
    assert doubled == {0: b"2", 1: b"4", 2: b"6"}
    assert "SIGKILL" in lost[0]
