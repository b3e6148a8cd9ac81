"""A desk of fakes and a real window over it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ares_desktop.views.async_action import ActionRunner
from ares_desktop.views.desk import Desk
from ares_desktop.views.layout_store import LayoutStore
from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.theme import Theme
from ares_desktop.views.widgets.notice import NoticeArea
from tests.views.fakes import Fakes

OpenWindow = Callable[[], MainWindow]


def run_now(coroutine: Coroutine[Any, Any, Any], name: str) -> None:
    """Run what a button starts to its end at once."""
    del name
    asyncio.run(coroutine)


def destroy(widget: QWidget) -> None:
    """Delete a widget and what it owns, as at the end of the application."""
    widget.hide()
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def fakes() -> Fakes:
    """Managers without an engine."""
    return Fakes()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The dark theme, taken off the application afterwards."""
    yield Theme(qapp)
    qapp.setStyleSheet("")


@pytest.fixture
def desk(qtbot: QtBot, fakes: Fakes, theme: Theme, tmp_path: Path) -> Iterator[Desk]:
    """What a panel is given."""
    del qtbot
    body = QWidget()
    body.resize(800, 600)
    notices = NoticeArea(theme, body)
    yield Desk(
        managers=fakes.managers,
        theme=theme,
        notices=notices,
        runner=ActionRunner(run_now, notices),
        layout=LayoutStore(tmp_path),
    )
    destroy(body)


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, fakes: Fakes, tmp_path: Path) -> Iterator[OpenWindow]:
    """Opens windows on one profile; all are closed afterwards."""
    opened: list[MainWindow] = []

    def open_one() -> MainWindow:
        window = MainWindow(fakes.managers, spawn=run_now, profile=tmp_path, on_close_requested=lambda: None)
        opened.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield open_one
    for window in opened:
        window.close_now()
        destroy(window)
    qapp.setStyleSheet("")


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    """A real window."""
    return open_window()
