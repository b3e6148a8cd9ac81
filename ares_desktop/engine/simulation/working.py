"""An order as the simulated venue keeps it."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.ids import VenueOrderId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import FINAL_STATES, OrderIntent, OrderState, OrderType, Side
from ares_desktop.engine.ports.broker import OrderReport

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class WorkingOrder(msgspec.Struct, kw_only=True, eq=False):
    """The venue's own mutable record of an order, kept after its end for as long as it may be asked for.

    Attributes:
        owner: client that submitted it.
        quantity: total it may execute; follows the parent's fills and the fills of its OCO partners.
        taken: what OCO partners executed instead of it.
        maker_value, taker_value: executed value by kind of fill, which commissions are charged on.
        arrived_ns: market time of its arrival or of its last change of price.
        expires_ns: market time of its end, 0 for none.
        queued: placed while its market was closed, for the session that comes next.
        armed: False for an exit whose entry has not filled.
        triggered: its stop was touched.
        resting: it has been compared with the market, so its further fills add liquidity.
        limit, stop, trail: prices as floats, None where it has none; ``stop`` of a trailing stop moves.
        discount: what its fills were granted for the month's volume.
        extra: units that its fills became by splits, less the units they had.
        reserved: value that counts against buying power, in the instrument's currency.
    """

    intent: OrderIntent
    venue_order_id: VenueOrderId
    quantity: Decimal
    arrived_ns: int
    updated_ns: int
    owner: str = ""
    state: OrderState = OrderState.ACCEPTED
    taken: Decimal = ZERO
    filled: Decimal = ZERO
    maker_value: Decimal = ZERO
    taker_value: Decimal = ZERO
    commission: Decimal = ZERO
    expires_ns: int = 0
    queued: bool = False
    armed: bool = True
    triggered: bool = False
    resting: bool = False
    limit: float | None = None
    stop: float | None = None
    trail: float | None = None
    discount: Decimal = ZERO
    extra: Decimal = ZERO
    reserved: float = 0.0
    reason: str = ""

    @property
    def buys(self) -> bool:
        """Whether it is a buy."""
        return self.intent.side is Side.BUY

    @property
    def is_live(self) -> bool:
        """Whether it may still execute."""
        return self.state not in FINAL_STATES

    @property
    def waits_for_stop(self) -> bool:
        """Whether its stop has yet to be touched."""
        return not self.triggered and self.intent.type in _STOPS

    @property
    def remaining(self) -> Decimal:
        """Quantity that may still execute."""
        return self.quantity - self.filled

    @property
    def only_reduces(self) -> bool:
        """Whether it may only shrink a position: asked to, or an exit of a bracket."""
        return self.intent.reduce_only or self.intent.parent is not None

    @property
    def drift(self) -> tuple[object, ...]:
        """What the market changes of it without an event: a trailing stop's level, and how it stands in time."""
        return self.stop, self.resting, self.queued, self.expires_ns, self.arrived_ns

    def take_prices(self) -> None:
        """Read the intent's prices into floats; a trailing stop keeps the level it has reached."""
        intent = self.intent
        self.limit = None if intent.limit_price is None else float(intent.limit_price)
        self.trail = None if intent.trail is None else float(intent.trail)
        if intent.stop_price is not None:
            self.stop = float(intent.stop_price)

    def report(self) -> OrderReport:
        """Return it as the broker reports it."""
        return OrderReport(
            intent=msgspec.structs.replace(self.intent, quantity=self.quantity),
            state=self.state,
            venue_order_id=self.venue_order_id,
            filled=self.filled,
            updated_at=from_ns(self.updated_ns),
            reason=self.reason,
            owner=self.owner,
        )
