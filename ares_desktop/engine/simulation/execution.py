"""Carries out what the matching rules decide: fills, triggers and ends, and what follows from them for other orders."""

from datetime import datetime
from decimal import Decimal
from math import nan
from typing import Final

from ares_desktop.domain.events import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderTriggered,
    OrderUpdated,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import FINAL_STATES, OrderState, TimeInForce
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.engine.ports.broker import BrokerBooking, BrokerEvent
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.contracts import Contract
from ares_desktop.engine.simulation.liquidity import Liquidity
from ares_desktop.engine.simulation.margin import Margin
from ares_desktop.engine.simulation.marks import Marks
from ares_desktop.engine.simulation.slippage import drawn, slippage, worsened
from ares_desktop.engine.simulation.state import Counters
from ares_desktop.engine.simulation.working import WorkingOrder

_FILLED: Final = OrderState.FILLED
_PARTIALLY_FILLED: Final = OrderState.PARTIALLY_FILLED
_RANDOM: Final = SlippageModel.RANDOM
_REJECTED: Final = OrderState.REJECTED
_UNFILLED_ENDS: Final = frozenset({OrderState.CANCELED, OrderState.EXPIRED})


class Execution:
    """The venue behind the matching rules.

    Attributes:
        events: what happened and was not collected yet, in order.
        dirty: orders that changed since they were last saved.
        fills: executions since they were last saved.
        touched: strategies and instruments whose positions changed since they were last saved.
        moved: instruments whose net positions changed since the events were last collected.
        booked: money and units that were booked without a trade since changes were last saved.
        references: the price without slippage of each execution, in order, since they were last taken.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        book: OrderBook,
        account: Account,
        margin: Margin,
        marks: Marks,
        counters: Counters,
    ) -> None:
        self._model, self._slippage = settings.slippage_model, settings.slippage
        self._seed = settings.seed
        self._book = book
        self._account = account
        self._margin = margin
        self._marks = marks
        self._counters = counters
        self._time_ns, self._time = 0, from_ns(0)
        self.events: list[BrokerEvent] = []
        self.dirty: dict[ClientOrderId, WorkingOrder] = {}
        self.fills: list[Fill] = []
        self.touched: dict[tuple[StrategyId, InstrumentId], None] = {}
        self.moved: dict[InstrumentId, None] = {}
        self.references: list[float] = []
        self.booked: list[BrokerBooking] = []

    def time(self, ns: int) -> datetime:
        """Return a time as events carry it."""
        if ns != self._time_ns:
            self._time_ns, self._time = ns, from_ns(ns)
        return self._time

    def book(self, fact: BrokerBooking) -> None:
        """Report what was booked without a trade."""
        self.booked.append(fact)
        self.events.append(fact)

    def next_key(self) -> str:
        """Return the key of the next booking."""
        self._counters.bookings += 1
        return f"B-{self._counters.bookings:06d}"

    def accept(self, order: WorkingOrder, reserved: float) -> None:
        """Take a good order in, with what it reserves."""
        name, at_ns = order.intent.client_order_id, order.updated_ns
        self._margin.set_aside(order, reserved)
        self._book.add(order)
        self.dirty[name] = order
        at = self._time if at_ns == self._time_ns else self.time(at_ns)
        self.events.append(OrderAccepted(client_order_id=name, venue_order_id=order.venue_order_id, at=at))

    def reject(self, order: WorkingOrder, reason: str) -> None:
        """Refuse an order, and remember it so that it can't come back."""
        order.state, order.reason = OrderState.REJECTED, reason
        self._book.add(order)
        self._changed(order, order.updated_ns)
        self.repeat(order)

    def repeat(self, order: WorkingOrder) -> None:
        """Report the state of an order."""
        name, at = order.intent.client_order_id, self.time(order.updated_ns)
        if order.state is _REJECTED:
            self.events.append(OrderRejected(client_order_id=name, reason=order.reason, at=at))
            return
        self.events.append(OrderAccepted(client_order_id=name, venue_order_id=order.venue_order_id, at=at))
        if order.state in _UNFILLED_ENDS:
            self.events.append(self._end_event(order))

    def _end_event(self, order: WorkingOrder) -> BrokerEvent:
        name, at = order.intent.client_order_id, self.time(order.updated_ns)
        if order.state is OrderState.EXPIRED:
            return OrderExpired(client_order_id=name, at=at)
        return OrderCanceled(client_order_id=name, at=at, reason=order.reason)

    def execute(self, order: WorkingOrder, price: float, liquidity: Liquidity, *, maker: bool, at_ns: int) -> None:
        """Execute what an order can get at ``price``: as much as liquidity and, for an exit, the position allow."""
        if order.state in FINAL_STATES:
            return
        contract = self._marks.contracts[order.intent.instrument]
        wanted = self._bounded(order, contract)
        if not wanted:
            self.end(order, OrderState.CANCELED, at_ns, "there is no position left to reduce")
            return
        quantity = liquidity.available(wanted)
        if order.intent.tif is TimeInForce.FOK and quantity < order.remaining:
            self.end(order, OrderState.CANCELED, at_ns, "could not be filled whole at once")
            return
        if quantity <= 0:
            return
        exact = self._price(order, price, liquidity, quantity, contract, maker=maker)
        liquidity.take(quantity)
        self.references.append(price)
        self.fill(order, quantity, exact, contract, maker=maker, at_ns=at_ns)
        self._follow(order, quantity, at_ns)

    def _bounded(self, order: WorkingOrder, contract: Contract) -> Decimal:
        intent = order.intent
        if intent.reduce_only or intent.parent is not None:
            return min(order.remaining, self._account.reducible(intent))
        if not contract.short_sales and not order.buys:
            return min(order.remaining, max(self._account.quantity(intent.instrument), ZERO))
        return order.remaining

    def _price(
        self,
        order: WorkingOrder,
        price: float,
        liquidity: Liquidity,
        quantity: Decimal,
        contract: Contract,
        *,
        maker: bool,
    ) -> Decimal:
        limit = order.intent.limit_price
        if maker and limit is not None:
            return limit
        volume = liquidity.volume
        distance = self.distance(price, liquidity.spread, float(quantity) / volume if volume > 0 else nan)
        exact = worsened(price, distance, buys=order.buys, step=contract.step)
        if limit is None:
            return exact
        return min(exact, limit) if order.buys else max(exact, limit)

    def distance(self, price: float, spread: float | None, share: float) -> float:
        """Return how much worse than ``price`` an order executes that takes ``share`` of the volume."""
        amount = self._slippage
        if self._model is _RANDOM:
            amount *= 2 * drawn(self._seed, self._counters.trades)
        return slippage(self._model, amount, price=price, spread=spread, share=share)

    def fill(
        self,
        order: WorkingOrder,
        quantity: Decimal,
        price: Decimal,
        contract: Contract,
        *,
        maker: bool,
        at_ns: int,
        free: bool = False,
    ) -> None:
        """Book an execution, ``free`` of commission where the venue closes a contract that has expired."""
        intent, instrument, counters = order.intent, contract.instrument, self._counters
        multiplier = instrument.multiplier
        value = quantity * price if multiplier == 1 else quantity * price * multiplier
        filled = order.filled + quantity if order.filled else quantity
        counters.trades += 1
        fill = Fill(
            trade_id=TradeId(f"P-{counters.trades:06d}"),
            client_order_id=intent.client_order_id,
            strategy=intent.strategy,
            account=self._account.id,
            instrument=intent.instrument,
            side=intent.side,
            quantity=quantity,
            price=price,
            at=self._time if at_ns == self._time_ns else self.time(at_ns),
            commission=ZERO if free else self._charge(order, contract, filled, value, at_ns, maker=maker),
            currency=instrument.currency,
            multiplier=multiplier,
        )
        order.filled = filled
        whole = filled >= order.quantity
        order.state = _FILLED if whole else _PARTIALLY_FILLED
        order.updated_ns = max(order.updated_ns, at_ns)
        self.dirty[intent.client_order_id] = order
        self._account.apply(fill, value)
        if whole:
            self._margin.set_aside(order, 0.0)
            self._book.end(order)
        else:
            self._margin.reserve(order)
        self.fills.append(fill)
        self.touched[intent.strategy, intent.instrument] = None
        self.moved[intent.instrument] = None
        self.events.append(OrderFilled(fill=fill))

    def _charge(
        self, order: WorkingOrder, contract: Contract, filled: Decimal, value: Decimal, at_ns: int, *, maker: bool
    ) -> Decimal:
        if maker:
            order.maker_value += value
        else:
            order.taker_value += value
        commission = contract.commission
        if commission.tiers:
            order.discount += commission.discount(self._traded_this_month(at_ns), filled - order.filled)
            self._counters.traded += filled - order.filled
        total = commission.total(filled, order.maker_value, order.taker_value, order.discount)
        if contract.factor is not None:
            total *= contract.factor
        charge = total - order.commission if order.commission else total
        order.commission = total
        return charge

    def _traded_this_month(self, at_ns: int) -> Decimal:
        month = f"{self.time(at_ns):%Y-%m}"
        if month != self._counters.month:
            self._counters.month, self._counters.traded = month, ZERO
        return self._counters.traded

    def _follow(self, order: WorkingOrder, quantity: Decimal, at_ns: int) -> None:
        """Let exits, OCO partners and the entry follow a fill."""
        if self._book.alone:
            return
        if order.intent.parent is not None:
            entry = self._book.find(order.intent.parent)
            if entry is not None and entry.is_live:
                self.end(entry, OrderState.CANCELED, at_ns, "its exit began to fill")
        for child in self._book.children(order.intent.client_order_id):
            child.armed = True
            self.resize(child, at_ns)
        for partner in self._book.partners(order):
            partner.taken += quantity
            if order.is_live:
                self.resize(partner, at_ns)
            else:
                self.end(partner, OrderState.CANCELED, at_ns, f"{order.intent.client_order_id} of its group filled")
        for other in self._book.exits(order.intent.instrument):
            if other.armed and other.is_live and not self._account.reducible(other.intent):
                self.end(other, OrderState.CANCELED, at_ns, "there is no position left to reduce")

    def resize(self, order: WorkingOrder, at_ns: int) -> None:
        """Make an order's quantity what it wants, its entry has filled, and its partners have left."""
        quantity = self.wanted(order)
        if quantity <= order.filled:
            self.end(order, OrderState.CANCELED, at_ns, "its group filled the rest")
            return
        if quantity == order.quantity:
            return
        order.quantity = quantity
        self._margin.reserve(order)
        self.updated(order, at_ns)

    def wanted(self, order: WorkingOrder) -> Decimal:
        """Return the total quantity an order may execute by its intent, its entry and its partners."""
        quantity = order.intent.quantity
        if order.intent.parent is not None and order.armed:
            entry = self._book.find(order.intent.parent)
            quantity = quantity if entry is None else min(quantity, entry.filled + entry.extra)
        return quantity - order.taken

    def updated(self, order: WorkingOrder, at_ns: int) -> None:
        """Report an order's present quantity and prices."""
        self._changed(order, at_ns)
        self.events.append(
            OrderUpdated(
                client_order_id=order.intent.client_order_id,
                at=self.time(order.updated_ns),
                quantity=order.quantity,
                limit_price=order.intent.limit_price,
                stop_price=order.intent.stop_price,
            ),
        )

    def trigger(self, order: WorkingOrder, at_ns: int) -> None:
        """Note that an order's stop was touched."""
        order.triggered = True
        if order.state is OrderState.ACCEPTED:
            order.state = OrderState.TRIGGERED
        self._changed(order, at_ns)
        self.events.append(OrderTriggered(client_order_id=order.intent.client_order_id, at=self.time(at_ns)))

    def end_at_once(self, order: WorkingOrder, at_ns: int) -> None:
        """End what is left of an order that does not wait."""
        self.end(order, OrderState.CANCELED, at_ns, f"{order.intent.tif}: the rest was not to be had at once")

    def end(self, order: WorkingOrder, state: OrderState, at_ns: int, reason: str) -> None:
        """End an order unfilled or partly filled; exits that wait for it end with it."""
        if not order.is_live:
            return
        order.state, order.reason = state, reason
        self._changed(order, at_ns)
        self._margin.reserve(order)
        self._book.end(order)
        self.events.append(self._end_event(order))
        if not order.filled:
            for child in self._book.children(order.intent.client_order_id):
                self.end(child, OrderState.CANCELED, at_ns, "its entry ended without a fill")

    def _changed(self, order: WorkingOrder, at_ns: int) -> None:
        order.updated_ns = max(order.updated_ns, at_ns)
        self.dirty[order.intent.client_order_id] = order
