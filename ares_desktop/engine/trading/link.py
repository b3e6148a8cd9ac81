"""The standing connection to one broker: session, event pump, reconciliation, reconnection."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import structlog

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError, StorageError
from ares_desktop.domain.ids import (
    AccountId,
    InstrumentId,
)
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus
from ares_desktop.domain.positions import Discrepancy, NetPosition
from ares_desktop.engine.ports.broker import (
    Broker,
    BrokerEvent,
    BrokerSession,
    Decided,
    MarketSink,
    PlayMoney,
)
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.gate import AccountLink
from ares_desktop.engine.trading.inbox import BrokerInbox
from ares_desktop.engine.trading.open_differences import OpenDifferences
from ares_desktop.engine.trading.reconcile import BrokerView, draft
from ares_desktop.engine.trading.reconciler import Reconciler, ReconcileTiming
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)

_FIRST_RETRY_S = 0.2
_LAST_RETRY_S = 10.0
_LEAVE_WITHIN_S = 3.0
_CHECK_EVERY_S = 1.0
_DOUBTED_AFTER = 2
_USUAL = ReconcileTiming()
Check = Callable[[], Awaitable[object]]


class BrokerLink:
    """Keeps one broker session alive and our books equal to the broker's.

    Attributes:
        broker: the session.
        gate_link: what the gate knows of it.
        positions, cash: what the broker last reported, in the order of its events.
        steps: the smallest quantity of each instrument that it was told to trade.
    """

    def __init__(
        self,
        broker: Broker,
        recorder: Recorder,
        clock: Clock,
        wall: Clock,
        *,
        timing: ReconcileTiming = _USUAL,
    ) -> None:
        self.broker = broker
        self.gate_link = AccountLink(broker.capabilities)
        self.positions: dict[InstrumentId, NetPosition] = {}
        self.cash: dict[str, Decimal] = {}
        self.balance: BrokerAccount | None = None
        self.steps: dict[InstrumentId, Decimal] = {}
        self._recorder = recorder
        self._clock = clock
        self._wall = wall
        self._inbox = BrokerInbox(recorder, self._report, self._reported)
        self._tasks = TaskSet(f"broker {broker.name}")
        self._status = ConnectionStatus(
            name=broker.name,
            account=broker.account,
            state=ConnectionState.DISCONNECTED,
            paper=broker.paper,
        )
        self._on_status: Callable[[ConnectionStatus], None] = lambda _: None
        self._on_report: Callable[[AccountId, frozenset[str]], None] = lambda _, __: None
        self._items: set[str] = set()
        self._timing = timing
        self._reconciler = Reconciler(broker, recorder, wall, settled=self.settled, adopt=self._adopt, timing=timing)
        self._watching: asyncio.Task[None] | None = None
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
        self._reconciler.differences.tell = listener

    def on_report(self, listener: Callable[[AccountId, frozenset[str]], None]) -> None:
        """Call ``listener`` with the instruments and ``cash USD`` that the broker reported, after they were folded."""
        self._on_report = listener

    @property
    def discrepancies(self) -> dict[str, Discrepancy]:
        """What differed at the newest comparison, by id."""
        return self._reconciler.differences.open

    @property
    def differences(self) -> OpenDifferences:
        """What differed at the newest comparison, and what has gone since."""
        return self._reconciler.differences

    @property
    def instruments(self) -> Mapping[InstrumentId, Instrument]:
        """What the broker was told to trade."""
        return self._reconciler.instruments

    async def start(self, instruments: Sequence[Instrument], actions: Iterable[MarketAction] = ()) -> None:
        """Connect and reconcile, then keep both up in the background.

        Args:
            instruments: what a broker that matches orders itself has to know.
            actions: dividends, splits and funding that such a broker has to book in their time.

        Raises:
            BrokerError: when the first connection fails; the background goes on trying.
        """
        self._reconciler.instruments |= {instrument.id: instrument for instrument in instruments}
        self.steps = {name: instrument.lot_size for name, instrument in self._reconciler.instruments.items()}
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
            await self.broker.decide(decided)
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
            self._reconciler.session_lost()
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
            self._items.add(report.instrument)
            if report.quantity:
                self.positions[report.instrument] = report
            else:
                self.positions.pop(report.instrument, None)
        elif self.balance is None or report.sequence >= self.balance.sequence:
            self.balance = report
            self.gate_link.currency = report.currency
            self._items |= {f"cash {currency}" for currency in report.cash.keys() | self.cash.keys()}
            self.cash = dict(report.cash)

    def _reported(self) -> None:
        """Tell what was reported since the last time, now that everything before it is folded."""
        items, self._items = frozenset(self._items), set()
        if items:
            self._on_report(self.account, items)

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
        retry_s, timing = _FIRST_RETRY_S, self._timing
        now = asyncio.get_running_loop().time
        checked: dict[Check, float] = {self.reconcile: now(), self._ask_orders: now(), self._ask_in_flight: now()}
        failures = 0
        while True:
            await asyncio.sleep(retry_s if failures else min(_CHECK_EVERY_S, timing.in_flight_every_s))
            try:
                if self._status.state in {ConnectionState.DISCONNECTED, ConnectionState.FAILED}:
                    await self._establish()
                    checked = dict.fromkeys(checked, now())
                elif self._status.connected:
                    await self._check(checked, now())
            except (BrokerError, StorageError) as error:
                failures += 1
                retry_s = min(_FIRST_RETRY_S * 2**failures, _LAST_RETRY_S)
                self._check_failed(failures, error)
            else:
                failures, retry_s = 0, _FIRST_RETRY_S

    async def _check(self, checked: dict[Check, float], now: float) -> None:
        """Do what is due: everything, else the working orders, else those that wait for an answer."""
        timing, overdue = self._timing, self._reconciler.is_overdue()
        if not self._status.reconciled or now - checked[self.reconcile] >= timing.positions_every_s:
            await self.reconcile()
            checked.update(dict.fromkeys(checked, now))
        elif now - checked[self._ask_orders] >= timing.orders_every_s:
            await self._ask_orders()
            checked[self._ask_orders] = checked[self._ask_in_flight] = now
        elif overdue and now - checked[self._ask_in_flight] >= timing.in_flight_every_s:
            await self._ask_in_flight()
            checked[self._ask_in_flight] = now

    async def _ask_orders(self) -> None:
        if await self._reconciler.ask_orders():
            await self.reconcile()

    async def _ask_in_flight(self) -> None:
        if await self._reconciler.ask_in_flight():
            await self.reconcile()

    def _check_failed(self, failures: int, error: Exception) -> None:
        _log.warning("broker_check_failed", broker=self.broker.name, failures=failures, error=str(error))
        if failures >= _DOUBTED_AFTER and self._status.reconciled:
            # Nothing new is traded on books that nobody can compare any more.
            self._set_state(ConnectionState.CONNECTED, f"can't be compared: {error}")

    async def reconcile(self) -> tuple[Discrepancy, ...]:
        """Fetch the broker's orders, fills, positions and cash, add what we lack, and list what still differs.

        Raises:
            BrokerError: when any answer is missing or can't be believed; then nothing was changed.
        """
        found = await self._reconciler.compare(first=not self._status.reconciled)
        if self._status.connected and not self._status.reconciled:
            self._set_state(ConnectionState.RECONCILED, f"{len(found)} discrepancies" if found else "books agree")
        return found

    def _adopt(self, view: BrokerView) -> None:
        gone = self.positions.keys() - {position.instrument for position in view.positions}
        self.positions = {position.instrument: position for position in view.positions}
        self._items |= {*gone, *self.positions}
        self._report(view.balance)
        self._reported()
