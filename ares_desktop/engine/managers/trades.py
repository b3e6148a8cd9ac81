"""Orders from intent to last fill, and the trader's own ticket."""

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject

from ares_desktop.domain.decisions import Decision, DecisionQuery
from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import JournalEvent, OrderDenied
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import MANUAL, AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import Order, OrderIntent, OrderPurpose, OrderType
from ares_desktop.domain.risk import ALL_SCOPE, Denied, DenyReason
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.data.directory import InstrumentDirectory
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.decisions import Decisions
from ares_desktop.engine.trading.flatten import closing_intents, holdings
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import covers

_CANCEL_WITHIN_S = 5.0


class TradeManager(QObject):
    """Shows every order and fill, and places, cancels and flattens for the trader.

    Signals:
        order_changed: an order's newest state.
        filled: an execution; again when its commission was corrected.
        denied: an intent that the gate refused.
    """

    order_changed: SignalOf[Order] = signal_of(Order)
    filled: SignalOf[Fill] = signal_of(Fill)
    denied: SignalOf[Denied] = signal_of(Denied)

    def __init__(
        self,
        recorder: Recorder,
        router: OrderRouter,
        directory: InstrumentDirectory,
        decisions: Decisions,
        *,
        ids: OrderIds,
        clock: Clock,
        account: AccountId,
        scopes: Scopes,
    ) -> None:
        super().__init__()
        self._recorder = recorder
        self._router = router
        self._directory = directory
        self._decisions = decisions
        self._ids = ids
        self._clock = clock
        self._account = account
        self._scopes = scopes
        self._flattening = asyncio.Lock()
        recorder.subscribe(self._recorded)
        router.on_unrecorded(self.denied.emit)

    def orders(self) -> tuple[Order, ...]:
        """Return every order, denied ones too, oldest first."""
        return tuple(self._recorder.fold.registry.orders())

    def working(self) -> tuple[Order, ...]:
        """Return the orders that are, or may be, live."""
        return tuple(self._recorder.fold.registry.working())

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution, oldest first."""
        return tuple(self._recorder.fold.registry.fills())

    def decision(self, order: ClientOrderId) -> Decision:
        """Return why an order was made, as memory has it; :meth:`explain` knows every step.

        Raises:
            UsageError: when there is no order of that id.
        """
        return self._decisions.decision(order)

    async def explain(self, order: ClientOrderId) -> Decision:
        """Return why an order was made, with each step of its life from the journal.

        Raises:
            UsageError: when there is no order of that id.
            JournalCorruptError, StorageError: when the journal can't be read.
        """
        return await self._decisions.explain(order)

    async def decisions(self, query: DecisionQuery) -> tuple[Decision, ...]:
        """Return what matches, newest first."""
        return await self._decisions.search(query)

    def decisions_of_position(self, strategy: StrategyId, instrument: InstrumentId) -> tuple[Decision, ...]:
        """Return the decisions that led to what a strategy holds now, oldest first."""
        return self._decisions.of_position(strategy, instrument)

    async def export_decisions(self, query: DecisionQuery, file: Path) -> int:
        """Write what matches to a CSV or JSON file, by its name; return how many they were.

        Raises:
            UsageError: when the name is of neither, or the file can't be written.
            JournalCorruptError, StorageError: when the journal can't be read.
        """
        return await self._decisions.export(query, file)

    async def prepare(self) -> None:
        """Get ready to explain orders at once, however many there are."""
        await self._decisions.prepare()

    async def submit(self, ticket: OrderTicket) -> Order:
        """Place the trader's own order, through the same gate as every other.

        Raises:
            UsageError: when the ticket can't be understood, or names a book that is not there.
            RefusedError: when the gate denies it or the journal can't keep it, with the reason code.
        """
        intent = self._intent(ticket, self._directory.resolve(ticket.instrument))
        verdicts = await self._router.submit([intent])
        if isinstance(verdicts[0], OrderDenied):
            raise RefusedError(verdicts[0].reason, verdicts[0].detail)
        return self._order(intent.client_order_id)

    async def cancel(self, order: ClientOrderId, *, source: str) -> None:
        """Cancel one working order.

        Raises:
            UsageError: when it is not known or no longer works.
            BrokerError: when the broker did not take the cancel.
        """
        found = self._recorder.fold.registry.get(order)
        if found is None or not found.is_working:
            state = "it is not known" if found is None else f"it is {found.state}"
            raise UsageError(
                Finding(
                    place="order",
                    value=order,
                    problem=f"can't be canceled: {state}",
                    remedy="List the working orders to see what can be.",
                ),
            )
        await self._router.cancel([order], reason=f"canceled by {source}")

    async def cancel_all(self, *, source: str, scope: str = ALL_SCOPE) -> int:
        """Cancel every working order of a scope; return how many were handed over.

        Raises:
            UsageError: for a scope that means nothing here.
            BrokerError: when a broker did not take its cancels.
        """
        self._scopes.check(scope)
        return await self._router.cancel(self._working_in(scope), reason=f"canceled by {source}")

    async def flatten(self, *, source: str, scope: str = ALL_SCOPE) -> tuple[Order, ...]:
        """Cancel what works in a scope, then close what its books hold; return the closing orders.

        Raises:
            RefusedError: when the gate denied one of them, while the others are placed, or when cancels are not
                confirmed in time and nothing is closed.
            UsageError: for a scope that means nothing here.
        """
        self._scopes.check(scope)
        # One after the other: a second one sees the closing orders of the first, and sells nothing twice.
        async with self._flattening:
            return await self._flatten(scope, source)

    async def _flatten(self, scope: str, source: str) -> tuple[Order, ...]:
        working = self._working_in(scope)
        if not await self._router.cancel_for_certain(working, reason=f"flatten by {source}", within_s=_CANCEL_WITHIN_S):
            raise RefusedError("CANCELS_NOT_CONFIRMED", "the broker has not confirmed every cancel; nothing was closed")
        fold = self._recorder.fold
        intents = closing_intents(
            fold,
            holdings(fold, scope),
            ids=self._ids,
            clock=self._clock,
            purpose=OrderPurpose.FLATTEN,
            reason=f"flatten by {source}",
        )
        if not intents:
            return ()
        verdicts = await self._router.submit(intents)
        refused = [verdict for verdict in verdicts if isinstance(verdict, OrderDenied)]
        if refused:
            texts = "; ".join(f"{verdict.intent.instrument}: {verdict.detail}" for verdict in refused)
            raise RefusedError(refused[0].reason, texts)
        return tuple(self._order(intent.client_order_id) for intent in intents)

    def _working_in(self, scope: str) -> list[ClientOrderId]:
        return [
            order.id
            for order in self.working()
            if covers(scope, order.intent.account, order.intent.strategy, order.intent.instrument)
        ]

    def _order(self, order: ClientOrderId) -> Order:
        found = self._recorder.fold.registry.get(order)
        if found is None:
            detail = self._recorder.failure or f"the journal did not take order {order}"
            raise RefusedError(DenyReason.JOURNAL_FAILED, f"{order} was not sent: {detail}")
        return found

    def _intent(self, ticket: OrderTicket, instrument: InstrumentId) -> OrderIntent:
        kind = _order_type(ticket)
        return OrderIntent(
            client_order_id=self._ids.next(),
            strategy=self._scopes.book(ticket.strategy) if ticket.strategy else MANUAL,
            account=self._account,
            instrument=instrument,
            side=ticket.side,
            quantity=ticket.quantity,
            created_at=self._clock.now(),
            type=kind,
            limit_price=ticket.limit,
            stop_price=ticket.stop,
            trail=ticket.trail,
            tif=ticket.tif,
            purpose=OrderPurpose.MANUAL,
            reason=f"placed in the {ticket.source}",
        )

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        if isinstance(event.payload, OrderDenied):
            self.denied.emit(_denied(event.payload))
        if applied.fill is not None:
            self.filled.emit(applied.fill)
        if applied.order is not None:
            self.order_changed.emit(applied.order)


def _order_type(ticket: OrderTicket) -> OrderType:
    if ticket.trail is not None:
        return OrderType.TRAILING_STOP
    if ticket.stop is not None:
        return OrderType.STOP if ticket.limit is None else OrderType.STOP_LIMIT
    return OrderType.MARKET if ticket.limit is None else OrderType.LIMIT


def _denied(payload: OrderDenied) -> Denied:
    intent = payload.intent
    return Denied(
        client_order_id=intent.client_order_id,
        strategy=intent.strategy,
        instrument=intent.instrument,
        reason=payload.reason,
        detail=payload.detail,
        at=payload.at,
    )
