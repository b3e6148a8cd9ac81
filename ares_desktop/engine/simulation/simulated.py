"""The simulated exchange and broker that the paper account and backtests share."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import CancelRejected, UpdateRejected
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, VenueOrderId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, MarketEvent, Quote, from_ns, to_ns
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.orders import OrderIntent, OrderState, TimeInForce
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.ports.broker import BrokerEvent, Decided, OrderReport
from ares_desktop.engine.simulation.account import Account, Holding
from ares_desktop.engine.simulation.admission import Admission
from ares_desktop.engine.simulation.agenda import Agenda
from ares_desktop.engine.simulation.book import Archive, Drifts, OrderBook, Orders
from ares_desktop.engine.simulation.carry import Carry
from ares_desktop.engine.simulation.contracts import Contract
from ares_desktop.engine.simulation.decided import carry_out
from ares_desktop.engine.simulation.execution import Execution
from ares_desktop.engine.simulation.expiring import Expiring
from ares_desktop.engine.simulation.expiry import Expiry
from ares_desktop.engine.simulation.express import Express
from ares_desktop.engine.simulation.margin import Margin
from ares_desktop.engine.simulation.marks import Marks
from ares_desktop.engine.simulation.matching import MatchingEngine
from ares_desktop.engine.simulation.session import NEVER_NS
from ares_desktop.engine.simulation.short_cut import ShortCut
from ares_desktop.engine.simulation.silence import fill_waiting, waiting
from ares_desktop.engine.simulation.state import BrokerState, Changes, Counters
from ares_desktop.engine.simulation.working import WorkingOrder


class SimulatedBroker:
    """One account at a simulated venue: deterministic, without a clock or input and output of its own.

    Every call returns the events it led to, in order. Time is the market's: the newest time of any event or call.

    What comes back, each kind where it applies, in the order in which it took place:

    * order events: ``OrderAccepted``, ``OrderRejected``, ``OrderTriggered``, ``OrderFilled``, ``OrderUpdated``,
      ``OrderCanceled``, ``OrderExpired``, ``CancelRejected``, ``UpdateRejected``;
    * an order that the venue itself placed, to roll or settle a contract that expires, whole: ``OrderSubmitted``
      (``intent.strategy`` is the book it belongs to, its purpose ``VENUE``, its reason says why), ``OrderAccepted``,
      ``OrderFilled``;
    * ``CarryBooked``: a dividend, borrow fee, interest or funding for the book of one strategy;
    * ``PositionSplit``: new units of the holding of one strategy. From this moment on prices are those of new units;
    * with ``reports``, the net positions that changed and the account, after the events of the call.

    A caller may leave :meth:`on_market` out, and only :meth:`mark` the event, where nothing can follow from it: when
    its time is not later than :attr:`wake_ns` and :meth:`has_work` is False for its instrument.

    Args:
        settings: fill rules, costs, margin.
        state: what :meth:`snapshot` returned, to go on from there.
        archive: finds an order that ended too long ago to be kept in memory.
        saved: the owner keeps what :meth:`take_changes` returns, and fills are not kept here.
        reports: net positions and the account follow the events of every call that filled an order.

    Attributes:
        wake_ns: later events must go through :meth:`on_market` whatever they are, since time alone has an effect:
            a day order ends, a night is charged, a dividend is paid, a contract expires.
        references: for each of :meth:`fills` the price before slippage; empty when ``saved``.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        *,
        state: BrokerState | None = None,
        archive: Archive | None = None,
        saved: bool = False,
        reports: bool = True,
    ) -> None:
        state = state or BrokerState(cash={settings.currency: settings.starting_cash})
        self._settings = settings
        self._saved = saved
        self._reports = reports
        self._counters = state.counters
        self._marks = Marks(settings)
        self._account = Account(settings.account, state.cash)
        self._book = OrderBook(archive)
        self._margin = Margin(self._account, self._marks, settings.mode)
        self._execution = Execution(settings, self._book, self._account, self._margin, self._marks, self._counters)
        self._admission = Admission(settings, self._book, self._account, self._margin, self._marks)
        self._expiry = Expiry(self._book, self._execution)
        self._engine = MatchingEngine(self._execution, settings)
        self._short_cut = ShortCut(settings, self._book, self._account, self._margin, self._marks, self._execution)
        marks, account, execution = self._marks, self._account, self._execution
        self._agenda = Agenda(
            Carry(settings, self._book, account, self._margin, marks, execution),
            Expiring(settings.roll_days, self._book, account, marks, execution, self._counters),
            self._counters,
        )
        self._fills: list[Fill] = []
        self._new_instruments: list[Instrument] = []
        self._drifts: Drifts = {}
        self.references: list[float] = []
        self._restore(state)
        self.wake_ns = min(self._expiry.next_ns, self._agenda.next_ns)

    def _restore(self, state: BrokerState) -> None:
        for instrument in state.instruments:
            self._marks.register(instrument)
            self._agenda.register(instrument)
        self._marks.last = {event.instrument: event for event in state.last}
        self._account.restore(state.holdings, state.books, state.counters.account)
        for order in state.orders:
            self._book.add(order)
            self._margin.restore(order)
            if order.is_live:
                self._expiry.watch(order)

    @property
    def clock_ns(self) -> int:
        """Market time in nanoseconds."""
        return self._counters.clock_ns

    @property
    def instruments(self) -> Sequence[Instrument]:
        """What it knows to trade."""
        return tuple(self._marks.instruments.values())

    def register(self, instruments: Iterable[Instrument]) -> None:
        """Learn instruments, or their changed rules, before their market data."""
        for instrument in instruments:
            if self._marks.instruments.get(instrument.id) != instrument:
                self._marks.register(instrument)
                self._agenda.register(instrument)
                self._new_instruments.append(instrument)
        self.wake_ns = min(self._expiry.next_ns, self._agenda.next_ns)

    def schedule(self, actions: Iterable[MarketAction], *, anew: bool = False) -> None:
        """Learn dividends, splits and funding; each takes effect once, in its time; ``anew`` forgets all others."""
        self._agenda.schedule(actions, anew=anew)
        self.wake_ns = min(self._expiry.next_ns, self._agenda.next_ns)

    def has_work(self, instrument: InstrumentId) -> bool:
        """Say whether an order of the instrument works."""
        return self._book.has_work(instrument)

    def mark(self, event: MarketEvent) -> None:
        """Learn a price that no order meets, see the class; data older than the newest must not come this way."""
        self._marks.last[event.instrument] = event
        self._counters.clock_ns = max(self._counters.clock_ns, event.ts)

    def express(self, instrument: InstrumentId) -> Express | None:
        """Return what carries out plain orders of one strategy in the only instrument that is traded.

        Whoever uses it settles it before anything else is asked of this broker. None where it can't be used: time alone
        has an effect, or an order has to be looked at more closely.
        """
        contract = self._marks.contracts.get(instrument)
        if contract is None or self.wake_ns != NEVER_NS or not Express.suits(self._settings, contract):
            return None
        return Express(self._settings, contract, self._account, self._counters)

    def settle(self, express: Express) -> None:
        """Take over what an express carried out."""
        fills, references = express.settle()
        self._fills += fills
        self.references += references

    def on_market(self, events: Iterable[MarketEvent]) -> list[BrokerEvent]:
        """Take market data in and match what works against it; data older than its instrument's newest is left out."""
        last, contracts, counters = self._marks.last, self._marks.contracts, self._counters
        working, agenda = self._book.by_instrument, self._agenda
        for event in events:
            name = event.instrument
            contract = contracts.get(name)
            before = last.get(name)
            ts = event.ts
            if contract is None or (before is not None and ts < before.ts):
                continue
            if ts > agenda.next_ns:
                agenda.run(ts, name)
            last[name] = event
            counters.clock_ns = max(counters.clock_ns, ts)
            if name in working:
                self._match(event, before, contract, working[name])
        if counters.clock_ns > self._expiry.next_ns:
            self._expiry.by_clock(counters.clock_ns)
        return self._collect()

    def _match(self, event: MarketEvent, before: MarketEvent | None, contract: Contract, working: Orders) -> None:
        spread = 0.0
        if type(event) is Bar:
            if before is not None and event.start_ns < before.ts:
                # It sums up what was matched in finer steps already.
                return
            if type(before) is Quote and before.ask > before.bid:
                spread = before.ask - before.bid
            elif len(working) == 1 and self._short_cut.fills(next(iter(working.values())), event, contract):
                return
        orders = list(working.values())
        if self._expiry.watches:
            self._expiry.before(orders, event, contract.instrument)
        self._engine.match(orders, event, contract.lot, spread)
        if self._expiry.watches:
            self._expiry.after(orders, event)

    def submit(self, intents: Sequence[OrderIntent], now_ns: int, *, owner: str = "") -> list[BrokerEvent]:
        """Accept or reject orders; one whose client order id is known changes nothing and has its state reported."""
        now_ns = self._advance(now_ns)
        for intent in intents:
            known = self._book.find(intent.client_order_id)
            if known is None:
                self._admit(intent, now_ns, owner)
            else:
                self._execution.repeat(known)
        return self._collect()

    def _advance(self, now_ns: int) -> int:
        self._counters.clock_ns = max(self._counters.clock_ns, now_ns)
        return self._counters.clock_ns

    def _admit(self, intent: OrderIntent, now_ns: int, owner: str) -> None:
        self._counters.orders += 1
        order = WorkingOrder(
            intent=intent,
            venue_order_id=VenueOrderId(f"V-{self._counters.orders:06d}"),
            quantity=intent.quantity,
            arrived_ns=now_ns,
            updated_ns=now_ns or to_ns(intent.created_at),
            owner=owner,
        )
        contract = self._marks.contracts.get(intent.instrument)
        value = 0.0 if contract is None else self._short_cut.accepts(order, contract)
        if contract is not None and value:
            self._expiry.assign(order, contract.instrument, now_ns)
            self._execution.accept(order, value)
            return
        problem = self._admission.problem(order, contract)
        if contract is None or problem:
            self._execution.reject(order, problem)
            return
        entry = None if intent.parent is None else self._book.find(intent.parent)
        order.armed = entry is None or bool(entry.filled)
        self._expiry.assign(order, contract.instrument, now_ns)
        self._execution.accept(order, 0.0 if order.only_reduces else self._margin.value(order))
        if entry is not None and order.armed:
            self._execution.resize(order, now_ns)

    def update(
        self,
        order: ClientOrderId,
        now_ns: int,
        *,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
    ) -> list[BrokerEvent]:
        """Change a working order; a changed price meets the market like a new order."""
        now_ns = self._advance(now_ns)
        found = self._book.find(order)
        wishes = {"quantity": quantity, "limit_price": limit_price, "stop_price": stop_price}
        changes = {name: value for name, value in wishes.items() if value is not None}
        problem = self._admission.change_problem(found, changes)
        if found is None or problem:
            event = UpdateRejected(client_order_id=order, reason=problem, at=from_ns(now_ns))
            self._execution.events.append(event)
            return self._collect()
        found.intent = msgspec.structs.replace(found.intent, **changes)
        found.quantity = self._execution.wanted(found)
        if limit_price is not None or stop_price is not None:
            found.take_prices()
            found.arrived_ns, found.resting = now_ns, False
        self._margin.reserve(found)
        self._execution.updated(found, now_ns)
        return self._collect()

    def cancel(self, orders: Iterable[ClientOrderId], now_ns: int) -> list[BrokerEvent]:
        """Cancel working orders at once."""
        now_ns = self._advance(now_ns)
        for name in orders:
            found = self._book.find(name)
            if found is not None and found.is_live:
                self._execution.end(found, OrderState.CANCELED, now_ns, "canceled on request")
                continue
            reason = "this order is not known here" if found is None else f"it is {found.state.value} already"
            self._execution.events.append(CancelRejected(client_order_id=name, reason=reason, at=from_ns(now_ns)))
        return self._collect()

    def carry_out(self, decided: Decided) -> list[BrokerEvent]:
        """Book money or a holding that a person moved; the caller sees to it that each arrives once."""
        carry_out(self._account, self._execution, decided)
        return self._collect()

    def fill_waiting(self, is_silent: Callable[[OrderIntent], bool]) -> list[BrokerEvent]:
        """Fill market orders of a silent market at its last known price, so that a dead feed holds nothing."""
        fill_waiting(self._book, self._marks, self._execution, is_silent, self.clock_ns)
        return self._collect()

    def has_waiting(self) -> bool:
        """Say whether a market order works."""
        return any(True for _ in waiting(self._book))

    def rewind(self, to_ns: int) -> list[BrokerEvent]:
        """Set market time back for a replay that begins anew: DAY orders end, others work on, actions are forgotten."""
        for order in list(self._book.all_working()):
            if order.intent.tif is TimeInForce.DAY:
                self._execution.end(order, OrderState.EXPIRED, self.clock_ns, "market time was set back")
            order.arrived_ns = min(order.arrived_ns, to_ns)
        self._counters.clock_ns = to_ns
        self._marks.rewind()
        self._agenda.rewind(to_ns)
        return self._collect()

    def _collect(self) -> list[BrokerEvent]:
        execution = self._execution
        self.wake_ns = min(self._expiry.next_ns, self._agenda.next_ns)
        if not execution.events:
            return []
        if self._reports and (execution.moved or execution.booked):
            execution.events += [self._account.net_position(name) for name in execution.moved]
            execution.events.append(self.balance())
        events, execution.events = execution.events, []
        if execution.fills or execution.booked:
            execution.moved.clear()
            if not self._saved:
                execution.booked.clear()
                self._fills += execution.fills
                self.references += execution.references
                execution.fills.clear()
                execution.touched.clear()
            execution.references.clear()
        if not self._saved:
            execution.dirty.clear()
        return events

    def take_changes(self, *, drifted: bool = False) -> Changes:
        """Return what changed since the last call, to be saved before anybody learns of it.

        Args:
            drifted: add orders that the market moved without an event, such as trailing stops; once in a while will do.
        """
        execution, account = self._execution, self._account
        if drifted:
            self._drifts, moved = self._book.drifted(self._drifts)
            execution.dirty |= {order.intent.client_order_id: order for order in moved}
        names = {name: None for _, name in execution.touched}
        changes = Changes(
            orders=list(execution.dirty.values()),
            fills=execution.fills,
            holdings=[Holding(instrument=name, position=account.positions[name]) for name in names],
            books=[account.strategy_holding(*book) for book in execution.touched],
            instruments=self._new_instruments,
            cash=dict(account.cash),
            counters=self._numbers(),
            booked=execution.booked,
        )
        execution.dirty, execution.fills, execution.touched, execution.booked = {}, [], {}, []
        self._new_instruments = []
        return changes

    def snapshot(self) -> BrokerState:
        """Return everything that is needed to go on from here."""
        account = self._account
        return BrokerState(
            cash=dict(account.cash),
            orders=[msgspec.structs.replace(order) for order in self._book.all()],
            holdings=[Holding(instrument=name, position=position) for name, position in account.positions.items()],
            books=account.strategy_holdings(),
            instruments=list(self._marks.instruments.values()),
            last=list(self._marks.last.values()),
            counters=self._numbers(),
        )

    def _numbers(self) -> Counters:
        overdue = self._agenda.overdue()
        return msgspec.structs.replace(self._counters, account=self._account.sequence, overdue=overdue)

    def orders(self) -> list[OrderReport]:
        """Return working orders and those that ended lately, in the order of their arrival."""
        return [order.report() for order in self._book.all()]

    def order(self, order: ClientOrderId) -> OrderReport | None:
        """Return one order, None when it was never here."""
        found = self._book.find(order)
        return None if found is None else found.report()

    def fills(self, since: datetime | None = None) -> list[Fill]:
        """Return executions that are kept here, oldest first."""
        return [fill for fill in self._fills if since is None or fill.at >= since]

    def positions(self) -> list[NetPosition]:
        """Return net positions that are not zero."""
        return self._account.net_positions()

    def balance(self) -> BrokerAccount:
        """Return cash, equity and buying power."""
        return self._margin.balance()
