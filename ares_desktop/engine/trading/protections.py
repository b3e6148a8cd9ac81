"""Puts the rules of protection before what happened, and keeps the locks they call for until their end."""

import asyncio
from collections import deque
from datetime import datetime, timedelta

import msgspec
import structlog

from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.events import (
    InstanceFaulted,
    JournalEvent,
    LockLifted,
    LockPlaced,
    OrderAccepted,
    OrderFilled,
    OrderOutcomeUnknown,
    OrderRejected,
)
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, ClientOrderId, StrategyId
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.protections import Lock, LockKind
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.protection_rules import ON_CLOSE, errors_in_a_row, max_drawdown
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.rule_book import RuleBook
from ares_desktop.engine.trading.trips import TAIL, Trips, is_stop

_log = structlog.get_logger(__name__)

SOURCE = "protections"
ENDED = "its time"
_SAMPLE_EVERY = timedelta(seconds=15)
_BY_NOBODY = frozenset({MANUAL, UNASSIGNED})

Worth = dict[StrategyId, list[tuple[datetime, float]]]
"""Unit prices of strategies within their windows, oldest first."""


class Protections:
    """Follows closed trades, errors and the worth of strategies; owns the locks.

    A person who lifts a lock has the last word until the rule is broken anew.
    """

    def __init__(self, recorder: Recorder, rules: RuleBook, *, clock: Clock, wall: Clock) -> None:
        self._recorder = recorder
        self._rules = rules
        self._clock = clock
        self._wall = wall
        self._trips = Trips()
        self._errors: dict[StrategyId, int] = {}
        self._worth: dict[StrategyId, deque[tuple[datetime, float]]] = {}
        self._wanted: dict[str, Lock] = {}
        self._recording = asyncio.Lock()
        self._begin()
        recorder.subscribe(self._recorded)

    def locks(self) -> tuple[Lock, ...]:
        """Return the locks in force, oldest first."""
        return tuple(sorted(self._recorder.fold.safety.locks.values(), key=lambda lock: lock.since))

    def take_book(self, book: BookSnapshot) -> None:
        """Take a book's newest figures: of its unit price, one for each quarter of a minute is kept, and the newest."""
        rules = self._rules.of(f"strategy:{book.strategy}")
        if book.twr is None or rules.max_drawdown is None or book.strategy in _BY_NOBODY:
            return
        kept = self._worth.setdefault(book.strategy, deque())
        price = 1 + book.twr
        if len(kept) > 1 and kept[-1][0] - kept[-2][0] < _SAMPLE_EVERY and price <= kept[-2][1]:
            kept.pop()
        kept.append((book.at, price))
        oldest = book.at - timedelta(minutes=rules.max_drawdown_minutes)
        while kept and kept[0][0] < oldest:
            kept.popleft()
        found = max_drawdown(book.strategy, kept, rules, book.at)
        if found is not None:
            # What led to this lock does not lead to the next one.
            kept.clear()
            self._wanted[found.id] = found

    def encode(self) -> bytes:
        """Return the unit prices that falls are measured within, to be kept over a restart."""
        return msgspec.msgpack.encode({strategy: list(kept) for strategy, kept in self._worth.items()})

    def restore(self, kept: bytes | None) -> None:
        """Measure falls from what was kept on."""
        try:
            known = {} if kept is None else msgspec.msgpack.decode(kept, type=Worth)
        except msgspec.MsgspecError as error:
            _log.warning("windows_left_aside", error=str(error))
            return
        for strategy, worth in known.items():
            self._worth[strategy] = deque(worth)

    async def look(self) -> None:
        """Keep the locks that rules called for, and end those whose time has come."""
        now = self._clock.now()
        over = [
            lock for lock in self._recorder.fold.safety.locks.values() if lock.until is not None and lock.until <= now
        ]
        if not over and not self._wanted:
            return
        async with self._recording:
            wanted, self._wanted = self._wanted, {}
            at = self._wall.now()
            placed = [LockPlaced(lock=lock, source=SOURCE, at=at) for lock in wanted.values()]
            ended = [LockLifted(id=lock.id, source=ENDED, at=at) for lock in over if lock.id not in wanted]
            try:
                await self._recorder.record(*placed, *ended)
            except StorageError as error:
                _log.error("locks_not_recorded", error=str(error))
                self._wanted = wanted | self._wanted

    async def place(self, scope: str, *, until: datetime | None, reason: str, source: str) -> Lock:
        """Lock a scope for a person.

        Raises:
            UsageError: for an end that has passed.
            StorageError: when the journal can't keep it.
        """
        now = self._clock.now()
        self._check(until, now)
        lock = Lock(
            id=f"{LockKind.PERSON.value}:{self._recorder.fold.last_sequence + 1}",
            scope=scope,
            kind=LockKind.PERSON,
            reason=reason,
            since=now,
            until=until,
        )
        await self._recorder.record(LockPlaced(lock=lock, source=source, at=self._wall.now()))
        return lock

    async def change(self, name: str, *, until: datetime | None, reason: str, source: str) -> Lock:
        """Give a lock another end and reason.

        Raises:
            UsageError: for a lock that is not there, or an end that has passed.
            StorageError: when the journal can't keep it.
        """
        known = self._lock(name)
        self._check(until, self._clock.now())
        lock = Lock(id=known.id, scope=known.scope, kind=known.kind, reason=reason, since=known.since, until=until)
        await self._recorder.record(LockPlaced(lock=lock, source=source, at=self._wall.now()))
        return lock

    async def lift(self, name: str, *, source: str) -> Lock:
        """Take a lock away.

        Raises:
            UsageError: for a lock that is not there.
            StorageError: when the journal can't keep it.
        """
        lock = self._lock(name)
        await self._recorder.record(LockLifted(id=name, source=source, at=self._wall.now()))
        return lock

    def _lock(self, name: str) -> Lock:
        found = self._recorder.fold.safety.locks.get(name)
        if found is None:
            known = ", ".join(sorted(self._recorder.fold.safety.locks)) or "none"
            raise UsageError(
                Finding(place="lock", value=name, problem="is not in force", remedy=f"Locks in force: {known}.")
            )
        return found

    def _check(self, until: datetime | None, now: datetime) -> None:
        if until is not None and until <= now:
            raise UsageError(
                Finding(
                    place="until",
                    value=until.isoformat(),
                    problem=f"has passed; the clock in force says {now.isoformat(timespec='seconds')}",
                    remedy="Give a later time, or none to lock until it is lifted.",
                )
            )

    def _begin(self) -> None:
        """Look at the newest executions and orders, so that a restart forgets no stop-out and no error."""
        fold = self._recorder.fold
        executions = fold.registry.executions
        first = max(0, len(executions) - TAIL)
        fills = (executions.at(place) for place in range(first, len(executions)))
        held = {
            key: position for key, position in fold.ledger.positions().items() if position.quantity or position.realized
        }
        self._trips.begin(fills, held, self._stops)
        counted: set[StrategyId] = set()
        for place in reversed(range(max(0, len(fold.registry) - TAIL), len(fold.registry))):
            order = fold.registry.order_at(place)
            strategy = order.intent.strategy
            if strategy in counted or order.state is OrderState.DENIED:
                continue
            if order.state is OrderState.REJECTED:
                self._errors[strategy] = self._errors.get(strategy, 0) + 1
            else:
                counted.add(strategy)

    def _stops(self, order: ClientOrderId) -> bool:
        found = self._recorder.fold.registry.get(order)
        return found is not None and is_stop(found.intent)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        payload = event.payload
        if isinstance(payload, OrderFilled) and applied.fill is not None:
            self._filled(payload, applied)
        elif isinstance(payload, OrderRejected | OrderOutcomeUnknown) and applied.order is not None:
            self._failed(applied.order.intent.strategy)
        elif isinstance(payload, InstanceFaulted):
            self._failed(payload.name)
        elif isinstance(payload, OrderAccepted) and applied.order is not None:
            self._errors.pop(applied.order.intent.strategy, None)

    def _filled(self, payload: OrderFilled, applied: Applied) -> None:
        fill = applied.fill or payload.fill
        after = self._recorder.fold.ledger.position(fill.account, fill.strategy, fill.instrument)
        close = self._trips.take(fill, after, stops=self._stops(fill.client_order_id))
        self._errors.pop(fill.strategy, None)
        if close is None or close.strategy in _BY_NOBODY:
            return
        rules = self._rules.of(f"strategy:{close.strategy}")
        for rule in ON_CLOSE:
            lock = rule(close, self._trips.closes, rules)
            if lock is not None:
                self._wanted[lock.id] = lock

    def _failed(self, strategy: StrategyId) -> None:
        count = self._errors[strategy] = self._errors.get(strategy, 0) + 1
        found = errors_in_a_row(strategy, count, self._rules.of(f"strategy:{strategy}"), self._clock.now())
        if found is not None and strategy not in _BY_NOBODY:
            self._errors[strategy] = 0
            self._wanted[found.id] = found
