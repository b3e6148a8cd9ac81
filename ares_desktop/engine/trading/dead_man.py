"""Keeps the brokers' own dead-man timers armed while the application runs."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.ids import AccountId
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.dead_mans_switch import DeadMansSwitch
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.link import BrokerLink

_log = structlog.get_logger(__name__)
_REFRESHES: Final = 3
"""How often a timer is refreshed within its own length."""
_AGAIN_S: Final = 1.0
_DISARM_WITHIN_S: Final = 2.0


class DeadManTimer(msgspec.Struct, frozen=True, kw_only=True):
    """One account's timer.

    Attributes:
        ends_at: when it would cancel, seconds of the monotonic clock; None while it is not armed.
        failure: why it could not be refreshed, empty while it could.
        since: when it was armed, or began to fail.
    """

    account: AccountId
    ends_at: float | None = None
    failure: str = ""
    since: datetime | None = None

    @property
    def left_s(self) -> float | None:
        """Seconds until it would cancel, None while it is not armed."""
        return None if self.ends_at is None else max(0.0, self.ends_at - time.monotonic())


class DeadManTimers:
    """Arms, refreshes and disarms the timers of all brokers that have one.

    Args:
        seconds: their length; 0 arms none.
        on_change: called when a timer is armed, or begins or ceases to fail.
    """

    def __init__(
        self, links: Sequence[BrokerLink], wall: Clock, seconds: float, on_change: Callable[[DeadManTimer], None]
    ) -> None:
        self._links = [link for link in links if isinstance(link.broker, DeadMansSwitch)]
        self._wall = wall
        self.seconds = seconds
        self._on_change = on_change
        self._timers: dict[AccountId, DeadManTimer] = {}
        self._tasks = TaskSet("dead-man timers")

    def timer(self, account: AccountId) -> DeadManTimer | None:
        """Return an account's timer, None where the broker has none."""
        if all(link.account != account for link in self._links):
            return None
        return self._timers.get(account) or DeadManTimer(account=account)

    def start(self) -> None:
        """Keep them armed from now on."""
        if self.seconds:
            for link in self._links:
                self._tasks.spawn(self._keep(link), f"keep {link.broker.name}")

    async def stop(self) -> None:
        """Disarm them: orders that a person left working are to go on."""
        await self._tasks.close()
        for link in self._links:
            if self._timers.get(link.account, DeadManTimer(account=link.account)).ends_at is None:
                continue
            try:
                async with asyncio.timeout(_DISARM_WITHIN_S):
                    await self._switch(link).cancel_all_after(None)
            except (BrokerError, TimeoutError) as error:
                _log.warning("dead_man_timer_not_disarmed", broker=link.broker.name, error=str(error))
            else:
                self._timers[link.account] = DeadManTimer(account=link.account)

    @staticmethod
    def _switch(link: BrokerLink) -> DeadMansSwitch:
        assert isinstance(link.broker, DeadMansSwitch)  # noqa: S101 - the constructor chose by it
        return link.broker

    async def _keep(self, link: BrokerLink) -> None:
        while True:
            asked = time.monotonic()
            if not link.status.connected:
                await asyncio.sleep(_AGAIN_S)
                continue
            try:
                await self._switch(link).cancel_all_after(self.seconds)
            except BrokerError as error:
                self._note(link.account, None, str(error))
                await asyncio.sleep(_AGAIN_S)
            else:
                self._note(link.account, asked + self.seconds, "")
                await asyncio.sleep(self.seconds / _REFRESHES)

    def _note(self, account: AccountId, ends_at: float | None, failure: str) -> None:
        before = self._timers.get(account)
        same = before is not None and before.failure == failure
        since = before.since if before is not None and same else self._wall.now()
        # What can't be refreshed runs on as it was armed before.
        end = ends_at if ends_at is not None or before is None else before.ends_at
        self._timers[account] = DeadManTimer(account=account, ends_at=end, failure=failure, since=since)
        if not same:
            self._on_change(self._timers[account])
