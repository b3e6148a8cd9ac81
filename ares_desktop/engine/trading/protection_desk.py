"""All that protects money by itself, built together and looked at in one order."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.trading.closer import Able, Closer
from ares_desktop.engine.trading.give_back import GiveBack
from ares_desktop.engine.trading.loss_meter import LossMeter, Rate
from ares_desktop.engine.trading.loss_watch import LossWatch
from ares_desktop.engine.trading.protections import Protections
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.rule_book import RuleBook
from ares_desktop.engine.trading.stop_guard import StopGuard


class ProtectionDesk:
    """Ladder, protections, give-back and the guard of stops over one journal.

    Attributes:
        rules: which rules protect a scope.
        losses: the ladder. ``protections``: what places locks. ``gains``: give-back. ``stops``: the guard of stops.
        max_mark_age: a holding whose price is older has no known value.
        max_silence_s: nor has one whose price is older than its feed allows for so long, which ``overdue_s`` tells.
    """

    def __init__(
        self,
        recorder: Recorder,
        router: OrderRouter,
        able: Able,
        *,
        journal: EventJournal,
        rate: Rate,
        settings: ProtectionSettings,
        clock: Clock,
        wall: Clock,
    ) -> None:
        self.recorder = recorder
        self.clock = clock
        self.overdue_s: Callable[[InstrumentId], float] = lambda _instrument: 0.0
        self.max_silence_s = settings.max_silence_s
        self.max_mark_age = timedelta(seconds=settings.max_mark_age_s)
        self.rules = RuleBook(
            recorder.fold.safety.protections,
            strategies=settings.rules(strategy=True),
            accounts=settings.rules(strategy=False),
        )
        meter = LossMeter(rate, zone=settings.day_zone)
        closer = Closer(recorder, router, able, clock=clock)
        self.losses = LossWatch(recorder, meter, self.rules, clock=clock, wall=wall)
        self.protections = Protections(recorder, self.rules, clock=clock, wall=wall)
        self.gains = GiveBack(recorder, closer, self.rules, clock=clock)
        self.stops = StopGuard(recorder, router, closer, self.rules, able, journal=journal, clock=clock)

    def restore(self, kept: bytes | None, windows: bytes | None = None) -> None:
        """Measure losses from what the journal has and what was kept since, and falls within their windows."""
        self.losses.meter.restore(self.recorder.fold.safety.loss_bases.values(), kept)
        self.protections.restore(windows)

    def take_settings(self, settings: ProtectionSettings) -> None:
        """Work with changed settings from here on; days begin in another zone only after a restart."""
        self.rules.strategies, self.rules.accounts = settings.rules(strategy=True), settings.rules(strategy=False)
        self.max_mark_age = timedelta(seconds=settings.max_mark_age_s)
        self.max_silence_s = settings.max_silence_s
        self.losses.look_again()

    async def look_at_positions(self) -> None:
        """Look at stops first, since a lost one leaves money without protection, then at gains."""
        await self.stops.look()
        await self.gains.look()

    async def look_at_losses(self) -> None:
        """Look at losses and locks; it waits for no broker."""
        await self.losses.look()
        await self.protections.look()

    def take_stale(self, positions: Iterable[Position]) -> None:
        """Tell the ladder whose holdings have a price that is too old."""
        oldest = self.clock.now() - self.max_mark_age
        scopes: set[str] = set()
        for position in positions:
            if not position.quantity or position.marked_at is None:
                continue
            silent = position.stale and self.overdue_s(position.instrument) > self.max_silence_s
            if silent or position.marked_at < oldest:
                scopes |= {ALL_SCOPE, f"account:{position.account}", f"strategy:{position.strategy}"}
        self.losses.meter.take_stale(scopes)
