"""Rehearses restarts with the paper broker: ends a copy of the application at random moments and looks what is left."""

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.events import EventDraft, InstanceSaved, JournalEvent
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.rehearsals import Moment, Rehearsal, RehearsedRestart
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.rehearsals import proof
from ares_desktop.engine.adapters.rehearsals.copy import ApplicationCopy, count
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.ports.clock import Clock

_SPEED: Final = "@2000"
_SAMPLE: Final = "sample"
_COPYABLE: Final = ("sample", "synthetic:")
_MOST_ORDERS: Final = 12
_STARTS_S: Final = (0.05, 2.5)
_PAUSE_S: Final = 0.3
_MOMENTS: Final = (Moment.TRADING, Moment.STARTING, Moment.POWER_CUT, Moment.STOPPING)


class PaperRehearser:
    """Implements :class:`~ares_desktop.engine.ports.rehearser.Rehearser` for the paper broker.

    Args:
        account: that the paper broker trades.
        feed: specification of the trader's own; one that another process can't open at the same time is replaced by
            the sample market.
        instances: returns the trader's strategies, which trade in the copy with their own settings.
        dice: chooses moments.
    """

    adapter = "paper"

    def __init__(
        self,
        account: AccountId,
        *,
        feed: str,
        instances: Callable[[], Sequence[StrategyInstance]],
        version: str,
        wall: Clock,
        dice: random.Random | None = None,
    ) -> None:
        self._account = account
        own = feed.partition("@")[0]
        self._feed = (own if own.startswith(_COPYABLE) else _SAMPLE) + _SPEED
        self._own_market = own.startswith(_COPYABLE)
        self._instances = instances
        self._version = version
        self._wall = wall
        self._dice = dice or random.Random()  # noqa: S311 - chooses moments, no secrets

    async def rehearse(self, restarts: int) -> AsyncIterator[Rehearsal]:
        """Yield the rehearsal after each restart; closing it ends the copy and removes its files."""
        state = Rehearsal(adapter=self.adapter, version=self._version, at=self._wall.now(), wanted=restarts)
        with tempfile.TemporaryDirectory(prefix="ares-rehearsal-", ignore_cleanup_errors=True) as folder:
            copy = ApplicationCopy(Path(folder) / "profile", self._feed)
            try:
                state = replace(state, strategies=await self._furnish(copy))
                yield state
                past: list[JournalEvent] = []
                for number in range(1, restarts + 1):
                    restart, past = await self._restart(copy, number, last=number == restarts, past=past)
                    state = replace(state, restarts=(*state.restarts, restart))
                    yield state
                yield replace(state, problem=await self._end(copy), finished=True)
            except AresError as error:
                yield replace(state, problem=str(error), finished=True)
            finally:
                await copy.close()

    async def _furnish(self, copy: ApplicationCopy) -> int:
        """Give the copy the trader's strategies; without any it begins with those of a first start."""
        instances = list(self._instances()) if self._own_market else []
        copy.profile.prepare()
        if not instances:
            return 0
        if not any(instance.active for instance in instances):
            instances = [replace(instance, active=True) for instance in instances]
        now = self._wall.now()
        journal = SqliteJournal(copy.profile.journal)
        journal.open()
        try:
            saved = [InstanceSaved(instance=instance, source="rehearsal", at=now) for instance in instances]
            await journal.append(*(EventDraft(payload=payload) for payload in saved))
        finally:
            await journal.close()
        return sum(instance.active for instance in instances)

    async def _restart(
        self, copy: ApplicationCopy, number: int, *, last: bool, past: list[JournalEvent]
    ) -> tuple[RehearsedRestart, list[JournalEvent]]:
        began = time.monotonic()
        # The kill switch comes last: after it the copy stays halted, as it must.
        moment = Moment.KILLING if last and number > 1 else self._dice.choice(_MOMENTS[: 1 if number == 1 else None])
        problem = ""
        try:
            await self._die(copy, moment)
        except AresError as error:
            problem = str(error)
            copy.kill()
            await copy.gone()
        events = await asyncio.to_thread(copy.events)
        problems = [*filter(None, (problem,)), *_left(events, past)]
        orders, executions = count(events)
        restart = RehearsedRestart(
            number=number,
            moment=moment,
            orders=orders,
            executions=executions,
            problem="; ".join(problems),
            seconds=time.monotonic() - began,
        )
        return restart, events

    async def _die(self, copy: ApplicationCopy, moment: Moment) -> None:
        await copy.launch()
        if moment is Moment.STARTING:
            await asyncio.sleep(self._dice.uniform(*_STARTS_S))
        else:
            await copy.until_reconciled()
            await copy.until_it_trades(self._dice.randrange(1, _MOST_ORDERS))
            await asyncio.sleep(self._dice.uniform(0.0, _PAUSE_S))
        if moment is Moment.KILLING:
            await copy.engage_kill_switch()
        if moment is Moment.STOPPING:
            copy.ask_to_stop()
            await asyncio.sleep(self._dice.uniform(0.0, _PAUSE_S))
        if moment is Moment.POWER_CUT:
            copy.kill_broker()
        copy.kill()
        await copy.gone()

    async def _end(self, copy: ApplicationCopy) -> str:
        """Start once more, end in order, and compare every figure with the broker's own database."""
        halted = proof.folded(await asyncio.to_thread(copy.events)).kill_switch.engaged
        await copy.launch()
        await copy.until_reconciled()
        await asyncio.sleep(_PAUSE_S)
        copy.ask_to_stop()
        await copy.gone()
        events = await asyncio.to_thread(copy.events)
        fold = proof.folded(events)
        found = proof.doubled(events)
        with contextlib.suppress(FileNotFoundError):
            found += await asyncio.to_thread(proof.differences, fold, self._account, copy.profile.paper)
        if halted and not fold.kill_switch.engaged:
            found.append("the kill switch was latched and is not any more")
        return "; ".join(found)


def _left(events: list[JournalEvent], past: list[JournalEvent]) -> list[str]:
    """Return what is wrong with the journal that a sudden end left."""
    found = proof.doubled(events)
    if events[: len(past)] != past:
        found.append("the journal's past has changed")
    return found
