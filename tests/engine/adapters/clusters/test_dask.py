"""Jobs on a real scheduler with two worker processes on this machine."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from ares_desktop.domain.errors import UsageError
from ares_desktop.engine.adapters.clusters.dask import DaskJobs
from ares_desktop.engine.ports.jobs import Jobs
from ares_desktop.event_loop import new_event_loop
from tests.contracts.jobs_contract import ENTRIES, JobsContract, news_of, results
from tests.engine.adapters.clusters.cluster import a_cluster
from tests.engine.pipelines.searching import Bench, a_search, strategy_file, untimed

# Not imported here: that takes seconds in every process that collects tests.
pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="the extra dask is not installed")
WITHIN_S = 60.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
async def jobs(address: str) -> AsyncIterator[DaskJobs]:
    cluster = DaskJobs(address)
    await both_workers(cluster)
    yield cluster
    await cluster.close()


async def both_workers(jobs: DaskJobs) -> None:
    """Wait until the workers are there, also again after one of them died."""
    async with asyncio.timeout(WITHIN_S):
        while jobs.workers < 2:
            try:
                await news_of(jobs, "Double", [b"1"])
            except UsageError:
                await asyncio.sleep(0.1)


class TestDaskJobs(JobsContract):
    """A cluster keeps the contract of local processes."""


async def test_a_running_job_goes_on_but_its_result_is_dropped(jobs: DaskJobs) -> None:
    run: Any = jobs.run(f"{ENTRIES}:Nap", [b"0.5", b"0.5"])
    async with aclosing(run) as news:
        assert (await anext(news)).body == b"asleep"
    assert results(await news_of(jobs, "Echo", [b"a"] * 4)).keys() == {0, 1, 2, 3}


async def test_an_address_without_a_scheduler_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ares_desktop.engine.adapters.clusters.dask._CONNECT_S", 0.3)
    jobs = DaskJobs("tcp://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"no Dask scheduler at this address.*dask scheduler"):
        await news_of(jobs, "Double", [b"1"])
    await jobs.close()


async def test_an_address_that_is_none_says_how_it_is_written() -> None:
    jobs = DaskJobs("nowhere")
    with pytest.raises(UsageError, match="tcp://HOST:PORT"):
        await news_of(jobs, "Double", [b"1"])
    await jobs.close()


async def test_a_cluster_without_workers_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ares_desktop.engine.adapters.clusters.dask._WORKERS_S", 0.2)
    with a_cluster(tmp_path, workers=0) as address:
        jobs = DaskJobs(address)
        with pytest.raises(UsageError, match=r"has no workers.*dask worker tcp://"):
            await news_of(jobs, "Double", [b"1"])
        await jobs.close()


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    jobs = DaskJobs("tcp://127.0.0.1:8786")
    with pytest.raises(UsageError, match=r"Dask is not installed.*ares-desktop\[dask\]"):
        await news_of(jobs, "Double", [b"1"])
    await jobs.close()


async def test_a_search_on_a_cluster_ends_with_the_report_of_one_on_this_machine(address: str, tmp_path: Path) -> None:
    def cluster(workers: int, dask: str) -> Jobs:
        del workers
        return DaskJobs(dask)

    file = strategy_file(tmp_path)
    there = await Bench(tmp_path / "there").report(a_search(file, dask=address), cluster)
    here = await Bench(tmp_path / "here").report(a_search(file))
    assert untimed(there) == untimed(here)


def test_a_cluster_serves_the_loop_of_the_window_too(address: str, qapp: QApplication) -> None:
    async def work() -> dict[int, bytes]:
        jobs = DaskJobs(address)
        doubled = results(await news_of(jobs, "Double", [b"1", b"2", b"3"]))
        await jobs.close()
        return doubled

    with asyncio.Runner(loop_factory=lambda: new_event_loop(qapp)) as runner:
        assert runner.run(work()) == {0: b"2", 1: b"4", 2: b"6"}
