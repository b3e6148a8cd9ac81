"""Decides: listens to beats, acts when they stop or a person asks, and ends when there is nothing left to guard."""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.risk import ALL_SCOPE, KillMode, KillSwitchReport
from ares_desktop.domain.sentinel import (
    ActState,
    GuardedAccount,
    GuardPlan,
    SentinelAct,
    SentinelPhase,
    SentinelPolicy,
    SentinelStatus,
)
from ares_desktop.engine.adapters.sentinel import wire
from ares_desktop.engine.adapters.sentinel.files import SentinelFiles, TakenOverError
from ares_desktop.engine.runtime.clock_watch import passed_ns
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.paths import Profile
from ares_desktop.sentinel.books import Books
from ares_desktop.sentinel.brokers import PAPER
from ares_desktop.sentinel.sequence import Act, chosen, is_unfinished
from ares_desktop.sentinel.watch import Verdict, Watch

_log = logging.getLogger(__name__)

TICK_S: Final = 0.05
_ALONE_S: Final = 30.0
"""How long it waits for an application that never came, or came and died with nothing to be done."""
_DONE_S: Final = 5.0
SOURCE: Final = "sentinel"

_UNPLANNED: Final = GuardPlan(
    accounts=(GuardedAccount(broker=PAPER, account=AccountId("PAPER"), paper=True, policy=SentinelPolicy.FLATTEN),)
)
"""What a profile has that no application ever told of."""


class Guard:
    """The state of the sentinel's process.

    Attributes:
        ended: done, with the reason, when the process shall end.
        announce: tells every connection how the sentinel is, when an act begins or ends.
    """

    def __init__(self, profile: Profile) -> None:
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.announce: Callable[[], None] = lambda: None
        self._profile = profile
        self._files = SentinelFiles(profile)
        self._wall = WallClock()
        self._plan = self._files.plan() or _UNPLANNED
        self._tasks = TaskSet("guard")
        self._watch: Watch | None = None
        self._app_pid: int | None = None
        self._phase = SentinelPhase.WAITING
        self._since = self._wall.now()
        self._quiet_since = time.monotonic()
        self._heard = asyncio.Event()
        self._act: Act | None = None
        self._acting: asyncio.Task[None] | None = None
        self._dealt_with = False

    async def run(self) -> str:
        """Guard until there is nothing left to; return why it ended."""
        self._tasks.spawn(self._look(), "look")
        cut_off = self._files.act()
        if cut_off is not None and is_unfinished(cut_off):
            self._begin(msgspec.structs.replace(cut_off, state=ActState.ACTING))
        reason = await self.ended
        await self._tasks.close()
        return reason

    def status(self) -> SentinelStatus:
        """Return how the sentinel is."""
        age = None if self._watch is None else time.monotonic() - self._watch.last
        act = self._act.act if self._act is not None else self._files.act()
        return SentinelStatus(
            pid=os.getpid(), phase=self._phase, since=self._since, app_pid=self._app_pid, beat_age_s=age, act=act
        )

    def end(self, reason: str) -> None:
        """End the process soon."""
        if not self.ended.done():
            self.ended.set_result(reason)

    def greet(self, hello: wire.Hello) -> None:
        """Watch an application from now on."""
        self._plan, self._app_pid = hello.plan, hello.pid
        self._watch = Watch(hello.plan.beat_s, hello.plan.after_s, now=time.monotonic())
        self._dealt_with = False
        _log.info("application_greeted pid=%s", hello.pid)
        if not self._is_acting:
            self._enter(SentinelPhase.WATCHING if self.status().act is None else SentinelPhase.ACTED)

    def beat(self) -> None:
        """Take a beat."""
        if self._watch is None:
            return
        self._watch.beat(time.monotonic())
        self._heard.set()
        self._dealt_with = False
        if self._phase is SentinelPhase.SILENT:
            _log.info("application_is_back pid=%s", self._app_pid)
            self._enter(SentinelPhase.WATCHING)

    def farewell(self) -> None:
        """Let an application go that ends in order."""
        _log.info("application_said_goodbye pid=%s", self._app_pid)
        self._forget()
        if not self._is_acting:
            self.end("the application ended in order")

    async def take_over(self, act: str) -> None:
        """Leave what is left of an act to the application."""
        if self._act is not None and self._act.act.id == act:
            if self._acting is not None:
                self._acting.cancel()
                await asyncio.wait([self._acting])
            self._act = self._acting = None
        try:
            self._files.close_act(act)
        except StorageError as error:
            # The application has it in its journal; it recognizes the act by its id when it reads it again.
            _log.error("act_not_closed error=%s", error)
        _log.info("act_taken_over id=%s", act)
        if self._watch is not None:
            self._enter(SentinelPhase.WATCHING)

    async def kill(self, wanted: wire.Kill) -> SentinelAct:
        """Stop trading because somebody asked for it, and return the act after its first pass."""
        scope = await self._scope(wanted.scope)
        running = self._act
        if self._is_acting and running is not None and _holds(running.act, scope, wanted.mode):
            running.add_reason(f"{wanted.source}: {wanted.reason}")
        else:
            await self._give_way()
            accounts = self._accounts(scope, wanted.mode)
            running = self._begin(self._new_act(accounts, wanted.reason, wanted.source, scope, wanted.mode))
        await running.ended.wait()
        return running.act

    async def _give_way(self) -> None:
        """End an act that is narrower than what is wanted now, once its first pass is over."""
        if self._is_acting and self._act is not None and self._acting is not None:
            await self._act.ended.wait()
            self._acting.cancel()
            await asyncio.wait([self._acting])

    @property
    def _is_acting(self) -> bool:
        return self._acting is not None and not self._acting.done()

    def _forget(self) -> None:
        self._watch = None
        self._quiet_since = time.monotonic()

    def _enter(self, phase: SentinelPhase) -> None:
        if phase is not self._phase:
            self._phase, self._since = phase, self._wall.now()
            self.announce()

    def _accounts(self, scope: str, mode: KillMode | None) -> tuple[GuardedAccount, ...]:
        accounts = self._plan.accounts
        if mode is not None:
            accounts = tuple(msgspec.structs.replace(one, policy=SentinelPolicy(mode.value)) for one in accounts)
        return chosen(accounts, scope)

    async def _scope(self, text: str) -> str:
        """Return a scope in full; a bare name is a strategy's, an account's, else an instrument's."""
        if text == ALL_SCOPE or text.partition(":")[0] in {"account", "strategy", "instrument"}:
            return text
        if text in {guarded.account for guarded in self._plan.accounts}:
            return f"account:{text}"
        books = await asyncio.to_thread(Books.read, self._profile.journal)
        return f"strategy:{text}" if books.has_strategy(text) else f"instrument:{text}"

    def _new_act(
        self,
        accounts: tuple[GuardedAccount, ...],
        reason: str,
        source: str,
        scope: str = ALL_SCOPE,
        mode: KillMode | None = None,
    ) -> SentinelAct:
        flattens = any(one.policy is SentinelPolicy.FLATTEN for one in accounts)
        report = KillSwitchReport(
            engaged=True,
            reason=reason,
            source=source,
            scope=scope,
            mode=mode or (KillMode.FLATTEN if flattens else KillMode.CANCEL),
            at=self._wall.now(),
        )
        before = self._files.act()
        act = SentinelAct(id=uuid4().hex, state=ActState.ACTING, report=report, accounts=accounts)
        if before is None:
            return act
        # One record: what an earlier act sent must not be lost with it.
        return msgspec.structs.replace(
            act,
            orders=before.orders,
            canceled=before.canceled,
            earlier=before.latches,
            report=msgspec.structs.replace(
                report, further_reasons=(f"{before.report.source}: {before.report.reason}",)
            ),
        )

    def _begin(self, act: SentinelAct) -> Act:
        replayed = self._plan.replayed
        running = Act(act, self._profile, self._files, replayed=replayed, fenced=self._fenced, wall=self._wall.now)
        self._act = running
        self._heard.clear()
        self._acting = self._tasks.spawn(self._carry_out(running), "act")
        self._phase, self._since = SentinelPhase.ACTING, self._wall.now()
        self.announce()
        return running

    async def _carry_out(self, running: Act) -> None:
        try:
            await running.run()
        except TakenOverError as error:
            _log.warning("act_left error=%s", error)
        finally:
            running.ended.set()
            self._quiet_since = time.monotonic()
            self._enter(SentinelPhase.ACTED)

    async def _fenced(self) -> None:
        """Wait until the application learned of the act, or its lease has run out."""
        watch = self._watch
        if watch is None:
            return
        rest_s = watch.last + self._plan.lease_s - time.monotonic()
        if rest_s > 0 and not self._heard.is_set():
            try:
                async with asyncio.timeout(rest_s):
                    await self._heard.wait()
            except TimeoutError:
                return

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now, slept_s = time.monotonic(), passed_ns() / 1e9 - time.monotonic()
            if self._watch is not None:
                self._judge(self._watch, self._watch.look(now, slept_s))
            elif not self._is_acting and now - self._quiet_since > (_DONE_S if self._dealt_with else _ALONE_S):
                self.end("nothing to guard")

    def _judge(self, watch: Watch, verdict: Verdict) -> None:
        if verdict is Verdict.FRESH or self._is_acting:
            return
        silent_s = time.monotonic() - watch.last
        if self._phase is SentinelPhase.WATCHING:
            _log.warning("application_is_silent pid=%s silent_s=%.3f", self._app_pid, silent_s)
            self._enter(SentinelPhase.SILENT)
        if verdict is not Verdict.DUE or self._dealt_with:
            return
        self._dealt_with = True
        accounts = self._accounts(ALL_SCOPE, None)
        before = self._files.act()
        if before is not None and before.state is ActState.DONE and _holds(before, ALL_SCOPE, None):
            _log.info("acted_before id=%s", before.id)
        elif not accounts:
            _log.warning("nothing_chosen pid=%s", self._app_pid)
        else:
            reason = f"the application (process {self._app_pid}) did not answer for {silent_s:.1f} s"
            scope = ALL_SCOPE if len(accounts) == len(self._plan.accounts) else f"account:{accounts[0].account}"
            act = self._new_act(accounts, reason, SOURCE, scope if len(accounts) == 1 else ALL_SCOPE)
            self._begin(msgspec.structs.replace(act, silent_s=silent_s))

    def gone(self) -> None:
        """Note that the connection of the application is lost; when its process is gone, too, nobody is awaited."""
        self._tasks.spawn(self._see_it_through(), "application gone")

    async def _see_it_through(self) -> None:
        watch, pid = self._watch, self._app_pid
        while self._watch is watch and watch is not None:
            await asyncio.sleep(TICK_S)
            if self._dealt_with and not _is_alive(pid):
                self._forget()


def _holds(act: SentinelAct, scope: str, mode: KillMode | None) -> bool:
    wide = act.report.scope in {ALL_SCOPE, scope}
    return wide and (mode is not KillMode.FLATTEN or act.report.mode is KillMode.FLATTEN)


def _is_alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
