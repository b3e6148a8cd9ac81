"""The application with its window: Qt and asyncio on one loop.

What takes long to import is imported once the splash is on the screen.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from ares_desktop.config.schema import Settings, UiSettings
from ares_desktop.config.store import SettingsStore
from ares_desktop.domain.monitoring import Severity
from ares_desktop.paths import Profile
from ares_desktop.run_options import RunOptions
from ares_desktop.views.splash import Splash
from ares_desktop.views.tokens import DARK, LIGHT

if TYPE_CHECKING:
    from ares_desktop.application import Application
    from ares_desktop.views.main_window import MainWindow

_EXPOSED_WITHIN_S = 1.0
_LOOK_EVERY_S = 0.002


def run_window(options: RunOptions) -> int:
    """Open the window on a profile and run the engine behind it until it is closed; return the exit code.

    Raises:
        AresError: when the profile can't be used, the settings are wrong or the engine can't start.
    """
    # Until everything is made there is much to look through and nothing to collect.
    gc.disable()
    profile = Profile.at(options.profile)
    ui = SettingsStore(profile.settings_file, environ=os.environ, overrides=options.overrides).current.ui
    app = _application(ui)
    splash = Splash(LIGHT if ui.theme == LIGHT.name else DARK, profile.root)
    splash.show_at_once()
    splashed = time.perf_counter()

    from ares_desktop.application import Application  # noqa: PLC0415 - see above
    from ares_desktop.event_loop import new_event_loop  # noqa: PLC0415 - see above

    application = Application(options)
    try:
        with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
            return runner.run(_run(application, splash, splashed))
    finally:
        application.close()


def _application(ui: UiSettings) -> QApplication:
    if ui.scale != 1.0:
        # Qt reads it when the first application object is made.
        os.environ.setdefault("QT_SCALE_FACTOR", f"{ui.scale:g}")
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Ares Desktop")
    app.setDesktopFileName("ares-desktop")
    app.setQuitOnLastWindowClosed(False)
    return app


async def _run(application: Application, splash: Splash, splashed: float) -> int:
    from ares_desktop.views.main_window import MainWindow  # noqa: PLC0415 - imported behind the splash

    ui = application.settings.current.ui
    window = MainWindow(
        application.engine.managers,
        spawn=application.spawn,
        profile=application.profile.root,
        on_close_requested=application.request_stop,
        theme=ui.theme,
        refresh_hz=ui.refresh_hz,
    )
    application.settings.subscribe(lambda old, new: _restyle(window, old, new))
    window.hot_key.listen(application.settings.current.kill.hot_key)
    _show_faults(application)
    window.show()
    await _painted(window)
    splash.close()
    _tell_painted(time.perf_counter() - splashed)
    application.spawn(_finish(window), "charts")
    try:
        return await application.run(
            raise_window=window.bring_to_front,
            before_stop=lambda: _picture(window, application.options.screenshot),
        )
    finally:
        window.close_now()


async def _painted(window: MainWindow) -> None:
    """Let a person see the window before the engine starts; one that opens minimized is not waited for."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_EXPOSED_WITHIN_S):
            while not window.windowHandle().isExposed():  # noqa: ASYNC110 - Qt has no event that could be awaited
                await asyncio.sleep(_LOOK_EVERY_S)
    window.repaint()


def _tell_painted(after_splash_s: float) -> None:
    import structlog  # noqa: PLC0415 - imported behind the splash

    structlog.get_logger(__name__).info("window_painted", after_splash_s=round(after_splash_s, 3))


async def _finish(window: MainWindow) -> None:
    """Make what loads slowly, then leave what lives as long as the application out of garbage collection."""
    try:
        await asyncio.to_thread(importlib.import_module, "pyqtgraph")
        window.populate_charts()
    finally:
        gc.freeze()
        gc.enable()


def _restyle(window: MainWindow, old: Settings, new: Settings) -> None:
    if new.ui.theme != old.ui.theme:
        window.theme.apply(new.ui.theme)
    if new.kill.hot_key != old.kill.hot_key:
        window.hot_key.listen(new.kill.hot_key)


def _picture(window: MainWindow, file: Path | None) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        window.grab().save(str(file))


def _show_faults(application: Application) -> None:
    """Show what no caller could receive: an exception in a Qt slot goes to the interpreter's hook."""
    former = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        former(kind, error, trace)
        application.engine.managers.alerts.raise_alert(
            f"fault:{kind.__name__}",
            Severity.ERROR,
            "A fault in the application",
            detail=f"{kind.__name__}: {error}",
            source="window",
            remedy="Trading goes on; the log has the details.",
        )

    sys.excepthook = show
