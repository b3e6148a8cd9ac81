"""Lets a replay wait until every instance has handled what it was told."""

import asyncio
from collections.abc import Iterable

from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.host import Host


class Barrier:
    """Asks hosts to answer behind everything they were sent, and waits for the answers.

    A host that does not answer in time is left out until it has, so that it costs a replay one time-out at most.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._waiting: set[Host] = set()

    async def pass_through(self, hosts: Iterable[Host], now_ns: int, timeout_s: float) -> frozenset[StrategyId]:
        """Wait for those that have something to handle, a due timer counts too; return who was late."""
        for host in hosts:
            due = host.timer_due is not None and host.timer_due <= now_ns
            if host.greeted and not host.lagging and (host.dirty or due):
                host.dirty = False
                host.settle(now_ns)
                self._waiting.add(host)
        if not self._waiting:
            return frozenset()
        self._open.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._open.wait()
        except TimeoutError:
            late, self._waiting = self._waiting, set()
            for host in late:
                host.lagging = True
            return frozenset(host.name for host in late)
        return frozenset()

    def answered(self, host: Host, message: wire.Settled) -> None:
        """Take an answer; one to an older question leaves the host waited for."""
        if message.request == host.settling:
            host.lagging = False
            self._waiting.discard(host)
            self._look()

    def keep(self, hosts: Iterable[Host]) -> None:
        """Wait no longer for hosts that are gone."""
        self._waiting &= set(hosts)
        self._look()

    def _look(self) -> None:
        if not self._waiting:
            self._open.set()
