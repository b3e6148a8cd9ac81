"""Ends DAY orders with their trading day."""

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, MarketEvent
from ares_desktop.domain.orders import OrderState, TimeInForce
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.execution import Execution
from ares_desktop.engine.simulation.session import NEVER_NS, trading_day
from ares_desktop.engine.simulation.working import WorkingOrder

_DAY = TimeInForce.DAY
_REASON = "its day ended"


class Expiry:
    """Gives DAY orders their end and carries it out by market time.

    An order placed while its market is open ends with that trading day. One placed while it is closed waits for the
    first event of its instrument and ends with the day of that event, so that holidays need no list. The last event of
    a day, such as a daily bar, is matched before its day ends.

    Attributes:
        next_ns: no order ends by the clock alone before it.
        watches: an order that ends with its day may be working.
    """

    def __init__(self, book: OrderBook, execution: Execution) -> None:
        self._book = book
        self._execution = execution
        self.next_ns = NEVER_NS
        self.watches = False

    def assign(self, order: WorkingOrder, instrument: Instrument, now_ns: int) -> None:
        """Set the end of an order that arrives now."""
        if order.intent.tif is not _DAY:
            return
        day = trading_day(instrument.calendar, now_ns)
        order.expires_ns = day.end_ns
        order.queued = not now_ns or day.closed
        self.watch(order)

    def watch(self, order: WorkingOrder) -> None:
        """Look at an order's end when the clock gets there."""
        if order.expires_ns:
            self.watches = True
        if order.expires_ns and not order.queued:
            self.next_ns = min(self.next_ns, order.expires_ns)

    def before(self, orders: list[WorkingOrder], event: MarketEvent, instrument: Instrument) -> None:
        """Bind waiting orders to the day of ``event`` and end those whose day was over when it began."""
        begin = event.start_ns if isinstance(event, Bar) else event.ts
        for order in orders:
            if order.queued and begin >= order.arrived_ns:
                order.queued = False
                order.expires_ns = max(order.expires_ns, trading_day(instrument.calendar, begin).end_ns)
                self.watch(order)
            elif order.expires_ns and not order.queued and order.expires_ns <= begin:
                self._execution.end(order, OrderState.EXPIRED, order.expires_ns, _REASON)

    def after(self, orders: list[WorkingOrder], event: MarketEvent) -> None:
        """End the orders whose day ends with ``event``."""
        for order in orders:
            if order.expires_ns and not order.queued and order.expires_ns <= event.ts:
                self._execution.end(order, OrderState.EXPIRED, event.ts, _REASON)

    def by_clock(self, clock_ns: int) -> None:
        """End orders whose day is over although their own instrument is silent."""
        self.next_ns, self.watches = NEVER_NS, False
        for order in list(self._book.all_working()):
            if order.expires_ns and not order.queued and order.expires_ns < clock_ns:
                self._execution.end(order, OrderState.EXPIRED, order.expires_ns, _REASON)
            elif order.is_live:
                self.watch(order)
