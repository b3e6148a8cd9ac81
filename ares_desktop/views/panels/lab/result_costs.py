"""What trading cost, part by part, and how much it could cost before nothing is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFrame, QScrollArea

from ares_desktop.domain.backtests import CostLine
from ares_desktop.views import formats
from ares_desktop.views.charts.bar_rows import BarRow, BarRows
from ares_desktop.views.formats import translated
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_tiles import Tile, TileGrid
from ares_desktop.views.panels.lab.result_trade_columns import COST_COLUMNS, NEWEST_FIRST, total_cost
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import strip
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult

_MOST_BARS: Final = 24


def break_even_bps(profit: float | None, costs: Sequence[CostLine]) -> float | None:
    """Return the cost in basis points of the executed value at which nothing would be left of a run's profit.

    Args:
        profit: end over begin, after costs, in the account's currency; None when it is not known.
        costs: of the run.
    """
    turnover = math.fsum(line.turnover for line in costs)
    spent = math.fsum(total_cost(line) for line in costs)
    if profit is None or not turnover or not math.isfinite(profit + spent):
        return None
    return (profit + spent) / turnover * 1e4


class CostsPage(ResultPage):
    """Tiles, stacked bars and a table by strategy and instrument."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.paid = Tile(
            translated("Cost paid"),
            translated("Commission, slippage and financing over executed value, in basis points."),
        )
        self.break_even = Tile(
            translated("Break-even cost"),
            translated("Trading could cost this much of the executed value until nothing is left of the profit."),
        )
        self.margin = Tile(
            translated("Safety"), translated("Break-even cost over the cost that was paid: below 1 the run lost money.")
        )
        self.total = Tile(translated("Total"), translated("Commission, slippage and financing together."))
        head, row = strip("toolbar", margins=(10, 8, 10, 8))
        row.addWidget(TileGrid([self.total, self.paid, self.break_even, self.margin], least_width=130), 1)
        parts = (
            (translated("Commission"), "accent"),
            (translated("Slippage"), "warning"),
            (translated("Financing"), "negative"),
        )
        self.bars = BarRows(desk.theme, parts, write=lambda value: formats.money(value, 0), stacked=True)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.bars)
        self.model: RecordTableModel[CostLine] = RecordTableModel(COST_COLUMNS, key=id, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "result costs",
            empty=translated("Nothing was traded, so nothing was paid."),
            sort=("total", NEWEST_FIRST),
            units=("{0} line", "{0} lines"),
        )
        self.column.addWidget(head)
        self.column.addWidget(FlexibleSplit(area, self.table, above=(160, 300), beside=(440, 440)), 1)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        costs = result.report.costs
        several = len({line.strategy for line in costs}) > 1
        ordered = sorted(costs, key=lambda line: -total_cost(line))
        self.bars.show_rows(
            [
                BarRow(_name(line, several=several), (line.commission, line.slippage, line.financing))
                for line in ordered[:_MOST_BARS]
                if math.isfinite(total_cost(line))
            ]
        )
        self.model.reset(costs)
        equity = result.outcome.curve.equity
        profit = float(equity[-1] - equity[0]) if len(equity) else None
        turnover = math.fsum(line.turnover for line in costs)
        spent = math.fsum(total_cost(line) for line in costs)
        paid, bound = spent / turnover * 1e4 if turnover else None, break_even_bps(profit, costs)
        self.total.show_value(formats.money(spent, 0))
        self.paid.show_value(_bps(paid))
        self.break_even.show_value(_bps(bound), Tone.NEGATIVE if bound is not None and bound < 0 else Tone.NORMAL)
        safety = bound / paid if bound is not None and paid else None
        tone = Tone.NORMAL if safety is None else Tone.POSITIVE if safety > 1 else Tone.NEGATIVE
        self.margin.show_value(
            formats.MISSING if safety is None else f"{formats.fixed(safety, 1)} \N{MULTIPLICATION SIGN}", tone
        )


def _name(line: CostLine, *, several: bool) -> str:
    instrument = line.instrument or translated("(account)")
    return f"{line.strategy} {formats.STALE} {instrument}" if several else instrument


def _bps(value: float | None) -> str:
    return formats.MISSING if value is None else translated("{0} bp").format(formats.fixed(value, 2))
