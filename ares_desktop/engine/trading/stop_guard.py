"""Sees to it that a position has the stop that it asked for: resized, ended with its sibling, or closed at once."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import structlog
from msgspec.structs import replace

from ares_desktop.domain.errors import BrokerError, StorageError
from ares_desktop.domain.events import CancelRequested, JournalEvent
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, ClientOrderId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderIntent
from ares_desktop.domain.positions import Position
from ares_desktop.domain.protections import StopCover
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.trading.brackets import held_exits
from ares_desktop.engine.trading.closer import Able, Closer
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.rule_book import RuleBook
from ares_desktop.engine.trading.stop_families import (
    STOP,
    Family,
    covered_by,
    family_of,
    needless,
    resizes,
    shares,
)

_log = structlog.get_logger(__name__)

_SETTLES_S: Final = 1.0
"""A venue that keeps brackets itself has so long to resize or end an exit before the engine does."""
LOST: Final = "lost-stop"
NAKED: Final = "naked"


class StopGuard:
    """Looks at every book and instrument whose orders or quantity changed.

    Attributes:
        covers: how each open position of a strategy is protected.
    """

    def __init__(
        self,
        recorder: Recorder,
        router: OrderRouter,
        closer: Closer,
        rules: RuleBook,
        able: Able,
        *,
        journal: EventJournal,
        clock: Clock,
    ) -> None:
        self.covers: dict[PositionKey, StopCover] = {}
        self._recorder = recorder
        self._router = router
        self._closer = closer
        self._rules = rules
        self._able = able
        self._journal = journal
        self._clock = clock
        self._families: dict[PositionKey, dict[ClientOrderId, None]] = {}
        self._dirty: dict[PositionKey, float] = {}
        self._moved: dict[PositionKey, float] = {}
        self._naked: dict[PositionKey, float] = {}
        self._requested: dict[ClientOrderId, bool] = {}
        self._listeners: list[Callable[[StopCover], None]] = []
        self._said: Callable[[StopCover, str], None] = lambda _cover, _text: None
        self._begin()
        recorder.subscribe(self._recorded)

    def on_change(self, listener: Callable[[StopCover], None]) -> None:
        """Call ``listener`` with every change of a position's cover; one without quantity is over."""
        self._listeners.append(listener)

    def on_closing(self, listener: Callable[[StopCover, str], None]) -> None:
        """Call ``listener`` when a position is closed since it lacks its stop, with the reason."""
        self._said = listener

    def take(self, position: Position) -> None:
        """Take a position's newest figures: one that was moved or split has changed without an order."""
        key = PositionKey(position.account, position.strategy, position.instrument)
        known = self.covers.get(key)
        if position.quantity != (ZERO if known is None else known.quantity):
            self._dirty.setdefault(key, 0.0)

    def naked_for_s(self, key: PositionKey) -> float:
        """Return for how long a position has lacked its stop, by the wall; 0 when it has what it asked for."""
        since = self._naked.get(key)
        return 0.0 if since is None else asyncio.get_running_loop().time() - since

    async def look(self) -> None:
        """Look at what changed, and at what still lacks its stop."""
        now = asyncio.get_running_loop().time()
        due = [key for key, at in self._dirty.items() if at <= now]
        for key in due:
            del self._dirty[key]
            try:
                await self._look_at(key)
            except (BrokerError, StorageError) as error:
                _log.warning("stops_not_looked_at", key=str(key), error=str(error))
                self._dirty[key] = now + _SETTLES_S

    def _begin(self) -> None:
        """Find the brackets that matter: those whose entry works, and those of what is held."""
        fold = self._recorder.fold
        entries = [order for order in fold.registry.working() if order.intent.bracket is not None]
        for key, position in fold.ledger.positions().items():
            if position.quantity:
                found = map(fold.registry.get, fold.attribution.orders(key))
                entries += [order for order in found if order is not None and order.intent.bracket is not None]
                self._dirty[key] = 0.0
        for order in fold.registry.working():
            parent = order.intent.parent
            entry = None if parent is None else fold.registry.get(parent)
            entries += [] if entry is None else [entry]
        for entry in entries:
            key = _key(entry.intent)
            self._families.setdefault(key, {})[entry.id] = None
            self._dirty[key] = 0.0

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        if isinstance(event.payload, CancelRequested) and event.payload.client_order_id.endswith(f":{STOP}"):
            self._requested[event.payload.client_order_id] = True
        order = applied.order
        if order is None:
            return
        key = _key(order.intent)
        if order.intent.bracket is not None and not order.is_final:
            self._families.setdefault(key, {})[order.id] = None
        if key in self._families or key in self.covers or applied.fill is not None:
            self._dirty[key] = 0.0
            self._moved[key] = asyncio.get_running_loop().time()

    async def _look_at(self, key: PositionKey) -> None:
        fold = self._recorder.fold
        held = fold.ledger.position(*key).quantity
        made = set(fold.attribution.orders(key))
        families = self._living(key, made)
        # What an entry filled before the book was flat, or went through zero, is no part of what is held now.
        present = [family for family in families if family.entry.id in made]
        parts = dict(zip((family.entry.id for family in present), shares(present, held), strict=True))
        for family in families:
            await self._mend(key, family, parts.get(family.entry.id, ZERO))
        held = fold.ledger.position(*key).quantity
        self._watch(key, [family_of(family.entry, fold.registry.get) for family in present], held)
        cover = self.covers.get(key)
        if cover is not None and cover.naked and await self._close_naked(key, cover):
            self._dirty.setdefault(key, asyncio.get_running_loop().time() + _SETTLES_S)

    def _living(self, key: PositionKey, made: set[ClientOrderId]) -> list[Family]:
        registry = self._recorder.fold.registry
        found = []
        for name in tuple(self._families.get(key, ())):
            entry = registry.get(name)
            family = None if entry is None else family_of(entry, registry.get)
            past = family is not None and family.is_past and name not in made
            if family is None or family.is_over or past:
                del self._families[key][name]
            else:
                found.append(family)
        if not found:
            self._families.pop(key, None)
        return found

    async def _mend(self, key: PositionKey, family: Family, share: Decimal) -> None:
        if family.stop is not None and family.stop_failed and (share or family.entry.is_working):
            if not await self._was_asked_for(family.stop):
                await self._close_lost(key, family, family.stop, share)
            return
        able = self._able(key.account)
        if able is None:
            return
        now = asyncio.get_running_loop().time()
        if able.brackets and now - self._moved.get(key, -_SETTLES_S) < _SETTLES_S:
            self._dirty.setdefault(key, now + _SETTLES_S)
            return
        if not able.brackets:
            await self._place_held(family, share)
        elif any(order.filled for order in family.exits):
            return  # the venue counts what a sibling took; its exits only reduce
        for change in resizes(family, share):
            await self._router.update(change.order, quantity=change.quantity)
        gone = needless(family, share)
        if gone:
            await self._router.cancel(gone, reason="nothing is left for it to close")

    async def _place_held(self, family: Family, share: Decimal) -> None:
        """Place the exits that a broker without brackets could not be given with the entry."""
        able = self._able(family.entry.intent.account)
        if not share or able is None:
            return
        registry = self._recorder.fold.registry
        missing = [
            replace(intent, quantity=share, created_at=self._clock.now())
            for intent in held_exits(family.entry.intent, able)
            if registry.get(intent.client_order_id) is None
        ]
        if missing and not any(order.filled for order in family.exits):
            await self._router.submit(missing)

    async def _close_lost(self, key: PositionKey, family: Family, stop: Order, share: Decimal) -> None:
        reason = f"its stop is lost ({stop.state.value.lower()}{': ' if stop.reason else ''}{stop.reason})"
        others = [family.entry.id, *(order.id for order in family.exits)]
        new = not self._closer.works(family.entry.id, LOST)
        if not share:
            # Nothing is filled yet: what would fill now would have no stop.
            await self._router.cancel([family.entry.id], reason=reason)
            return
        done = await self._closer.close(key, share, position=family.entry.id, why=LOST, reason=reason, first=others)
        if new:
            self._said(self._cover(key, [family], share), f"{reason}; {done}")
        self._dirty.setdefault(key, asyncio.get_running_loop().time() + _SETTLES_S)

    async def _close_naked(self, key: PositionKey, cover: StopCover) -> bool:
        """Close by the setting what lacked its stop for too long; say whether it must be looked at again."""
        rules = self._rules.of(f"strategy:{key.strategy}")
        since = self._naked.get(key)
        if since is None or not rules.naked_close:
            return True
        if asyncio.get_running_loop().time() - since >= rules.naked_alert_s:
            opened = self._recorder.fold.attribution.orders(key)
            if opened:
                done = await self._closer.close(
                    key, cover.naked, position=opened[0], why=NAKED, reason="it lacked the stop that it asked for"
                )
                self._put(replace(cover, action=done))
        return True

    def _watch(self, key: PositionKey, families: list[Family], held: Decimal) -> None:
        cover = self._cover(key, families, held)
        loop = asyncio.get_running_loop()
        if not cover.naked:
            self._naked.pop(key, None)
        elif key not in self._naked:
            self._naked[key] = loop.time()
        known = self.covers.get(key)
        since = known.naked_since if known is not None and known.naked_since else self._clock.now()
        self._put(replace(cover, naked_since=since if cover.naked else None))

    def _cover(self, key: PositionKey, families: list[Family], held: Decimal) -> StopCover:
        working = self._recorder.fold.registry.working(key.strategy, key.instrument, key.account)
        asked = sum((family.left for family in families if family.asks_for_stop), ZERO)
        covered = covered_by(working, held)
        cover = StopCover(
            account=key.account,
            strategy=key.strategy,
            instrument=key.instrument,
            quantity=held,
            asked=min(abs(held), asked),
            covered=covered,
        )
        return replace(cover, action=_action(cover, closing=self._is_closing(families)))

    def _is_closing(self, families: list[Family]) -> bool:
        return any(self._closer.works(family.entry.id, LOST) for family in families)

    def _put(self, cover: StopCover) -> None:
        key = PositionKey(cover.account, cover.strategy, cover.instrument)
        if key.strategy in {MANUAL, UNASSIGNED} and not cover.asked:
            return
        if self.covers.get(key) == cover or (key not in self.covers and not cover.quantity):
            return
        self.covers[key] = cover
        if not cover.quantity:
            del self.covers[key]
        for listener in self._listeners:
            listener(cover)

    async def _was_asked_for(self, stop: Order) -> bool:
        """Say whether somebody here asked for the end of a stop: then it is not lost."""
        known = self._requested.get(stop.id)
        if known is None:
            known = self._requested[stop.id] = await asyncio.to_thread(self._find_request, stop.id)
        return known

    def _find_request(self, order: ClientOrderId) -> bool:
        span = self._recorder.fold.registry.span(order)
        if span is None:
            return False
        for event in self._journal.read(after=span[0] - 1):
            if event.sequence > span[1]:
                return False
            if isinstance(event.payload, CancelRequested) and event.payload.client_order_id == order:
                return True
        return False


def _key(intent: OrderIntent) -> PositionKey:
    return PositionKey(intent.account, intent.strategy, intent.instrument)


def _action(cover: StopCover, *, closing: bool) -> str:
    if closing:
        return "being closed at the market"
    if not cover.asked:
        return "unprotected by design" if not cover.covered else "covered by its own stops"
    return "covered" if not cover.naked else "lacks its stop"
