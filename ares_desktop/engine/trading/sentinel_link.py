"""The standing connection to the sentinel: beats, the lease that they extend, and taking over what it did."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import BrokerError, StorageError
from ares_desktop.domain.events import EventDraft, KillSwitchEngaged, Payload, SentinelActed, TradingStateSet
from ares_desktop.domain.ids import EventId
from ares_desktop.domain.risk import KillSwitchReport, TradingState
from ares_desktop.domain.sentinel import ActState, GuardPlan, SentinelAct, SentinelStatus
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.guardian import Guardian, SentinelError
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.kill_latch import HOLDER
from ares_desktop.engine.trading.lease import Lease
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)

SOURCE: Final = "sentinel"
_FIRST_RETRY_S: Final = 0.5
_LAST_RETRY_S: Final = 30.0
_ACT_WITHIN_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.05
_JOURNAL_AGAIN_S: Final = 1.0

Engage = Callable[[SentinelAct], Awaitable[object]]


class SentinelLink:
    """Keeps the sentinel there and informed, and trading within the lease.

    Args:
        plan: what it shall guard.
        engage: has the kill switch stand for an act that was taken over.

    Attributes:
        status: as the sentinel answered last, None before it did or while it is gone.
        problem: why there is none, empty while there is one.
        since: when it came or was lost.
        acted: the newest act that this application learned of.
    """

    def __init__(
        self,
        guardian: Guardian,
        recorder: Recorder,
        gate: RiskGate,
        links: Sequence[BrokerLink],
        *,
        plan: Callable[[], GuardPlan],
        engage: Engage,
        wall: Clock,
    ) -> None:
        self._guardian = guardian
        self._recorder = recorder
        self._gate = gate
        self._links = links
        self._plan = plan
        self._engage = engage
        self._wall = wall
        self._tasks = TaskSet("sentinel")
        self.status: SentinelStatus | None = None
        self.problem = "it is being started"
        self.since: datetime | None = None
        self.acted: SentinelAct | None = None
        self._heard = time.monotonic()
        self._newest: dict[str, SentinelAct] = {}
        self._closed: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._asked = plan()
        self.lease = Lease(self._asked.lease_s)
        guardian.on_status(self._told)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when the sentinel came, went, or acted."""
        self._listeners.append(listener)

    @property
    def heard_s(self) -> float:
        """Seconds since it answered last."""
        return time.monotonic() - self._heard

    async def adopt(self) -> SentinelAct | None:
        """Before anything trades: take over what it did since the last start, and latch what it latched.

        Raises:
            StorageError: when the journal can't be written.
        """
        self._gate.lease = self.lease.problem
        act = self._guardian.left_behind()
        if act is None:
            return None
        self._close_fence(act)
        act = await self._until_over(act)
        _log.warning("sentinel_acted", act=act.id, state=act.state, reason=act.report.reason)
        drafts = [_draft(SentinelActed(act=act, at=self._wall.now()), act)]
        for report in act.latches:
            engaged = self._recorder.fold.safety.kill_switches.get(report.scope)
            if engaged is None or not engaged.engaged:
                drafts += [_draft(payload, act, report.scope) for payload in self._latch(report)]
        await self._recorder.append(*drafts)
        self.acted = act
        await self._close_act(act)
        return act

    def _latch(self, report: KillSwitchReport) -> tuple[Payload, Payload]:
        at = report.at or self._wall.now()
        halted = TradingStateSet(
            scope=report.scope, state=TradingState.HALTED, reason=report.reason, source=SOURCE, at=at, holder=HOLDER
        )
        unfinished = msgspec.structs.replace(report, engaged=True, finished=False, residue=())
        return KillSwitchEngaged(report=unfinished), halted

    def _close_fence(self, act: SentinelAct) -> None:
        for report in act.latches:
            self._gate.fence.close(report.scope)

    def start(self) -> None:
        """Beat from now on."""
        self._tasks.spawn(self._run(), "beat")

    async def close(self) -> None:
        """Say goodbye: from now on silence means nothing."""
        await self._tasks.close()
        await self._guardian.farewell()

    async def _until_over(self, act: SentinelAct) -> SentinelAct:
        """Wait while a living sentinel is at work; one that died amid its act is not waited for."""
        deadline = time.monotonic() + _ACT_WITHIN_S
        while act.state is ActState.ACTING and self._guardian.is_running() and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_EVERY_S)
            act = self._guardian.left_behind() or act
        return act

    async def _close_act(self, act: SentinelAct) -> None:
        self._closed.add(act.id)
        try:
            if self._guardian.is_running():
                await self._open()
            await self._guardian.take_over(act.id)
        except SentinelError as error:
            # The journal has it, and recognizes it by its id the next time.
            _log.error("sentinel_act_not_closed", act=act.id, error=str(error))

    async def _run(self) -> None:
        retry_s = _FIRST_RETRY_S
        while True:
            try:
                if self.status is None:
                    await self._open()
                retry_s = _FIRST_RETRY_S
                await self._beat()
            except SentinelError as error:
                self._lost(str(error))
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _LAST_RETRY_S)

    async def _open(self) -> None:
        self._asked = self._plan()
        await self._guardian.open(self._asked)

    async def _beat(self) -> None:
        every_s = self._asked.beat_s
        while True:
            if self._plan() != self._asked:
                await self._open()
            sent_at = time.monotonic()
            status = await self._guardian.beat()
            if status.act is None or status.act.id in self._closed:
                self.lease.extend(sent_at)
            await asyncio.sleep(max(0.0, every_s - (time.monotonic() - sent_at)))

    def _lost(self, problem: str) -> None:
        self._guardian.drop()
        act = self._guardian.left_behind()
        if act is not None and act.id not in self._closed:
            # It acted before it went: that counts for more than that it is gone.
            self._learn(act)
        elif not self._newest:
            self.lease.lift()
        if self.status is not None or self.problem != problem:
            self.status, self.problem, self.since = None, problem, self._wall.now()
            _log.error("sentinel_lost", error=problem)
            self._tell()

    def _told(self, status: SentinelStatus) -> None:
        before, self.status = self.status, status
        self._heard = time.monotonic()
        if before is None:
            self.problem, self.since = "", self._wall.now()
            _log.info("sentinel_watches", pid=status.pid)
        act = status.act
        if act is not None and act.id not in self._closed:
            self._learn(act)
        if before is None or before.phase is not status.phase:
            self._tell()

    def _learn(self, act: SentinelAct) -> None:
        """Close the fence in the very turn of the loop in which an act becomes known, then take it over."""
        known = act.id in self._newest
        self._newest[act.id] = act
        if not known and not self._tasks.closed:
            self._close_fence(act)
            self._tasks.spawn(self._take_over(act.id), "take over")

    async def _take_over(self, name: str) -> None:
        _log.warning("sentinel_acts", act=name, reason=self._newest[name].report.reason)
        deadline = time.monotonic() + _ACT_WITHIN_S
        while self._newest[name].state is ActState.ACTING and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._newest[name] = self._guardian.left_behind() or self._newest[name]
        act = self._newest[name]
        self.acted = act
        self._tell()
        journaled = await self._journal(act)
        if journaled:
            await self._hand_over(act)
        for link in self._links:
            try:
                await link.reconcile()
            except (BrokerError, StorageError) as error:
                _log.warning("not_reconciled_after_sentinel", broker=link.broker.name, error=str(error))
        engaging = self._tasks.spawn(self._stand_for(act), "engage")
        while not journaled:
            await asyncio.sleep(_JOURNAL_AGAIN_S)
            journaled = await self._journal(act)
            if journaled:
                await self._hand_over(act)
        await engaging

    async def _stand_for(self, act: SentinelAct) -> None:
        await self._engage(act)

    async def _journal(self, act: SentinelAct) -> bool:
        payload = SentinelActed(act=act, at=self._wall.now())
        try:
            await self._recorder.append(_draft(payload, act))
        except StorageError:
            return False
        return True

    async def _hand_over(self, act: SentinelAct) -> None:
        try:
            await self._guardian.take_over(act.id)
        except SentinelError as error:
            _log.error("sentinel_act_not_closed", act=act.id, error=str(error))
        self._closed.add(act.id)
        self._newest.pop(act.id, None)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _draft(payload: Payload, act: SentinelAct, scope: str = "") -> EventDraft:
    """Return a draft whose id is the same however often an act is read."""
    return EventDraft(payload=payload, id=EventId(f"sentinel:{type(payload).__name__}:{act.id}:{scope}"))
