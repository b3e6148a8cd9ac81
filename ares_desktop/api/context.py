"""What ``self.context`` offers a strategy."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any, Final

from ares_desktop.api.book import Book
from ares_desktop.api.desk import Desk, StrategyEvent, TopicMessage
from ares_desktop.api.inputs import Inputs
from ares_desktop.api.logger import Logger
from ares_desktop.api.market_view import MarketView
from ares_desktop.api.order_book import OrderBook
from ares_desktop.api.order_maker import Number, OrderMaker
from ares_desktop.api.orders import OrderHandle, OrderRecord
from ares_desktop.api.parameters import Params
from ares_desktop.api.series import Bars
from ares_desktop.api.setup import WorkerSetup
from ares_desktop.api.timers import Timers
from ares_desktop.api.topics import Subscriptions, Topic, check_name
from ares_desktop.api.wishes import check_texts
from ares_desktop.domain.books import BookPosition
from ares_desktop.domain.currencies import CurrencyRates
from ares_desktop.domain.events import BookNews, CarryBooked, CashFlowRecorded, PositionMoved, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, MarketEvent, Quote, from_ns
from ares_desktop.domain.money import MONEY_CONTEXT, ZERO, decimal, round_down, round_nearest
from ares_desktop.domain.orders import Bracket, Order, OrderIntent, Side, TimeInForce
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import LimitsInForce, TradingState

_BOOKINGS: Final = (CarryBooked, PositionSplit, CashFlowRecorded, PositionMoved)
_NO_PRICES: Final = (None, None, None)
# Looking a member up in its class costs more than all else that is done with it.
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL
_DAY: Final = TimeInForce.DAY


class Context:
    """The instance's view of the market, of its own money, and the way to its orders.

    Attributes:
        params: parameters in force.
        log: ``log.info("text")`` and so on; lines appear in the window.
        look_up_limits: returns the newest :attr:`limits`; whatever runs the strategy sets it.
        no_trade_band: weights nearer to the present one than this are not traded by :meth:`target_weight`.
        weights: target, smallest and greatest share of the account's equity, as the portfolio has them in force.
        trading: effective trading state of the instance.
        warming: past bars are being fed to fill indicators; orders made now go nowhere.
        warm_up_bars: what :meth:`warm_up` asked for.
    """

    def __init__(self, setup: WorkerSetup, params: Params, desk: Desk, market: MarketView | None = None) -> None:
        self.params = params
        self.log = Logger(desk.log)
        self.look_up_limits: Callable[[], LimitsInForce] = lambda: setup.limits
        self.trading: TradingState = setup.trading
        self.warming = False
        self.warm_up_bars = 0
        self.timers = Timers()
        self._subscriptions = Subscriptions()
        self._desk = desk
        self._instance = one = setup.instance
        self.weights: tuple[float, float, float] = (float(one.weight), float(one.min_weight), float(one.max_weight))
        self._definitions = {instrument.id: instrument for instrument in setup.instruments}
        self._capital = setup.capital
        self._client_id = setup.client_id
        self.no_trade_band = setup.no_trade_band
        spec = setup.instance.bar_spec
        self._market = market or MarketView(desk, BarSpec.parse(spec) if spec else None)
        self._currency = setup.currency
        self._rates = CurrencyRates(self._market.marks.get)
        self._rates.add(setup.instruments)
        self._book = Book(
            setup.instance.name,
            setup.instance.account,
            self._definitions,
            setup.cash,
            setup.currency,
            self._market.marks,
            self.rate,
        )
        self._book.restore(setup.positions)
        self._orders = OrderBook(setup.instance, setup.next_sequence, desk)
        self._inputs = Inputs(self._book, keep=setup.keep_inputs)
        self._make = OrderMaker(setup.instance, self._orders, self._inputs).make
        for order in setup.orders:
            self._orders.take(order)
        for event in setup.last:
            self._market.mark(event)

    @property
    def limits(self) -> LimitsInForce:
        """Bounds that the gate enforces, how much of each is used, and what forbids more: state, lock, multiplier."""
        return self.look_up_limits()

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self._instance.name

    @property
    def client_id(self) -> int:
        """The instance's number among all of them, from 1."""
        return self._client_id

    @property
    def now(self) -> datetime:
        """Aware UTC time of the clock in force."""
        return from_ns(self._desk.now_ns())

    @property
    def instruments(self) -> tuple[InstrumentId, ...]:
        """The instance's instruments."""
        return self._instance.instruments

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """Return tick, lot, multiplier and hours of one of the instance's instruments.

        Raises:
            KeyError: when it is not one of them.
        """
        return self._definitions[instrument]

    def round_price(self, instrument: InstrumentId, price: Number) -> Decimal:
        """Return the price on the instrument's tick grid that is nearest to ``price``."""
        return round_nearest(decimal(price), self._definitions[instrument].tick_size)

    def rate(self, currency: str) -> Decimal | None:
        """Return what one unit of a currency is worth in the account's, None when no rate is known; never 1 for that.

        It comes from the newest price of the pair, which is one of the instance's instruments or known to the engine.
        """
        return self._rates.rate(currency, self._currency) or self._desk.rate(currency, self._currency)

    @property
    def cash(self) -> Decimal:
        """Of this instance, in the account's currency alone."""
        return self._book.cash

    @property
    def equity(self) -> Decimal:
        """Cash and market value of this instance in the account's currency; NaN while a rate for it is missing."""
        return self._book.equity

    @property
    def budget(self) -> Decimal:
        """Capital that the gate lets this instance use."""
        return self._capital

    def position(self, instrument: InstrumentId) -> Position:
        """Return this instance's own position; flat is a quantity of zero."""
        return self._book.position(instrument)

    def quote(self, instrument: InstrumentId) -> Quote | None:
        """Return the newest quote."""
        return self._market.quotes.get(instrument)

    def price(self, instrument: InstrumentId) -> float | None:
        """Return the newest mark: the middle of the quote, the last print or the last close."""
        return self._book.marks.get(instrument)

    def bars(self, instrument: InstrumentId, n: int) -> Bars:
        """Return the last ``n`` closed bars, fewer only when no more are stored."""
        return self._market.bars(instrument, n)

    def history(self, instrument: InstrumentId, spec: str | BarSpec, start: datetime, end: datetime) -> Bars:
        """Wait for stored bars that ended after ``start`` and at or before ``end``, at most 100,000.

        Raises:
            ValueError: when the bar length can't be read or a time has no zone.
        """
        return self._market.history(instrument, BarSpec.parse(spec) if isinstance(spec, str) else spec, start, end)

    def warm_up(self, bars: int) -> None:
        """Ask in ``on_start`` for this many past bars of each instrument.

        They go through ``on_bar`` in time order before the first live event, with ``warming`` set. Orders made
        meanwhile are refused on the spot: their handles are DENIED and nothing leaves.
        """
        self.warm_up_bars = max(self.warm_up_bars, bars)

    def buy(  # noqa: PLR0913 - the keywords are the order's own properties
        self,
        instrument: InstrumentId,
        quantity: Number,
        *,
        limit: Number | None = None,
        stop: Number | None = None,
        trail: Number | None = None,
        tif: TimeInForce | str = TimeInForce.DAY,
        bracket: Bracket | None = None,
        oco: str = "",
        reduce_only: bool = False,
        reason: str = "",
    ) -> OrderHandle:
        """Submit an order to buy and return its handle at once.

        Args:
            instrument: one of the instance's instruments.
            quantity: taken exactly as written.
            limit: limit price; with ``stop`` too it is a stop-limit order.
            stop: price that starts it.
            trail: distance of a trailing stop from the best price, in quote currency.
            tif: ``DAY``, ``GTC``, ``IOC`` or ``FOK``.
            bracket: exits to place when it fills.
            oco: orders of one group cancel each other at the first fill.
            reduce_only: it may only shrink the position.
            reason: kept in the decision record.

        Raises:
            ValueError: when a number is not finite, the time in force is unknown, or ``trail`` meets a price.
        """
        prices = (limit, stop, trail)
        return self._make(_BUY, instrument, quantity, prices, tif, bracket, oco, reduce_only, reason, self.warming)

    def sell(  # noqa: PLR0913 - the keywords are the order's own properties
        self,
        instrument: InstrumentId,
        quantity: Number,
        *,
        limit: Number | None = None,
        stop: Number | None = None,
        trail: Number | None = None,
        tif: TimeInForce | str = TimeInForce.DAY,
        bracket: Bracket | None = None,
        oco: str = "",
        reduce_only: bool = False,
        reason: str = "",
    ) -> OrderHandle:
        """Submit an order to sell; arguments as for :meth:`buy`."""
        prices = (limit, stop, trail)
        return self._make(_SELL, instrument, quantity, prices, tif, bracket, oco, reduce_only, reason, self.warming)

    def target(self, instrument: InstrumentId, quantity: Number, *, reason: str = "") -> OrderHandle | None:
        """Order the difference between ``quantity`` (signed) and what is held and already ordered.

        Returns:
            The order, None when there is no difference.
        """
        wanted = decimal(quantity)
        difference = wanted - self._book.quantity(instrument) - self._orders.pending(instrument)
        if not difference:
            return None
        side = _BUY if difference > 0 else _SELL
        wanted = abs(difference)
        return self._make(side, instrument, wanted, _NO_PRICES, _DAY, None, "", False, reason, self.warming)  # noqa: FBT003 - in the order of buy

    def target_weight(self, instrument: InstrumentId, weight: Number, *, reason: str = "") -> OrderHandle | None:
        """Order towards a signed share of the instance's equity, never of more than its budget.

        The quantity is rounded towards zero to the instrument's lot. A weight within the no-trade band around the
        present one is left alone, save that zero always closes.

        Returns:
            The order, None when there is nothing to order, or a price or rate of currencies is missing.
        """
        wanted = decimal(weight)
        if not wanted:
            return self.target(instrument, ZERO, reason=reason)
        price = self._book.marks.get(instrument)
        if price is None or price <= 0:
            return None
        definition = self._definitions[instrument]
        rate, equity = self.rate(definition.currency), self.equity
        if rate is None or equity.is_nan():
            return None
        with localcontext(MONEY_CONTEXT):
            unit = decimal(price) * definition.multiplier * rate
            base = max(ZERO, min(equity, self._capital))
            held = (self._book.quantity(instrument) + self._orders.pending(instrument)) * unit
            if held and base and abs(wanted - held / base) < self.no_trade_band:
                return None
            quantity = round_down(wanted * base / unit, definition.lot_size)
        return self.target(instrument, quantity, reason=reason)

    def flatten(self, instrument: InstrumentId | None = None, *, reason: str = "") -> tuple[OrderHandle, ...]:
        """Cancel this instance's working orders and close its position, in one instrument or in all."""
        instruments = self._book.open_instruments if instrument is None else (instrument,)
        self.cancel_all(instrument)
        made = []
        for item in instruments:
            held = self._book.quantity(item)
            if held:
                order = self.sell if held > 0 else self.buy
                made.append(order(item, abs(held), reduce_only=True, reason=reason or "flatten"))
        return tuple(made)

    def cancel(self, order: OrderHandle) -> None:
        """Ask for the cancel of an order."""
        order.cancel()

    def cancel_all(self, instrument: InstrumentId | None = None) -> None:
        """Ask for the cancel of all this instance's working orders."""
        for order in self.orders(instrument):
            order.cancel()

    def orders(self, instrument: InstrumentId | None = None) -> tuple[OrderHandle, ...]:
        """Return this instance's orders that are not final."""
        return tuple(order for order in self._orders if instrument is None or order.instrument == instrument)

    def in_flight(self) -> tuple[int, tuple[OrderIntent, ...]]:
        """Return the number of the next order, and the intents that nothing has been heard of yet."""
        return self._orders.in_flight()

    def schedule(self, name: str, when: str | timedelta, *, instrument: InstrumentId | None = None) -> None:
        """Have ``on_timer(name)`` called on the clock in force; the same name replaces the timer.

        Args:
            name: passed to ``on_timer``.
            when: a ``timedelta``; ``every 15m``; ``session open``, ``session close`` or ``month end`` (the last close
                of a month), each with an offset such as ``-10m`` behind it; or five-field cron text in UTC.
            instrument: whose sessions count, the first one's by default.

        Raises:
            ValueError: when ``when`` can't be read.
        """
        calendar = self._definitions[instrument or self.instruments[0]].calendar
        self.timers.set(name, when, lambda start, end: self._desk.sessions(calendar, start, end), self._desk.now_ns())
        self._desk.timers_changed()

    def publish(self, topic: str | Topic[Any], payload: Any) -> None:  # noqa: ANN401 - any value msgspec can encode
        """Send a message to every strategy that subscribed to the topic; nothing leaves while warming up.

        A strategy that sends more than 1,000 in a second loses those beyond it; a receiver that can't keep up loses
        its oldest. Neither touches another strategy.

        Raises:
            TypeError, ValueError: when the topic has no name, or the payload is not of its type, can't be encoded or is
                too long.
        """
        if isinstance(topic, Topic):
            topic.check(payload)
            name = topic.name
        else:
            check_name(topic)
            name = topic
        if not self.warming:
            self._desk.publish(name, payload)

    def subscribe(self, topic: str | Topic[Any]) -> None:
        """Receive a topic's messages through ``on_message``, as values of its type where it has one."""
        self._desk.subscribe(self._subscriptions.add(topic))

    def record(self, name: str, value: float) -> None:
        """Keep a value, to be plotted and for the decision record.

        Orders take the newest value of each name along, at most 32 of them; beside them stand ``price``, ``position``
        and ``equity`` as the strategy saw them, unless it recorded values under these names. What it records as
        ``forecast``, or under names that begin with ``forecast.``, is shown as its opinion.
        """
        check_texts(name=name)
        if not self.warming:
            number = float(value)
            self._inputs.record(name, number)
            self._desk.record(name, number)

    def events(self) -> AsyncIterator[StrategyEvent]:
        """Yield this instance's events; for a strategy that overrides ``run_strategy``."""
        return self._desk.events()

    def take(self, event: MarketEvent | Order | Fill | BookNews) -> bool:
        """Take news in before the strategy hears it; return False for what it must not hear (a duplicate)."""
        if isinstance(event, Order):
            self._orders.take(event)
            return True
        if isinstance(event, Fill):
            fresh = self._book.apply(event)
            if fresh:
                self._orders.book(event)
            return fresh
        if isinstance(event, _BOOKINGS):
            self._book.take(event)
            return False
        return self._market.take(event)

    def read_message(self, topic: str, body: bytes) -> Iterator[TopicMessage]:
        """Yield what another strategy published; a warning in the log when it is not of its type."""
        try:
            payload = self._subscriptions.read(topic, body)
        except ValueError as error:
            self._desk.log("warning", f"a message on topic {topic!r} is left out: {error}")
        else:
            yield TopicMessage(topic, payload)

    def follow(self, order: ClientOrderId, record: OrderRecord, heard: int) -> bool:
        """Note that one of its orders moved on without an end, told by a desk in the same process."""
        return self._orders.follow(order, record, heard)

    def complete(self, fill: Fill, position: BookPosition, record: OrderRecord, heard: int) -> None:
        """Take in a fill that ends its order, with the position that the ledger reckoned for it."""
        self._book.take_over(fill, position)
        self._orders.complete(fill.client_order_id, fill.quantity, record, heard)
