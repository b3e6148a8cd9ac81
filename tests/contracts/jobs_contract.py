"""What everything that runs jobs must do, written against the port alone.

A test module subclasses :class:`JobsContract` and provides the fixture ``jobs`` with two workers.
"""

from collections.abc import Iterable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from ares_desktop.engine.ports.jobs import JobNews, Jobs, NewsKind

ENTRIES = "tests.contracts.job_entries"


async def news_of(jobs: Jobs, name: str, payloads: Iterable[bytes]) -> list[JobNews]:
    """Run jobs of an entry to their end and return all their news."""
    return [news async for news in jobs.run(f"{ENTRIES}:{name}", payloads)]


def results(news: Iterable[JobNews]) -> dict[int, bytes]:
    """Return what the jobs returned, by number."""
    return {item.index: item.body for item in news if item.kind is NewsKind.DONE}


def failures(news: Iterable[JobNews]) -> dict[int, str]:
    """Return why jobs failed, by number."""
    return {item.index: item.body.decode() for item in news if item.kind is NewsKind.FAILED}


class JobsContract:
    """A runner of jobs does each once, tells its news, and survives whatever a job does."""

    async def test_every_job_is_done_once_and_keeps_its_number(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Double", (str(number).encode() for number in range(20)))
        assert len(news) == 20
        assert results(news) == {number: str(2 * number).encode() for number in range(20)}

    async def test_no_jobs_give_no_news(self, jobs: Jobs) -> None:
        assert await news_of(jobs, "Double", []) == []

    async def test_a_worker_is_made_once_and_keeps_what_it_knows(self, jobs: Jobs) -> None:
        first = await news_of(jobs, "Echo", [b"a"] * 6)
        again = await news_of(jobs, "Echo", [b"a"] * 6)
        counts = [int(item.body.split()[1]) for item in (*first, *again)]
        # Of twelve jobs on two workers one had at least six, unless a worker forgot.
        assert len(counts) == 12
        assert max(counts) >= 6

    async def test_a_payload_may_depend_on_what_was_yielded_before(self, jobs: Jobs) -> None:
        seen: list[int] = []

        def payloads() -> Iterator[bytes]:
            for _ in range(jobs.workers):
                yield b"1"
            while max(seen) < 64:
                yield str(max(seen)).encode()

        async for item in jobs.run(f"{ENTRIES}:Double", payloads()):
            assert item.kind is NewsKind.DONE, item.body
            seen.append(int(item.body))
        assert 64 <= max(seen) <= 128

    async def test_progress_comes_in_order(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Teller", [b"5"])
        told = [item.body for item in news if item.kind is NewsKind.PROGRESS]
        assert told == [b"0", b"1", b"2", b"3", b"4"]
        assert news[-1] == JobNews(0, NewsKind.DONE, b"told")

    async def test_a_job_that_raises_fails_alone_and_says_where(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Frail", [b"a", b"raise no bars", b"b"])
        assert results(news) == {0: b"a", 2: b"b"}
        assert "LookupError: no bars" in failures(news)[1]
        assert "job_entries.py" in failures(news)[1]

    async def test_an_error_meant_for_a_person_comes_without_a_traceback(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Frail", [b"refuse 30"])
        assert failures(news) == {0: "fast: is too large (was 30)."}

    async def test_a_job_that_exits_fails_alone(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Frail", [b"exit 3", b"a"])
        assert results(news) == {1: b"a"}
        assert "SystemExit" in failures(news)[0]

    async def test_a_worker_that_dies_fails_its_job_and_is_replaced(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Frail", [b"die", b"a", b"b", b"c"])
        assert results(news) == {1: b"a", 2: b"b", 3: b"c"}
        assert "worker process ended" in failures(news)[0]

    @pytest.mark.parametrize("name", ["Faulty", "Missing"])
    async def test_a_worker_that_cannot_be_made_fails_its_jobs(self, jobs: Jobs, name: str) -> None:
        news = await news_of(jobs, name, [b"a", b"b"])
        assert results(news) == {}
        expected = "no such dataset" if name == "Faulty" else "has no attribute 'Missing'"
        assert all(expected in text for text in failures(news).values())
        assert sorted(failures(news)) == [0, 1]

    async def test_a_large_result_arrives_whole(self, jobs: Jobs) -> None:
        news = await news_of(jobs, "Large", [b"3000000"])
        assert len(results(news)[0]) == 3_000_000

    async def test_a_closed_iterator_leaves_workers_for_the_next_jobs(self, jobs: Jobs) -> None:
        run: Any = jobs.run(f"{ENTRIES}:Echo", (b"a" for _ in range(1_000_000)))
        async with aclosing(run) as news:
            async for _ in news:
                break
        assert len(results(await news_of(jobs, "Echo", [b"a"] * 4))) == 4

    async def test_a_payload_that_cannot_be_made_ends_the_run(self, jobs: Jobs) -> None:
        def payloads() -> Iterator[bytes]:
            yield b"1"
            raise LookupError("no more")

        with pytest.raises(LookupError, match="no more"):
            await news_of(jobs, "Double", payloads())
        assert len(results(await news_of(jobs, "Echo", [b"a"] * 4))) == 4

    async def test_closing_twice_is_as_good_as_once_and_takes_no_more(self, jobs: Jobs) -> None:
        await news_of(jobs, "Double", [b"1"])
        await jobs.close()
        await jobs.close()
        with pytest.raises(RuntimeError, match="closed"):
            await news_of(jobs, "Double", [b"1"])
