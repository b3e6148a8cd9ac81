"""The whole application in this process: the real engine behind the real window, both on one loop."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from ares_desktop.application import Application
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.event_loop import new_event_loop
from ares_desktop.run_options import RunOptions
from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.widgets.record_table import RecordTable

T = TypeVar("T")

LOOK_EVERY_S = 0.02
STARTED_WITHIN_S = 40.0
SEEN_WITHIN_S = 20.0
LEFT = Qt.MouseButton.LeftButton


class Desktop:
    """A running application and the hands of the person before it.

    Attributes:
        window: the main window.
        managers: what the engine says, to hold against what the window shows.
    """

    def __init__(self, runner: asyncio.Runner, profile: Path, **settings: str) -> None:
        self._runner = runner
        overrides = {"feed.speed": "200", **{key.replace("__", "."): value for key, value in settings.items()}}
        self._application = Application(RunOptions(profile=profile, overrides=overrides))
        self.managers: Managers = self._application.engine.managers
        self.window = MainWindow(
            self.managers,
            spawn=self._spawn,
            profile=profile,
            on_close_requested=self._application.request_stop,
        )
        self._run: asyncio.Task[int] | None = None

    def _spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> object:
        """Start what a button started; what comes while the test itself holds the loop waits until it lives again."""
        loop = self._runner.get_loop()
        if loop.is_running() or self._application._tasks.closed:
            return self._application.spawn(coroutine, name)
        return loop.call_soon(self._application.spawn, coroutine, name)

    def start(self) -> None:
        """Show the window, start the engine and wait until the strategies trade."""
        self.do(self._start())

    async def _start(self) -> None:
        self.window.show()
        self._run = asyncio.create_task(
            self._application.run(raise_window=self.window.raise_, before_stop=self.window.save_layout)
        )
        self.window.populate_charts()
        await self.until(self._traded, STARTED_WITHIN_S)

    def _traded(self) -> bool:
        if self._run is not None and self._run.done():
            self._run.result()
        return bool(self.managers.trades.fills())

    def stop(self) -> None:
        """Close the window as its owner does and wait for the end of the engine."""
        self.do(self._stop())
        self.window.close_now()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._application.close()

    async def _stop(self) -> None:
        self.window.close()
        if self._run is not None:
            await self._run

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Let window and engine live until a coroutine is done."""
        return self._runner.run(coroutine)

    def wait(self, condition: Callable[[], object], within_s: float = SEEN_WITHIN_S) -> None:
        """Let window and engine live until a condition holds."""
        self.do(self.until(condition, within_s))

    @staticmethod
    async def until(condition: Callable[[], object], within_s: float = SEEN_WITHIN_S) -> None:
        """Return once a condition holds."""
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(LOOK_EVERY_S)

    # what a person sees and touches

    def panel(self, name: str) -> QWidget:
        """Bring a panel to the front."""
        self.window.docks.show_panel(name)
        return self.window.docks.panel(name)

    def table(self, name: str) -> RecordTable:
        """Bring a panel to the front and return its table."""
        found = self.panel(name).findChild(RecordTable)
        assert isinstance(found, RecordTable)
        return found

    def column(self, name: str, key: str) -> list[str]:
        """Return the texts of a table's column, from top to bottom."""
        model = self.table(name).model
        number = model.column_number(key)
        return [model.text(row, number) for row in range(model.rowCount())]

    def touch(self, act: Callable[[], T]) -> T:
        """Use mouse or keyboard while the loop runs, as a person does."""

        async def acting() -> T:
            return act()

        return self.do(acting())

    def click_cell(self, name: str, row: int, key: str) -> None:
        """Click a cell of a table."""
        table = self.table(name)
        place = table.view.cell_center(row, table.model.column_number(key))
        self.touch(lambda: QTest.mouseClick(table.view.viewport(), LEFT, pos=place))

    def click_header(self, name: str, key: str) -> None:
        """Click the header of a column."""
        table = self.table(name)
        header = table.view.horizontalHeader()
        number = table.model.column_number(key)
        place = QPoint(header.sectionViewportPosition(number) + header.sectionSize(number) // 2, header.height() // 2)
        self.touch(lambda: QTest.mouseClick(header.viewport(), LEFT, pos=place))

    def click(self, widget: QWidget) -> None:
        """Click the middle of a widget."""
        assert widget.isVisible()
        assert widget.isEnabled()
        self.touch(lambda: QTest.mouseClick(widget, LEFT))

    def press(self, widget: QWidget, keys: str) -> None:
        """Press a key combination such as ``Ctrl+K``."""
        self.touch(lambda: QTest.keySequence(widget, keys))

    def type_into(self, line: QLineEdit, text: str) -> None:
        """Type over what a field holds."""
        line.setFocus()
        self.press(line, "Ctrl+A")
        self.press(line, "Del")
        self.touch(lambda: QTest.keyClicks(line, text))
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()


@contextlib.contextmanager
def running(app: QApplication, profile: Path, **settings: str) -> Iterator[Desktop]:
    """Run the application on a profile; ends it in order."""
    with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
        desktop = Desktop(runner, profile, **settings)
        try:
            desktop.start()
            yield desktop
        finally:
            desktop.stop()
            app.setStyleSheet("")
