"""Watches the market data that sessions push: whose it is, how old it is, and when it has gone silent."""

from collections.abc import Sequence
from time import monotonic, time_ns

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, Bar, MarketEvent, Quote
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.engine.ports.broker import BrokerEvent
from ares_desktop.engine.simulation.account import BY_PERSON
from ares_desktop.engine.simulation.simulated import SimulatedBroker

_PAST_NS = 86_400 * NS_PER_SECOND


class FeedWatch:
    """Hands market data to the broker, with two rules about wall time.

    * A market order never waits for news that do not come: after ``silence_s`` without any market data, or without a
      new quote where a quote still stands, it takes the last known price. On past data, where a silence is only a slow
      replay, orders of strategies wait for the next bar, as they would at any other speed.
    * Market time only runs forward, but a session whose first data are older than the clock begins another replay
      and sets the clock back. That needs a clock which is in the past already, and no other session sending data.
    """

    def __init__(self, broker: SimulatedBroker, silence_s: float) -> None:
        self._broker = broker
        self._silence_s = silence_s
        self._heard: dict[InstrumentId, float] = {}
        self._newest: dict[InstrumentId, MarketEvent] = {}
        self._fresh = False
        self._senders: dict[object, float] = {}
        self._actions: dict[object, tuple[MarketAction, ...]] = {}
        self._heard_any = monotonic()

    def schedule(self, sender: object, actions: tuple[MarketAction, ...]) -> None:
        """Take all dividends, splits and funding of a session's market."""
        self._actions[sender] = actions
        self._broker.schedule(actions, anew=True)

    def take(self, sender: object, events: Sequence[MarketEvent]) -> list[BrokerEvent]:
        """Hand events of one moment to the broker."""
        if not events:
            return []
        now = monotonic()
        news = self._rewind(sender, events, now) if sender not in self._senders else []
        self._senders[sender] = self._heard_any = now
        self._fresh = True
        for event in events:
            self._heard[event.instrument] = now
            self._newest[event.instrument] = event
        news += self._broker.on_market(events)
        return news

    def _rewind(self, sender: object, events: Sequence[MarketEvent], now: float) -> list[BrokerEvent]:
        if max(event.ts for event in events) >= self._broker.clock_ns or not self._in_the_past:
            return []
        if any(now - at < self._silence_s for other, at in self._senders.items() if other is not sender):
            return []
        news = self._broker.rewind(min(event.start_ns if isinstance(event, Bar) else event.ts for event in events))
        self._broker.schedule(self._actions.get(sender, ()))
        return news

    @property
    def _in_the_past(self) -> bool:
        return time_ns() - self._broker.clock_ns >= _PAST_NS

    def forget(self, sender: object) -> None:
        """Note that a session has ended."""
        self._senders.pop(sender, None)
        self._actions.pop(sender, None)

    def fill_waiting(self) -> list[BrokerEvent]:
        """Fill the market orders that wait for a silent market."""
        return self._broker.fill_waiting(self._is_silent) if self._broker.has_waiting() else []

    def _is_silent(self, intent: OrderIntent) -> bool:
        if self._in_the_past and intent.purpose not in BY_PERSON:
            return False
        instrument, now = intent.instrument, monotonic()
        if now - self._heard_any >= self._silence_s:
            return True
        quoted = isinstance(self._newest.get(instrument), Quote)
        return quoted and now - self._heard.get(instrument, now) >= self._silence_s

    def unsaved(self) -> list[MarketEvent]:
        """Return the newest event of each instrument, nothing when none came since the last call."""
        if not self._fresh:
            return []
        self._fresh = False
        return list(self._newest.values())
