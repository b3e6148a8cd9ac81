"""Work that is done by other processes, on this machine or on a cluster."""

from collections.abc import AsyncIterator, Callable, Iterable
from enum import StrEnum
from typing import Protocol

import msgspec


class NewsKind(StrEnum):
    """What a worker tells of a job."""

    PROGRESS = "progress"
    DONE = "done"
    FAILED = "failed"


class JobNews(msgspec.Struct, frozen=True):
    """News of the job number ``index``.

    Attributes:
        body: what the job told or returned; of a failed one the fault's text in UTF-8.
    """

    index: int
    kind: NewsKind
    body: bytes


class Worker(Protocol):
    """What a worker process makes once and then asks for one job after the other; it may keep what it loaded."""

    def run(self, payload: bytes, tell: Callable[[bytes], None]) -> bytes:
        """Do a job and return its result; ``tell`` sends progress meanwhile."""


class Jobs(Protocol):
    """A set of worker processes.

    Attributes:
        workers: how many jobs run at once.
    """

    workers: int

    def run(self, entry: str, payloads: Iterable[bytes]) -> AsyncIterator[JobNews]:
        """Do jobs and yield their news as it comes; closing the iterator ends the running jobs.

        Args:
            entry: ``package.module:Class`` of a :class:`Worker` that takes no arguments.
            payloads: numbered from 0 in their order; each is taken when a worker is free, so that it may depend on
                what was yielded before.
        """

    async def close(self) -> None:
        """End all workers; idempotent."""
