"""The desk of a strategy whose engine is in the same process."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.api.desk import StrategyEvent
from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.market import Bar, BarSpec, from_ns
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.strategies import StrategyLog, StrategyRecord
from ares_desktop.engine.backtest.replay.market import ReplayedMarket
from ares_desktop.engine.data.history import SeriesHistory
from ares_desktop.engine.hosting.sessions import find_sessions
from ares_desktop.engine.hosting.topic_budget import MESSAGES_A_TURN
from ares_desktop.engine.hosting.wire import MAX_UPWARD

_PAYLOAD_MAX: Final = MAX_UPWARD // 2
_BARS_MAX: Final = 100_000
_LINES_MAX: Final = 10_000
_LINE_MAX: Final = 2000

Request = OrderIntent | ClientOrderId


class ReplayDesk:
    """Collects what one strategy asks for until the engine looks at it.

    Attributes:
        requests: intents and cancels in the order in which they were made.
        messages: topic and encoded payload of what it published.
        topics: what it subscribed to.
        records, lines: what it recorded and logged; the first 10,000 lines are kept.
        busy: it asked for anything since this was set to False.
        heard: the newest bar that it heard, where the clock is not advanced bar by bar.
        stream: yields the events of a strategy that runs its own life.
    """

    def __init__(self, name: StrategyId, history: SeriesHistory, market: ReplayedMarket, now_ns: int) -> None:
        self.requests: list[Request] = []
        self.messages: list[tuple[str, bytes]] = []
        self._told_off = False
        self.topics: set[str] = set()
        self.busy = False
        self.heard: Bar | None = None
        self.records: list[StrategyRecord] = []
        self.lines: list[StrategyLog] = []
        self.stream: Callable[[], AsyncIterator[StrategyEvent]]
        self._name = name
        self._history = history
        self._market = market
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Return the time of the newest event that the strategy heard."""
        heard = self.heard
        if heard is not None and heard.end_ns > self._now_ns:
            self._now_ns = heard.end_ns
        return self._now_ns

    def now(self) -> datetime:
        """Return the same as an aware time."""
        return from_ns(self.now_ns())

    def advance(self, ns: int) -> None:
        """Bring the clock forward."""
        self._now_ns = max(self._now_ns, ns)

    def submit(self, intent: OrderIntent) -> None:
        """Collect an intent."""
        self.requests.append(intent)
        self.busy = True

    def cancel(self, order: ClientOrderId) -> None:
        """Collect a cancel."""
        self.requests.append(order)
        self.busy = True

    def history(self, instrument: InstrumentId, spec: BarSpec | None, end_ns: int, count: int) -> Sequence[Bar]:
        """Return bars that were delivered, or are older than the start; no ``spec`` means those of the data."""
        chosen = spec or next(iter(self._history.specs(instrument)), None)
        if chosen is None:
            return ()
        count = min(max(count, 0), _BARS_MAX)
        self._history.deliver(self.now_ns())
        return self._history.past(instrument, chosen, end_ns=end_ns, count=count)

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions:
        """Return the sessions of a calendar.

        Raises:
            StrategyError: when there is no such calendar.
        """
        return find_sessions(calendar, start_ns, end_ns)

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of a currency is worth in another, None when it is not known."""
        return self._market.rate(currency, into)

    def timers_changed(self) -> None:
        """Have the next timer looked at again."""
        self.busy = True

    def record(self, name: str, value: float) -> None:
        """Keep a value."""
        self.records.append(StrategyRecord(strategy=self._name, name=name, value=value, ts=self.now_ns()))

    def publish(self, topic: str, payload: Any) -> None:  # noqa: ANN401 - any value msgspec can encode
        """Keep a message until the others hear it.

        Raises:
            TypeError, ValueError: when the payload can't be encoded or is too long.
        """
        body = msgspec.msgpack.encode(payload)
        if len(body) > _PAYLOAD_MAX:
            msg = f"a message must have at most {_PAYLOAD_MAX} bytes, had {len(body)}"
            raise ValueError(msg)
        if len(self.messages) >= MESSAGES_A_TURN:
            if not self._told_off:
                self._told_off = True
                self.log("warning", f"more than {MESSAGES_A_TURN} messages at once: those beyond are left out")
            return
        self.messages.append((topic, body))
        self.busy = True

    def subscribe(self, topic: str) -> None:
        """Ask for a topic."""
        self.topics.add(topic)

    def log(self, level: str, text: str) -> None:
        """Keep a line, unless there are too many."""
        if len(self.lines) < _LINES_MAX:
            self._write(level, text[:_LINE_MAX])
        elif len(self.lines) == _LINES_MAX:
            self._write("warning", f"further lines are left out: {_LINES_MAX} are the most")

    def _write(self, level: str, text: str) -> None:
        self.lines.append(StrategyLog(strategy=self._name, level=level, text=text, at=self.now()))

    def events(self) -> AsyncIterator[StrategyEvent]:
        """Yield the strategy's events."""
        return self.stream()
