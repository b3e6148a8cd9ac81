"""Jobs on a Dask cluster that runs already; ``distributed`` is an extra and loaded when it is used."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final
from uuid import uuid4

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.engine.ports.jobs import JobNews, NewsKind
from ares_desktop.engine.runtime.tasks import TaskSet

_CLOSED: Final = "the cluster was closed and takes no more jobs"
_CONNECT_S: Final = 10.0
_WORKERS_S: Final = 10.0
_LOOK_S: Final = 0.1
_SAME: Final = "Install the same version of the application for the cluster's workers."


class DaskJobs:
    """Implements :class:`~ares_desktop.engine.ports.jobs.Jobs` on a cluster.

    The cluster's workers must have this application installed, of the same version, and must see the files that
    payloads name under the same path: they run on this machine or share a folder with it. Start them with one thread
    each (``dask worker ADDRESS --nthreads 1``): backtests do not run faster in threads.

    A job that is canceled while it runs goes on to its end, and keeps its worker that long: Dask can't end a running
    task. Its result is dropped. A job whose worker dies is tried on as many other workers as the scheduler's
    ``allowed-failures`` says (3 unless set) before it fails.

    Attributes:
        workers: how many jobs run at once; 1 before the first job connects.
    """

    def __init__(self, address: str) -> None:
        """Take the scheduler's address, such as ``tcp://10.0.0.5:8786``."""
        self.workers = 1
        self._address = address
        self._client: Any = None
        self._connecting = asyncio.Lock()
        self._tasks = TaskSet("dask jobs")
        self._runs: set[asyncio.Queue[JobNews | None]] = set()
        self._closed = False

    async def run(self, entry: str, payloads: Iterable[bytes]) -> AsyncIterator[JobNews]:
        """Do jobs, see :meth:`ares_desktop.engine.ports.jobs.Jobs.run`.

        Raises:
            UsageError: when there is no scheduler or no worker at the address, or the extra is not installed.
            RuntimeError: after :meth:`close`.
        """
        client = await self._connected()
        source = enumerate(payloads)
        news: asyncio.Queue[JobNews | None] = asyncio.Queue()
        running: dict[int, tuple[Any, asyncio.Task[None]]] = {}
        self._runs.add(news)
        topics = _Topics(client, news)
        try:
            while True:
                while len(running) < self.workers and (found := next(source, None)) is not None:
                    index, payload = found
                    future = _submit(client, entry, payload, topics.add(index))
                    running[index] = future, self._tasks.spawn(_wait(index, future, news), f"job {index}")
                if not running:
                    return
                item = await news.get()
                if item is None:
                    raise RuntimeError(_CLOSED)
                if item.kind is not NewsKind.PROGRESS:
                    if running.pop(item.index, None) is None:
                        continue
                    topics.drop(item.index)
                yield item
        finally:
            self._runs.discard(news)
            for index, (_, task) in running.items():
                task.cancel()
                topics.drop(index)
            if running and not self._closed:
                await client.cancel([future for future, _ in running.values()], force=True)

    async def close(self) -> None:
        """Leave the cluster as it is, without what it was asked for; idempotent."""
        self._closed = True
        for news in self._runs:
            news.put_nowait(None)
        await self._tasks.close()
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _connected(self) -> Any:  # noqa: ANN401 - the client's type is in an extra
        async with self._connecting:
            if self._closed:
                raise RuntimeError(_CLOSED)
            if self._client is None:
                self._client = await _connect(self._address)
            threads = await _threads(self._client)
        if not threads:
            remedy = f"Start some with `dask worker {self._address} --nthreads 1`."
            raise UsageError(_finding(self._address, "the scheduler has no workers", remedy))
        self.workers = sum(threads.values())
        return self._client


class _Topics:
    """One topic for each running job, that its progress comes on."""

    def __init__(self, client: Any, news: "asyncio.Queue[JobNews | None]") -> None:  # noqa: ANN401 - in an extra
        self._client = client
        self._news = news
        self._names: dict[int, str] = {}

    def add(self, index: int) -> str:
        """Listen to a job and return its topic."""
        name = self._names[index] = f"ares-{uuid4().hex}"

        def heard(event: tuple[float, bytes]) -> None:
            if index in self._names:
                self._news.put_nowait(JobNews(index, NewsKind.PROGRESS, event[1]))

        self._client.subscribe_topic(name, heard)
        return name

    def drop(self, index: int) -> None:
        """Listen no more."""
        name = self._names.pop(index, None)
        if name is not None:
            self._client.unsubscribe_topic(name)


def _submit(client: Any, entry: str, payload: bytes, topic: str) -> Any:  # noqa: ANN401 - in an extra
    from ares_desktop.engine.adapters.clusters.dask_task import carry_out  # noqa: PLC0415 - needs the extra

    return client.submit(carry_out, entry, payload, topic, pure=False, retries=0)


async def _wait(index: int, future: Any, news: "asyncio.Queue[JobNews | None]") -> None:  # noqa: ANN401 - in an extra
    try:
        done, body = await future
        kind = NewsKind.DONE if done else NewsKind.FAILED
    except Exception as error:  # noqa: BLE001 - task boundary: whatever the cluster raises is the job's fault
        kind, body = NewsKind.FAILED, _cluster_fault(error).encode()
    news.put_nowait(JobNews(index, kind, body))


def _cluster_fault(error: Exception) -> str:
    if type(error).__name__ == "KilledWorker":
        return f"the worker process ended while it ran this job: {error}"
    if isinstance(error, ImportError):
        return f"a worker of the cluster can't load the application: {error}. {_SAME}"
    return f"the cluster failed: {error!r}. {_SAME}"


async def _threads(client: Any) -> dict[str, int]:  # noqa: ANN401 - in an extra
    """Return the threads of each worker; a cluster that has just been started gets the time to have one."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + _WORKERS_S
    threads: dict[str, int] = await client.nthreads()
    while not threads and clock() < deadline:
        await asyncio.sleep(_LOOK_S)
        threads = await client.nthreads()
    return threads


async def _connect(address: str) -> Any:  # noqa: ANN401 - in an extra
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, slow to load
    except ImportError as error:
        remedy = "Install it with `uv tool install 'ares-desktop[dask]'`, or search on this machine."
        raise UsageError(_finding(address, "Dask is not installed", remedy)) from error
    make: Any = Client  # its constructor has no types
    client = make(address, asynchronous=True, timeout=_CONNECT_S, set_as_default=False)
    try:
        return await client
    except (OSError, ValueError) as error:
        await client.close()
        remedy = "Start one with `dask scheduler`, or check the address: it is written tcp://HOST:PORT."
        problem = f"there is no Dask scheduler at this address: {error}"
        raise UsageError(_finding(address, problem, remedy)) from error


def _finding(address: str, problem: str, remedy: str) -> Finding:
    return Finding(place="dask", value=address, problem=problem, remedy=remedy)
