"""The session to the paper broker's process, as the engine's broker and as the receiver of its market data."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import structlog

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError, ClientIdInUseError
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.orders import FINAL_STATES, OrderIntent, OrderType, TimeInForce
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.simulation import AccountMode
from ares_desktop.engine.adapters.brokers.paper import launch, protocol
from ares_desktop.engine.adapters.brokers.paper.folder import socket_path
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.adapters.brokers.paper.wire import Wire
from ares_desktop.engine.ports.broker import (
    BrokerBooking,
    BrokerCapabilities,
    BrokerEvent,
    BrokerSession,
    Decided,
    OrderReport,
)
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)
_FIRST_RETRY_S: Final = 0.1
_LAST_RETRY_S: Final = 5.0


class PaperBroker:
    """One session to the paper broker in a folder; starts its process where none runs, and comes back when it is lost.

    Args:
        folder: where the broker's process keeps its state.
        client_id: only one living session may have it.
        settings: for a process that has to be started, None for those in its folder.
        starts: whether a missing process is started; else connecting to none fails.
        timeout_s: bound of every call.

    Attributes:
        pid: of the broker's process, None while not connected.
    """

    name = "paper"
    paper = True

    def __init__(
        self,
        folder: Path,
        client_id: str,
        *,
        settings: PaperSettings | None = None,
        starts: bool = True,
        timeout_s: float = 5.0,
    ) -> None:
        self.pid: int | None = None
        self._folder = folder
        self._client_id = client_id
        self._settings = settings
        self._starts = starts
        self._timeout_s = timeout_s
        self._account = (settings or PaperSettings()).account
        self._short_sales = (settings or PaperSettings()).mode is AccountMode.MARGIN
        self._receiver: Callable[[BrokerEvent], None] = lambda _: None
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._actions: tuple[MarketAction, ...] | None = None
        self._knows_bookings = self._cancels_all = self._knows_decisions = False
        self._has_dead_man = False
        self._wire: Wire | None = None
        self._sequence: int | None = None
        self._early = 0
        self._dropped = asyncio.Event()
        self._connecting = asyncio.Lock()
        self._tasks = TaskSet(f"paper broker {client_id}")

    @property
    def account(self) -> AccountId:
        """The account its orders belong to."""
        return self._account

    @property
    def capabilities(self) -> BrokerCapabilities:
        """Everything the simulated venue carries out."""
        return BrokerCapabilities(
            order_types=frozenset(OrderType),
            times_in_force=frozenset(TimeInForce),
            brackets=True,
            oco=True,
            reduce_only=True,
            reduces_books=True,
            short_sales=self._short_sales,
        )

    def on_event(self, receiver: Callable[[BrokerEvent], None]) -> None:
        """Call ``receiver`` on the loop for every event, in the broker's order."""
        self._receiver = receiver

    @property
    def is_connected(self) -> bool:
        """Whether the session is open."""
        return self._wire is not None and self._wire.is_open

    async def connect(self) -> None:
        """Open the session, starting the process where none answers; open already, nothing happens.

        Raises:
            ClientIdInUseError: when another living session holds this client id.
            BrokerError: when the process can't be started or reached.
        """
        async with self._connecting:
            if self.is_connected:
                return
            try:
                await self._find()
            except BrokerTimeoutError:
                # A process that was about to end took the connection; the next look starts another one.
                await self._find()
            if not self._tasks:
                self._tasks.spawn(self._keep(), "keep")
        self._receiver(BrokerSession(connected=True, detail=f"process {self.pid}"))

    async def _find(self) -> None:
        if self._starts:
            await launch.ensure_running(self._folder, self._settings)
        loop = asyncio.get_running_loop()
        self._sequence, self._early = None, 0
        try:
            _, wire = await loop.create_unix_connection(
                lambda: Wire(self._news, self._lost), str(socket_path(self._folder))
            )
        except OSError as error:
            msg = f"the paper broker in {self._folder} can't be reached: {error}"
            raise BrokerError(msg) from error
        try:
            await self._greet(wire)
        except BaseException:
            wire.abort()
            raise
        self._wire = wire
        try:
            if self._instruments:
                instruments = tuple(self._instruments.values())
                await wire.ask(lambda number: protocol.Register(number, instruments), self._timeout_s)
            await self._tell_actions(wire)
        except BaseException:
            # A session that does not know the market would look like one that does.
            self._wire = self.pid = None
            wire.abort()
            raise

    async def _greet(self, wire: Wire) -> None:
        wire.greet(self._client_id)
        try:
            async with asyncio.timeout(self._timeout_s):
                welcome = await wire.welcome
        except TimeoutError:
            raise BrokerTimeoutError("the paper broker did not open the session in time") from None
        if isinstance(welcome, protocol.Refused):
            raise (ClientIdInUseError if welcome.in_use else BrokerError)(welcome.reason)
        self.pid = welcome.pid
        # What came in the same breath as the welcome is newer than it.
        self._sequence = max(welcome.sequence, self._early)
        self._account = welcome.account
        self._short_sales = welcome.short_sales
        self._knows_bookings = welcome.bookings
        self._knows_decisions = welcome.decisions
        self._cancels_all = welcome.cancels_all
        self._has_dead_man = welcome.dead_man

    def _news(self, news: protocol.News) -> None:
        """Deliver news in their order, each once; after a gap a new session begins, with comparing books."""
        expected = news.sequence if self._sequence is None else self._sequence + 1
        if news.sequence < expected:
            _log.warning("paper_broker_news_repeated", expected=expected, was=news.sequence)
            return
        if news.sequence > expected:
            _log.error("paper_broker_news_missed", expected=expected, was=news.sequence)
            if self._wire is not None:
                self._wire.abort()
            return
        if self._sequence is None:
            self._early = news.sequence
        else:
            self._sequence = news.sequence
        for item in news.events:
            self._receiver(protocol.unwrapped(item))

    def _lost(self, wire: Wire) -> None:
        if wire is not self._wire:
            return
        self._wire = self.pid = None
        self._receiver(BrokerSession(connected=False, detail="the paper broker's process is gone"))
        self._dropped.set()

    async def _keep(self) -> None:
        """Come back whenever the connection was lost."""
        while True:
            await self._dropped.wait()
            self._dropped.clear()
            pause_s = _FIRST_RETRY_S
            while not self.is_connected:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LAST_RETRY_S)
                try:
                    await self.connect()
                except BrokerError as error:
                    _log.warning("paper_broker_not_back", error=str(error))

    async def disconnect(self) -> None:
        """Close the session; orders go on working; idempotent."""
        await self._tasks.cancel_all()
        wire, self._wire, self.pid = self._wire, None, None
        if wire is not None:
            wire.close()
            await self._gone(wire)
            self._receiver(BrokerSession(connected=False, detail="closed"))

    async def shutdown(self) -> None:
        """End the broker's process, then the session.

        Raises:
            BrokerError: when other sessions are open; then the process and this session go on.
        """
        wire = self._connected()
        await wire.ask(protocol.Shutdown, self._timeout_s)
        await self._tasks.cancel_all()
        await self._gone(wire)
        await self.disconnect()

    async def _gone(self, wire: Wire) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await wire.closed.wait()
        except TimeoutError:
            wire.abort()

    def _connected(self) -> Wire:
        if self._wire is None:
            raise BrokerError("the paper broker is not connected")
        return self._wire

    async def _ask(self, make: Callable[[int], protocol.Request]) -> protocol.Reply:
        return await self._connected().ask(make, self._timeout_s)

    async def register(self, instruments: Iterable[Instrument]) -> None:
        """Make instruments known to the broker, before their market data and orders; also after every reconnection."""
        new = {item.id: item for item in instruments if self._instruments.get(item.id) != item}
        self._instruments.update(new)
        if new and self.is_connected:
            await self._ask(lambda number: protocol.Register(number, tuple(new.values())))

    async def schedule(self, actions: Iterable[MarketAction]) -> None:
        """Tell all dividends, splits and funding of the market, before its data; also after every reconnection.

        What was told before and is not among them is forgotten; what has taken effect does so no second time.
        """
        self._actions = tuple(actions)
        if self._wire is not None and self._wire.is_open:
            await self._tell_actions(self._wire)

    async def _tell_actions(self, wire: Wire) -> None:
        actions = self._actions
        if actions is None:
            return
        if self._knows_bookings:
            await wire.ask(lambda number: protocol.Schedule(number, actions), self._timeout_s)
        elif actions:
            _log.warning("paper_broker_is_of_an_older_version", left_out=len(actions), remedy="end its process")

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        """Hand orders over together, a bracket's parent before its exits; outcomes arrive as events before it returns.

        Raises:
            BrokerTimeoutError: when it was handed over but no answer came: the outcome is unknown.
            BrokerError: when it could not be handed over.
        """
        await self._ask(lambda number: protocol.Submit(number, tuple(intents)))

    async def update(
        self,
        order: ClientOrderId,
        *,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
    ) -> None:
        """Change a working order; the outcome arrives as an event."""
        await self._ask(lambda number: protocol.Update(number, order, quantity, limit_price, stop_price))

    async def cancel(self, orders: Sequence[ClientOrderId]) -> None:
        """Hand cancels over; outcomes arrive as events."""
        await self._ask(lambda number: protocol.Cancel(number, tuple(orders)))

    async def cancel_all(self, orders: Sequence[ClientOrderId] | None = None) -> None:
        """Hand the cancel of ``orders``, or of every working order of the account, over as one message."""
        if orders is None and not self._cancels_all:
            # A process of an older version does not know the message.
            orders = [
                report.intent.client_order_id for report in await self.orders() if report.state not in FINAL_STATES
            ]
        chosen = None if orders is None else tuple(orders)
        if chosen is None:
            await self._ask(protocol.CancelAll)
        elif chosen:
            await self.cancel(chosen)

    async def decide(self, decided: Decided) -> None:
        """Carry out what a person decided about money or holdings; it arrives as an event before this returns.

        Raises:
            BrokerError: when it could not be carried out, also by a process of an older version.
        """
        if not self._knows_decisions:
            msg = "the paper broker's process is of an older version: end it with shutdown, and it starts anew"
            raise BrokerError(msg)
        await self._ask(lambda number: protocol.Decide(number, decided))

    async def cancel_all_after(self, seconds: float | None) -> None:
        """Have every order canceled after so long, unless it is asked again before; None takes that back.

        Raises:
            BrokerError: when a process of an older version has no such timer.
        """
        self._connected()
        if not self._has_dead_man:
            raise BrokerError("the paper broker's process is of an older version, without a timer: end it once")
        await self._ask(lambda number: protocol.CancelAfter(number, seconds))

    async def orders(self) -> Sequence[OrderReport]:
        """Return all working orders of the account and those that ended lately."""
        return await self._ask_orders(None)

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        """Return one order, None when the broker never had it."""
        return next(iter(await self._ask_orders(order)), None)

    async def _ask_orders(self, order: ClientOrderId | None) -> Sequence[OrderReport]:
        reply = await self._ask(lambda number: protocol.AskOrders(number, order))
        return _expect(reply, protocol.Orders).orders

    async def fills(self, since: datetime | None = None) -> Sequence[Fill]:
        """Return executions of the account at or after ``since``, by the market's or the wall clock, oldest first."""
        reply = await self._ask(lambda number: protocol.AskFills(number, since))
        return _expect(reply, protocol.Fills).fills

    async def bookings(self, since: datetime | None = None) -> Sequence[BrokerBooking]:
        """Return what was booked without a trade, as :meth:`fills`; a process of an older version tells nothing."""
        if not self._knows_bookings:
            return ()
        reply = await self._ask(lambda number: protocol.AskBookings(number, since))
        return _expect(reply, protocol.Bookings).bookings

    async def positions(self) -> Sequence[NetPosition]:
        """Return net positions that are not zero."""
        return _expect(await self._ask(protocol.AskAccount), protocol.AccountState).positions

    async def balance(self) -> BrokerAccount:
        """Return cash and buying power."""
        return _expect(await self._ask(protocol.AskAccount), protocol.AccountState).balance

    async def on_market(self, events: Sequence[MarketEvent], *, settle: bool) -> None:
        """Pass market data on; with ``settle`` return only after every event it led to was delivered.

        Raises:
            BrokerError: when not connected; BrokerTimeoutError when a settled call is not answered.
        """
        if settle:
            self._connected().flush()
            await self._ask(lambda number: protocol.Market(number, tuple(events)))
        else:
            self._connected().push(events)


Answer = TypeVar("Answer")


def _expect(reply: protocol.Reply, kind: type[Answer]) -> Answer:
    if not isinstance(reply, kind):
        msg = f"the paper broker answered with {type(reply).__name__}, expected {kind.__name__}"
        raise BrokerError(msg)
    return reply
