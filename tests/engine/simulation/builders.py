"""A simulated account with one share, driven in one-minute steps from 09:30 New York on Monday 2024-03-04."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import nan
from typing import Any, TypeVar

from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, client_order_id
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, MarketEvent, Quote, TradeTick, from_ns, to_ns
from ares_desktop.domain.orders import OrderIntent, OrderState, OrderType, Side, TimeInForce
from ares_desktop.domain.simulation import SimulationSettings, SlippageModel
from ares_desktop.engine.ports.broker import BrokerEvent
from ares_desktop.engine.simulation.simulated import SimulatedBroker

SPY = InstrumentId("SPY.ARCX")
OPEN_NS = to_ns(datetime(2024, 3, 4, 14, 30, tzinfo=UTC))
MINUTE = 60_000_000_000
DAY = 24 * 60 * MINUTE
E = TypeVar("E")

PLAIN = SimulationSettings(costs="none", slippage_model=SlippageModel.NONE, latency_ms=0.0)
"""No costs and no latency, so that a test shows the rule it is about."""


def plain(**changes: Any) -> SimulationSettings:
    """Return plain settings with changes."""
    return SimulationSettings(
        **{"costs": "none", "slippage_model": SlippageModel.NONE, "latency_ms": 0.0, **changes},
    )


def an_instrument(name: InstrumentId = SPY, **changes: Any) -> Instrument:
    return Instrument(**{"id": name, **changes})


def a_bar(
    minute: int,
    open_: float = 100.0,
    high: float | None = None,
    low: float | None = None,
    close: float | None = None,
    *,
    volume: float = nan,
    name: InstrumentId = SPY,
    length: int = MINUTE,
) -> Bar:
    high, low = (open_ if high is None else high), (open_ if low is None else low)
    start = OPEN_NS + minute * MINUTE
    return Bar(name, start, start + length, open_, high, low, open_ if close is None else close, volume)


def a_quote(ms: float, bid: float, ask: float, *, bid_size: float = 0.0, ask_size: float = 0.0) -> Quote:
    return Quote(SPY, OPEN_NS + int(ms * 1_000_000), bid, ask, bid_size, ask_size)


def a_trade(ms: float, price: float, size: float = 0.0) -> TradeTick:
    return TradeTick(SPY, OPEN_NS + int(ms * 1_000_000), price, size)


class Desk:
    """A broker, its past events, and a counter for client order ids."""

    def __init__(
        self, settings: SimulationSettings = PLAIN, *instruments: Instrument, broker: SimulatedBroker | None = None
    ) -> None:
        self.broker = broker or SimulatedBroker(settings)
        self.broker.register(instruments or (an_instrument(),))
        self.events: list[BrokerEvent] = []
        self._sequence = 0

    def market(self, *events: MarketEvent) -> list[BrokerEvent]:
        found = self.broker.on_market(events)
        self.events += found
        return found

    def intent(self, side: Side, quantity: float | str, **changes: Any) -> OrderIntent:
        self._sequence += 1
        for name in ("limit_price", "stop_price", "trail"):
            if changes.get(name) is not None:
                changes[name] = Decimal(str(changes[name]))
        strategy = changes.pop("strategy", StrategyId("trend"))
        fields = {
            "client_order_id": client_order_id(strategy, self._sequence),
            "strategy": strategy,
            "account": AccountId("PAPER"),
            "instrument": SPY,
            "side": side,
            "quantity": Decimal(str(quantity)),
            "created_at": from_ns(self.broker.clock_ns or OPEN_NS),
            "tif": TimeInForce.GTC,
            **changes,
        }
        return OrderIntent(**fields)

    def submit(self, *intents: OrderIntent) -> list[BrokerEvent]:
        found = self.broker.submit(intents, self.broker.clock_ns)
        self.events += found
        return found

    def buy(self, quantity: float | str = 10, **changes: Any) -> ClientOrderId:
        intent = self.intent(Side.BUY, quantity, **_typed(changes))
        self.submit(intent)
        return intent.client_order_id

    def sell(self, quantity: float | str = 10, **changes: Any) -> ClientOrderId:
        intent = self.intent(Side.SELL, quantity, **_typed(changes))
        self.submit(intent)
        return intent.client_order_id

    def bracket(self, quantity: float, stop: float, target: float, **entry: Any) -> tuple[ClientOrderId, ...]:
        parent = self.intent(Side.BUY, quantity, **_typed(entry))
        shared = {"parent": parent.client_order_id, "oco_group": "exits", "reduce_only": True}
        protect = self.intent(Side.SELL, quantity, type=OrderType.STOP, stop_price=stop, **shared)
        gain = self.intent(Side.SELL, quantity, type=OrderType.LIMIT, limit_price=target, **shared)
        self.submit(parent, protect, gain)
        return parent.client_order_id, protect.client_order_id, gain.client_order_id

    def state(self, order: ClientOrderId) -> OrderState:
        report = self.broker.order(order)
        assert report is not None
        return report.state

    def reason(self, order: ClientOrderId) -> str:
        report = self.broker.order(order)
        assert report is not None
        return report.reason

    @property
    def position(self) -> Decimal:
        return sum((position.quantity for position in self.broker.positions()), Decimal(0))

    def fills(self, order: ClientOrderId | None = None) -> list[tuple[Decimal, Decimal]]:
        """Return (quantity, price) of the executions, of all orders or of one."""
        found = [event.fill for event in only(self.events, OrderFilled)]
        return [(fill.quantity, fill.price) for fill in found if order in (None, fill.client_order_id)]

    @property
    def last_fill(self) -> Fill:
        return only(self.events, OrderFilled)[-1].fill


def only(events: Sequence[BrokerEvent], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def _typed(changes: dict[str, Any]) -> dict[str, Any]:
    if "type" in changes:
        return changes
    names = {
        (False, False, False): OrderType.MARKET,
        (True, False, False): OrderType.LIMIT,
        (False, True, False): OrderType.STOP,
        (True, True, False): OrderType.STOP_LIMIT,
    }
    given = ("limit_price" in changes, "stop_price" in changes, "trail" in changes)
    return {"type": names.get(given, OrderType.TRAILING_STOP), **changes}
