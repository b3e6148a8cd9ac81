"""A feed that plays loaded series again, in time order, at a chosen speed."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ares_desktop.domain.errors import AresError, Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import FeedState, FeedStatus
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.engine.adapters.feeds.pacer import Pacer
from ares_desktop.engine.data.history import SeriesHistory
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.timeline import Timeline
from ares_desktop.engine.ports.feed import Publish

DEFAULT_SPEED: Final = 60.0
"""Events a second: slow enough to watch."""


class ReplayFeed:
    """Plays series that ``load`` returns; events of one time are published together.

    Args:
        name: the feed specification.
        load: reads the series; it may block and runs in a thread.
        speed: events a second, 0 for as fast as the receiver can.
        start_ns: what is earlier is history only.
    """

    def __init__(
        self, name: str, load: Callable[[], Sequence[Series]], *, speed: float = DEFAULT_SPEED, start_ns: int = 0
    ) -> None:
        self._load = load
        self._start_ns = start_ns
        self._pacer = Pacer(speed)
        self._timeline = Timeline(())
        self._history = SeriesHistory(())
        self._actions: Sequence[MarketAction] = ()
        self._first = self._position = 0
        self._status = FeedStatus(name=name, state=FeedState.CONNECTING, speed=speed, progress=0.0)

    @property
    def name(self) -> str:
        """The feed specification."""
        return self._status.name

    @property
    def replayed(self) -> bool:
        """Its time is the market's past time."""
        return True

    @property
    def actions(self) -> Sequence[MarketAction]:
        """Dividends, splits and funding of all its series, also those before the start."""
        return self._actions

    @property
    def history(self) -> SeriesHistory:
        """Bars of what was delivered and of what is earlier than the start."""
        return self._history

    async def open(self) -> Sequence[Instrument]:
        """Load the series in a thread and return their instruments.

        Raises:
            FeedError, UsageError: with every finding when the input can't be read.
        """
        try:
            series, self._timeline, self._history = await asyncio.to_thread(self._prepare)
        except AresError as error:
            self._become(FeedState.FAILED, detail=str(error))
            raise
        self._first = self._position = self._timeline.after(self._start_ns - 1)
        # Two series of one instrument, such as its bars and its quotes, may tell of the same dividend.
        self._actions = tuple(dict.fromkeys(action for item in series for action in item.actions))
        return tuple({item.instrument.id: item.instrument for item in series}.values())

    def subscribe(self, instruments: Sequence[InstrumentId]) -> None:
        """Change nothing: a replay delivers all it has."""

    def seek(self, after_ns: int) -> int:
        """Begin later than ``after_ns`` and not before the start; return the time up to which history is known."""
        self._position = max(self._first, self._timeline.after(after_ns))
        if self._position:
            self._history.deliver(int(self._timeline.ts[self._position - 1]))
        elif len(self._timeline):
            self._history.deliver(int(self._timeline.ts[0]) - 1)
        return self._history.delivered_ns

    async def run(self, publish: Publish) -> None:
        """Deliver what is later than the start, or than where it was sought, until the end."""
        self._become(FeedState.PAUSED if self._pacer.paused else FeedState.RUNNING)
        self._pacer.start()
        state = FeedState.FAILED
        try:
            await self._play(publish)
            state = FeedState.ENDED
        except asyncio.CancelledError:
            state = FeedState.STOPPED
            raise
        finally:
            self._become(state)

    def set_speed(self, speed: float) -> None:
        """Set events a second, 0 for as fast as possible."""
        self._pacer.set_speed(speed)
        self._status = msgspec.structs.replace(self._status, speed=speed)

    def pause(self) -> None:
        """Hold."""
        self._pacer.pause()
        if self._status.state is FeedState.RUNNING:
            self._become(FeedState.PAUSED)

    def resume(self) -> None:
        """Go on."""
        self._pacer.resume()
        if self._status.state is FeedState.PAUSED:
            self._become(FeedState.RUNNING)

    def status(self) -> FeedStatus:
        """Return the present state."""
        playable = len(self._timeline) - self._first
        played = self._position - self._first
        return msgspec.structs.replace(
            self._status,
            market_time_ns=self._history.delivered_ns if played else 0,
            events=played,
            progress=played / playable if playable else 0.0,
        )

    def _prepare(self) -> tuple[Sequence[Series], Timeline, SeriesHistory]:
        series = self._load()
        timeline = Timeline(series)
        if not timeline.after(self._start_ns - 1) < len(timeline):
            raise UsageError(Finding(place=self.name, value="", problem="has no data to replay"))
        return series, timeline, SeriesHistory(series, delivered_ns=self._start_ns)

    async def _play(self, publish: Publish) -> None:
        for events in self._timeline.moments(self._position):
            await self._pacer.wait()
            self._history.deliver(events[0].ts)
            self._position += len(events)
            await publish(events)
            self._pacer.count(len(events))

    def _become(self, state: FeedState, *, detail: str = "") -> None:
        self._status = msgspec.structs.replace(self._status, state=state, detail=detail)
