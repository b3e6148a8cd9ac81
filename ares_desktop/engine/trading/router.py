"""From approved intents to the broker: journal first, then send; the only caller of ``Broker.submit``."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import structlog
from msgspec.structs import replace

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError, StorageError
from ares_desktop.domain.events import (
    CancelRequested,
    EventDraft,
    OrderCanceled,
    OrderDenied,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderSubmitted,
    UpdateRequested,
)
from ares_desktop.domain.ids import AccountId, ClientOrderId, CorrelationId, EventId
from ares_desktop.domain.orders import Order, OrderIntent
from ares_desktop.domain.risk import Denied, DenyReason
from ares_desktop.engine.ports.broker import Broker
from ares_desktop.engine.ports.cancels_all import CancelsAll
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.runtime.waiting import until
from ares_desktop.engine.trading.brackets import expand
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.provenance import submission_id
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)

Verdict = OrderSubmitted | OrderDenied
_CARRY_OUT = "carry out"


class OrderRouter:
    """Takes intents and cancels from everywhere, in order, and hands them to their account's broker.

    Attributes:
        overtaken: says which orders that are about to be sent a stricter trading state no longer allows.
    """

    def __init__(self, recorder: Recorder, gate: RiskGate, clock: Clock) -> None:
        self._recorder = recorder
        self._gate = gate
        self._clock = clock
        self._brokers: dict[AccountId, Broker] = {}
        self._tasks = TaskSet("router")
        self._on_unrecorded: Callable[[Denied], None] | None = None
        self.overtaken: Callable[[Sequence[OrderIntent]], Sequence[ClientOrderId]] = lambda _: ()

    def add_broker(self, broker: Broker) -> None:
        """Route the orders of the broker's account to it."""
        self._brokers[broker.account] = broker

    def on_unrecorded(self, listener: Callable[[Denied], None]) -> None:
        """Call ``listener`` with denials that the journal could not keep."""
        self._on_unrecorded = listener

    def review(self, intents: Sequence[OrderIntent]) -> list[Verdict]:
        """Ask the gate for each intent; brackets become an entry and its exits, denied or approved together."""
        now = self._clock.now()
        verdicts: list[Verdict] = []
        for intent in intents:
            family = self._family(intent)
            refusal = None
            passed: list[OrderIntent] = []
            for member in family:
                refusal = self._gate.review(self._as_carried(member))
                if refusal is not None:
                    break
                passed.append(member)
            if refusal is None:
                verdicts += [OrderSubmitted(intent=member, at=now) for member in family]
                continue
            for member in passed:
                self._gate.withdraw(member)
            verdicts.append(OrderDenied(intent=intent, reason=refusal[0], detail=refusal[1], at=now))
        return verdicts

    def _family(self, intent: OrderIntent) -> tuple[OrderIntent, ...]:
        """Return an intent with its bracket's exits; where the broker has no brackets, the stop guard holds those."""
        return expand(intent) if self._keeps_brackets(intent.account) else (intent,)

    def _as_carried(self, intent: OrderIntent) -> OrderIntent:
        """Return an intent as its broker gets it: the journal keeps the bracket that the engine holds."""
        if intent.bracket is None or self._keeps_brackets(intent.account):
            return intent
        return replace(intent, bracket=None)

    def _keeps_brackets(self, account: AccountId) -> bool:
        broker = self._brokers.get(account)
        return broker is None or broker.capabilities.brackets

    def accept(self, intents: Sequence[OrderIntent]) -> None:
        """Review intents at once and carry them out in the background, in the order of the calls."""
        self._tasks.spawn(self._carry_out(self.review(intents)), _CARRY_OUT)

    async def submit(self, intents: Sequence[OrderIntent]) -> list[Verdict]:
        """Review intents and return once they were denied or handed over."""
        verdicts = self.review(intents)
        await self._carry_out(verdicts)
        return verdicts

    async def settled(self) -> None:
        """Return once everything that was accepted so far is carried out."""
        while tasks := self._tasks.running():
            # Not gather: who gives up waiting must not cancel what is committed and on its way to the broker.
            await asyncio.wait(tasks)

    async def _handed_over(self) -> None:
        """Wait for submissions that are still being committed, so that a cancel can follow its order."""
        carrying = [task for task in self._tasks.running() if task.get_name().endswith(_CARRY_OUT)]
        if carrying:
            await asyncio.wait(carrying)

    async def _carry_out(self, verdicts: list[Verdict]) -> None:
        submitted = [verdict.intent for verdict in verdicts if isinstance(verdict, OrderSubmitted)]
        try:
            await self._recorder.append(*(_draft(verdict) for verdict in verdicts))
        except StorageError as error:
            self._not_recorded(verdicts, str(error))
            return
        # What became stricter while these were being committed holds for them too: they never reach the broker.
        overtaken = self.overtaken(submitted)
        stopped = dict.fromkeys(overtaken, "only exits pass since before it was sent")
        halted = [intent.client_order_id for intent in submitted if self._gate.halted(intent)]
        stopped |= dict.fromkeys(halted, "kill switch engaged before it was sent")
        if stopped:
            now = self._clock.now()
            await self._recorder.record(
                *(OrderCanceled(client_order_id=name, at=now, reason=reason) for name, reason in stopped.items()),
            )
        await self._send([intent for intent in submitted if intent.client_order_id not in stopped])

    def _not_recorded(self, verdicts: list[Verdict], error: str) -> None:
        for verdict in verdicts:
            intent = verdict.intent
            if isinstance(verdict, OrderSubmitted):
                self._gate.withdraw(intent)
            if self._on_unrecorded is not None:
                self._on_unrecorded(
                    Denied(
                        client_order_id=intent.client_order_id,
                        strategy=intent.strategy,
                        instrument=intent.instrument,
                        reason=DenyReason.JOURNAL_FAILED,
                        detail=f"not sent, since the journal could not keep it: {error}",
                        at=self._clock.now(),
                    ),
                )

    async def _send(self, intents: Sequence[OrderIntent]) -> None:
        for account, broker in self._brokers.items():
            mine = [intent for intent in intents if intent.account == account]
            if not mine:
                continue
            try:
                await broker.submit([self._as_carried(intent) for intent in mine])
            except BrokerTimeoutError as error:
                await self._unknown(mine, str(error))
            except BrokerError as error:
                await self._refused(mine, str(error))

    async def _unknown(self, intents: Iterable[OrderIntent], reason: str) -> None:
        now = self._clock.now()
        registry = self._recorder.fold.registry
        # The broker's news may have come although its answer was lost: then nothing is in doubt.
        doubtful = [
            item.client_order_id for item in intents if not _is_acknowledged(registry.get(item.client_order_id))
        ]
        await self._note([OrderOutcomeUnknown(client_order_id=order, reason=reason, at=now) for order in doubtful])

    async def _refused(self, intents: Iterable[OrderIntent], reason: str) -> None:
        """Note orders that certainly did not leave: the session refused them before anything was written."""
        now = self._clock.now()
        await self._note(
            [OrderRejected(client_order_id=item.client_order_id, reason=reason, at=now) for item in intents],
        )

    async def _note(self, payloads: Sequence[OrderOutcomeUnknown | OrderRejected]) -> None:
        try:
            await self._recorder.record(*payloads)
        except StorageError as error:
            # The orders stay SUBMITTED, which reconciliation resolves by asking the broker.
            _log.error("outcome_not_recorded", error=str(error))

    async def update(self, order: ClientOrderId, *, quantity: Decimal) -> bool:
        """Change the total quantity of a working order; False when it does not work any more, or may not grow.

        Raises:
            StorageError: when the journal can't keep it; then nothing is sent.
            BrokerError: when the broker could not take the change.
        """
        found = self._recorder.fold.registry.get(order)
        broker = None if found is None else self._brokers.get(found.intent.account)
        if found is None or broker is None or not found.is_working:
            return False
        refusal = self._gate.review_growth(found, quantity)
        if refusal is not None:
            _log.warning("update_refused", client_order_id=order, reason=refusal[0], detail=refusal[1])
            return False
        await self._recorder.record(UpdateRequested(client_order_id=order, at=self._clock.now(), quantity=quantity))
        await broker.update(order, quantity=quantity)
        return True

    async def cancel(self, orders: Sequence[ClientOrderId], *, reason: str) -> int:
        """Cancel working orders; return how many were handed over.

        A cancel is sent even when the journal fails: it can only reduce risk.

        Raises:
            BrokerError: after every broker was tried, when one of them could not take its cancels.
        """
        registry = self._recorder.fold.registry
        if any(order in self._gate.exposure and registry.get(order) is None for order in orders):
            await self._handed_over()
        now = self._clock.now()
        found = [order for order in map(registry.get, orders) if order is not None]
        working = [order for order in found if order.is_working]
        if not working:
            return 0
        try:
            await self._recorder.record(
                *(CancelRequested(client_order_id=order.id, at=now, reason=reason) for order in working),
            )
        except StorageError as error:
            _log.error("cancel_not_recorded", error=str(error))
        groups = {
            account: [order.id for order in working if order.intent.account == account]
            for account in {order.intent.account for order in working}
        }
        for account, ids in groups.items():
            self._gate.canceled(account, len(ids))
        results = await asyncio.gather(
            *(self._brokers[account].cancel(ids) for account, ids in groups.items() if account in self._brokers),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(working)

    async def cancel_at(
        self, account: AccountId, orders: Sequence[ClientOrderId], *, reason: str, everything: bool
    ) -> None:
        """Hand cancels to one account's broker before they are written down: they can only reduce risk.

        With ``everything`` a broker that can cancels all its orders of the account, also those that we don't know.

        Raises:
            BrokerError: when the broker could not take them, or there is none.
        """
        broker = self._brokers.get(account)
        if broker is None:
            msg = f"no broker for account {account}"
            raise BrokerError(msg)
        # Starts in the loop's next turn, when the cancels are on their way; the broker's answers come after it.
        self._tasks.spawn(self._note_cancels(orders, reason), "note cancels")
        if isinstance(broker, CancelsAll):
            await broker.cancel_all(None if everything else orders)
        elif orders:
            await broker.cancel(orders)

    async def _note_cancels(self, orders: Sequence[ClientOrderId], reason: str) -> None:
        now, registry = self._clock.now(), self._recorder.fold.registry
        found = [order for order in map(registry.get, orders) if order is not None and order.is_working]
        try:
            await self._recorder.record(
                *(CancelRequested(client_order_id=order.id, at=now, reason=reason) for order in found),
            )
        except StorageError as error:
            _log.error("cancel_not_recorded", error=str(error))

    async def cancel_for_certain(self, orders: Sequence[ClientOrderId], *, reason: str, within_s: float) -> bool:
        """Cancel orders and wait until none of them works any more; False when some still do after ``within_s``.

        Raises:
            BrokerError: when a broker could not take its cancels.
        """
        registry = self._recorder.fold.registry
        await self.cancel(orders, reason=reason)
        return await until(
            lambda: not any((found := registry.get(order)) is not None and found.is_working for order in orders),
            within_s=within_s,
        )

    def cancel_later(self, orders: Sequence[ClientOrderId], *, reason: str) -> None:
        """Cancel in the background, after everything accepted before."""
        self._tasks.spawn(self._cancel_quietly(orders, reason), "cancel")

    async def _cancel_quietly(self, orders: Sequence[ClientOrderId], reason: str) -> None:
        try:
            await self.cancel(orders, reason=reason)
        except BrokerError as error:
            _log.warning("cancel_failed", error=str(error))

    async def close(self) -> None:
        """Finish what was accepted, then refuse more."""
        async with asyncio.timeout(5.0):
            await self.settled()
        await self._tasks.close()


def _draft(verdict: Verdict) -> EventDraft:
    order = verdict.intent.client_order_id
    submitted = submission_id(order) if isinstance(verdict, OrderSubmitted) else EventId("")
    return EventDraft(payload=verdict, id=submitted, correlation=CorrelationId(order))


def _is_acknowledged(order: Order | None) -> bool:
    return order is not None and (order.is_final or order.venue_order_id is not None)
