"""Resampled paths: what could have happened instead, and how bad it could have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ares_desktop.domain.monte_carlo import MonteCarloReport, Paths, Percentiles, Resampling
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.fan_chart import FanChart
from ares_desktop.views.charts.histogram import Histogram
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_states import hint
from ares_desktop.views.panels.lab.result_tiles import Tile, TileGrid
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.domain.runs import Run
    from ares_desktop.engine.managers.pipelines import PipelineManager
    from ares_desktop.views.desk import Desk

_METHODS: Final = {
    Resampling.RETURNS: ("Returns in blocks", "Blocks of successive daily returns, drawn again and again."),
    Resampling.TRADES: ("Trades in blocks", "Blocks of successive trades, drawn again and again."),
    Resampling.SKIPPED: ("Skipped trades", "The trades as they came, some of them left out."),
    Resampling.JITTERED: ("Jittered fills", "The trades as they came, each at a somewhat other price."),
}
_GROWTH_TEXT: Final = ValueText(
    lambda value, decimals: formats.percent(value - 1.0, max(0, decimals - 2)),
    lambda value: formats.signed_percent(value - 1.0),
)
_BINS: Final = 40
_LIKELY: Final = 0.05


async def load_monte_carlo(pipelines: PipelineManager, run: Run) -> tuple[Run, MonteCarloReport]:
    """Read resampled paths; errors as :meth:`PipelineManager.monte_carlo_report`."""
    return run, await pipelines.monte_carlo_report(run.id)


def _percentile_column(
    key: str, title: str, get: Callable[[Paths], Percentiles | None], which: str, text: Callable[[float | None], str]
) -> Column[Paths]:
    def value(paths: Paths) -> float | None:
        percentiles = get(paths)
        return None if percentiles is None else getattr(percentiles, which)

    return Column(key=key, title=title, value=value, text=text, align=Align.RIGHT, width=104)


def _share_column(key: str, title: str, get: Callable[[Paths], float | None]) -> Column[Paths]:
    return Column(
        key=key,
        title=title,
        value=get,
        text=lambda value: formats.percent(value, 1),
        align=Align.RIGHT,
        glyph=lambda paths: "warning" if (get(paths) or 0.0) > _LIKELY else "",
        tone=lambda paths: Tone.WARNING if (get(paths) or 0.0) > _LIKELY else Tone.NORMAL,
        width=80,
    )


_COLUMNS: Final[tuple[Column[Paths], ...]] = (
    Column(
        key="method",
        title="Method",
        value=lambda p: translated(_METHODS[p.method][0]),
        tooltip=lambda p: translated(_METHODS[p.method][1]),
        width=150,
    ),
    _share_column("ruin", "Ruin", lambda p: p.ruin),
    _share_column("loss", "Loss", lambda p: p.loss),
    _percentile_column("return5", "Return 5%", lambda p: p.final_return, "p5", formats.signed_percent),
    _percentile_column("return50", "Return 50%", lambda p: p.final_return, "p50", formats.signed_percent),
    _percentile_column("return95", "Return 95%", lambda p: p.final_return, "p95", formats.signed_percent),
    _percentile_column("fall5", "Drawdown 5%", lambda p: p.max_drawdown, "p5", formats.percent),
    _percentile_column("fall50", "Drawdown 50%", lambda p: p.max_drawdown, "p50", formats.percent),
    _percentile_column("sharpe5", "Sharpe 5%", lambda p: p.sharpe, "p5", formats.fixed),
    _percentile_column("sharpe50", "Sharpe 50%", lambda p: p.sharpe, "p50", formats.fixed),
    Column(key="paths", title="Paths", value=lambda p: p.paths, text=lambda n: f"{n:,}", align=Align.RIGHT, width=66),
    Column(key="note", title="Note", value=lambda p: p.note, tooltip=lambda p: p.note, width=220),
)


class MonteCarloView(QWidget):
    """A row for each method; the selected one is drawn beneath."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.title = label(part="title")
        self.facts = label(part="caption")
        for part in (self.title, self.facts):
            part.setMinimumWidth(1)
        head, row = strip("toolbar", margins=(10, 4, 10, 4), spacing=10)
        head.setFixedHeight(36)
        row.addWidget(self.title)
        row.addWidget(self.facts, 1)
        self.model: RecordTableModel[Paths] = RecordTableModel(_COLUMNS, key=lambda p: p.method, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "resampled",
            empty=translated("No method was asked for."),
            units=("{0} method", "{0} methods"),
        )
        self.table.filter.hide()
        self.table.selection_changed.connect(self._show_selected)
        self._report: MonteCarloReport | None = None
        split = FlexibleSplit(self.table, self._build_charts(desk), above=(180, 420), beside=(320, 560))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(split, 1)

    def _build_charts(self, desk: Desk) -> QWidget:
        self.fan = FanChart(desk.theme, text=_GROWTH_TEXT, position_text=self._position_text)
        self.drawdowns = Histogram(
            desk.theme,
            write=formats.percent,
            mark=lambda value, decimals: formats.percent(value, max(0, decimals - 2)),
            units=("{0} path", "{0} paths"),
        )
        self.ruin = Tile(translated("Probability of ruin"))
        self.loss = Tile(translated("Probability of loss"), translated("Share of paths that ended below their begin."))
        self.worst = Tile(
            translated("Drawdown, 1 in 20"), translated("One path in twenty fell at least this far from its peak.")
        )
        self.middle = Tile(translated("Median return"), translated("Half of the paths ended above, half below."))
        self.tiles = TileGrid([self.ruin, self.loss, self.worst, self.middle], least_width=130)
        holder, row = strip("toolbar", margins=(10, 8, 10, 8))
        row.addWidget(self.tiles, 1)
        side = QSplitter(Qt.Orientation.Horizontal)
        side.setChildrenCollapsible(False)
        side.addWidget(self.fan)
        side.addWidget(self.drawdowns)
        side.setStretchFactor(0, 3)
        side.setStretchFactor(1, 2)
        self.charts = QWidget()
        column = QVBoxLayout(self.charts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(holder)
        column.addWidget(side, 1)
        self.message = hint("")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.charts)
        self.stack.addWidget(self.message)
        return self.stack

    def show_result(self, result: tuple[Run, MonteCarloReport]) -> None:
        """Show other paths."""
        run, report = result
        self._report = report
        self.title.setText(run.title or run.id)
        self.facts.setText(
            " \N{MIDDLE DOT} ".join(
                (
                    translated("resampled from run {0}").format(report.spec.run),
                    formats.count(report.spec.paths, "{0} path for each method", "{0} paths for each method"),
                    translated("ruin is a fall of {0}").format(formats.percent(report.spec.ruin, 0)),
                    formats.milliseconds(report.seconds * 1000),
                )
            )
        )
        self.model.reset(report.results)
        drawn = next((paths for paths in report.results if paths.fan), None)
        if drawn is not None:
            self.table.select_key(drawn.method)
        elif report.results:
            self.table.view.selectRow(0)
        else:
            self._say(translated("No method was asked for."))

    def _show_selected(self) -> None:
        chosen = self.table.selected()
        if chosen:
            self._show(chosen[0])

    def _show(self, paths: Paths) -> None:
        if not paths.fan:
            self._say(paths.note or translated("This method made no paths."))
            return
        self.stack.setCurrentWidget(self.charts)
        self.fan.show_fan(paths.fan_x, paths.fan, paths.observed)
        fallen = np.array(paths.drawdowns, dtype=np.float64)
        counts, edges = np.histogram(fallen, bins=_BINS) if len(fallen) else (np.empty(0), np.empty(0))
        known = bool(len(fallen))
        self.drawdowns.show_bins(
            translated("Greatest drawdown"),
            edges,
            counts,
            mean=float(fallen.mean()) if known else None,
            median=float(np.median(fallen)) if known else None,
        )
        ruin = 0.0 if self._report is None else self._report.spec.ruin
        risk = Tone.WARNING if (paths.ruin or 0.0) > _LIKELY else Tone.NORMAL
        meaning = translated("Share of paths that fell by {0} or more from their peak.")
        self.ruin.show_value(formats.percent(paths.ruin, 1), risk, meaning.format(formats.percent(ruin, 0)))
        self.loss.show_value(
            formats.percent(paths.loss, 1), Tone.WARNING if (paths.loss or 0.0) > _LIKELY else Tone.NORMAL
        )
        fall, end = paths.max_drawdown, paths.final_return
        self.worst.show_value(formats.percent(None if fall is None else fall.p5))
        self.middle.show_value(formats.signed_percent(None if end is None else end.p50))

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.stack.setCurrentWidget(self.message)

    def _position_text(self, x: float) -> str:
        chosen = self.table.selected()
        daily = bool(chosen) and chosen[0].method is Resampling.RETURNS
        return (translated("day {0}") if daily else translated("trade {0}")).format(formats.fixed(x, 0))
