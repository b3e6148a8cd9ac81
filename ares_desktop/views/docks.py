"""The dockable panels: made from the registry, arranged by default, saved and restored under stable names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

import PySide6QtAds as QtAds
import structlog
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.fills import FillsPanel
from ares_desktop.views.panels.orders import OrdersPanel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.positions import PositionsPanel
from ares_desktop.views.panels.registry import PANELS, PanelSpec, Place
from ares_desktop.views.panels.strategies.configure import ConfigurePanel
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.why.panel import WhyPanel

_log = structlog.get_logger(__name__)

STATE_VERSION: Final = 1
"""Goes up when a saved arrangement of an older version would no longer make sense."""
_STATE: Final = "window/docks"
_STATE_BEGINS: Final = b"<?xml"
_FLOATING: Final = QSize(1280, 860)
_COLUMN_SHARES: Final = (28, 43, 29)
_ROW_SHARES: Final = {0: (64, 36), 1: (58, 42), 2: (40, 28, 32)}

_TAB_SPACE: Final = 4
"""Around a tab's icon and title: all tabs of a place are read without being cut on a small screen."""

_LENT_SHARE: Final = 0.7
"""Of its column, for a panel that is in front for a while."""

_FLAGS: Final = {
    "OpaqueSplitterResize": True,
    "DragPreviewIsDynamic": True,
    "DragPreviewShowsContentPixmap": False,
    "DockAreaHasCloseButton": False,
    "DockAreaHasUndockButton": False,
    "DockAreaHasTabsMenuButton": True,
    "DockAreaDynamicTabsMenuButtonVisibility": True,
    "ActiveTabHasCloseButton": False,
    "AllTabsHaveCloseButton": False,
    "FocusHighlighting": False,
    "EqualSplitOnInsertion": False,
    "AlwaysShowTabs": True,
    "XmlCompressionEnabled": False,
    "DisableStylesheet": True,
}


class Docks:
    """Owns the dock manager and one dock for each panel."""

    def __init__(self, window: QMainWindow, desk: Desk) -> None:
        self._desk = desk
        flag = QtAds.CDockManager.eConfigFlag
        for name, value in _FLAGS.items():
            QtAds.CDockManager.setConfigFlag(getattr(flag, name), value)
        self.manager = QtAds.CDockManager(window)
        self.panels: dict[str, QWidget] = {}
        self._painted = False
        self.docks: dict[str, QtAds.CDockWidget] = {}
        self._lent: dict[str, QtAds.CDockWidget] = {}
        self._lent_room: dict[str, tuple[list[int], list[int]]] = {}
        for spec in PANELS:
            self._add(spec)
        self.arrange()
        self._default = self.manager.saveState(STATE_VERSION)
        desk.theme.changed.connect(self.paint_icons)
        self.paint_icons()
        self._give_form_its_place()
        self._answer_why()

    def _add(self, spec: PanelSpec) -> None:
        dock = QtAds.CDockWidget(self.manager, translated(spec.title, "panels"))
        dock.setObjectName(f"dock_{spec.name}")
        dock.setMinimumSizeHintMode(QtAds.CDockWidget.MinimumSizeHintFromDockWidget)
        dock.setMinimumSize(QSize(160, 90))
        content = QWidget() if spec.deferred else spec.create(self._desk)
        content.setObjectName(f"panel_{spec.name}")
        dock.setWidget(content, QtAds.CDockWidget.ForceNoScrollArea)
        self.docks[spec.name] = dock
        if not spec.deferred:
            self.panels[spec.name] = content

    def _give_form_its_place(self) -> None:
        strategies, place = self.panels["strategies"], self.panels["strategy"]
        if isinstance(strategies, StrategiesPanel) and isinstance(place, ConfigurePanel):
            place.take_in(strategies.editor)
            place.wanted.connect(partial(self.lend_front, "strategy"))
            place.left.connect(partial(self.give_back, "strategy"))
            place.float_wanted.connect(partial(self.toggle_floating, "strategy"))

    def _answer_why(self) -> None:
        for panel in self.panels.values():
            if isinstance(panel, OrdersPanel | FillsPanel):
                panel.why_asked.connect(self.tell_order)
            elif isinstance(panel, PositionsPanel):
                panel.why_asked.connect(self.tell_position)

    def tell_order(self, order: ClientOrderId) -> None:
        """Tell why an order was made."""
        if not self._painted:
            return
        self.show_panel("why")
        cast("WhyPanel", self.panel("why")).show_order(order)

    def tell_position(self, strategy: StrategyId, instrument: InstrumentId) -> None:
        """Tell which decisions led to a position."""
        if not self._painted:
            return
        self.show_panel("why")
        cast("WhyPanel", self.panel("why")).show_position(strategy, instrument)

    def ask_why(self) -> None:
        """Ask why about the selected row of the table in focus or in front, else show every decision."""
        tables = [
            panel for panel in self.panels.values() if isinstance(panel, OrdersPanel | FillsPanel | PositionsPanel)
        ]
        chosen = [panel for panel in tables if panel.isVisible() and panel.table.selected()]
        focused = [panel for panel in chosen if panel.table.view.hasFocus()]
        for panel in (focused or chosen)[:1]:
            panel.ask_why()
            return
        self.show_panel("why")

    def populate_deferred(self) -> None:
        """Make what is in sight of the panels that are too heavy for the first paint; others once they are shown."""
        self._painted = True
        for spec in PANELS:
            if spec.deferred and spec.name not in self.panels:
                dock = self.docks[spec.name]
                dock.visibilityChanged.connect(partial(self._seen, spec.name))
                if dock.isVisible():
                    self.panel(spec.name)

    def _seen(self, name: str, visible: bool) -> None:
        if visible and name not in self.panels:
            # Not within the signal: the dock is busy showing itself.
            QTimer.singleShot(0, self.manager, partial(self.panel, name))

    def panel(self, name: str) -> QWidget:
        """Return a panel, made now if nobody has seen it yet."""
        if name not in self.panels:
            spec = next(spec for spec in PANELS if spec.name == name)
            content = spec.create(self._desk)
            content.setObjectName(f"panel_{name}")
            dock = self.docks[name]
            old = dock.takeWidget()
            dock.setWidget(content, QtAds.CDockWidget.ForceNoScrollArea)
            old.deleteLater()
            self.panels[name] = content
        return self.panels[name]

    def paint_icons(self) -> None:
        """Draw the tabs' icons in the colors of the theme."""
        for spec in PANELS:
            self.docks[spec.name].setIcon(self._desk.theme.icon(spec.icon, Tone.MUTED))
            _tighten(self.docks[spec.name].tabWidget())

    def arrange(self) -> None:
        """Put every panel where it stands by default."""
        areas: dict[Place, QtAds.CDockAreaWidget] = {}
        for place in Place:
            members = [spec for spec in PANELS if spec.place is place]
            for spec in members:
                dock = self.docks[spec.name]
                if place in areas:
                    self.manager.addDockWidgetTabToArea(dock, areas[place])
                    continue
                column, row = place.value
                above = areas.get(_at(column, row - 1)) if row else None
                if above is None:
                    areas[place] = self.manager.addDockWidget(QtAds.RightDockWidgetArea, dock)
                else:
                    areas[place] = self.manager.addDockWidget(QtAds.BottomDockWidgetArea, dock, above)
            if members:
                self.docks[members[0].name].setAsCurrentTab()
        self._share_out(areas)

    def _share_out(self, areas: dict[Place, QtAds.CDockAreaWidget]) -> None:
        for place, area in areas.items():
            column, row = place.value
            if row == 0:
                rows = [share for number, share in enumerate(_ROW_SHARES[column]) if _at(column, number) in areas]
                self.manager.setSplitterSizes(area, [share * 10 for share in rows])
        first = next(iter(areas.values()))
        splitter = first.parentWidget()
        while splitter is not None and splitter.count() != len(_COLUMN_SHARES):
            splitter = splitter.parentWidget()
        if splitter is not None:
            splitter.setSizes([share * 16 for share in _COLUMN_SHARES])

    def show_panel(self, name: str) -> None:
        """Open a panel, bring it to the front and focus it."""
        dock = self.docks[name]
        dock.toggleView(True)
        dock.setAsCurrentTab()
        panel = self.panel(name) if self._painted else self.panels.get(name)
        if panel is not None:
            target = panel.findChild(QWidget, f"view_{name}")
            (target or panel).setFocus()

    def lend_front(self, name: str) -> None:
        """Bring a panel to the front, with room, until :meth:`give_back` brings the one that was there back."""
        area = self.docks[name].dockAreaWidget()
        front = area.currentDockWidget() if area is not None and not self.docks[name].isClosed() else None
        if front is not None and front is not self.docks[name]:
            self._lent[name] = front
        dock = self.docks[name]
        dock.toggleView(True)
        dock.setAsCurrentTab()
        self._lend_room(name)

    def _lend_room(self, name: str) -> None:
        area = self.docks[name].dockAreaWidget()
        splitter = area.parentWidget()
        if name in self._lent_room or not isinstance(splitter, QSplitter) or self.docks[name].isFloating():
            return
        before, whole = splitter.sizes(), sum(splitter.sizes())
        place, wanted = splitter.indexOf(area), round(whole * _LENT_SHARE)
        rest = whole - before[place]
        if splitter.orientation() is Qt.Orientation.Vertical and before[place] < wanted and rest:
            splitter.setSizes(
                [wanted if n == place else (whole - wanted) * size // rest for n, size in enumerate(before)]
            )
            self._lent_room[name] = (before, splitter.sizes())

    def _take_room_back(self, name: str) -> None:
        """Share a column out as before, unless a person did so meanwhile."""
        before, lent = self._lent_room.pop(name, ([], []))
        area = self.docks[name].dockAreaWidget()
        splitter = None if area is None else area.parentWidget()
        if before and isinstance(splitter, QSplitter) and splitter.sizes() == lent:
            splitter.setSizes(before)

    def give_back(self, name: str) -> None:
        """Bring back what was in front of a place before a panel was, unless a person moved either of them."""
        self._take_room_back(name)
        front, dock = self._lent.pop(name, None), self.docks[name]
        if front is not None and not front.isClosed() and front.dockAreaWidget() is dock.dockAreaWidget():
            front.setAsCurrentTab()

    def toggle_floating(self, name: str) -> None:
        """Give a panel a window of its own, or put it back where it stands by default."""
        dock = self.docks[name]
        self._take_room_back(name)
        if not dock.isFloating():
            dock.toggleView(True)
            dock.setFloating()
            dock.floatingDockContainer().resize(_FLOATING)
        else:
            self._put_back(name)
        self.show_panel(name)

    def _put_back(self, name: str) -> None:
        """Make a panel a tab beside another one of its default place."""
        place = next(spec.place for spec in PANELS if spec.name == name)
        for spec in PANELS:
            area = self.docks[spec.name].dockAreaWidget()
            if spec.place is place and spec.name != name and area is not None and not self.docks[spec.name].isClosed():
                front = area.currentDockWidget()
                self.manager.addDockWidgetTabToArea(self.docks[name], area)
                front.setAsCurrentTab()
                return
        self.manager.addDockWidget(QtAds.RightDockWidgetArea, self.docks[name])

    def second_passed(self) -> None:
        """Let visible panels renew what ages."""
        for panel in self.panels.values():
            if isinstance(panel, Panel) and panel.isVisible():
                panel.second_passed()

    def save(self) -> None:
        """Keep the tables' columns, and the arrangement unless a panel has room that is only lent to it."""
        if not self._lent_room:
            self._desk.layout.put(_STATE, self.manager.saveState(STATE_VERSION))
        for panel in self.panels.values():
            if isinstance(panel, Panel):
                panel.save_layout()

    def restore(self) -> None:
        """Arrange as it was left; an arrangement that can't be read is reported and the default kept."""
        state = self._desk.layout.bytes(_STATE)
        if state is None:
            return
        if not state.startsWith(_STATE_BEGINS) or not self.manager.restoreState(state, STATE_VERSION):
            _log.info("layout_ignored", reason="damaged, or made by another version")
            return
        for spec in PANELS:
            # An arrangement of an earlier version does not know the panels that came later.
            if not state.contains(f'"dock_{spec.name}"'.encode()):
                self._put_back(spec.name)

    def reset(self) -> None:
        """Arrange as by default."""
        self.manager.restoreState(self._default, STATE_VERSION)


def _tighten(tab: QtAds.CDockWidgetTab) -> None:
    """Take away most of the space within a tab; the library offers no setting for it."""
    row = tab.layout()
    if row is None:
        return
    row.setContentsMargins(_TAB_SPACE, 0, 0, 0)
    for number in range(row.count()):
        space = row.itemAt(number).spacerItem()
        if space is not None:
            space.changeSize(_TAB_SPACE, 0)
    row.invalidate()


def _at(column: int, row: int) -> Place:
    return Place((column, row))
