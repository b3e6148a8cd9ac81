"""Takes the pictures of README and guide: the real application trades the sample market on a new profile."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget  # noqa: TID251 - the camera holds a window

from ares_desktop.application import Application
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.risk import TradingState
from ares_desktop.domain.runs import RunKind, RunState
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.event_loop import new_event_loop
from ares_desktop.run_options import RunOptions
from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.panels.lab.lab_panel import LabPanel
from ares_desktop.views.panels.risk.kill_page import KillPage
from ares_desktop.views.panels.risk.panel import RiskPanel
from ares_desktop.views.panels.strategies.editor_parts import VERSIONS
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from ares_desktop.views.panels.ticket import TicketPanel
from scripts.safety_scenes import audit, books, portfolio

P = TypeVar("P", bound=QWidget)

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
SIZE = (1600, 1000)
SPEED = "250"
TRADED_UNTIL = "2017-12"
LAB_SYMBOLS = ("AAPL", "MSFT", "JPM")
LAB_FROM = "2012-01-01"
DRILLS = 3
LAB_EFFORT = {"coarse_points": "30", "fine_trials": "10"}
WITHIN_S = 240.0
SETTLED_S = 1.2
CALM_MS = 8.0
CALM_WITHIN_S = 30.0
MOST_BYTES = 400_000


class Studio:
    """The running application and a camera."""

    def __init__(self, application: Application, window: MainWindow) -> None:
        self.managers = application.engine.managers
        self.window = window

    def panel(self, name: str, kind: type[P]) -> P:
        """Bring a panel to the front.

        Raises:
            TypeError: when the panel of that name is of another kind.
        """
        self.window.docks.show_panel(name)
        found = self.window.docks.panel(name)
        if not isinstance(found, kind):
            raise TypeError(name)
        return found

    async def until(self, condition: Callable[[], object], within_s: float = WITHIN_S) -> None:
        """Return once a condition holds and the window shows it.

        Raises:
            TimeoutError: when it does not hold in time.
        """
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - what a window shows has no event to wait for
                await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLED_S)

    async def calm(self) -> None:
        """Return once the loop's lag is that of a window nobody touches, or on a busy machine after a while."""
        health = self.managers.health
        await asyncio.sleep(SETTLED_S)
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: (report := health.report()) and report.lag_p99_ms < CALM_MS, CALM_WITHIN_S)

    async def shoot(self, name: str, area: QRect | None = None, *, window: QWidget | None = None) -> None:
        """Write a picture of the main ``window`` or another one, or of an area of it, to ``docs/images``.

        Raises:
            ValueError: when the picture is larger than a page should load.
        """
        await asyncio.sleep(SETTLED_S)
        file = FOLDER / f"{name}.png"
        subject = window or self.window
        subject.grab(area or subject.rect()).toImage().save(str(file), quality=0)
        size = file.stat().st_size
        print(f"{file.name}: {size // 1000} kB", flush=True)
        if size > MOST_BYTES:
            msg = f"{file.name} has {size} bytes, at most {MOST_BYTES} are wanted"
            raise ValueError(msg)

    async def shoot_panels(self, name: str, first: str, last: str) -> None:
        """Write a picture of the panels from one to another."""
        await self.shoot(name, self._area(first).united(self._area(last)))

    def _area(self, panel: str) -> QRect:
        dock = self.window.docks.docks[panel].dockAreaWidget()
        return QRect(dock.mapTo(self.window, dock.rect().topLeft()), dock.size())


async def trade(studio: Studio) -> None:
    """Let the strategies trade until there is something to see, then hold the market."""
    data = studio.managers.data
    await studio.until(lambda: (at := data.feed().market_time_ns) and f"{from_ns(at):%Y-%m}" >= TRADED_UNTIL)
    data.pause()
    await asyncio.sleep(SETTLED_S)


async def both_themes(studio: Studio) -> None:
    """The window in dark and light."""
    await studio.calm()
    await studio.shoot("main-dark")
    studio.window.theme.toggle()
    await studio.calm()
    await studio.shoot("main-light")
    studio.window.theme.toggle()


async def parts(studio: Studio) -> None:
    """Charts and books for themselves."""
    await studio.shoot_panels("market", "market", "market")
    await studio.shoot_panels("pnl", "pnl", "standings")
    await studio.shoot_panels("positions", "positions", "positions")


async def strategies(studio: Studio) -> None:
    """The instances with what is known of one, and the checks before the start of another."""
    panel = studio.panel("strategies", StrategiesPanel)
    panel.table.select_key("smag7-long")
    await studio.shoot_panels("strategies", "strategies", "strategies")
    await studio.managers.strategies.add(
        "vow",
        name="vow-new",
        source="screenshots",
        instruments=[InstrumentId("AAPL.SIM"), InstrumentId("MSFT.SIM")],
        capital=Decimal(50_000),
    )
    await studio.until(lambda: panel.model.row_of("vow-new") >= 0)
    panel.select("vow-new")
    panel.act("preflight")
    await studio.until(lambda: panel.card.report)
    await studio.shoot_panels("start-checks", "strategies", "strategies")
    panel.card.leave()
    await studio.managers.strategies.remove("vow-new", source="screenshots")


async def configuration(studio: Studio) -> None:
    """A strategy's settings in a window of their own, beside their preview, then beside the versions."""
    panel = studio.panel("strategies", StrategiesPanel)
    await studio.managers.strategies.set_parameters("smag7-long", {"slow": 40}, source="screenshots")
    panel.table.select_key("smag7-long")
    panel.edit()
    await studio.shoot_panels("parameters", "strategy", "strategy")
    studio.window.docks.toggle_floating("strategy")
    place = panel.editor.window()
    # Without a screen its frame hides it again at first.
    await asyncio.sleep(SETTLED_S)
    place.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    place.show()
    parts = panel.editor.parts
    line = parts.form.parameters.editors["fast"]
    if isinstance(line, QLineEdit):
        line.selectAll()
        QTest.keyClicks(line, "20")
    parts.preview.run()
    await studio.until(lambda: parts.preview.is_running)
    await studio.until(lambda: not parts.preview.is_running)
    await studio.shoot("preview", window=place)
    parts.changes.all.click()
    parts.show_page(VERSIONS)
    await studio.until(lambda: parts.versions.table.model.rowCount() > 1)
    parts.versions.table.select_key("1")
    await studio.shoot("versions", window=place)
    panel.editor.leave()
    studio.window.docks.toggle_floating("strategy")
    studio.window.docks.show_panel("market")


async def palette(studio: Studio) -> None:
    """The command palette."""
    studio.window.commands.open_palette()
    box = studio.window.palette_box
    QTest.keyClicks(box.line, "pause")
    await asyncio.sleep(SETTLED_S)
    await studio.shoot("palette", box.geometry().adjusted(-40, -60, 40, 40))
    box.leave()


async def ticket(studio: Studio) -> None:
    """An order that the gate denies."""
    panel = studio.panel("ticket", TicketPanel)
    panel.instrument.setText("AAPL.SIM")
    panel.quantity.setText("500000")
    panel.buy.click()
    await studio.until(lambda: panel.answer.text().startswith("Denied"))
    await studio.shoot_panels("ticket", "ticket", "ticket")
    for line in (panel.instrument, panel.quantity):
        line.clear()


async def risk(studio: Studio) -> None:
    """The pages of risk: limits in use, loss ladders, what is protected, and how fast drills were."""
    panel = studio.panel("risk", RiskPanel)
    for key in ("limits", "losses", "coverage"):
        panel.open_page(key)
        await studio.shoot_panels(f"risk-{key}", "risk", "risk")
    page = panel.open_page("kill")
    if not isinstance(page, KillPage):
        raise TypeError(page)
    # A drill's own orders are filled by prices.
    studio.managers.data.resume()
    for number in range(1, DRILLS + 1):
        page.hold_drill()
        await studio.until(partial(_drilled, page, number))
    studio.managers.data.pause()
    await studio.shoot_panels("risk-kill", "risk", "risk")
    studio.window.docks.show_panel("market")


def _drilled(page: KillPage, drills: int) -> bool:
    return page.drill.isEnabled() and page.model.total == drills


async def lab(studio: Studio) -> None:
    """The lab in a window of its own: a backtest's result, then a search's, then the form in the other theme."""
    panel = studio.panel("lab", LabPanel)
    runs = studio.managers.pipelines.runs
    studio.window.docks.toggle_floating("lab")
    window = panel.window()
    card = panel.setup.strategies.cards[0]
    await studio.until(lambda: card.file.findText("smag7.py") >= 0)
    card.file.setCurrentIndex(card.file.findText("smag7.py"))
    card.file.activated.emit(card.file.currentIndex())
    panel.setup.data.add([f"sample:{symbol}" for symbol in LAB_SYMBOLS])
    panel.setup.period.start.setText(LAB_FROM)
    panel.setup.title.setText("Trend of three")
    panel.setup.ask_backtest()
    await studio.until(lambda: any(run.state is RunState.DONE for run in runs()))
    await studio.shoot("lab-result", window=window)
    panel.setup.title.setText("Averages of the trend")
    panel.new_search()
    options = panel.setup.search.options.editors
    for name, typed in LAB_EFFORT.items():
        editor = options[name]
        if isinstance(editor, QLineEdit):
            editor.setText(typed)
    panel.setup.settle()
    panel.setup.ask_search()
    await studio.until(lambda: any(run.kind is RunKind.SEARCH and run.state is RunState.DONE for run in runs()))
    await studio.shoot("lab-search", window=window)
    studio.window.theme.toggle()
    await studio.shoot("lab-light", window=window)
    studio.window.theme.toggle()
    studio.window.docks.toggle_floating("lab")
    studio.window.docks.show_panel("market")


async def kill(studio: Studio) -> None:
    """The kill switch with its checklist, engaged while the market runs."""
    state = studio.managers.state
    studio.managers.data.resume()
    studio.window.top_bar.press_kill()
    await studio.until(lambda: state.kill_switch.finished and state.state().state is TradingState.HALTED)
    studio.managers.data.pause()
    await studio.calm()
    await studio.shoot("kill-switch")


SCENES: tuple[Callable[[Studio], Awaitable[None]], ...] = (
    trade,
    both_themes,
    parts,
    strategies,
    configuration,
    palette,
    ticket,
    risk,
    books,
    portfolio,
    audit,
    lab,
    kill,
)


async def play(studio: Studio, end: Callable[[], None]) -> None:
    """Play every scene and end the application."""
    try:
        await studio.until(studio.managers.trades.fills)
        studio.window.populate_charts()
        for scene in SCENES:
            await scene(studio)
    finally:
        end()


async def take(application: Application) -> None:
    """Run the application, play every scene, and end it in order."""
    window = MainWindow(
        application.engine.managers,
        spawn=application.spawn,
        profile=application.profile.root,
        on_close_requested=application.request_stop,
    )
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.resize(*SIZE)
    window.show()
    studio = Studio(application, window)
    tasks = TaskSet("screenshots")
    scenes = tasks.spawn(play(studio, application.request_stop), "scenes")
    try:
        await application.run(raise_window=window.raise_, before_stop=window.save_layout)
    finally:
        await tasks.close()
        window.close_now()
    scenes.result()


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    with tempfile.TemporaryDirectory(prefix="ares-screenshots-") as folder:
        # To compress a picture may hold the loop for as long as the sentinel takes for a death on a slow machine.
        overrides = {"feed.speed": SPEED, "sentinel.after_s": "120"}
        application = Application(RunOptions(profile=Path(folder), overrides=overrides))
        try:
            with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
                runner.run(take(application))
        finally:
            application.close()


if __name__ == "__main__":
    main()
