"""One run of the application on a profile: lock, log, settings, engine and control socket, with or without a window."""

import asyncio
import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from typing import Any

import structlog

from ares_desktop.bootstrap import build_engine
from ares_desktop.config.schema import Settings
from ares_desktop.config.store import SettingsStore
from ares_desktop.control.server import ControlServer
from ares_desktop.control.summaries import run_document
from ares_desktop.domain.errors import AresError
from ares_desktop.domain.monitoring import LogLine, Severity
from ares_desktop.engine.adapters.sentinel.client import SentinelClient
from ares_desktop.engine.engine import Engine
from ares_desktop.engine.hosting.folders import strategy_folders
from ares_desktop.engine.runtime.locks import InstanceLock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.logs import configure_logging
from ares_desktop.paths import Profile
from ares_desktop.run_options import RunOptions

_log = structlog.get_logger(__name__)

_SWITCH_S = 0.0005
"""How long the journal's thread waits for the interpreter while the loop is busy, ten times less than by default."""


class Application:
    """Opens a profile and runs the engine on it; entered once, on a running loop.

    Attributes:
        settings: in force.
        engine: built, and started by :meth:`start`.
    """

    def __init__(self, options: RunOptions) -> None:
        self.options = options
        self.profile = Profile.at(options.profile)
        self.profile.prepare()
        sys.setswitchinterval(_SWITCH_S)
        self._lock = InstanceLock(self.profile.lock)
        with ExitStack() as undo:
            self._lock.acquire()
            undo.callback(self._lock.release)
            overrides = {**options.overrides, **({"feed.spec": options.feed} if options.feed else {})}
            self.settings = SettingsStore(self.profile.settings_file, environ=os.environ, overrides=overrides)
            wanted = self.settings.current.logging
            self._logs = configure_logging(
                level=wanted.level,
                file=self.profile.log_file,
                json_lines=wanted.json_lines,
                max_bytes=wanted.file_mb * 1_000_000,
                keep=wanted.keep,
            )
            undo.callback(self._logs.close)
            guardian = SentinelClient(self.profile) if self.settings.current.sentinel.enabled else None
            self.engine: Engine = build_engine(
                self.profile, self.settings.current, redactor=self._logs.redactor, guardian=guardian
            )
            undo.pop_all()
        self.settings.subscribe(self._settings_changed)
        self.engine.managers.state.modes.save = self._save_kill_modes
        self.engine.managers.alerts.change_settings = self.settings.change
        bundle = self.engine.managers.audit.bundle
        bundle.add("settings.json", lambda: self.settings.current.model_dump(mode="json"))
        self._tasks = TaskSet("application")
        self._stop = asyncio.Event()
        self._control: ControlServer | None = None

    def request_stop(self) -> None:
        """End the run soon; may be called again."""
        self._stop.set()

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> object:
        """Run what a button started; ended with the application, after which nothing is started any more."""
        if self._tasks.closed:
            # The window is still there for a moment, and its timers and clicks come in.
            coroutine.close()
            return None
        return self._tasks.spawn(coroutine, name)

    async def run(self, *, raise_window: Callable[[], None], before_stop: Callable[[], None]) -> int:
        """Start, wait until it is told to stop, and stop; return the exit code, 1 when the market died of a fault.

        Args:
            raise_window: brings the window to the front.
            before_stop: called while everything is still there.

        Raises:
            AresError: when the engine can't start; everything is closed again.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.request_stop)
        managers = self.engine.managers

        def show(line: LogLine) -> None:
            loop.call_soon_threadsafe(managers.health.write_log, line)

        tap = self._logs.tap(show)
        self._control = ControlServer(
            managers,
            path=self.profile.control_socket,
            raise_window=raise_window,
            stop=self.request_stop,
        )
        try:
            await self._control.start()
            await self.engine.start()
            self._tasks.spawn(self.settings.watch(self._settings_refused), "settings")
            self._tasks.spawn(self._enable(), "enable")
            if self.engine.first_run:
                self._tell_licence()
            if self.options.seconds is not None:
                loop.call_later(self.options.seconds, self.request_stop)
            await self._stop.wait()
            before_stop()
            self.options.report(run_document(managers))
            return 1 if self.engine.failure else 0
        finally:
            await self._tasks.close()
            await self._control.stop()
            await self.engine.stop()
            self._logs.untap(tap)

    def close(self) -> None:
        """Let go of the profile."""
        self._logs.close()
        self._lock.release()
        # What is left goes with the process: looking through all of it once more would only hold up the exit.
        atexit.register(gc.freeze)

    async def _enable(self) -> None:
        strategies = self.engine.managers.strategies
        for name in self.options.enable:
            try:
                known = {status.instance.name for status in strategies.statuses()}
                if name not in known:
                    await strategies.add(name, name=name, source="command line")
                await strategies.enable(name, source="command line")
            except AresError as error:
                _log.error("strategy_not_enabled", strategy=name, error=str(error))
                self._alert(f"enable:{name}", f"{name} was not switched on", error)

    def _save_kill_modes(self, modes: Sequence[str]) -> None:
        self.settings.change({"kill.account_modes": modes})

    def _settings_changed(self, old: Settings, new: Settings) -> None:
        self._logs.set_level(new.logging.level)
        self.engine.managers.alerts.configure(new.alerts)
        if new.kill != old.kill:
            self.engine.managers.state.modes.take(new.kill)
        if new.risk != old.risk:
            self.engine.managers.totals.set_default_limits(new.risk.limits())
        if new.protection != old.protection:
            self.engine.managers.protections.set_defaults(new.protection)
        if new.sentinel != old.sentinel:
            self.engine.managers.sentinel.choose(new.sentinel)
        if new.strategies.folders != old.strategies.folders:
            strategies = self.engine.managers.strategies
            strategies.search(strategy_folders(self.profile.strategies, new.strategies.folders))
            self.spawn(strategies.discover(), "catalog")

    def _tell_licence(self) -> None:
        self.engine.managers.alerts.raise_alert(
            "licence:arcticdb",
            Severity.INFO,
            "Market data is kept in ArcticDB, which has a licence of its own",
            detail=(
                "ArcticDB is under the Business Source License 1.1. Its text allows any use but offering it as a "
                "database service; its makers ask for a paid licence in production."
            ),
            source="application",
            remedy="Read the licence before you trade real money; everything else here is Apache-2.0.",
        )

    def _settings_refused(self, error: AresError) -> None:
        self._alert("settings", "Changed settings were not taken over", error)

    def _alert(self, key: str, title: str, error: AresError) -> None:
        self.engine.managers.alerts.raise_alert(
            key,
            Severity.WARNING,
            title,
            detail=str(error),
            source="application",
        )
