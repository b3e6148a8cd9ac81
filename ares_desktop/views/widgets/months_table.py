"""Returns by year and month: numbers on a background that says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView

from ares_desktop.domain.backtests import MonthlyReturn
from ares_desktop.views import formats
from ares_desktop.views.charts.heat_colors import ink_on, signed_color
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.theme import Theme
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STRONG_MONTH: Final = 0.10
_STRONG_YEAR: Final = 0.40
_CELL_WIDTH: Final = 58


class YearReturns(msgspec.Struct, frozen=True, kw_only=True):
    """Returns of a calendar year as fractions, None for a month without any."""

    year: int
    months: tuple[float | None, ...]
    total: float


def years_of(months: Sequence[MonthlyReturn]) -> list[YearReturns]:
    """Return one row for each year; its total compounds its months."""
    years: dict[int, list[float | None]] = {}
    for one in months:
        years.setdefault(one.year, [None] * 12)[one.month - 1] = one.value
    return [
        YearReturns(
            year=year,
            months=tuple(values),
            total=math.prod(1.0 + value for value in values if value is not None) - 1.0,
        )
        for year, values in sorted(years.items())
    ]


def _paint_return(painter: QPainter, box: QRect, value: float | None, theme: Theme, strongest: float) -> None:
    if value is None:
        return
    color = signed_color(value / strongest, theme.tokens)
    painter.fillRect(box.adjusted(-5, 1, 5, 0), color)
    painter.setPen(ink_on(color))
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, formats.signed_percent(value))


def _paint_month(painter: QPainter, box: QRect, value: float | None, theme: Theme) -> None:
    _paint_return(painter, box, value, theme, _STRONG_MONTH)


def _paint_year(painter: QPainter, box: QRect, value: float | None, theme: Theme) -> None:
    _paint_return(painter, box, value, theme, _STRONG_YEAR)


def _month_column(number: int, name: str) -> Column[YearReturns]:
    return Column(
        key=name.lower(),
        title=name,
        value=lambda row: row.months[number],
        text=lambda value: "" if value is None else formats.signed_percent(value),
        align=Align.RIGHT,
        painter=_paint_month,
        width=_CELL_WIDTH,
    )


COLUMNS: Final[tuple[Column[YearReturns], ...]] = (
    Column(key="year", title="Year", value=lambda row: row.year, width=52),
    *(_month_column(number, name) for number, name in enumerate(_MONTHS)),
    Column(
        key="total",
        title="Year total",
        value=lambda row: row.total,
        text=formats.signed_percent,
        align=Align.RIGHT,
        painter=_paint_year,
        width=74,
    ),
)


def months_text(months: Sequence[MonthlyReturn]) -> str:
    """Return the best and the worst month, and how many were positive."""
    if not months:
        return ""
    best, worst = max(months, key=lambda one: one.value), min(months, key=lambda one: one.value)
    parts = [
        text.format(formats.signed_percent(one.value), translated(_MONTHS[one.month - 1], "columns"), one.year)
        for text, one in ((translated("best {0} in {1} {2}"), best), (translated("worst {0} in {1} {2}"), worst))
    ]
    positive = sum(one.value > 0 for one in months)
    share = translated("{0} of {1} months positive").format(positive, len(months))
    return f" {formats.STALE} ".join((share, *parts))


def months_table(desk: Desk, name: str, *, empty: str) -> tuple[RecordTable, RecordTableModel[YearReturns]]:
    """Return a table with a row for each year, the newest first, and its model.

    Args:
        desk: what panels share.
        name: under which its columns are remembered.
        empty: what it says without rows.
    """
    model: RecordTableModel[YearReturns] = RecordTableModel(COLUMNS, key=lambda row: row.year)
    table = RecordTable(
        desk,
        model,
        name,
        empty=empty,
        sort=("year", Qt.SortOrder.DescendingOrder),
        units=("{0} year", "{0} years"),
    )
    model.setParent(table)
    header = table.view.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setMinimumSectionSize(_CELL_WIDTH)
    table.filter.hide()
    return table, model
