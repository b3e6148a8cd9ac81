"""Stops: what protects each position, and since when one has lacked what it asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ares_desktop.domain.protections import StopCover
from ares_desktop.views.formats import quantity, signed_quantity, translated
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


def _look(cover: StopCover) -> tuple[Tone, str]:
    if cover.naked:
        return Tone.NEGATIVE, "error"
    return (Tone.POSITIVE, "check") if cover.covered else (Tone.MUTED, "ring")


def stop_columns() -> tuple[Column[StopCover], ...]:
    """Return the columns of the stops."""
    return (
        Column(key="strategy", title="Strategy", value=lambda c: c.strategy, width=120),
        Column(key="instrument", title="Instrument", value=lambda c: c.instrument, width=120),
        Column(
            key="quantity",
            title="Position",
            value=lambda c: c.quantity,
            text=signed_quantity,
            align=Align.RIGHT,
            width=80,
        ),
        Column(key="asked", title="Asked for", value=lambda c: c.asked, text=quantity, align=Align.RIGHT, width=76),
        Column(key="covered", title="Covered", value=lambda c: c.covered, text=quantity, align=Align.RIGHT, width=76),
        Column(
            key="naked",
            title="Lacking",
            value=lambda c: c.naked,
            text=quantity,
            align=Align.RIGHT,
            tone=lambda c: Tone.NEGATIVE if c.naked else Tone.FAINT,
            width=76,
        ),
        time_column("naked_since", "Lacking since", lambda c: c.naked_since),
        Column(
            key="action",
            title="State",
            value=lambda c: c.action,
            text=translated,
            tone=lambda c: _look(c)[0],
            glyph=lambda c: _look(c)[1],
            width=220,
        ),
    )


def _key(cover: StopCover) -> tuple[str, str, str]:
    return cover.account, cover.strategy, cover.instrument


class StopsPage(RiskPage):
    """Every open position of a strategy."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        protections = desk.managers.protections
        self.model = RecordTableModel(
            stop_columns(), key=_key, shade=lambda c: RowShade.FAULT if c.naked else RowShade.NONE, parent=self
        )
        self.model.reset(protections.stops())
        self.table = RecordTable(
            desk,
            self.model,
            "stops",
            empty=translated("No strategy holds anything."),
            sort=("naked", Qt.SortOrder.DescendingOrder),
            units=("{0} position", "{0} positions"),
        )
        self.column.addWidget(self.table)
        protections.stops_changed.connect(self._changed)

    def _changed(self, cover: StopCover) -> None:
        if cover.quantity:
            self.model.upsert((cover,))
        else:
            self.model.remove((_key(cover),))
