"""The standing connection to one broker: session, event pump, reconciliation, reconnection."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
import structlog

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError, StorageError
from ares_desktop.domain.events import CashFlowRecorded, PositionAdjusted, Reconciled
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import (
    APPLICATION,
    SENTINEL,
    UNASSIGNED,
    VENUE,
    AccountId,
    ClientOrderId,
    InstrumentId,
    order_owner,
)
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.positions import Discrepancy, NetPosition
from ares_desktop.engine.ports.broker import (
    Broker,
    BrokerEvent,
    BrokerSession,
    Decided,
    MarketSink,
    OrderReport,
    PlayMoney,
    booking_key,
)
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.gate import AccountLink
from ares_desktop.engine.trading.inbox import BrokerInbox
from ares_desktop.engine.trading.reconcile import BrokerView, Known, differences, draft, missing_events
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)

_FIRST_RETRY_S = 0.2
_LAST_RETRY_S = 10.0
_LEAVE_WITHIN_S = 3.0
_CHECK_EVERY_S = 2.0
_IN_FLIGHT_S = 5.0
_POSITIONS_EVERY_S = 60.0
_LOOKS = 4
_LOOK_AGAIN_S = 0.25
_ASKED = {OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE}


class BrokerLink:
    """Keeps one broker session alive and our books equal to the broker's.

    Attributes:
        broker: the session.
        gate_link: what the gate knows of it.
        positions, cash: what the broker last reported, in the order of its events.
    """

    def __init__(self, broker: Broker, recorder: Recorder, clock: Clock, wall: Clock) -> None:
        self.broker = broker
        self.gate_link = AccountLink(broker.capabilities)
        self.positions: dict[InstrumentId, NetPosition] = {}
        self.cash: dict[str, Decimal] = {}
        self.balance: BrokerAccount | None = None
        self.discrepancies: dict[str, Discrepancy] = {}
        self._recorder = recorder
        self._clock = clock
        self._wall = wall
        self._inbox = BrokerInbox(recorder, self._report)
        self._tasks = TaskSet(f"broker {broker.name}")
        self._status = ConnectionStatus(
            name=broker.name,
            account=broker.account,
            state=ConnectionState.DISCONNECTED,
            paper=broker.paper,
        )
        self._on_status: Callable[[ConnectionStatus], None] = lambda _: None
        self._on_discrepancy: Callable[[Discrepancy], None] = lambda _: None
        self._reconciling = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None
        self._ever_reconciled = False
        self._booked: set[str] = set()
        self._in_flight_since: dict[ClientOrderId, float] = {}
        self._sent_before: frozenset[ClientOrderId] = frozenset()
        broker.on_event(self._received)

    @property
    def account(self) -> AccountId:
        """The account behind the session."""
        return self.broker.account

    @property
    def status(self) -> ConnectionStatus:
        """The session as the window shows it."""
        return self._status

    def on_status(self, listener: Callable[[ConnectionStatus], None]) -> None:
        """Call ``listener`` whenever the session's state changes."""
        self._on_status = listener

    def on_discrepancy(self, listener: Callable[[Discrepancy], None]) -> None:
        """Call ``listener`` when a discrepancy is found or has gone."""
        self._on_discrepancy = listener

    async def start(self, instruments: Sequence[Instrument], actions: Iterable[MarketAction] = ()) -> None:
        """Connect and reconcile, then keep both up in the background.

        Args:
            instruments: what a broker that matches orders itself has to know.
            actions: dividends, splits and funding that such a broker has to book in their time.

        Raises:
            BrokerError: when the first connection fails; the background goes on trying.
        """
        self._tasks.spawn(self._inbox.pump(), "pump")
        if isinstance(self.broker, MarketSink):
            await self.broker.register(instruments)
            await self.broker.schedule(actions)
        try:
            await self._establish()
        finally:
            self._watching = self._tasks.spawn(self._watch(), "watch")

    async def close(self) -> None:
        """Write down what has arrived and close the session; orders at a venue go on working."""
        if self._watching is not None:
            # First, so that it does not take the session's end for a loss and open another one.
            self._watching.cancel()
            await asyncio.wait([self._watching])
        await self._leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_WITHIN_S):
                await self.settled()
        await self._tasks.close()
        self._set_state(ConnectionState.DISCONNECTED, "closed")

    async def _leave(self) -> None:
        if isinstance(self.broker, MarketSink):
            with contextlib.suppress(BrokerError):
                await self.broker.shutdown()
        await self.broker.disconnect()

    async def reconnect(self) -> None:
        """Open a broken session at once; a session that stands is left alone.

        Raises:
            BrokerError: when it can't be opened; the background goes on trying.
        """
        if not self._status.connected:
            await self._establish()

    async def book(self, decided: Decided) -> None:
        """Book what a person decided: where the money is made up by the broker itself, by way of it.

        Raises:
            BrokerError: when the paper broker could not carry it out; then nothing was changed.
            StorageError: when it could not be committed.
        """
        if isinstance(self.broker, PlayMoney):
            await self.broker.book(decided)
            await self.settled()
        else:
            await self._recorder.append(draft(decided))

    async def settled(self) -> None:
        """Return once everything the broker said so far is committed and folded."""
        await self._inbox.settled()

    def _received(self, event: BrokerEvent) -> None:
        if isinstance(event, BrokerSession):
            self._session_changed(event)
        else:
            self._inbox.put(event)

    def _session_changed(self, event: BrokerSession) -> None:
        if not event.connected:
            # What these were sent with is gone: from here on they have arrived or never will.
            self._sent_before = frozenset(order.id for order in self._recorder.fold.registry.working())
            self._set_state(ConnectionState.DISCONNECTED, event.detail)
        elif not self._status.connected:
            self._set_state(ConnectionState.CONNECTED, event.detail)

    def _set_state(self, state: ConnectionState, detail: str) -> None:
        self._status = ConnectionStatus(
            name=self.broker.name,
            account=self.account,
            state=state,
            detail=detail,
            since=self._wall.now(),
            paper=self.broker.paper,
        )
        self.gate_link.connected = self._status.connected
        self.gate_link.reconciled = self._status.reconciled
        self._on_status(self._status)

    def _report(self, report: BrokerAccount | NetPosition) -> None:
        if isinstance(report, NetPosition):
            if report.quantity:
                self.positions[report.instrument] = report
            else:
                self.positions.pop(report.instrument, None)
        elif self.balance is None or report.sequence >= self.balance.sequence:
            self.balance = report
            self.gate_link.currency = report.currency
            self.cash = dict(report.cash)

    async def _establish(self) -> None:
        self._set_state(ConnectionState.CONNECTING, "")
        try:
            await self.broker.connect()
        except BrokerError as error:
            self._set_state(ConnectionState.FAILED, str(error))
            raise
        self._set_state(ConnectionState.CONNECTED, "comparing books")
        await self.reconcile()

    async def _watch(self) -> None:
        retry_s, last_full = _FIRST_RETRY_S, asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(retry_s if not self._status.connected else _CHECK_EVERY_S)
            try:
                if self._status.state in {ConnectionState.DISCONNECTED, ConnectionState.FAILED}:
                    await self._establish()
                    retry_s = _FIRST_RETRY_S
                    continue
                now = asyncio.get_running_loop().time()
                due = now - last_full >= _POSITIONS_EVERY_S or not self._status.reconciled
                if due or self._in_flight_too_long(now):
                    await self.reconcile()
                    last_full = now
            except (BrokerError, StorageError) as error:
                retry_s = min(retry_s * 2, _LAST_RETRY_S)
                _log.warning("broker_check_failed", broker=self.broker.name, error=str(error))

    def _in_flight_too_long(self, now: float) -> bool:
        pending = {OrderState.SUBMITTED, OrderState.UNKNOWN, OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE}
        in_flight = {
            order.id for order in self._recorder.fold.registry.working(account=self.account) if order.state in pending
        }
        self._in_flight_since = {order: self._in_flight_since.get(order, now) for order in in_flight}
        return any(now - since >= _IN_FLIGHT_S for since in self._in_flight_since.values())

    async def reconcile(self) -> tuple[Discrepancy, ...]:
        """Fetch the broker's orders, fills, positions and cash, add what we lack, and list what still differs.

        Raises:
            BrokerError: when any answer is missing; then nothing was changed.
        """
        async with self._reconciling:
            found: list[Discrepancy] = []
            added = 0
            for attempt in range(_LOOKS):
                if attempt:
                    # Orders may trade between two questions: only what differs again is a difference.
                    await asyncio.sleep(_LOOK_AGAIN_S)
                view = await self._look()
                added += await self._add_missing(view)
                await self._cancel_again(view)
                now = self._wall.now()
                await self._open_account(view, now)
                self._adopt(view)
                found = self._compare(view, now)
                if not found:
                    break
            await self._conclude(added, found)
            return tuple(found)

    async def _add_missing(self, view: BrokerView) -> int:
        registry = self._recorder.fold.registry
        await self.settled()
        known = Known(
            trades=frozenset(fill.trade_id for fill in view.fills if registry.has_trade(self.account, fill.trade_id)),
            orders=frozenset(
                report.intent.client_order_id
                for report in view.orders
                if registry.get(report.intent.client_order_id) is not None
            ),
            bookings=frozenset(self._booked),
            owners=frozenset({APPLICATION, SENTINEL, *self._recorder.fold.instances}),
        )
        drafts = missing_events(registry.working(account=self.account), view, known)
        added = len(await self._recorder.append(*drafts)) if drafts else 0
        # Those that the journal had already are not offered to it once more.
        self._booked |= {booking_key(booking) for booking in view.bookings}
        return added

    async def _cancel_again(self, view: BrokerView) -> None:
        """Repeat cancels that were journaled and never came to the broker: that can only reduce risk."""
        registry = self._recorder.fold.registry
        wanted = [
            report.intent.client_order_id
            for report in view.orders
            if report.intent.client_order_id in view.overdue
            and (order := registry.get(report.intent.client_order_id)) is not None
            and order.state is OrderState.PENDING_CANCEL
        ]
        if wanted:
            await self.broker.cancel(wanted)

    async def _conclude(self, added: int, found: list[Discrepancy]) -> None:
        now = self._wall.now()
        if added or found or not self._status.reconciled:
            await self._recorder.record(
                Reconciled(account=self.account, missing_events=added, discrepancies=len(found), at=now),
            )
        self._note(found, now)
        if self._status.connected and not self._status.reconciled:
            self._ever_reconciled = True
            self._set_state(ConnectionState.RECONCILED, f"{len(found)} discrepancies" if found else "books agree")

    async def _look(self) -> BrokerView:
        orders = await self.broker.orders()
        fills = await self.broker.fills()
        bookings = await self.broker.bookings()
        positions = await self.broker.positions()
        balance = await self.broker.balance()
        orders = [*orders, *await self._venue_orders(orders, fills)]
        seen = {report.intent.client_order_id for report in orders}
        absent: set[ClientOrderId] = set()
        for order in self._recorder.fold.registry.working(account=self.account):
            if order.id in seen:
                continue
            report = await self.broker.order(order.id)
            if report is None and not self._may_be_on_its_way(order.id):
                absent.add(order.id)
            elif report is not None:
                orders = [*orders, report]
        return BrokerView(
            orders=orders,
            fills=fills,
            bookings=bookings,
            positions=positions,
            balance=balance,
            absent=frozenset(absent),
            overdue=frozenset(
                order.id
                for order in self._recorder.fold.registry.working(account=self.account)
                if order.state in _ASKED and not self._may_be_on_its_way(order.id)
            ),
        )

    async def _venue_orders(self, orders: Sequence[OrderReport], fills: Sequence[Fill]) -> list[OrderReport]:
        """Return the orders of trades we lack that the venue or the sentinel placed too long ago to list them."""
        registry = self._recorder.fold.registry
        seen = {report.intent.client_order_id for report in orders}
        lacking = dict.fromkeys(
            fill.client_order_id
            for fill in fills
            if order_owner(fill.client_order_id) in {VENUE, SENTINEL}
            and fill.client_order_id not in seen
            and not registry.has_trade(self.account, fill.trade_id)
        )
        found = [await self.broker.order(order) for order in lacking]
        return [report for report in found if report is not None]

    def _may_be_on_its_way(self, order: ClientOrderId) -> bool:
        """Say whether this process may be about to send an order that the broker does not know yet."""
        if not self._ever_reconciled or order in self._sent_before:
            return False
        since = self._in_flight_since.get(order)
        return since is None or asyncio.get_running_loop().time() - since < _IN_FLIGHT_S

    async def _open_account(self, view: BrokerView, now: datetime) -> None:
        """Book what the account held before this profile ever traded it as unassigned."""
        ledger = self._recorder.fold.ledger
        if ledger.knows(self.account):
            return
        flows = [
            CashFlowRecorded(
                account=self.account,
                strategy=UNASSIGNED,
                currency=currency,
                amount=amount,
                kind="deposit",
                at=now,
            )
            for currency, amount in view.balance.cash.items()
        ]
        holdings = [
            PositionAdjusted(
                account=self.account,
                strategy=UNASSIGNED,
                instrument=position.instrument,
                quantity=position.quantity,
                price=position.average_price or Decimal(0),
                reason="held before this profile traded the account",
                at=now,
            )
            for position in view.positions
        ]
        await self._recorder.record(*flows, *holdings)

    def _adopt(self, view: BrokerView) -> None:
        self.positions = {position.instrument: position for position in view.positions}
        self._report(view.balance)

    def _compare(self, view: BrokerView, now: datetime) -> list[Discrepancy]:
        fold = self._recorder.fold
        return differences(
            self.account,
            ours=fold.ledger.net_positions(self.account),
            our_cash={currency: fold.ledger.account_cash(self.account, currency) for currency in view.balance.cash},
            known_orders=frozenset(
                report.intent.client_order_id
                for report in view.orders
                if fold.registry.get(report.intent.client_order_id) is not None
            ),
            view=view,
            at=now,
        )

    def _note(self, found: list[Discrepancy], now: datetime) -> None:
        current = {item.id: item for item in found}
        for gone in self.discrepancies.keys() - current.keys():
            self._on_discrepancy(msgspec.structs.replace(self.discrepancies[gone], at=now, resolved=True))
        for item in current.values():
            self._on_discrepancy(item)
        self.discrepancies = current
