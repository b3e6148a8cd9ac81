"""Where panels stand: what an older arrangement does not know, and windows of their own."""

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter

from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from tests.views.conftest import OpenWindow
from tests.views.fakes import Fakes
from tests.views.records import a_status


def test_an_older_arrangement_gets_the_panel_that_came_later(open_window: OpenWindow) -> None:
    first = open_window()
    first.docks.docks["fills"].toggleView(False)  # noqa: FBT003 - Qt takes it by position
    first.save_layout()
    state = first.layout_store.bytes("window/docks")
    assert state is not None
    older = QByteArray(bytes(state.data()).replace(b'"dock_lab"', b'"dock_gone"'))
    first.layout_store.put("window/docks", older)
    first.layout_store.sync()
    first.docks.save = lambda: None  # type: ignore[method-assign] # its arrangement is the older one's now
    second = open_window()
    assert not second.docks.docks["lab"].isClosed()
    assert second.docks.docks["lab"].dockAreaWidget() is second.docks.docks["market"].dockAreaWidget()
    assert second.docks.docks["market"].isCurrentTab()
    assert second.docks.docks["fills"].isClosed()


def test_the_lab_gets_a_window_of_its_own_and_comes_back(window: MainWindow) -> None:
    window.populate_charts()
    dock = window.docks.docks["lab"]
    window.book.action("lab_window").trigger()
    assert dock.isFloating()
    window.book.action("lab_window").trigger()
    assert not dock.isFloating()
    assert dock.dockAreaWidget() is window.docks.docks["market"].dockAreaWidget()


def test_the_form_of_an_instance_stands_in_the_centre_and_gives_the_front_back(
    window: MainWindow, fakes: Fakes
) -> None:
    fakes.strategies.put(a_status("trend"))
    docks = window.docks
    panel = docks.panels["strategies"]
    assert isinstance(panel, StrategiesPanel)
    docks.show_panel("market")
    panel.editor.edit(fakes.strategies.status("trend"))
    assert docks.docks["strategy"].isCurrentTab()
    assert panel.split.isVisible()
    panel.editor.leave()
    assert docks.docks["market"].isCurrentTab()


def test_what_is_configured_gets_room_and_gives_it_back_unless_a_person_shared_it_out(
    window: MainWindow, fakes: Fakes
) -> None:
    fakes.strategies.put(a_status("trend"))
    docks = window.docks
    panel, area = docks.panels["strategies"], docks.docks["strategy"].dockAreaWidget()
    assert isinstance(panel, StrategiesPanel)
    splitter = area.parentWidget()
    assert isinstance(splitter, QSplitter)
    before = splitter.sizes()
    panel.editor.edit(fakes.strategies.status("trend"))
    assert splitter.sizes()[0] > before[0]
    panel.editor.leave()
    assert splitter.sizes() == before
    panel.editor.edit(fakes.strategies.status("trend"))
    splitter.setSizes([sum(before) // 2, sum(before) // 2])
    own = splitter.sizes()
    panel.editor.leave()
    assert splitter.sizes() == own
