"""The window's panels as data: stable names, titles, and where each stands at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from ares_desktop.views.panels.alerts import AlertsPanel
from ares_desktop.views.panels.connections import ConnectionsPanel
from ares_desktop.views.panels.fills import FillsPanel
from ares_desktop.views.panels.log import LogPanel
from ares_desktop.views.panels.orders import OrdersPanel
from ares_desktop.views.panels.positions import PositionsPanel
from ares_desktop.views.panels.standings import StandingsPanel
from ares_desktop.views.panels.strategies.configure import ConfigurePanel
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from ares_desktop.views.panels.ticket import TicketPanel

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class Place(Enum):
    """A cell of the default layout: three columns, each with an upper and a lower part."""

    LEFT_TOP = (0, 0)
    LEFT_BOTTOM = (0, 1)
    CENTER_TOP = (1, 0)
    CENTER_BOTTOM = (1, 1)
    RIGHT_TOP = (2, 0)
    RIGHT_MIDDLE = (2, 1)
    RIGHT_BOTTOM = (2, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSpec:
    """One panel.

    Attributes:
        name: never changes, saved layouts refer to it.
        create: makes the content; it imports what is heavy only then.
        deferred: made after the first paint.
        key: with Alt, brings the panel to the front; empty for none.
    """

    name: str
    title: str
    icon: str
    place: Place
    create: Callable[[Desk], QWidget]
    deferred: bool = False
    key: str = ""


def _market(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.market import MarketPanel  # noqa: PLC0415 - pyqtgraph is heavy

    return MarketPanel(desk)


def _pnl(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.pnl import PnlPanel  # noqa: PLC0415 - pyqtgraph is heavy

    return PnlPanel(desk)


def _lab(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.lab.lab_panel import LabPanel  # noqa: PLC0415 - pyqtgraph is heavy

    return LabPanel(desk)


def _why(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.why.panel import WhyPanel  # noqa: PLC0415 - pyqtgraph is heavy

    return WhyPanel(desk)


def _performance(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.performance.panel import PerformancePanel  # noqa: PLC0415 - pyqtgraph is heavy

    return PerformancePanel(desk)


def _risk(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.risk.panel import RiskPanel  # noqa: PLC0415 - its pages are many

    return RiskPanel(desk)


def _audit(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.audit.panel import AuditPanel  # noqa: PLC0415 - few people need it at the start

    return AuditPanel(desk)


def _portfolio(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.portfolio.panel import PortfolioPanel  # noqa: PLC0415 - pyqtgraph is heavy

    return PortfolioPanel(desk)


def _books(desk: Desk) -> QWidget:
    from ares_desktop.views.panels.books.panel import BooksPanel  # noqa: PLC0415 - its pages are many

    return BooksPanel(desk)


PANELS: Final = (
    PanelSpec(
        name="strategies", title="Strategies", icon="strategies", place=Place.LEFT_TOP, create=StrategiesPanel, key="1"
    ),
    PanelSpec(
        name="positions", title="Positions", icon="positions", place=Place.LEFT_BOTTOM, create=PositionsPanel, key="2"
    ),
    PanelSpec(
        name="market", title="Market", icon="market", place=Place.CENTER_TOP, create=_market, key="3", deferred=True
    ),
    PanelSpec(name="orders", title="Orders", icon="orders", place=Place.CENTER_BOTTOM, create=OrdersPanel, key="4"),
    PanelSpec(name="fills", title="Fills", icon="fills", place=Place.CENTER_BOTTOM, create=FillsPanel, key="5"),
    PanelSpec(name="alerts", title="Alerts", icon="alerts", place=Place.CENTER_BOTTOM, create=AlertsPanel, key="6"),
    PanelSpec(name="log", title="Log", icon="log", place=Place.CENTER_BOTTOM, create=LogPanel, key="7"),
    PanelSpec(name="pnl", title="P&L", icon="pnl", place=Place.RIGHT_TOP, create=_pnl, key="8", deferred=True),
    PanelSpec(
        name="standings", title="Standings", icon="standings", place=Place.RIGHT_MIDDLE, create=StandingsPanel, key="9"
    ),
    PanelSpec(name="ticket", title="Ticket", icon="ticket", place=Place.RIGHT_BOTTOM, create=TicketPanel, key="0"),
    PanelSpec(
        name="connections",
        title="Connections",
        icon="connections",
        place=Place.RIGHT_BOTTOM,
        create=ConnectionsPanel,
        key="-",
    ),
    PanelSpec(name="lab", title="Lab", icon="lab", place=Place.CENTER_TOP, create=_lab, key="=", deferred=True),
    PanelSpec(
        name="strategy", title="Configure", icon="settings", place=Place.CENTER_TOP, create=ConfigurePanel, key="C"
    ),
    PanelSpec(name="why", title="Why", icon="why", place=Place.CENTER_BOTTOM, create=_why, key="W", deferred=True),
    PanelSpec(
        name="performance",
        title="Performance",
        icon="performance",
        place=Place.CENTER_TOP,
        create=_performance,
        key="P",
        deferred=True,
    ),
    PanelSpec(name="risk", title="Risk", icon="risk", place=Place.CENTER_TOP, create=_risk, key="R", deferred=True),
    PanelSpec(
        name="portfolio",
        title="Portfolio",
        icon="portfolio",
        place=Place.CENTER_TOP,
        create=_portfolio,
        key="O",
        deferred=True,
    ),
    PanelSpec(
        name="books", title="Books", icon="positions", place=Place.CENTER_BOTTOM, create=_books, key="B", deferred=True
    ),
    PanelSpec(
        name="audit", title="Audit", icon="search", place=Place.CENTER_BOTTOM, create=_audit, key="A", deferred=True
    ),
)
