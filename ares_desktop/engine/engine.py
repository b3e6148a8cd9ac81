"""The running engine: starts its services in order, runs the market through them, ends them in order."""

import asyncio
import os
from collections.abc import Awaitable, Sequence

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, BrokerError, FeedError, StorageError
from ares_desktop.domain.events import InstanceSaved, OrderDenied, OrderSubmitted, SessionStarted, SessionStopped
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import FeedState, to_ns
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.runtime.waiting import until
from ares_desktop.engine.services import Services

_log = structlog.get_logger(__name__)

_MARKET = "market"
_KEEP_EVERY_S = 1.0
_KEEPS_A_CURVE = 15
_SNAPSHOT_TAIL = 20_000
_START_WITHIN_S = 5.0
_END_WITHIN_S = 5.0
_CHART_BARS = 500


class _Cursor(msgspec.Struct, frozen=True):
    """How far a replay had come when the journal had come to ``sequence``."""

    feed: str
    market_time_ns: int
    sequence: int


class Engine:
    """One per process; lives on the loop that starts it.

    Attributes:
        managers: what views and the control socket talk to.
        failure: why the market stopped by a fault of the program, empty while all is well.
    """

    def __init__(self, services: Services, *, version: str) -> None:
        self._services = services
        self._version = version
        self._tasks = TaskSet("engine", on_failure=self._task_failed)
        self._stopping = False
        self.failure = ""
        self._folded_until = services.recorder.fold.last_sequence

    @property
    def managers(self) -> Managers:
        """The façades over the services."""
        return self._services.managers

    @property
    def first_run(self) -> bool:
        """Whether the journal was empty when the engine was built."""
        return self._folded_until == 0

    async def start(self) -> None:
        """Open the session, the feed and the broker; strategies and the market follow in the background.

        Raises:
            StorageError: when the journal can't be written: without it nothing is traded.
            FeedError, UsageError: when the feed can't be opened.
        """
        parts, managers = self._services, self.managers
        parts.lag.start()
        self._watch_journal()
        self._watch_versions()
        await parts.recorder.record(SessionStarted(version=self._version, pid=os.getpid(), at=parts.wall.now()))
        await managers.sentinel.open()
        self._tasks.spawn(managers.alerts.run(), "alerts")
        parts.watch.start()
        self._tasks.spawn(parts.watch.run(), "alert watch")
        self._tasks.spawn(managers.health.run(), "health")
        self._tasks.spawn(managers.data.run(), "feed state")
        self._tasks.spawn(managers.trades.prepare(), "decisions")
        parts.supervisor.prepare()
        await self._open_runs()
        instruments = await parts.feed.open()
        parts.hub.add_instruments(instruments)
        parts.pipeline.seek(await asyncio.to_thread(self._resume_after))
        if parts.feed.replayed:
            parts.bookmark.begin(parts.feed.name, parts.clock.now_ns())
        await self._prime()
        await self._keep_state()
        await self._connect(instruments)
        await self._seed(instruments)
        self._tasks.spawn(managers.portfolio.run(), "portfolio")
        managers.protections.attach(managers.state)
        self._tasks.spawn(managers.protections.run(), "losses")
        self._tasks.spawn(managers.protections.guard(), "stops")
        self._tasks.spawn(managers.strategies.run(), "strategy states")
        self._tasks.spawn(managers.traders.run(), "standings")
        self._tasks.spawn(managers.performance.run(), "performance")
        self._tasks.spawn(managers.pipelines.watch(), "runs")
        managers.sentinel.run()
        await parts.kill_switch.resume()
        self._tasks.spawn(self._go(), _MARKET)

    async def stop(self) -> None:
        """End everything in order; what can't end in time is left to the next start's reconciliation. Idempotent."""
        if self._stopping:
            return
        self._stopping = True
        parts = self._services
        parts.watch.stop()
        await self._tasks.close(within_s=_END_WITHIN_S)
        for name, step in (
            ("strategies", self.managers.strategies.close()),
            ("protections", self.managers.protections.close()),
            ("kill switch", parts.kill_switch.close()),
            ("router", parts.router.close()),
            ("sentinel", self.managers.sentinel.close()),
            ("calendars", parts.calendars.close()),
            *((f"broker {link.broker.name}", link.close()) for link in parts.links),
            ("state", self._keep_state()),
            ("curves", self._keep_curves()),
            ("runs", self.managers.pipelines.close()),
            ("performance", self.managers.performance.close()),
            ("rehearsals", self.managers.rehearsals.close()),
            ("totals", self.managers.totals.close()),
            ("alerts", self.managers.alerts.close()),
            ("commands", self.managers.audit.close()),
            ("session", parts.recorder.record(SessionStopped(at=parts.wall.now()))),
            ("versions", self.managers.strategies.versions.keep()),
        ):
            await self._end(name, step)
        self._save_snapshot()
        await self._end("journal", parts.journal.close())
        parts.bookmark.close()
        parts.lag.stop()

    async def _end(self, name: str, step: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(2 * _END_WITHIN_S):
                await step
        except (AresError, TimeoutError) as error:
            _log.warning("not_ended_in_order", part=name, error=str(error) or "timed out")

    def _task_failed(self, name: str, error: BaseException) -> None:
        if name.endswith(_MARKET):
            # Without it nothing trades: a run that only looks alive would be a lie.
            self.failure = f"{name}: {error!r}"
            self.managers.data.feed_failed(FeedError(f"the market stopped by a fault of the program: {error!r}"))
        self.managers.alerts.raise_alert(
            f"task:{name}",
            Severity.ERROR,
            "A background task failed",
            detail=f"{name}: {error!r}",
            source="engine",
            remedy="Save what you need and restart; the log has the details.",
        )

    async def _open_runs(self) -> None:
        failure = await self.managers.pipelines.open()
        if failure:
            self.managers.alerts.raise_alert(
                "runs",
                Severity.ERROR,
                "The list of runs can't be read",
                detail=failure,
                source="pipelines",
                remedy="Trading goes on; backtests need the list. Free disk space, or move the damaged file away.",
            )

    def _watch_versions(self) -> None:
        alerts = self.managers.alerts

        def changed(failure: str) -> None:
            if failure:
                alerts.raise_alert(
                    "versions",
                    Severity.ERROR,
                    "Versions of strategies can't be stored",
                    detail=failure,
                    source="strategies",
                    remedy="Trading goes on, and it is tried again by itself. Free disk space, or see the log.",
                )
            else:
                alerts.acknowledge("versions")

        self.managers.strategies.versions.on_failure = changed

    def _watch_journal(self) -> None:
        alerts = self.managers.alerts

        def changed(failure: str) -> None:
            if failure:
                alerts.raise_alert(
                    "journal",
                    Severity.CRITICAL,
                    "The journal can't be written",
                    detail=f"No order is sent until it works again. {failure}",
                    source="journal",
                    remedy="Free disk space, or make the profile's folder writable.",
                )
            else:
                alerts.acknowledge("journal")

        self._services.recorder.on_health(changed)

    async def _connect(self, instruments: Sequence[Instrument]) -> None:
        """Tell brokers that match here what there is, then connect; a broker that is away is retried meanwhile."""
        for link in self._services.links:
            try:
                await link.start(instruments, self._services.feed.actions)
                self._services.sweep.sweep(ALL_SCOPE)
            except BrokerError as error:
                self.managers.alerts.raise_alert(
                    f"broker:{link.broker.name}",
                    Severity.ERROR,
                    f"No session with {link.broker.name}",
                    detail=str(error),
                    source="connections",
                    remedy="It is tried again by itself; nothing is traded until it is back.",
                )

    async def _seed(self, instruments: Sequence[Instrument]) -> None:
        parts = self._services
        fold = parts.recorder.fold
        if fold.instances or len(fold.registry) or await asyncio.to_thread(self._had_instances):
            return
        now = parts.wall.now()
        saved = [InstanceSaved(instance=item, source="demo", at=now) for item in parts.first_instances(instruments)]
        if saved:
            await parts.recorder.record(*saved)

    def _had_instances(self) -> bool:
        """Say whether a person removed all strategies: then there shall be none."""
        return any(isinstance(event.payload, InstanceSaved) for event in self._services.journal.read())

    async def _go(self) -> None:
        """Start strategies, wait until they are ready, then run the market to its end."""
        parts = self._services
        await self._prepare_hours()
        await self.managers.strategies.restore()
        await self._until_ready()
        self._tasks.spawn(self._keep(), "keep state")
        self._tasks.spawn(self.managers.strategies.discover(), "catalog")
        self._tasks.spawn(self.managers.strategies.lives.reloads.run(), "strategy files")
        self._tasks.spawn(self.managers.strategies.versions.run(), "versions")
        try:
            await self.managers.pipelines.carry_out_live(
                parts.pipeline, strategies=tuple(parts.recorder.fold.instances), data=parts.feed.name
            )
        except FeedError as error:
            self.managers.data.feed_failed(error)
            self._feed_over(Severity.ERROR, "Market data stopped", str(error))
        else:
            if parts.feed.status().state is FeedState.ENDED:
                self._feed_over(Severity.INFO, "The replay has ended", "Everything in it was played.")

    async def _prepare_hours(self) -> None:
        """Have the calendars at hand before the gate asks for them: until then strategies with hours may not trade."""
        parts = self._services
        if any(instance.hours.strip() for instance in parts.recorder.fold.instances.values()):
            await parts.calendars.prepare(instrument.calendar for instrument in parts.hub.instruments())

    def _feed_over(self, severity: Severity, title: str, detail: str) -> None:
        self.managers.alerts.raise_alert(
            "feed",
            severity,
            title,
            detail=detail,
            source="data",
            remedy="Start the application with another feed, or in a new profile.",
        )

    async def _until_ready(self) -> None:
        getting_ready = {StrategyState.STARTING, StrategyState.WARMING_UP}
        statuses = self.managers.strategies.statuses
        ready = await until(
            lambda: not any(status.state in getting_ready for status in statuses()),
            within_s=_START_WITHIN_S,
            every_s=0.02,
        )
        if not ready:
            _log.warning("strategies_not_ready", within_s=_START_WITHIN_S)

    def _resume_after(self) -> int:
        """Return the market time a replay goes on after: the newest that was kept or that an order stands for."""
        parts = self._services
        if not parts.feed.replayed:
            return 0
        marked = parts.bookmark.load(parts.feed.name)
        state = parts.states.load("feed")
        if state is None:
            return marked
        try:
            cursor = msgspec.msgpack.decode(state, type=_Cursor)
        except msgspec.MsgspecError:
            return marked
        if cursor.feed != parts.feed.name:
            return marked
        later = (
            to_ns(event.payload.intent.created_at)
            for event in parts.journal.read(after=cursor.sequence)
            if isinstance(event.payload, OrderSubmitted | OrderDenied)
        )
        return max(marked, cursor.market_time_ns, *later)

    async def _prime(self) -> None:
        """Give every instrument its bars: past ones for charts, valuation and gate, and new ones from ticks."""
        parts = self._services
        history = parts.feed.history
        for instrument in parts.hub.instruments():
            specs = history.specs(instrument.id)
            if not specs:
                continue
            # Bars for strategies on quotes and trades; a feed with bars of its own ends this at its first one.
            parts.hub.build_bars(instrument.id, specs[0])
            bars = await history.bars(instrument.id, specs[0], end_ns=parts.clock.now_ns(), count=_CHART_BARS)
            if bars:
                parts.hub.preload(instrument.id, specs[0], bars)
                parts.hub.prime(bars[-1])
                self.managers.portfolio.mark(bars[-1:])

    async def _keep(self) -> None:
        while True:
            for _ in range(_KEEPS_A_CURVE):
                await asyncio.sleep(_KEEP_EVERY_S)
                await self._keep_state()
            await self._keep_curves()

    async def _keep_state(self) -> None:
        parts = self._services
        cursor = msgspec.msgpack.encode(
            _Cursor(parts.feed.name, parts.clock.now_ns(), parts.recorder.fold.last_sequence)
        )
        nav = parts.valuation.encode()
        try:
            await asyncio.to_thread(parts.states.save, "feed", cursor)
            await asyncio.to_thread(parts.states.save, "nav", nav)
        except StorageError as error:
            _log.warning("state_not_kept", error=str(error))

    async def _keep_curves(self) -> None:
        parts = self._services
        try:
            await asyncio.to_thread(parts.states.save, "curves", parts.curves.encode())
            await self.managers.performance.keep()
            await self.managers.totals.keep()
        except StorageError as error:
            _log.warning("curves_not_kept", error=str(error))

    def _save_snapshot(self) -> None:
        parts = self._services
        fold = parts.recorder.fold
        if fold.last_sequence - self._folded_until < _SNAPSHOT_TAIL:
            return
        try:
            parts.journal.save_snapshot(fold.last_sequence, fold.encode())
        except StorageError as error:
            _log.warning("snapshot_not_saved", error=str(error))
