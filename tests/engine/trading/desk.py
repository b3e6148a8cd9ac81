"""A trading desk for tests: real journal, fold, gate, router and link, with a broker that does as it is told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.events import OrderAccepted, OrderCanceled, OrderFilled
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, TradeId, VenueOrderId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Quote
from ares_desktop.domain.orders import OrderIntent, OrderState, OrderType, TimeInForce
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.ports.broker import BrokerBooking, BrokerCapabilities, BrokerEvent, BrokerSession, OrderReport
from ares_desktop.engine.runtime.clocks import MarketClock, WallClock
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, an_intent

NOW_NS = int(NOW.timestamp()) * 1_000_000_000
EVERYTHING = BrokerCapabilities(
    order_types=frozenset(OrderType),
    times_in_force=frozenset(TimeInForce),
    brackets=True,
    oco=True,
    reduce_only=True,
    short_sales=True,
)


@dataclass
class ObedientBroker:
    """Keeps orders, positions and cash as an exchange would; fills at ``price`` when ``fills_at_once``.

    Attributes:
        fails: raised by every call.
        deaf: takes orders and cancels and never answers.
        forgotten: orders that it does not list, but knows when it is asked for them.
    """

    name: str = "obedient"
    account: AccountId = PAPER
    paper: bool = True
    capabilities: BrokerCapabilities = EVERYTHING
    fills_at_once: bool = False
    price: Decimal = Decimal(100)
    at: datetime = NOW
    fails: BrokerError | None = None
    deaf: bool = False
    cash: Decimal = Decimal(1_000_000)
    book: dict[ClientOrderId, OrderReport] = field(default_factory=dict)
    executions: list[Fill] = field(default_factory=list)
    booked: list[BrokerBooking] = field(default_factory=list)
    forgotten: set[ClientOrderId] = field(default_factory=set)
    held: dict[InstrumentId, Decimal] = field(default_factory=dict)
    submitted: list[OrderIntent] = field(default_factory=list)
    canceled: list[ClientOrderId] = field(default_factory=list)
    tell: Callable[[BrokerEvent], None] = lambda _: None
    sequence: int = 0

    def on_event(self, receiver: Callable[[BrokerEvent], None]) -> None:
        self.tell = receiver

    def _check(self) -> None:
        if self.fails is not None:
            raise self.fails

    async def connect(self) -> None:
        self._check()
        self.tell(BrokerSession(connected=True, detail="here"))

    async def disconnect(self) -> None:
        self.tell(BrokerSession(connected=False, detail="gone"))

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        self._check()
        for intent in intents:
            self.submitted.append(intent)
            self._enter(intent)

    def _enter(self, intent: OrderIntent) -> None:
        order = intent.client_order_id
        report = OrderReport(
            intent=intent,
            state=OrderState.ACCEPTED,
            venue_order_id=VenueOrderId(f"v-{order}"),
            filled=Decimal(0),
            updated_at=NOW,
        )
        self.book[order] = report
        if self.deaf:
            return
        self.tell(OrderAccepted(client_order_id=order, venue_order_id=report.venue_order_id, at=NOW))
        if self.fills_at_once and intent.type is OrderType.MARKET:
            self.fill(order)

    def fill(self, order: ClientOrderId, quantity: Decimal | None = None) -> None:
        """Execute an order at ``price``."""
        report = self.book[order]
        intent = report.intent
        amount = quantity or intent.quantity - report.filled
        done = report.filled + amount
        state = OrderState.FILLED if done == intent.quantity else OrderState.PARTIALLY_FILLED
        self.book[order] = OrderReport(
            intent=intent, state=state, venue_order_id=report.venue_order_id, filled=done, updated_at=self.at
        )
        fill = Fill(
            trade_id=TradeId(f"t{len(self.executions)}"),
            client_order_id=order,
            strategy=intent.strategy,
            account=intent.account,
            instrument=intent.instrument,
            side=intent.side,
            quantity=amount,
            price=self.price,
            at=self.at,
        )
        self.executions.append(fill)
        self.held[intent.instrument] = self.held.get(intent.instrument, Decimal(0)) + fill.signed_quantity
        self.cash -= fill.signed_quantity * self.price
        self.sequence += 1
        if not self.deaf:
            self.tell(OrderFilled(fill=fill))
            self.tell(self._balance())

    async def update(self, order: ClientOrderId, **changes: Decimal | None) -> None:
        raise NotImplementedError

    async def cancel(self, orders: Sequence[ClientOrderId]) -> None:
        self._check()
        for order in orders:
            self.canceled.append(order)
            report = self.book.get(order)
            if self.deaf or report is None:
                continue
            self.book[order] = OrderReport(
                intent=report.intent,
                state=OrderState.CANCELED,
                venue_order_id=report.venue_order_id,
                filled=report.filled,
                updated_at=NOW,
            )
            self.tell(OrderCanceled(client_order_id=order, at=NOW))

    async def orders(self) -> Sequence[OrderReport]:
        self._check()
        return [report for order, report in self.book.items() if order not in self.forgotten]

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        self._check()
        return self.book.get(order)

    async def fills(self, since: datetime | None = None) -> Sequence[Fill]:
        self._check()
        return list(self.executions)

    async def bookings(self, since: datetime | None = None) -> Sequence[BrokerBooking]:
        self._check()
        return list(self.booked)

    async def positions(self) -> Sequence[NetPosition]:
        self._check()
        return [NetPosition(account=PAPER, instrument=item, quantity=held) for item, held in self.held.items() if held]

    async def balance(self) -> BrokerAccount:
        self._check()
        return self._balance()

    def _balance(self) -> BrokerAccount:
        return BrokerAccount(
            account=PAPER,
            cash={"USD": self.cash},
            buying_power=self.cash * 2,
            equity=None,
            sequence=self.sequence,
        )


class Desk:
    """The money path over a broker, on a journal file."""

    def __init__(self, journal: Path, broker: ObedientBroker, *, limits: RiskLimits | None = None) -> None:
        self.broker = broker
        self.clock = MarketClock(NOW_NS)
        self.hub = DataHub([Instrument(id=AAPL)])
        self.journal = SqliteJournal(journal, busy_timeout_s=0.05)
        self.journal.open()
        self.fold = Fold()
        for event in self.journal.read():
            self.fold.apply(event)
        self.recorder = Recorder(self.journal, self.fold)
        self.running = True
        self.closed = False
        self.gate = RiskGate(
            self.fold,
            self.hub,
            self.clock,
            wall=WallClock(),
            default_limits=limits or RiskLimits(duplicate_window_s=0.0),
            is_running=lambda _: self.running,
        )
        self.recorder.subscribe(self.gate.recorded)
        self.router = OrderRouter(self.recorder, self.gate, self.clock)
        self.router.add_broker(broker)
        self.link = BrokerLink(broker, self.recorder, self.clock, WallClock())
        self.gate.add_account(PAPER, self.link.gate_link)
        self.ids = OrderIds()
        self.ids.continue_from(self.fold.registry.ids())
        self.stopped: list[str] = []
        self.kill = KillSwitch(
            self.recorder,
            self.gate,
            self.router,
            ids=self.ids,
            clock=self.clock,
            wall=WallClock(),
            stop_strategies=self._stop,
            confirm_within_s=0.3,
        )
        self.kill.add_link(self.link)

    async def _stop(self, scope: str) -> int:
        self.stopped.append(scope)
        return 1

    def quote(self, price: float = 100.0) -> None:
        """Let the market stand at a price."""
        self.hub.publish([Quote(AAPL, self.clock.now_ns(), price, price)])

    async def open(self) -> None:
        """Connect and take the account over."""
        await self.link.start(())
        self.quote()

    async def settled(self) -> None:
        """Wait for everything that is under way."""
        await self.router.settled()
        await self.link.settled()

    async def buy(self, order: str = "trend-000001", quantity: str = "10", **fields: object) -> None:
        """Send an intent of the strategy ``trend`` through gate, journal and broker."""
        await self.router.submit([an_intent(order, quantity, **fields)])
        await self.settled()

    def state(self, order: str = "trend-000001") -> str:
        """Return the state of an order, ``NONE`` for an unknown one."""
        found = self.fold.registry.get(ClientOrderId(order))
        return found.state.value if found else "NONE"

    async def close(self) -> None:
        """End everything but what is on disk; idempotent."""
        if self.closed:
            return
        self.closed = True
        await self.kill.close()
        await self.router.close()
        await self.link.close()
        await self.journal.close()
        await asyncio.sleep(0)
