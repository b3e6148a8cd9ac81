"""Orders as the journal tells them: a fold of order events through the state table."""

from array import array
from collections import deque
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any, Final

import msgspec
import structlog
from msgspec.structs import replace

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import (
    AccountId,
    ClientOrderId,
    InstrumentId,
    StrategyId,
    TradeId,
    order_owner,
    order_sequence,
)
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.order_table import Stage, advance
from ares_desktop.domain.orders import FINAL_STATES, Order, OrderState
from ares_desktop.domain.risk import Denied
from ares_desktop.engine.trading.archive import Archive, ArchiveState
from ares_desktop.engine.trading.executions import Booking, Executions, ExecutionState
from ares_desktop.engine.trading.order_step import average, changed
from ares_desktop.engine.trading.working import WorkingOrders

_KEPT_ANOMALIES: Final = 1000
_log = structlog.get_logger(__name__)


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """News about an order that the state table does not foresee; the order stays what it was, a fill still counts."""

    sequence: int
    client_order_id: ClientOrderId
    state: OrderState | None
    event: str
    detail: str = ""


class RegistryState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of :class:`OrderRegistry`; ``spans`` is two int64 for each order."""

    sequence: int
    orders: ArchiveState
    spans: bytes
    ids: list[ClientOrderId]
    working: list[int]
    resume: dict[ClientOrderId, OrderState]
    newest: dict[str, int]
    denials: ArchiveState
    anomalies: list[Anomaly]
    anomaly_count: int
    executions: ExecutionState


class OrderRegistry:
    """All orders by client order id.

    Every event counts once by its sequence and every fill once by account and trade id, so delivering anything twice
    changes nothing. An event that fits no row of the table is kept as an anomaly and never raises.

    Attributes:
        sequence: of the newest event that was applied.
        anomalies: the newest ones; ``anomaly_count`` counts all.
    """

    def __init__(
        self,
        *,
        on_fill: Callable[[Fill], None] | None = None,
        on_commission: Callable[[Fill, Decimal], None] | None = None,
        on_amend: Callable[[Booking], None] | None = None,
    ) -> None:
        self.sequence = 0
        self.anomalies: deque[Anomaly] = deque(maxlen=_KEPT_ANOMALIES)
        self.anomaly_count = 0
        self._on_fill = on_fill
        self._on_commission = on_commission
        self._on_amend = on_amend
        self._orders = Archive(Order)
        self._index: dict[ClientOrderId, int] = {}
        self._spans = array("q")
        self._resume: dict[ClientOrderId, OrderState] = {}
        self._working = WorkingOrders()
        self._newest: dict[str, int] = {}
        self._denials = Archive(Denied)
        self._executions = Executions()
        self._apply: dict[type, Callable[[int, Any], Order | None]] = {
            e.OrderDenied: self._deny,
            e.OrderSubmitted: self._submit,
            e.OrderAccepted: self._accept,
            e.OrderFilled: self._fill,
            e.CommissionReported: self._correct,
            e.OrderUpdated: self._update,
            e.OrderTriggered: self._move,
            e.CancelRequested: self._move,
            e.UpdateRequested: self._move,
            e.OrderExpired: self._move,
            e.OrderCanceled: self._move_with_reason,
            e.OrderRejected: self._move_with_reason,
            e.CancelRejected: self._move_with_reason,
            e.UpdateRejected: self._move_with_reason,
            e.OrderOutcomeUnknown: self._move_with_reason,
        }

    def apply(self, event: e.JournalEvent) -> Order | None:
        """Fold an event; return the order as it is now where the event changed one."""
        if event.sequence <= self.sequence:
            return None
        self.sequence = event.sequence
        fold = self._apply.get(type(event.payload))
        order = fold(event.sequence, event.payload) if fold else None
        if order is not None:
            self._spans[2 * self._index[order.id] + 1] = event.sequence
        return order

    def get(self, order: ClientOrderId) -> Order | None:
        """Return an order, None when there is none of that id."""
        index = self._index.get(order)
        return None if index is None else self._orders[index]

    def span(self, order: ClientOrderId) -> tuple[int, int] | None:
        """Return the sequences of an order's first and newest event, None when there is none of that id."""
        index = self._index.get(order)
        return None if index is None else (self._spans[2 * index], self._spans[2 * index + 1])

    def order_at(self, place: int) -> Order:
        """Return the order at a place, of ``len()`` ones from the oldest to the newest; safe from any thread."""
        return self._orders[place]

    def orders(self) -> tuple[Order, ...]:
        """Return all orders, oldest first, denied ones too; takes some microseconds for each."""
        return tuple(self._orders)

    def ids(self) -> Collection[ClientOrderId]:
        """Return the ids of all orders, oldest first."""
        return self._index.keys()

    def working(
        self,
        strategy: StrategyId | None = None,
        instrument: InstrumentId | None = None,
        account: AccountId | None = None,
    ) -> tuple[Order, ...]:
        """Return orders that are, or may be, live at a venue; oldest first."""
        return tuple(self._orders[place] for place in self._working.places(strategy, instrument, account))

    def fills(self) -> tuple[Fill, ...]:
        """Return all fills, oldest first, with their newest commission."""
        return self._executions.all()

    @property
    def executions(self) -> Executions:
        """The fills by their places; only to be read."""
        return self._executions

    def has_trade(self, account: AccountId, trade_id: TradeId) -> bool:
        """Say whether this execution is known."""
        return self._executions.has(account, trade_id)

    def last_sequence(self, owner: str) -> int:
        """Return the greatest number among the client order ids of an owner, denied ones too; 0 before the first."""
        return self._newest.get(owner, 0)

    def denials(self) -> tuple[Denied, ...]:
        """Return all that the gate refused, oldest first."""
        return tuple(self._denials)

    def __len__(self) -> int:
        return len(self._orders)

    def _deny(self, sequence: int, payload: e.OrderDenied) -> Order | None:
        del sequence
        intent = payload.intent
        self._denials.append(
            Denied(
                client_order_id=intent.client_order_id,
                strategy=intent.strategy,
                instrument=intent.instrument,
                reason=payload.reason,
                detail=payload.detail,
                at=payload.at,
            ),
            complete=True,
        )
        if intent.client_order_id in self._index:
            return None  # refused because the id is taken: the order that has it is not concerned
        return self._add(
            Order(
                intent=intent,
                state=OrderState.DENIED,
                updated_at=payload.at,
                reason_code=payload.reason.value,
                reason=payload.detail,
            ),
        )

    def _submit(self, sequence: int, payload: e.OrderSubmitted) -> Order | None:
        known = self.get(payload.intent.client_order_id)
        if known is not None:
            self._note(sequence, known.id, known.state, payload, "an order of this id is known")
            return None
        return self._add(Order(intent=payload.intent, state=OrderState.SUBMITTED, updated_at=payload.at))

    def _accept(self, sequence: int, payload: e.OrderAccepted) -> Order | None:
        return self._move(sequence, payload, venue_order_id=payload.venue_order_id)

    def _move_with_reason(self, sequence: int, payload: e.OrderRejected) -> Order | None:
        return self._move(sequence, payload, **({"reason": payload.reason} if payload.reason else {}))

    def _update(self, sequence: int, payload: e.OrderUpdated) -> Order | None:
        order = self.get(payload.client_order_id)
        if order is None:
            self._note(sequence, payload.client_order_id, None, payload, "no order of this id")
            return None
        return self._move(sequence, payload, intent=changed(order.intent, payload))

    def _fill(self, sequence: int, payload: e.OrderFilled) -> Order | None:
        booked = self._executions.record(payload.fill)
        if booked is None:
            return None
        if isinstance(booked, Booking):
            return self._amend(sequence, payload, booked)
        fill = booked
        if self._on_fill is not None:
            self._on_fill(fill)
        order = self.get(fill.client_order_id)
        if order is None:
            self._note(sequence, fill.client_order_id, None, payload, f"trade {fill.trade_id} of no order of ours")
            return None
        filled = order.filled + fill.quantity
        quantity = order.intent.quantity
        stage = advance(self._stage(order), e.OrderFilled, filled=filled, quantity=quantity)
        if stage is None or filled > quantity:
            self._note(sequence, order.id, order.state, payload, f"{filled} filled of {quantity}")
        return self._keep(
            order,
            stage or self._stage(order),
            updated_at=fill.at,
            filled=filled,
            average_price=average(order, fill, filled),
            commission=order.commission + fill.commission,
        )

    def _amend(self, sequence: int, payload: e.OrderFilled, booking: Booking) -> Order | None:
        """Take an execution that was booked before, wholly or in part, at another price."""
        if self._on_amend is not None:
            self._on_amend(booking)
        order = self.get(booking.fill.client_order_id)
        if order is None:
            return None
        filled = order.filled + booking.fresh
        value = (order.average_price or ZERO) * order.filled - booking.value
        value += booking.fill.price * (booking.corrected + booking.fresh)
        stage = self._stage(order)
        if booking.fresh > 0:
            moved = advance(stage, e.OrderFilled, filled=filled, quantity=order.intent.quantity)
            if moved is None or filled > order.intent.quantity:
                self._note(sequence, order.id, order.state, payload, f"{filled} filled of {order.intent.quantity}")
            stage = moved or stage
        return self._keep(
            order,
            stage,
            updated_at=booking.fill.at,
            filled=filled,
            average_price=value / filled if filled else None,
            commission=order.commission + booking.commission,
        )

    def _correct(self, sequence: int, payload: e.CommissionReported) -> Order | None:
        del sequence
        correction = self._executions.correct(payload)
        if correction is None:
            return None
        fill, difference = correction
        if self._on_commission is not None:
            self._on_commission(fill, difference)
        order = self.get(fill.client_order_id)
        if order is None:
            return None
        commission = order.commission + difference
        return self._keep(order, self._stage(order), commission=commission, updated_at=payload.at)

    def _move(self, sequence: int, payload: Any, **changes: Any) -> Order | None:  # noqa: ANN401 - any order event
        order = self.get(payload.client_order_id)
        if order is None:
            self._note(sequence, payload.client_order_id, None, payload, "no order of this id")
            return None
        intent = changes.get("intent", order.intent)
        stage = advance(self._stage(order), type(payload), filled=order.filled, quantity=intent.quantity)
        if stage is None:
            self._note(sequence, order.id, order.state, payload)
            return None
        return self._keep(order, stage, updated_at=payload.at, **changes)

    def _stage(self, order: Order) -> Stage:
        return Stage(order.state, self._resume.get(order.id, order.state))

    def _add(self, order: Order) -> Order:
        place = self._orders.append(order, complete=order.is_final)
        self._index[order.id] = place
        self._spans.extend((self.sequence, self.sequence))
        owner = order_owner(order.id)
        self._newest[owner] = max(self._newest.get(owner, 0), order_sequence(order.id))
        if not order.is_final:
            self._working.add(order.intent, place)
        return order

    def _keep(self, order: Order, stage: Stage, **changes: Any) -> Order:  # noqa: ANN401 - fields of an order
        before = order.state
        order = replace(order, state=stage.state, **changes)
        name = order.id
        if stage.resume is not stage.state:
            self._resume[name] = stage.resume
        elif name in self._resume:
            del self._resume[name]
        place = self._index[name]
        final = stage.state in FINAL_STATES
        self._orders.put(place, order, complete=final)
        if final != (before in FINAL_STATES):
            if final:
                self._working.drop(order.intent)
            else:
                self._working.add(order.intent, place)
        return order

    def _note(
        self, sequence: int, order: ClientOrderId, state: OrderState | None, payload: object, detail: str = ""
    ) -> None:
        anomaly = Anomaly(
            sequence=sequence,
            client_order_id=order,
            state=state,
            event=type(payload).__name__,
            detail=detail,
        )
        self.anomalies.append(anomaly)
        self.anomaly_count += 1
        _log.warning(
            "order_event_not_foreseen",
            sequence=sequence,
            client_order_id=order,
            state=state,
            kind=anomaly.event,
            detail=detail,
        )

    def dump(self) -> RegistryState:
        """Return the state for a snapshot."""
        return RegistryState(
            sequence=self.sequence,
            orders=self._orders.dump(),
            spans=self._spans.tobytes(),
            ids=list(self._index),
            working=self._working.places(),
            resume=self._resume,
            newest=self._newest,
            denials=self._denials.dump(),
            anomalies=list(self.anomalies),
            anomaly_count=self.anomaly_count,
            executions=self._executions.dump(),
        )

    def load(self, state: RegistryState) -> None:
        """Replace everything by what :meth:`dump` returned."""
        self.sequence = state.sequence
        self._orders = Archive(Order, state.orders)
        self._index = dict(zip(state.ids, range(len(state.ids)), strict=True))
        self._spans = array("q", state.spans)
        self._resume = dict(state.resume)
        self._newest = dict(state.newest)
        self._denials = Archive(Denied, state.denials)
        self.anomalies = deque(state.anomalies, maxlen=_KEPT_ANOMALIES)
        self.anomaly_count = state.anomaly_count
        self._executions = Executions(state.executions)
        self._working = WorkingOrders()
        for place in state.working:
            order = self._orders[place]
            self._orders.put(place, order, complete=False)
            self._working.add(order.intent, place)
