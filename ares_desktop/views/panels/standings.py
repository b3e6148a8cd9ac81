"""Standings: the running strategies as competing traders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ares_desktop.domain.monitoring import Standing, Standings
from ares_desktop.views.formats import fixed, money, percent, points_percent, translated
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.models.common_columns import gain_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


def _stale(row: Standing) -> bool:
    return row.stale


def _condition(row: Standing) -> tuple[Tone, str, str]:
    if row.error:
        return Tone.NEGATIVE, "error", row.error
    if row.stale:
        return Tone.WARNING, "clock", translated("stale")
    if row.running:
        return Tone.POSITIVE, "play", translated("running")
    return Tone.MUTED, "stop", translated("stopped")


def _share(points: float | None) -> str:
    return percent(None if points is None else points / 100, 1)


def standing_columns() -> tuple[Column[Standing], ...]:
    """Return the columns of the standings."""
    return (
        Column(key="rank", title="#", value=lambda r: r.rank, align=Align.RIGHT, width=32, tone=lambda _: Tone.MUTED),
        Column(
            key="condition",
            title="",
            value=lambda r: _condition(r)[2],
            text=lambda _: "",
            plain=lambda r: _condition(r)[2],
            tone=lambda r: _condition(r)[0],
            glyph=lambda r: _condition(r)[1],
            tooltip=lambda r: _condition(r)[2],
            width=30,
        ),
        Column(key="trader", title="Trader", value=lambda r: r.trader, width=92),
        Column(
            key="twr",
            title="TWR",
            value=lambda r: r.twr_pct,
            text=points_percent,
            align=Align.RIGHT,
            tone=lambda r: Tone.FAINT if r.stale else sign_tone(r.twr_pct),
            width=62,
        ),
        gain_column("pnl", "P&L", lambda r: r.pnl, stale=_stale, width=72),
        Column(key="sharpe", title="Sharpe", value=lambda r: r.sharpe, text=fixed, align=Align.RIGHT, width=56),
        Column(
            key="drawdown", title="Max DD", value=lambda r: r.max_drawdown, text=percent, align=Align.RIGHT, width=60
        ),
        Column(key="equity", title="Equity", value=lambda r: r.equity, text=money, align=Align.RIGHT, width=78),
        Column(key="positions", title="Pos", value=lambda r: r.positions, align=Align.RIGHT, width=42),
        Column(
            key="margin", title="Margin", value=lambda r: r.margin_used_pct, text=_share, align=Align.RIGHT, width=62
        ),
        Column(key="model", title="Model", value=lambda r: r.model, tone=lambda _: Tone.MUTED, width=90),
        Column(key="venue", title="Venue", value=lambda r: r.venue, tone=lambda _: Tone.MUTED, width=70),
    )


class StandingsPanel(Panel):
    """The ranking, best time-weighted return first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model = RecordTableModel(standing_columns(), key=lambda row: row.trader, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "standings",
            empty=translated("No strategy has a result yet."),
            sort=("rank", Qt.SortOrder.AscendingOrder),
            units=("{0} trader", "{0} traders"),
        )
        self.column.addWidget(self.table)
        desk.managers.traders.standings_changed.connect(self.show_standings)
        self.show_standings(desk.managers.traders.standings())

    def show_standings(self, standings: Standings) -> None:
        """Show a ranking; traders that left it disappear."""
        present = {row.trader for row in standings.rows}
        self.model.remove([row.trader for row in self.model.records() if row.trader not in present])
        self.model.upsert(standings.rows)
