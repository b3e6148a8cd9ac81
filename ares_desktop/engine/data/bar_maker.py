"""Bars put into a stream of market data, at the place where they close."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent
from ares_desktop.engine.data.bar_builder import BarBuilder, OpenBar

_NEVER: Final = 1 << 63


class BarMaker:
    """Adds the bars of one length to what passes through, each before the first event that came after it.

    Bars close as soon as any instrument's event shows that their time is over.

    Args:
        instruments: known from the start; more may be added.
        spec: length of those instruments' bars.
        replace: bars that pass through are material for longer ones and go no further; without it an instrument that
            has bars of its own is left as it is.
    """

    def __init__(
        self, instruments: Iterable[Instrument] = (), spec: BarSpec | None = None, *, replace: bool = False
    ) -> None:
        self._replace = replace
        self._builders: dict[InstrumentId, BarBuilder] = {}
        self._due = _NEVER
        for instrument in instruments if spec is not None else ():
            self.add(instrument, spec)

    def add(self, instrument: Instrument, spec: BarSpec | None) -> None:
        """Build an instrument's bars from here on; None ends it."""
        self._builders.pop(instrument.id, None)
        if spec is not None:
            self._builders[instrument.id] = BarBuilder(instrument, spec)

    def suspend(self) -> dict[InstrumentId, OpenBar]:
        """Return how far each instrument's bar is."""
        return {instrument: builder.suspend() for instrument, builder in self._builders.items()}

    def resume(self, before: Mapping[InstrumentId, OpenBar]) -> None:
        """Go on where another maker of the same length was; instruments that it did not know begin anew."""
        for instrument, builder in self._builders.items():
            if instrument in before:
                builder.resume(before[instrument])
        self._due = min((builder.due_ns or _NEVER for builder in self._builders.values()), default=_NEVER)

    def extend(self, events: Sequence[MarketEvent]) -> Sequence[MarketEvent]:
        """Return events in time order with the bars they closed."""
        builders = self._builders
        if not builders or not events:
            return events
        found: list[MarketEvent] = []
        passed = _begin(events[0])
        if passed >= self._due:
            found.extend(self._advance(passed))
        for event in events:
            builder = builders.get(event.instrument)
            if builder is None:
                found.append(event)
            elif isinstance(event, Bar):
                found.extend(self._take_bar(builder, event))
            else:
                found.extend(builder.add(event))
                found.append(event)
                self._due = min(self._due, builder.due_ns or _NEVER)
        return found

    def _take_bar(self, builder: BarBuilder, bar: Bar) -> Sequence[MarketEvent]:
        if not self._replace:
            del self._builders[bar.instrument]
            return (bar,)
        closed = builder.add(bar)
        self._due = min(self._due, builder.due_ns or _NEVER)
        return closed

    def _advance(self, ns: int) -> list[Bar]:
        closed = [bar for builder in self._builders.values() for bar in builder.advance(ns)]
        self._due = min((builder.due_ns or _NEVER for builder in self._builders.values()), default=_NEVER)
        return closed


def _begin(event: MarketEvent) -> int:
    """Return the time that an event shows to be over: others may still bring bars that end when this one does."""
    return event.start_ns if isinstance(event, Bar) else event.ts
