"""Positions by strategy or netted, above the proof that the books add up to the broker."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton

from ares_desktop.domain.positions import Position
from ares_desktop.views.formats import money, price, signed_quantity, stale_after, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.models.common_columns import gain_column, price_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.proof import ProofStrip
from ares_desktop.views.panels.why.asking import offer_why
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.common_columns import Ticks


def _key(position: Position) -> tuple[str, str, str]:
    return position.account, position.strategy, position.instrument


def _age(position: Position, now: datetime) -> float | None:
    return None if position.marked_at is None else (now - position.marked_at).total_seconds()


def _mark_text(value: tuple[Decimal | None, Decimal | None, bool, int | None]) -> str:
    mark, tick, stale, seconds = value
    text = price(mark, tick)
    return stale_after(text, seconds) if stale and mark is not None else text


def _mark_column(ticks: Ticks, now: Callable[[], datetime]) -> Column[Position]:
    def value(position: Position) -> tuple[Decimal | None, Decimal | None, bool, int | None]:
        age = _age(position, now()) if position.stale else None
        return position.mark, ticks(position.instrument), position.stale, None if age is None else int(age)

    return Column(
        key="mark",
        title="Mark",
        value=value,
        text=_mark_text,
        sort=lambda p: p.mark,
        plain=lambda p: p.mark,
        align=Align.RIGHT,
        tone=lambda p: Tone.WARNING if p.stale else Tone.NORMAL,
        width=78,
    )


def _stale(position: Position) -> bool:
    return position.stale


def position_columns(ticks: Ticks, now: Callable[[], datetime]) -> tuple[Column[Position], ...]:
    """Return the columns of the positions table."""
    return (
        Column(key="strategy", title="Strategy", value=lambda p: p.strategy, width=86),
        Column(key="instrument", title="Instrument", value=lambda p: p.instrument, width=88),
        Column(
            key="quantity",
            title="Qty",
            value=lambda p: p.quantity,
            text=signed_quantity,
            align=Align.RIGHT,
            tone=lambda p: sign_tone(p.quantity),
            width=57,
        ),
        price_column("average", "Average", lambda p: p.average_price, lambda p: ticks(p.instrument), width=72),
        gain_column("unrealized", "Unrealized", lambda p: p.unrealized, stale=_stale, width=76),
        _mark_column(ticks, now),
        gain_column("realized", "Realized", lambda p: p.realized, width=76),
        Column(
            key="value",
            title="Market value",
            value=lambda p: p.market_value,
            text=money,
            align=Align.RIGHT,
            tone=lambda p: Tone.FAINT if p.stale else Tone.NORMAL,
            width=100,
        ),
        Column(key="commission", title="Commission", value=lambda p: p.commission, text=money, align=Align.RIGHT),
        Column(key="currency", title="Currency", value=lambda p: p.currency, hidden=True),
        Column(key="account", title="Account", value=lambda p: p.account, hidden=True),
    )


class PositionsPanel(Panel):
    """Who holds what.

    Signals:
        why_asked: strategy and instrument of the position whose decisions are to be told.
    """

    why_asked = Signal(object, object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        portfolio = desk.managers.portfolio
        columns = position_columns(self.ticks, desk.managers.data.now)
        self.by_book = RecordTableModel(columns, key=_key, parent=self)
        self.netted = RecordTableModel(columns, key=_key, parent=self)
        self.by_book.reset(portfolio.positions())
        self.table = RecordTable(
            desk,
            self.by_book,
            "positions",
            empty=translated("No open positions. Everything is in cash."),
            sort=("strategy", Qt.SortOrder.AscendingOrder),
            units=("{0} position", "{0} positions"),
        )
        self._add_tools()
        self.proof = ProofStrip(desk)
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.proof)
        self._updates = Coalescer(self._upsert, key=_key, hz=desk.refresh_hz, parent=self)
        portfolio.position_changed.connect(self._updates.push)

    def _add_tools(self) -> None:
        self.net = QToolButton()
        self.net.setText(translated("Netted"))
        self.net.setCheckable(True)
        self.net.setToolTip(translated("Add the books up to one line for each instrument"))
        self.net.toggled.connect(self.show_netted)
        self.table.add_tool(self.net)
        self.flat = QToolButton()
        self.flat.setText(translated("Flat too"))
        self.flat.setCheckable(True)
        self.flat.setToolTip(translated("Show closed positions and their realized P&L too"))
        self.flat.toggled.connect(self.show_flat)
        self.table.add_tool(self.flat)
        self.show_flat(on=False)
        offer_why(self.desk, self.table, self.ask_why)

    def ask_why(self) -> None:
        """Ask for the decisions that led to the first selected position."""
        for position in self.table.selected()[:1]:
            if self.net.isChecked():
                self.desk.notices.inform(translated("Choose the position of one strategy: netted ones have several."))
            else:
                self.why_asked.emit(position.strategy, position.instrument)

    def show_netted(self, on: bool) -> None:
        """Show one line for each instrument, or one for each book and instrument."""
        if on:
            self.netted.reset(self.desk.managers.portfolio.net_positions())
        self.table.show_model(self.netted if on else self.by_book)

    def show_flat(self, on: bool) -> None:
        """Show closed positions too, or open ones alone."""
        for model in (self.by_book, self.netted):
            model.set_predicate(None if on else _is_open)

    def _upsert(self, batch: list[Position]) -> None:
        self.by_book.upsert(batch)
        if self.net.isChecked():
            self.netted.upsert(self.desk.managers.portfolio.net_positions())

    def second_passed(self) -> None:
        """Let the age of stale marks grow."""
        stale = [position for position in self.table.model.records() if position.stale]
        if stale:
            self.table.model.upsert(stale)


def _is_open(position: Position) -> bool:
    return position.quantity != 0
