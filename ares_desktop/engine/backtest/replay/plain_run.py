"""The quickest way through a run of one strategy on one series of bars."""

from bisect import bisect_right
from collections.abc import Awaitable, Iterator
from enum import Enum
from operator import attrgetter, length_hint
from typing import Final

from ares_desktop.domain.market import Bar
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.engine.backtest.replay.actor import Actor
from ares_desktop.engine.backtest.replay.express_lane import ExpressLane
from ares_desktop.engine.backtest.replay.floor import ROUNDS, Floor
from ares_desktop.engine.backtest.replay.market import ReplayedMarket
from ares_desktop.engine.backtest.replay.plain_view import PlainView

_END: Final = attrgetter("end_ns")
_NEVER: Final = 1 << 63


class Pause(Enum):
    """Why the bars were left."""

    PART_ENDED = "part ended"
    SOONER = "something is due sooner than was known"
    UNHEARD = "news came before a bar"
    ANSWERS = "what the strategy asked for led to news"


class PlainRun:
    """Hands bar after bar to ``on_bar``, and calls venue and gate only where there is something for them.

    What is left out is what would change nothing: matching without a working order, rounds of answers without news.
    """

    def __init__(self, actor: Actor, view: PlainView, floor: Floor, market: ReplayedMarket) -> None:
        self._actor = actor
        self._desk = actor.desk
        self._name = actor.context.instruments[0]
        self._latest = view.latest
        self._floor = floor
        self._market = market
        self._alert = True
        self._bar: Bar | None = None
        self._until_ns = 0
        self._lane = ExpressLane.of(actor, floor, self._name)
        if self._lane is not None:
            floor.catch_up = self._lane.settle

    async def play(self, bars: list[Bar]) -> None:
        """Play bars that follow those before."""
        at = 0
        while at < len(bars):
            self._until_ns = min(self._floor.broker.wake_ns, (self._actor.context.timers.next_due or _NEVER) - 1)
            stop = bisect_right(bars, self._until_ns, lo=at, key=_END)
            if stop == at:
                # What time brings about is valued at the newest price, which the venue was not told while it slept.
                self.finish()
                await self._play_one(bars[at])
                at += 1
                continue
            part = iter(bars[at:stop])
            pause: Pause | Awaitable[None] = Pause.SOONER
            while pause is not Pause.PART_ENDED:
                pause = self._go(part)
                if pause is Pause.SOONER:
                    stop -= length_hint(part)
                    break
                if pause is Pause.UNHEARD:
                    await self._hear()
                elif pause is Pause.ANSWERS:
                    await self._floor.answers(ROUNDS - 1)
                    self._alert = True
                elif not isinstance(pause, Pause):
                    with self._actor.answerable():
                        await pause
                    if self._desk.busy:
                        await self._answer()
            at = stop

    def finish(self) -> None:
        """Let everybody know the last bar, and what was filled so far."""
        if self._lane is not None:
            self._lane.settle()
        if self._bar is not None:
            self._stand_at(self._bar)

    def end(self) -> None:
        """Leave everything to the general way."""
        if self._lane is not None:
            self._lane.release()

    def _go(self, bars: Iterator[Bar]) -> Pause | Awaitable[None]:
        """Play until something has to be waited for; what is returned otherwise is a handler that waits itself."""
        desk, latest, name, on_bar = self._desk, self._latest, self._name, self._actor.strategy.on_bar
        alert, lane = self._alert, self._lane
        bar = self._bar
        with self._actor.answerable():
            for bar in bars:
                if alert:
                    self._bar = bar
                    if lane is not None and lane.fills(bar):
                        alert = False
                    elif self._match(bar):
                        return Pause.UNHEARD
                    else:
                        alert = self._floor.broker.has_work(name)
                desk.heard = latest[name] = bar
                handled = on_bar(bar)
                if handled is not None:
                    self._bar, self._alert = bar, True
                    return handled
                if desk.busy:
                    self._bar, alert = bar, True
                    self._alert = True
                    if self._hand_over(bar):
                        return Pause.ANSWERS
                    if self._is_due_sooner():
                        return Pause.SOONER
        self._bar, self._alert = bar, alert
        return Pause.PART_ENDED

    def _stand_at(self, bar: Bar) -> None:
        self._floor.clock.advance(bar.end_ns)
        self._market.last[self._name] = bar
        self._floor.broker.mark(bar)

    def _match(self, bar: Bar) -> bool:
        """Let the bar meet working orders; return whether the strategy has to hear of something before the bar."""
        if self._lane is not None:
            self._lane.release()
        self._floor.clock.advance(bar.end_ns)
        self._market.last[self._name] = bar
        self._floor.match((bar,))
        return bool(self._actor.queue)

    def _hand_over(self, bar: Bar) -> bool:
        """Carry out what the strategy asked for; return whether news came of it."""
        desk, lane = self._desk, self._lane
        desk.busy = False
        intent = self._only_intent()
        if lane is not None:
            if intent is not None and self._is_idle() and lane.takes(intent, bar):
                desk.requests = []
                return False
            lane.release(bar.end_ns)
        self._stand_at(bar)
        if intent is not None:
            desk.requests = []
            # The strategy's time is that of the bar, and so is the venue's.
            self._floor.carry_out_one(intent, intent.created_at)
        else:
            self._floor.hand_over()
        return bool(self._actor.queue)

    def _only_intent(self) -> OrderIntent | None:
        """Return the plain intent that is all the strategy asked for."""
        requests = self._desk.requests
        if len(requests) != 1 or self._desk.messages:
            return None
        intent = requests[0]
        return intent if isinstance(intent, OrderIntent) and intent.bracket is None else None

    def _is_idle(self) -> bool:
        return self._lane is not None and self._lane.waiting is None and not self._floor.broker.has_work(self._name)

    def _is_due_sooner(self) -> bool:
        due = self._actor.context.timers.next_due
        return self._floor.broker.wake_ns < self._until_ns or (due is not None and due <= self._until_ns)

    async def _hear(self) -> None:
        """Tell the strategy the news, the bar that they came with, and let it answer."""
        if self._bar is not None:
            self._actor.queue.append([self._bar])
            await self._floor.answers(ROUNDS)
        self._desk.busy = False
        self._alert = True

    async def _answer(self) -> None:
        """Carry out what a handler asked for that had to be waited for."""
        if self._bar is not None and self._hand_over(self._bar):
            await self._floor.answers(ROUNDS - 1)

    async def _play_one(self, bar: Bar) -> None:
        """Play a bar at which more may happen than orders and ``on_bar``."""
        self._bar = bar
        self._match(bar)
        await self._hear()
