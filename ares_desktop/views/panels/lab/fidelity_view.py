"""A live or paper run beside a backtest of the same time: both curves, every pair of fills, and what costs points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ares_desktop.domain.fidelity import FidelityReport, FillPair
from ares_desktop.domain.market import NS_PER_SECOND, from_ns
from ares_desktop.views import formats
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.charts.scales import PERCENT_TEXT
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_tiles import Tile, TileGrid
from ares_desktop.views.panels.lab.result_trade_columns import OLDEST_FIRST
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.row_feed import RowFeed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.domain.accounts import EquityCurve
    from ares_desktop.domain.runs import Run
    from ares_desktop.engine.managers.pipelines import PipelineManager
    from ares_desktop.views.desk import Desk

_GOOD: Final = 90.0
_FAIR: Final = 70.0


async def load_fidelity(pipelines: PipelineManager, run: Run) -> tuple[Run, FidelityReport]:
    """Read a comparison; errors as :meth:`PipelineManager.fidelity_report`."""
    return run, await pipelines.fidelity_report(run.id)


def _state(pair: FillPair) -> str:
    if pair.live_ns is None:
        return translated("Missing live")
    return translated("Only live") if pair.backtest_ns is None else translated("Both")


def _number(
    key: str, title: str, get: Callable[[FillPair], float | None], text: Callable[[float | None], str]
) -> Column[FillPair]:
    return Column(
        key=key,
        title=title,
        value=get,
        text=lambda value: "" if value is None else text(value),
        align=Align.RIGHT,
        width=92,
    )


_COLUMNS: Final[tuple[Column[FillPair], ...]] = (
    time_column(
        "time",
        "Time",
        lambda p: from_ns(p.live_ns if p.live_ns is not None else p.backtest_ns or 0),
    ),
    Column(key="strategy", title="Strategy", value=lambda p: p.strategy, width=110),
    Column(key="instrument", title="Instrument", value=lambda p: p.instrument, width=96),
    Column(
        key="side",
        title="Side",
        value=lambda p: p.side,
        text=formats.word,
        glyph=lambda p: "up" if p.side.upper() == "BUY" else "down",
        tone=lambda p: Tone.POSITIVE if p.side.upper() == "BUY" else Tone.NEGATIVE,
        width=64,
    ),
    Column(
        key="state",
        title="Found in",
        value=_state,
        glyph=lambda p: "check" if p.live_ns is not None and p.backtest_ns is not None else "warning",
        tone=lambda p: Tone.MUTED if p.live_ns is not None and p.backtest_ns is not None else Tone.WARNING,
        width=110,
    ),
    _number("live_quantity", "Live qty", lambda p: p.live_quantity, lambda v: formats.fixed(v, 0)),
    _number("backtest_quantity", "Backtest qty", lambda p: p.backtest_quantity, lambda v: formats.fixed(v, 0)),
    _number("live_price", "Live price", lambda p: p.live_price, formats.price),
    _number("backtest_price", "Backtest price", lambda p: p.backtest_price, formats.price),
    _number("price_bps", "Worse by, bp", lambda p: p.price_bps, lambda v: formats.signed_money(v, 2)),
    _number("delay", "Later by, s", lambda p: p.delay_s, lambda v: formats.signed_money(v, 1)),
)


def _shade(pair: FillPair) -> RowShade:
    return RowShade.NONE if pair.live_ns is not None and pair.backtest_ns is not None else RowShade.WARNING


class FidelityView(QWidget):
    """Score and figures, what costs points, curves, and pairs of fills."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._theme = desk.theme
        self._live, self._backtest = translated("Live"), translated("Backtest")
        self.chart = LineChart(desk.theme, color=self._color, upper_text=PERCENT_TEXT, lower_text=PERCENT_TEXT)
        self.model: RecordTableModel[FillPair] = RecordTableModel(_COLUMNS, key=id, shade=_shade, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "fill pairs",
            empty=translated("Neither of both filled anything."),
            sort=("time", OLDEST_FIRST),
            units=("{0} pair", "{0} pairs"),
        )
        self.rows = RowFeed(self.table)
        split = FlexibleSplit(self.chart, self.table, above=(300, 240), beside=(440, 440))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(split, 1)

    def _build_head(self) -> QFrame:
        head = QFrame()
        head.setProperty("surface", "toolbar")
        self.title = label(part="title")
        self.tiles = {
            "score": Tile(translated("Score"), translated("0 to 100: how well the backtest foretold what was traded.")),
            "correlation": Tile(translated("Correlation"), translated("Of the equity changes at common moments.")),
            "distance": Tile(
                translated("Distance"),
                translated("Root mean square of the difference of both returns since the start."),
            ),
            "live": Tile(translated("Return, live")),
            "backtest": Tile(translated("Return, backtest")),
            "matched": Tile(translated("Matched fills"), translated("Fills that both have.")),
            "missing": Tile(translated("Missing"), translated("Fills of the backtest that were not traded.")),
            "extra": Tile(translated("Extra"), translated("Fills that the backtest does not have.")),
            "price": Tile(
                translated("Price, mean"), translated("Live against backtest; positive when live was worse.")
            ),
        }
        self.explanation = label(tone=Tone.MUTED)
        self.explanation.setWordWrap(True)
        self.explanation.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        column = QVBoxLayout(head)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(TileGrid(list(self.tiles.values()), least_width=96))
        column.addWidget(self.explanation)
        return head

    def show_result(self, result: tuple[Run, FidelityReport]) -> None:
        """Show another comparison."""
        run, report = result
        self.title.setText(run.title or run.id)
        self._show_figures(report)
        bullets = [f"\N{BULLET} {line}" for line in report.explanation]
        self.explanation.setText("\n".join([translated("What costs points:"), *bullets]) if bullets else "")
        self.explanation.setVisible(bool(bullets))
        self._set_curve(self._live, report.live, bold=True)
        self._set_curve(self._backtest, report.backtest, dashed=True)
        self.chart.view.show_span(None)
        self.chart.refresh()
        self.rows.show(report.pairs)

    def _show_figures(self, report: FidelityReport) -> None:
        score = report.score
        tone = Tone.MUTED
        word = translated("too little to compare")
        if score is not None:
            tone = Tone.POSITIVE if score >= _GOOD else Tone.WARNING if score >= _FAIR else Tone.NEGATIVE
            word = translated("close" if score >= _GOOD else "fair" if score >= _FAIR else "far off")
        text = formats.MISSING if score is None else formats.fixed(score, 0)
        self.tiles["score"].show_value(f"{text} {formats.STALE} {word}", tone)
        self.tiles["correlation"].show_value(formats.fixed(report.correlation, 3))
        self.tiles["distance"].show_value(formats.percent(report.distance, 3))
        self.tiles["live"].show_value(formats.signed_percent(report.return_live))
        self.tiles["backtest"].show_value(formats.signed_percent(report.return_backtest))
        self.tiles["matched"].show_value(f"{report.matched:,}")
        for key, number in (("missing", report.missing), ("extra", report.extra)):
            self.tiles[key].show_value(f"{number:,}", Tone.WARNING if number else Tone.NORMAL)
        bps = report.mean_price_bps
        self.tiles["price"].show_value(
            formats.MISSING if bps is None else translated("{0} bp").format(formats.signed_money(bps, 2))
        )

    def _set_curve(self, name: str, curve: EquityCurve, *, bold: bool = False, dashed: bool = False) -> None:
        fallen = -np.abs(curve.drawdown)
        self.chart.set_curve(name, curve.ts / NS_PER_SECOND, curve.twr, fallen, bold=bold, dashed=dashed)

    def _color(self, name: str) -> str:
        return self._theme.tokens.accent if name == self._live else self._theme.tokens.warning
