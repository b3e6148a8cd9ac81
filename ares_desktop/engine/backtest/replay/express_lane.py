"""The quickest way of an order: a plain market order of the only strategy, while nothing else is under way.

Gate, venue and books decide and reckon as they always do; what is left out is telling each of them of every single
order. They are told before anything else is asked of them, so nobody can see a difference.
"""

from decimal import Decimal
from math import inf
from typing import Final

from ares_desktop.domain.books import BookPosition, apply_fill
from ares_desktop.domain.events import OrderAccepted, OrderFilled
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, Bar
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, Side
from ares_desktop.engine.backtest.replay.actor import Actor
from ares_desktop.engine.backtest.replay.floor import Floor
from ares_desktop.engine.simulation.express import Express
from ares_desktop.engine.trading.quick_look import SLACK, Standing, is_plain

_MARKET: Final = OrderType.MARKET
_BY_STRATEGY: Final = OrderPurpose.STRATEGY
_BUY: Final = Side.BUY
_LARGEST: Final = Decimal(10) ** 15
"""Quantities beyond may have more digits than their remainder by a lot can be computed with."""


class ExpressLane:
    """Takes orders that the gate's quick look would pass, and fills them at the next bar.

    Args:
        standing: what holds for every order of the strategy.
        express: the venue's part.

    Attributes:
        waiting: the order that is filled by the next bar.
    """

    def __init__(
        self, actor: Actor, floor: Floor, instrument: InstrumentId, standing: Standing, express: Express
    ) -> None:
        self.waiting: OrderIntent | None = None
        self._context = actor.context
        self._key = (floor.account, actor.name, instrument)
        self._name = instrument
        self._floor = floor
        self._registry = floor.fold.registry
        self._standing = standing
        self._express = express
        self._quiet_ns = int(max(1.0, standing.limits.duplicate_window_s) * NS_PER_SECOND)
        self._arrived: Bar | None = None
        self._arrived_ns = -self._quiet_ns
        self._fills = 0
        self._last: OrderFilled | None = None
        self._counted: OrderIntent | None = None
        self._counted_ns = 0
        self._known = False
        self._position: BookPosition
        self._cash: Decimal
        self._rest = 0.0

    @classmethod
    def of(cls, actor: Actor, floor: Floor, instrument: InstrumentId) -> "ExpressLane | None":
        """Return the lane of a strategy, None where its orders must be looked at one by one."""
        standing = floor.gate.standing(floor.account, actor.name, instrument)
        express = floor.broker.express(instrument)
        if standing is None or express is None or actor.follows_orders or actor.hears_fills:
            return None
        if standing.instrument.currency != standing.link.currency:
            return None
        limits = standing.limits
        if limits.messages_per_second <= 0 or limits.max_open_orders <= 0 or limits.max_quote_age_s < 0:
            return None
        return cls(actor, floor, instrument, standing, express)

    def takes(self, intent: OrderIntent, bar: Bar) -> bool:
        """Let an order pass gate and venue, made at ``bar``; False when both must look at it themselves."""
        now_ns, quantity, price = bar.end_ns, intent.quantity, bar.close
        if (
            intent.type is not _MARKET
            or intent.purpose is not _BY_STRATEGY
            or not is_plain(intent)
            or intent.instrument != self._name
            or intent.tif not in self._standing.tifs
            or now_ns - self._arrived_ns <= self._quiet_ns
            or not 0.0 < price < inf
            or not 0 < quantity < _LARGEST
            or quantity % self._standing.lot
            or self._registry.knows(intent.client_order_id)
        ):
            return False
        if not self._known:
            self._learn()
        if not self._affords(float(quantity) if intent.side is _BUY else -float(quantity), price):
            return False
        self._arrived, self._arrived_ns = bar, now_ns
        self.waiting = intent
        return True

    def _learn(self) -> None:
        """Look at the books anew."""
        account, strategy, name = self._key
        ledger, currency = self._floor.fold.ledger, self._standing.link.currency
        self._position = ledger.position(account, strategy, name)
        self._cash = ledger.cash(account, strategy, currency)
        self._rest = float(ledger.account_cash(account, currency) - self._cash)
        self._known = True

    def _affords(self, signed: float, price: float) -> bool:
        """Say whether margin and budget are sure to bear the order, with the quick look's slack."""
        standing, cash = self._standing, float(self._cash)
        unit = price * standing.value
        held = float(self._position.quantity)
        worth, after = held * unit, (held + signed) * unit
        worst = max(abs(worth), abs(after))
        equity = cash + worth
        slack = SLACK * (abs(cash) + abs(worth) + abs(self._rest) + worst) * (1.0 + standing.leverage)
        return worst <= equity * standing.leverage - slack and worst * standing.margin_rate <= (
            equity + self._rest - slack
        )

    def fills(self, bar: Bar) -> bool:
        """Fill the order that waits; False when the venue must look at it."""
        intent = self.waiting
        if intent is None:
            return False
        fill = self._express.fill(intent, self._arrived_ns, bar)
        if fill is None:
            return False
        self.waiting = None
        self._counted, self._counted_ns = intent, self._arrived_ns
        at = intent.created_at
        accepted = OrderAccepted(client_order_id=intent.client_order_id, venue_order_id=self._express.number(), at=at)
        self._last = filled = OrderFilled(fill=fill)
        entry = self._registry.complete(intent, at, accepted, filled)
        self._fills += 1
        self._position = position = apply_fill(self._position, fill)
        self._cash += self._express.received
        self._context.complete(fill, position, entry, 3)
        self._floor.fills.append((bar.end_ns, fill))
        return True

    def settle(self) -> None:
        """Tell gate, books and venue of everything that was filled."""
        if self._last is not None:
            self._floor.fold.ledger.post_fills(self._fills, self._last.fill, self._position)
            self._fills, self._last = 0, None
            self._floor.broker.settle(self._express)
        if self._counted is not None:
            self._floor.gate.count(self._counted, self._counted_ns)
            self._counted = None

    def release(self, asked_ns: int = 0) -> None:
        """Settle, and leave the order that waits to the general way.

        Args:
            asked_ns: when the strategy asked for what goes the general way, 0 when it did not.
        """
        self.settle()
        self._known = False
        intent, bar = self.waiting, self._arrived
        if intent is not None and bar is not None:
            self.waiting = None
            self._floor.clock.advance(bar.end_ns)
            self._floor.broker.mark(bar)
            self._floor.accepted(intent)
            asked_ns = self._arrived_ns
        self._arrived_ns = max(self._arrived_ns, asked_ns)
