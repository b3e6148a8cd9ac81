"""Watches losses and acts on them: each rung is in the journal before what it leads to is done."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from msgspec.structs import replace

from ares_desktop.domain.errors import AresError, Finding, RefusedError, StorageError, UsageError
from ares_desktop.domain.events import (
    JournalEvent,
    KillSwitchReleased,
    LadderStepped,
    LockPlaced,
    LossBaseKept,
    Payload,
    ProtectionsChanged,
    TradingStateSet,
)
from ares_desktop.domain.ids import EventId
from ares_desktop.domain.protections import LadderState, Lock, LockKind, LossBase, LossMeasure, Rung
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.causes import because_of
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.loss_base import matters
from ares_desktop.engine.trading.loss_ladder import released, same, stands, thresholds
from ares_desktop.engine.trading.loss_meter import LossMeter
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.rule_book import RuleBook

_log = structlog.get_logger(__name__)

SOURCE = "loss ladder"
_PEAK_STEP = 0.001
"""A restart forgets at most so much of a peak, as a fraction, even without what is kept once a second."""

Engage = Callable[[str, str], Awaitable[object]]
"""Engages the kill switch with a reason in a scope."""


class LossWatch:
    """Feeds the ladder and does what its rungs ask for.

    Attributes:
        meter: what was lost.
        states: where every measured scope stands, by scope and measure, with its newest loss.
    """

    def __init__(self, recorder: Recorder, meter: LossMeter, rules: RuleBook, *, clock: Clock, wall: Clock) -> None:
        self.meter = meter
        self.states: dict[tuple[str, str], LadderState] = dict(recorder.fold.safety.ladders)
        self._recorder = recorder
        self._rules = rules
        self._clock = clock
        self._wall = wall
        self._engage: Engage | None = None
        self._halting: set[str] = set()
        self._tasks = TaskSet("loss ladder")
        self._listeners: list[Callable[[LadderState], None]] = []
        self._kept: dict[str, LossBase] = dict(recorder.fold.safety.loss_bases)
        self._again: set[str] = set()
        self._let_go: set[str] = set()
        self._stepped: dict[tuple[str, LossMeasure], EventId] = {}
        self._looking = asyncio.Lock()
        recorder.subscribe(self._recorded)

    def on_change(self, listener: Callable[[LadderState], None]) -> None:
        """Call ``listener`` with every new state or loss."""
        self._listeners.append(listener)

    def attach(self, engage: Engage) -> None:
        """Let the hard limits reach the kill switch."""
        self._engage = engage

    def resume(self) -> None:
        """After a restart, engage the kill switch for what had come to a hard limit but was cut off before that."""
        for state in self._recorder.fold.safety.ladders.values():
            if state.rung is Rung.HALTED and not self._is_halted(state.scope):
                self._halt(state)

    async def look(self) -> None:
        """Measure what moved and take every step that follows from it."""
        async with self._looking:
            scopes = self.meter.measure(self._clock.now()) | self._again
            self._again = set()
            await self._keep_bases(scopes)
            # All together first: what halts everything needs no halt of an account beside it.
            for scope in sorted(scopes, key=lambda scope: (scope != ALL_SCOPE, scope)):
                if self.meter.knows(scope):
                    await self._look_at(scope)

    async def rebase(self, scope: str, *, source: str) -> None:
        """Measure the losses of a scope from its present equity on: a person says that what was lost is past.

        Raises:
            UsageError: for a scope that is not measured, or whose equity is not known.
            RefusedError: while it is halted: only a release of the kill switch leads out of that.
        """
        async with self._looking:
            standing = [self.states.get((scope, measure)) for measure in LossMeasure]
            if any(state is not None and state.rung is Rung.HALTED for state in standing):
                raise RefusedError("KILL_SWITCH", f"{scope} is halted; release the kill switch first")
            base = self.meter.rebase(scope)
            if base is None:
                raise UsageError(
                    Finding(
                        place="scope",
                        value=scope,
                        problem="has no equity that is known",
                        remedy="Name all, an account or a strategy that is valued; wait for its prices.",
                    )
                )
            await self._recorder.record(LossBaseKept(base=base, source=source, at=self._wall.now()))
            self.meter.put(base)
            self._kept[scope] = base
            await self._look_at(scope)

    def look_again(self) -> None:
        """Look at every scope although its value did not move: the rules changed."""
        self._again |= self.meter.bases.keys()

    async def close(self) -> None:
        """End what runs."""
        await self._tasks.close()

    async def _keep_bases(self, scopes: set[str]) -> None:
        """Keep what moved at once: money that came to an account came to all together in the same instant."""
        moved = {
            scope: base
            for scope in sorted(scopes)
            if (base := self.meter.bases.get(scope)) is not None and matters(self._kept.get(scope), base, _PEAK_STEP)
        }
        if not moved:
            return
        at = self._wall.now()
        try:
            await self._recorder.record(*(LossBaseKept(base=base, source=SOURCE, at=at) for base in moved.values()))
        except StorageError as error:
            _log.error("loss_bases_not_recorded", scopes=sorted(moved), error=str(error))
            self._again |= moved.keys()
        else:
            self._kept |= moved

    async def _look_at(self, scope: str) -> None:
        now = self._clock.now()
        rules = self._rules.of(scope)
        fold = self._recorder.fold.safety
        steps: list[tuple[LadderState, LadderState | None]] = []
        seen: list[LadderState] = []
        for measure in LossMeasure:
            known = fold.ladders.get((scope, measure))
            marks = thresholds(rules, measure)
            halted = known is not None and known.rung is Rung.HALTED
            if known is not None and halted and scope in self._let_go:
                lost = self.meter.loss(scope, measure)
                state = released(known if lost is None else replace(known, loss=lost), marks, now)
            else:
                state = stands(scope, measure, self.meter.loss(scope, measure), known, marks, now)
            if not same(known, state):
                steps.append((state, known))
            elif known is not None:
                # Where it stands has not changed: the loss has, and since when it stands there is kept.
                state = replace(known, loss=state.loss)
            if state.rung is Rung.HALTED and halted and not self._is_halted(scope):
                self._halt(state)
            seen.append(state)
        await self._keep(scope, steps)
        for state in seen:
            self._show(state)

    async def _keep(self, scope: str, steps: list[tuple[LadderState, LadderState | None]]) -> None:
        payloads: list[Payload] = []
        base = self.meter.bases.get(scope)
        if base is not None and (steps or matters(self._kept.get(scope), base, _PEAK_STEP)):
            payloads.append(LossBaseKept(base=base, source=SOURCE, at=self._wall.now()))
        for state, known in steps:
            payloads.append(LadderStepped(state=state, before=Rung.CALM if known is None else known.rung))
        payloads += self._consequences(scope, steps)
        if not payloads:
            return
        try:
            await self._recorder.record(*payloads)
        except StorageError as error:
            # Nothing is sent while the journal fails; the next look tries again.
            _log.error("ladder_not_recorded", scope=scope, error=str(error))
            self._again.add(scope)
        else:
            if base is not None and isinstance(payloads[0], LossBaseKept):
                self._kept[scope] = base
            self._let_go.discard(scope)
        for state, _ in steps:
            if state.rung is Rung.HALTED:
                self._halt(state)

    def _consequences(self, scope: str, steps: list[tuple[LadderState, LadderState | None]]) -> list[Payload]:
        """Return the hold and the lock that steps lead to: one hold a scope, for the worst of its measures."""
        if not steps:
            return []
        fold = self._recorder.fold.safety
        after = {state.measure: state for state, _ in steps}
        rungs = [after.get(measure) or fold.ladders.get((scope, measure)) for measure in LossMeasure]
        worst = max((state for state in rungs if state is not None), key=lambda state: state.rung)
        wanted = TradingState.REDUCING if worst.rung >= Rung.REDUCING else TradingState.ACTIVE
        held = fold.holds.get((scope, SOURCE))
        payloads: list[Payload] = []
        if wanted is not (TradingState.ACTIVE if held is None else held.state):
            reason = self._reason(worst)
            payloads.append(
                TradingStateSet(
                    scope=scope, state=wanted, reason=reason, source=SOURCE, at=self._wall.now(), holder=SOURCE
                )
            )
        payloads += self._lock(scope, steps)
        return payloads

    def _lock(self, scope: str, steps: list[tuple[LadderState, LadderState | None]]) -> list[Payload]:
        minutes = self._rules.of(scope).stop_trading_minutes
        breached = [
            state
            for state, known in steps
            if state.rung in {Rung.REDUCING, Rung.HALTED} and (known is None or known.beneath < Rung.REDUCING)
        ]
        if not minutes or not breached:
            return []
        now = self._clock.now()
        lock = Lock(
            id=f"{LockKind.LOSS_LADDER.value}:{scope}",
            scope=scope,
            kind=LockKind.LOSS_LADDER,
            reason=self._reason(breached[0]),
            since=now,
            until=now + timedelta(minutes=minutes),
        )
        return [LockPlaced(lock=lock, source=SOURCE, at=self._wall.now())]

    def _reason(self, state: LadderState) -> str:
        if state.rung is Rung.UNKNOWN:
            return f"the loss can't be computed: {self.meter.missing(state.scope)}"
        what = "daily loss" if state.measure is LossMeasure.DAY else "drawdown"
        return f"{what} of {state.loss or 0.0:.2%}"

    def _halt(self, state: LadderState) -> None:
        if self._engage is None or self._halting & {ALL_SCOPE, state.scope}:
            return
        self._halting.add(state.scope)
        self._tasks.spawn(self._carry_out_halt(self._engage, state), f"halt {state.scope}")

    async def _carry_out_halt(self, engage: Engage, state: LadderState) -> None:
        try:
            with because_of(self._stepped.get((state.scope, state.measure), EventId(""))):
                await engage(f"hard limit: {self._reason(state)}", state.scope)
        except AresError as error:
            _log.error("kill_switch_not_engaged", scope=state.scope, error=str(error))
        finally:
            self._halting.discard(state.scope)

    def _is_halted(self, scope: str) -> bool:
        reports = self._recorder.fold.safety.kill_switches
        return any(report.engaged and covering in {ALL_SCOPE, scope} for covering, report in reports.items())

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, LadderStepped):
            self._stepped[event.payload.state.scope, event.payload.state.measure] = event.id
        elif isinstance(event.payload, KillSwitchReleased):
            halted = {state.scope for state in self._recorder.fold.safety.ladders.values() if state.rung is Rung.HALTED}
            self._let_go |= {scope for scope in halted if not self._is_halted(scope)}
            self._again |= self._let_go
        elif isinstance(event.payload, ProtectionsChanged):
            self._again.add(event.payload.scope)

    def _show(self, state: LadderState) -> None:
        key = (state.scope, state.measure)
        if self.states.get(key) != state:
            self.states[key] = state
            for listener in self._listeners:
                listener(state)
