"""Scenes of the screenshots: books, portfolio, audit and alerts, each in a window of its own."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ares_desktop.domain.ids import MANUAL
from ares_desktop.domain.portfolio import AllocationMethod
from ares_desktop.views.panels.alerts import AlertsPanel
from ares_desktop.views.panels.audit.panel import AuditPanel
from ares_desktop.views.panels.books.panel import BooksPanel
from ares_desktop.views.panels.portfolio.allocation_page import AllocationPage
from ares_desktop.views.panels.portfolio.panel import PortfolioPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget  # noqa: TID251 - the camera holds a window

    from scripts.screenshots import Studio

WIDTH = 1120
SETTLED_S = 1.2


async def in_own_window(studio: Studio, name: str, panel: QWidget, height: int) -> QWidget:
    """Give a panel a window of its own, and return that."""
    studio.window.docks.toggle_floating(name)
    # Without a screen its frame hides it again at first.
    await asyncio.sleep(SETTLED_S)
    place = panel.window()
    place.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    place.show()
    place.resize(WIDTH, height)
    return place


async def books(studio: Studio) -> None:
    """A holding that was given away, and the pages of the books."""
    portfolio = studio.managers.portfolio
    held = next(one for one in portfolio.positions() if one.quantity and one.strategy == "ltmt")
    await portfolio.move(held.instrument, None, giver=held.strategy, taker=MANUAL, source="screenshots")
    await portfolio.deposit(Decimal(25_000), source="screenshots", note="savings")
    panel = studio.panel("books", BooksPanel)
    window = await in_own_window(studio, "books", panel, 400)
    for key in ("proof", "holdings", "moves"):
        panel.open_page(key)
        await studio.shoot(f"books-{key}", window=window)
    await portfolio.undo_move(portfolio.moves()[-1].move.move, source="screenshots")
    studio.window.docks.toggle_floating("books")


async def portfolio(studio: Studio) -> None:
    """Exposure, value at risk and stress, and weights that are proposed."""
    panel = studio.panel("portfolio", PortfolioPanel)
    window = await in_own_window(studio, "portfolio", panel, 560)
    panel.open_page("exposure")
    await studio.shoot("portfolio-exposure", window=window)
    panel.open_page("risk")
    await studio.calm()
    await studio.shoot("portfolio-risk", window=window)
    page = panel.open_page("allocation")
    await studio.managers.totals.allocation.propose(AllocationMethod.RISK_PARITY, source="screenshots")
    if not isinstance(page, AllocationPage):
        raise TypeError(page)
    await studio.until(page.weights.rowCount)
    await studio.shoot("portfolio-allocation", window=window)
    studio.window.docks.toggle_floating("portfolio")


async def audit(studio: Studio) -> None:
    """The journal with the chain of causes of a fill, and how alerts are told."""
    panel = studio.panel("audit", AuditPanel)
    window = await in_own_window(studio, "audit", panel, 560)
    panel.filters.kind.setCurrentText("Fills")
    panel.filters.changed.emit()
    await studio.until(panel.model.rowCount)
    await asyncio.sleep(SETTLED_S)
    panel.table.select_key(panel.model.records()[-1].sequence)
    await studio.until(panel.chain.tree.topLevelItemCount)
    await studio.shoot("audit", window=window)
    studio.window.docks.toggle_floating("audit")
    alerts = studio.panel("alerts", AlertsPanel)
    window = await in_own_window(studio, "alerts", alerts, 560)
    alerts.pages.open("rules")
    await studio.shoot("alerts-rules", window=window)
    studio.window.docks.toggle_floating("alerts")
    studio.window.docks.show_panel("market")
