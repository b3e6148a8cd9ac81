"""Everything that the journal alone can tell, folded in one place and kept as one snapshot."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.orders import Order
from ares_desktop.domain.portfolio import AllocationProposal
from ares_desktop.domain.risk import KillSwitchReport
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.trading.attribution import Attribution, AttributionState
from ares_desktop.engine.trading.book_history import BookHistory, HistoryState
from ares_desktop.engine.trading.executions import Booking
from ares_desktop.engine.trading.ledger import BookState, Ledger, PositionKey
from ares_desktop.engine.trading.proposals import Proposals
from ares_desktop.engine.trading.registry import OrderRegistry, RegistryState
from ares_desktop.engine.trading.safety import Safety, SafetyState

SNAPSHOT_VERSION: Final = 6
"""Grows with every change of what a snapshot holds; one of another version is left aside and the journal folded."""


class Applied(NamedTuple):
    """What an event changed: the order as it is now, and the fill where it is new or has a new commission."""

    order: Order | None = None
    fill: Fill | None = None


_NOTHING: Final = Applied()
Holding = e.PositionAdjusted | e.PositionSplit


class FoldState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of :class:`Fold`."""

    last_sequence: int
    session_open: bool
    registry: RegistryState
    ledger: list[BookState]
    attribution: AttributionState
    safety: SafetyState
    instances: dict[StrategyId, StrategyInstance]
    proposals: tuple[AllocationProposal, ...] = ()
    history: HistoryState
    fault: str = ""
    broken_by: int = 0


class Fold:
    """The state of the house as of one journal event.

    Attributes:
        last_sequence: of the newest event that was applied.
        session_open: a session was started and not stopped: this one, or one that was killed.
        registry: orders and fills.
        ledger: positions and cash.
        attribution: which orders made holdings and profits.
        safety: trading states, kill switch, limits and locks.
        instances: strategy instances by name.
        proposals: of how capital is divided.
        history: moves, cash flows and comparisons of the books.
        broken_by: sequence of the event after which the books did not balance by themselves, 0 while they do; the
            ledger's ``fault`` says how.
    """

    def __init__(self) -> None:
        self.last_sequence = 0
        self.session_open = False
        self.ledger = Ledger()
        self.attribution = Attribution()
        self.history = BookHistory()
        self.broken_by = 0
        self.registry = OrderRegistry(
            on_fill=self._book_fill, on_commission=self._book_commission, on_amend=self._book_amendment
        )
        self.safety = Safety()
        self.instances: dict[StrategyId, StrategyInstance] = {}
        self.proposals = Proposals()
        self._fill: Fill | None = None

    @property
    def states(self) -> Mapping[str, e.TradingStateSet]:
        """Trading states in force, by scope; most restrictive of those that somebody holds it in."""
        return self.safety.states

    @property
    def kill_switch(self) -> KillSwitchReport:
        """Its newest report."""
        return self.safety.kill_switch

    @property
    def limits(self) -> Mapping[str, ScopeLimits]:
        """Risk limits by scope."""
        return self.safety.limits

    def apply(self, event: e.JournalEvent) -> Applied:
        """Fold an event; one that was folded before changes nothing."""
        if event.sequence <= self.last_sequence:
            return _NOTHING
        self.last_sequence = event.sequence
        self._fill = None
        order = self.registry.apply(event)
        if order is None and self._fill is None:
            self._apply_other(event)
        if self.ledger.fault and not self.broken_by:
            self.broken_by = event.sequence
        return _NOTHING if order is None and self._fill is None else Applied(order, self._fill)

    def encode(self) -> bytes:
        """Return a snapshot."""
        state = FoldState(
            last_sequence=self.last_sequence,
            session_open=self.session_open,
            registry=self.registry.dump(),
            ledger=self.ledger.dump(),
            attribution=self.attribution.dump(),
            safety=self.safety.dump(),
            instances=self.instances,
            proposals=self.proposals.all(),
            history=self.history.dump(),
            fault=self.ledger.fault,
            broken_by=self.broken_by,
        )
        return msgspec.msgpack.encode((SNAPSHOT_VERSION, state))

    @classmethod
    def decode(cls, snapshot: bytes) -> "Fold | None":
        """Return the fold that :meth:`encode` kept, None when another version of the program made the snapshot."""
        try:
            version, raw = msgspec.msgpack.decode(snapshot, type=tuple[int, msgspec.Raw])
            if version != SNAPSHOT_VERSION:
                return None
            state = msgspec.msgpack.decode(raw, type=FoldState)
        except msgspec.MsgspecError:
            return None
        fold = cls()
        fold.last_sequence = state.last_sequence
        fold.session_open = state.session_open
        fold.registry.load(state.registry)
        fold.ledger = Ledger.load(state.ledger)
        fold.attribution = Attribution(state.attribution)
        fold.safety = Safety.load(state.safety)
        fold.instances = dict(state.instances)
        fold.proposals = Proposals(state.proposals)
        fold.history = BookHistory(state.history)
        fold.ledger.fault, fold.broken_by = state.fault, state.broken_by
        return fold

    def _book_fill(self, fill: Fill) -> None:
        self._fill = fill
        ledger = self.ledger
        before, after = ledger.post_fill(fill)
        self.attribution.post_fill(fill, before, after)

    def _book_commission(self, fill: Fill, difference: Decimal) -> None:
        self._fill = fill
        self.ledger.post_commission(fill, difference)
        self.attribution.post_commission(fill, difference)

    def _book_amendment(self, booking: Booking) -> None:
        """Correct what was booked before, and book the rest as an execution of its own."""
        fill, fresh = booking.fill, booking.fresh
        key = PositionKey(fill.account, fill.strategy, fill.instrument)
        before, after = self.ledger.post_reprice(fill, booking.corrected, booking.value)
        self.attribution.post_reprice(key, fill.client_order_id, after.realized - before.realized)
        if not fresh:
            self._book_commission(fill, booking.commission)
            self._fill = None
            return
        side = fill.side if fresh > 0 else fill.side.opposite
        self._book_fill(replace(fill, quantity=abs(fresh), side=side, commission=booking.commission))

    def _move(self, sequence: int, move: e.PositionMoved) -> None:
        keys = [PositionKey(move.account, book, move.instrument) for book in (move.giver, move.taker)]
        before = self.ledger.position(*keys[0]), self.ledger.position(*keys[1])
        self.ledger.post_move(move)
        after = self.ledger.position(*keys[0]), self.ledger.position(*keys[1])
        self.attribution.post_move(keys[0], keys[1], emptied=not after[0].quantity)
        self.history.take_move(sequence, move, before, after)

    def _change(self, payload: Holding, post: Callable[[Any], None]) -> None:
        key = PositionKey(payload.account, payload.strategy, payload.instrument)
        before = self.ledger.position(*key)
        post(payload)
        self.attribution.post_change(key, before, self.ledger.position(*key))

    def _apply_other(self, event: e.JournalEvent) -> None:
        payload = event.payload
        match payload:
            case e.CashFlowRecorded():
                self.ledger.post_flow(payload)
                self.history.take_flow(event.sequence, payload)
            case e.PositionMoved():
                self._move(event.sequence, payload)
            case e.Reconciled():
                self.history.take_comparison(payload)
            case e.PositionAdjusted():
                self._change(payload, self.ledger.post_adjustment)
            case e.CarryBooked():
                self.ledger.post_carry(payload)
            case e.PositionSplit():
                self._change(payload, self.ledger.post_split)
            case e.SessionStarted() | e.SessionStopped():
                self.session_open = isinstance(payload, e.SessionStarted)
            case e.InstanceSaved():
                self.instances[payload.instance.name] = payload.instance
            case e.InstanceRemoved():
                self.instances.pop(payload.name, None)
            case _:
                self.proposals.apply(payload)
                self.safety.apply(payload)
