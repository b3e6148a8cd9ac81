"""What a strategy's context needs from wherever it runs: a worker, a backtest or a unit test."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.market import Bar, BarSpec, Quote, TradeTick
from ares_desktop.domain.orders import Order, OrderIntent


class Timer(msgspec.Struct, frozen=True):
    """A timer of the strategy is due."""

    name: str


class TopicMessage(msgspec.Struct, frozen=True):
    """Another strategy published something."""

    topic: str
    payload: Any


StrategyEvent = Bar | Quote | TradeTick | Order | Fill | Timer | TopicMessage
"""Whatever a strategy is told."""


class Desk(Protocol):
    """The way out of a strategy. Its calls return at once, save the two that ask for stored data."""

    def now_ns(self) -> int:
        """Return the time of the clock in force."""

    def submit(self, intent: OrderIntent) -> None:
        """Pass an intent on to the gate."""

    def cancel(self, order: ClientOrderId) -> None:
        """Ask for a cancel."""

    def history(self, instrument: InstrumentId, spec: BarSpec | None, end_ns: int, count: int) -> Sequence[Bar]:
        """Wait for stored bars; no ``spec`` means the bars that the feed delivers."""

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions:
        """Wait for the sessions of a calendar that touch a span of time."""

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of a currency is worth in another, None when the engine has told no rate."""

    def timers_changed(self) -> None:
        """Look at the context's next timer again."""

    def record(self, name: str, value: float) -> None:
        """Keep a value."""

    def publish(self, topic: str, payload: Any) -> None:  # noqa: ANN401 - any value msgspec can encode
        """Pass a message on to other strategies."""

    def subscribe(self, topic: str) -> None:
        """Ask for a topic's messages."""

    def log(self, level: str, text: str) -> None:
        """Keep a line."""

    def events(self) -> AsyncIterator[StrategyEvent]:
        """Yield events, each once the context has taken it in."""
