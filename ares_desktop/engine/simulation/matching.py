"""Matches working orders against quotes, prints and bars.

Rules:

* Ticks. A buy meets the ask of a quote or a print's price, a sale the bid or the print. A market order takes that
  price. A limit order that is marketable when it first meets the market takes that price too; one that rests there
  gets its own limit. A stop becomes a market order (a stop-limit a limit order) at the tick that touches it and may
  fill on the same tick. The size of the quote's side or of the print is the most that all orders together get.
* Bars. An order takes part in bars that begin at or after its arrival. At the open: market orders (by another policy
  at the worst price of the bar, or after everything else at its close), limits at or better than the open, stops that
  the open has gapped over. Within the range: first every stop, at its stop price, then limits, at their limit. So where
  one bar reaches a stop and a target, the stop counts: the worst case. Exits of an entry that fills at the open see the
  whole bar in this order; exits of one that fills later in the bar only get their stops in it.
* Trailing stops follow the best price after it was compared with the stop. In a bar the stop of before is compared
  with the range first; then the bar's best price moves it, and only a close beyond the moved stop triggers it, since
  only the close is sure to come after the best price.
* Bars beside quotes, such as those of the middle that quote bars have, do not hide the spread: a buy meets prices that
  are half of the newest quote's spread higher, a sale prices as much lower.
* Volume. All orders together take at most a share of a bar's volume; a volume that is not a number sets no bound.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Final, Protocol

from ares_desktop.domain.market import Bar, MarketEvent, Quote, TradeTick
from ares_desktop.domain.orders import OrderType, TimeInForce
from ares_desktop.domain.simulation import LimitPolicy, MarketPolicy, SimulationSettings
from ares_desktop.engine.simulation.liquidity import Liquidity
from ares_desktop.engine.simulation.working import WorkingOrder

_DIGITS: Final = 10
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Venue(Protocol):
    """What the matching rules ask of the broker around them."""

    def execute(self, order: WorkingOrder, price: float, liquidity: Liquidity, *, maker: bool, at_ns: int) -> None:
        """Execute what an order can get at ``price``."""

    def trigger(self, order: WorkingOrder, at_ns: int) -> None:
        """Note that an order's stop was touched."""

    def end_at_once(self, order: WorkingOrder, at_ns: int) -> None:
        """End what is left of an order that does not wait."""


class MatchingEngine:
    """Applies the rules of this module to the orders of one instrument, in the order of their arrival."""

    def __init__(self, venue: Venue, settings: SimulationSettings) -> None:
        self._venue = venue
        self._latency_ns = settings.latency_ns
        self._through = settings.limit_policy is LimitPolicy.THROUGH
        self._volume_share = settings.volume_share
        self._at_close = settings.market_policy is MarketPolicy.NEXT_CLOSE
        self._at_worst = settings.market_policy is MarketPolicy.WORST

    def match(self, orders: Sequence[WorkingOrder], event: MarketEvent, lot: Decimal, spread: float = 0.0) -> None:
        """Match ``orders`` against one event.

        Args:
            orders: that work.
            event: of their instrument.
            lot: its smallest quantity.
            spread: of the newest quote where the event is a bar; 0 for none.
        """
        if type(event) is Bar and spread > 0:
            self._spread_bar(orders, event, spread, lot)
        elif type(event) is Bar:
            self._bar(orders, event, Liquidity.of_volume(event.volume, self._volume_share, lot))
        else:
            self._at_tick(orders, event, lot)

    def _at_tick(self, orders: Sequence[WorkingOrder], event: MarketEvent, lot: Decimal) -> None:
        ready = [order for order in orders if event.ts >= order.arrived_ns + self._latency_ns]
        if isinstance(event, Quote):
            spread = event.ask - event.bid
            asked = Liquidity.of_size(event.ask_size, lot, spread)
            bid = Liquidity.of_size(event.bid_size, lot, spread)
            for order in ready:
                self._tick(order, event.ask if order.buys else event.bid, event.ts, asked if order.buys else bid)
        elif isinstance(event, TradeTick):
            printed = Liquidity.of_size(event.size, lot, None)
            for order in ready:
                self._tick(order, event.price, event.ts, printed, through=self._through)

    def _tick(self, order: WorkingOrder, price: float, ts: int, liquidity: Liquidity, *, through: bool = False) -> None:
        if not order.armed or not order.is_live or not (isfinite(price) and price > 0):
            return
        if order.waits_for_stop:
            if not _stop_reached(order, price):
                _trail(order, price)
                return
            self._venue.trigger(order, ts)
        limit = order.limit
        if limit is None:
            self._venue.execute(order, price, liquidity, maker=False, at_ns=ts)
        elif not order.resting:
            if _reaches(order, limit, price):
                self._venue.execute(order, price, liquidity, maker=False, at_ns=ts)
        elif _reaches(order, limit, price, through=through):
            self._venue.execute(order, limit, liquidity, maker=True, at_ns=ts)
        order.resting = True
        if order.intent.tif in _AT_ONCE and order.is_live:
            self._venue.end_at_once(order, ts)

    def _bar(self, orders: Sequence[WorkingOrder], bar: Bar, liquidity: Liquidity) -> None:
        if not isfinite(bar.open):
            return
        taking_part = [order for order in orders if self._takes_part(order, bar)]
        if len(taking_part) == 1 and taking_part[0].intent.type is OrderType.MARKET and not self._at_close:
            # Nothing but the open concerns it, and there is no exit that it could arm.
            if _active(taking_part[0]):
                self._open(taking_part[0], bar, liquidity)
            return
        self._whole_bar(taking_part, bar, liquidity)

    def _spread_bar(self, orders: Sequence[WorkingOrder], bar: Bar, spread: float, lot: Decimal) -> None:
        if isfinite(bar.open):
            taking_part = [order for order in orders if self._takes_part(order, bar)]
            liquidity = Liquidity.of_volume(bar.volume, self._volume_share, lot)
            self._whole_bar(taking_part, _moved(bar, spread / 2), liquidity, sold=_moved(bar, -spread / 2))

    def _whole_bar(
        self, taking_part: Sequence[WorkingOrder], bar: Bar, liquidity: Liquidity, *, sold: Bar | None = None
    ) -> None:
        """Match against a whole bar; ``sold`` is what sales meet where that is not the same."""
        bid = sold or bar
        for order in taking_part:
            if _active(order):
                self._open(order, bar if order.buys else bid, liquidity)
        armed = [order for order in taking_part if order.armed]
        waiting = [order for order in taking_part if not order.armed]
        for order in armed:
            self._stop_in_range(order, bar if order.buys else bid, liquidity)
        for order in armed:
            self._limit_in_range(order, bar if order.buys else bid, liquidity)
        for order in waiting:
            self._stop_in_range(order, bar if order.buys else bid, liquidity)
        for order in taking_part:
            self._close(order, bar if order.buys else bid, liquidity)
        if self._at_close:
            for order in armed:
                self._market_close(order, bar if order.buys else bid, liquidity)

    def _takes_part(self, order: WorkingOrder, bar: Bar) -> bool:
        gap = bar.start_ns - order.arrived_ns
        return gap >= self._latency_ns or (gap >= 0 and self._latency_ns < bar.end_ns - bar.start_ns)

    def _open(self, order: WorkingOrder, bar: Bar, liquidity: Liquidity) -> None:
        price = bar.open
        if order.intent.type is OrderType.MARKET:
            if self._at_close:
                return
            if self._at_worst:
                price = bar.high if order.buys else bar.low
        elif order.waits_for_stop:
            if not _stop_reached(order, price):
                _trail(order, price)
                return
            self._venue.trigger(order, bar.end_ns)
        self._take(order, price, bar, liquidity)

    def _market_close(self, order: WorkingOrder, bar: Bar, liquidity: Liquidity) -> None:
        if _active(order) and order.intent.type is OrderType.MARKET and isfinite(bar.close):
            self._take(order, bar.close, bar, liquidity)

    def _take(self, order: WorkingOrder, price: float, bar: Bar, liquidity: Liquidity) -> None:
        limit = order.limit
        if limit is None or _reaches(order, limit, price):
            self._venue.execute(order, price, liquidity, maker=False, at_ns=bar.end_ns)
        order.resting = True
        if order.intent.tif in _AT_ONCE and order.is_live:
            self._venue.end_at_once(order, bar.end_ns)

    def _stop_in_range(self, order: WorkingOrder, bar: Bar, liquidity: Liquidity) -> None:
        if not _active(order) or not order.waits_for_stop or order.stop is None:
            return
        if not _stop_reached(order, bar.high if order.buys else bar.low):
            return
        # An exit armed within the bar may have its stop on the wrong side of the open: it can't do better than that.
        price = max(order.stop, bar.open) if order.buys else min(order.stop, bar.open)
        self._triggered_at(order, price, bar.end_ns, liquidity)

    def _triggered_at(self, order: WorkingOrder, price: float, ts: int, liquidity: Liquidity) -> None:
        self._venue.trigger(order, ts)
        if order.limit is None or _reaches(order, order.limit, price):
            self._venue.execute(order, price, liquidity, maker=False, at_ns=ts)

    def _limit_in_range(self, order: WorkingOrder, bar: Bar, liquidity: Liquidity) -> None:
        limit = order.limit
        if limit is None or not _active(order) or order.waits_for_stop:
            return
        if order.triggered and not order.resting:
            # A stop-limit that was triggered within this bar: what came before the touch does not count.
            return
        if _reaches(order, limit, bar.low if order.buys else bar.high, through=self._through):
            self._venue.execute(order, limit, liquidity, maker=True, at_ns=bar.end_ns)

    def _close(self, order: WorkingOrder, bar: Bar, liquidity: Liquidity) -> None:
        if not _active(order):
            return
        if order.intent.type is OrderType.TRAILING_STOP and order.waits_for_stop:
            _trail(order, bar.low if order.buys else bar.high)
            if order.stop is not None and _stop_reached(order, bar.close):
                self._triggered_at(order, order.stop, bar.end_ns, liquidity)
        if not order.waits_for_stop:
            order.resting = True


def _moved(bar: Bar, by: float) -> Bar:
    """Return a bar at other prices, without the digits that only binary fractions have."""
    opened, high, low, close = (round(price + by, _DIGITS) for price in (bar.open, bar.high, bar.low, bar.close))
    return Bar(bar.instrument, bar.start_ns, bar.end_ns, opened, high, low, close, bar.volume)


def _active(order: WorkingOrder) -> bool:
    return order.armed and order.is_live


def _stop_reached(order: WorkingOrder, price: float) -> bool:
    if order.stop is None:
        return False
    return price >= order.stop if order.buys else price <= order.stop


def _reaches(order: WorkingOrder, limit: float, price: float, *, through: bool = False) -> bool:
    if through:
        return price < limit if order.buys else price > limit
    return price <= limit if order.buys else price >= limit


def _trail(order: WorkingOrder, price: float) -> None:
    if order.trail is None or order.intent.type is not OrderType.TRAILING_STOP:
        return
    if order.buys:
        level = price + order.trail
        order.stop = level if order.stop is None else min(order.stop, level)
    else:
        level = price - order.trail
        order.stop = level if order.stop is None else max(order.stop, level)
