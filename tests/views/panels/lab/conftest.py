"""Runs with results, and views that show them."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.lab.result_view import ResultView
from tests.views.conftest import destroy
from tests.views.fakes import Fakes
from tests.views.panels.lab.real_results import ResultPipelines, some_pipelines

View = TypeVar("View", bound=QWidget)


class OpenView(Protocol):
    """Opens a view."""

    def __call__(self, kind: Callable[[Desk], View], /) -> View: ...


@pytest.fixture
def pipelines(fakes: Fakes) -> ResultPipelines:
    """Runs of every kind."""
    made = some_pipelines()
    fakes.pipelines = made
    return made


@pytest.fixture
def open_view(qtbot: QtBot, pipelines: ResultPipelines, desk: Desk) -> Iterator[OpenView]:
    """Opens views on the desk with those runs; all are closed afterwards."""
    del pipelines
    opened: list[QWidget] = []

    def open_one(kind: Callable[[Desk], View], /) -> View:
        made = kind(desk)
        opened.append(made)
        made.resize(1000, 720)
        made.show()
        qtbot.waitExposed(made)
        return made

    yield open_one
    for made in opened:
        destroy(made)


@pytest.fixture
def view(open_view: OpenView) -> ResultView:
    """The place where the result of a chosen run is shown."""
    return open_view(ResultView)
