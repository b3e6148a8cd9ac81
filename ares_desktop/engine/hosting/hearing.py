"""What a strategy hears of the engine's messages, each piece once its context has taken it in."""

from collections.abc import Iterator, Sequence

from ares_desktop.api.context import Context
from ares_desktop.api.desk import StrategyEvent, Timer
from ares_desktop.domain.market import BarSpec, MarketEvent, to_ns
from ares_desktop.engine.data.bar_maker import BarMaker
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.wire_desk import WireDesk


class Hearing:
    """Turns messages into events of one strategy, at the times of the clock in force.

    Attributes:
        bars: builds the instance's bars out of what the feed has.
    """

    def __init__(self, desk: WireDesk, context: Context, bars: BarMaker) -> None:
        self.bars = bars
        self._desk = desk
        self._context = context

    def heard(self, message: wire.Downward) -> Iterator[StrategyEvent]:
        """Yield what the strategy hears of a message."""
        desk, context = self._desk, self._context
        if isinstance(message, wire.Market):
            yield from self._seen(message.events)
        elif isinstance(message, wire.OrderChanged):
            context.take(message.order)
            yield message.order
        elif isinstance(message, wire.Filled):
            # Fills of a bar are told before the bar itself; it is its time already.
            desk.advance(to_ns(message.fill.at))
            if context.take(message.fill):
                yield message.fill
        elif isinstance(message, wire.Booked):
            context.take(message.booking)
        elif isinstance(message, wire.Told):
            yield from context.read_message(message.topic, message.payload)
        elif isinstance(message, wire.Settle):
            yield from self.due(message.now_ns)
            desk.advance(message.now_ns)

    def absorb(self, message: wire.Downward) -> None:
        """Keep the context of a strategy current that lives without listening to its events."""
        context = self._context
        if isinstance(message, wire.Market):
            for event in self.bars.extend(message.events):
                self._desk.advance(event.ts)
                context.take(event)
        elif isinstance(message, wire.OrderChanged):
            context.take(message.order)
        elif isinstance(message, wire.Filled):
            context.take(message.fill)
        elif isinstance(message, wire.Booked):
            context.take(message.booking)

    def due(self, until_ns: int) -> Iterator[Timer]:
        """Yield the timers due by a time."""
        for due, name in self._context.timers.pop_due(until_ns):
            self._desk.advance(due)
            yield Timer(name)

    def _seen(self, events: Sequence[MarketEvent]) -> Iterator[StrategyEvent]:
        for event in self.bars.extend(events):
            if self._context.timers.next_due is not None:
                yield from self.due(event.ts - 1)
            self._desk.advance(event.ts)
            if self._context.take(event):
                yield event
        yield from self.due(events[-1].ts)


def bar_length(text: str) -> BarSpec | None:
    """Return the length of bars that an instance wants, None for what the feed has."""
    return BarSpec.parse(text) if text else None
