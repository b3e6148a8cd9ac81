"""A finished backtest: its figures, its findings, and pages for everything else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ares_desktop.domain.market import from_ns
from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.result_costs import CostsPage
from ares_desktop.views.panels.lab.result_distribution import DistributionPage
from ares_desktop.views.panels.lab.result_exposure import ExposurePage
from ares_desktop.views.panels.lab.result_figures import FIGURES
from ares_desktop.views.panels.lab.result_findings import FindingsBanner, FindingsList, counts_text, is_doubtful
from ares_desktop.views.panels.lab.result_log import LogPage
from ares_desktop.views.panels.lab.result_months import MonthsPage
from ares_desktop.views.panels.lab.result_orders import OrdersPage
from ares_desktop.views.panels.lab.result_overview import OverviewPage
from ares_desktop.views.panels.lab.result_tiles import Tile, TileGrid
from ares_desktop.views.panels.lab.result_trades import TradesPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.pill import Pill
from ares_desktop.views.widgets.result_pages import ResultPage, ResultPages

if TYPE_CHECKING:
    from ares_desktop.domain.backtests import BacktestFigures, RunFinding
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult

_TILES: Final = tuple(spec for spec in FIGURES if spec.tile)
_IMPORTANT: Final = (
    "total_return",
    "sharpe",
    "max_drawdown",
    "trades",
    "costs",
    "cagr",
    "profit_factor",
    "win_rate",
)
_LOW: Final = 600
"""In a lower view the pages need the room more than the rarer figures do."""
_DAY_SECONDS: Final = 86_400


def period_text(figures: BacktestFigures) -> str:
    """Return from when to when a run went, with the time of day where it took less than two days."""
    start, end = from_ns(figures.start_ns), from_ns(figures.end_ns)
    length = 16 if (end - start).total_seconds() < 2 * _DAY_SECONDS else 10
    first, last = formats.moment(start)[:length], formats.moment(end)[:length]
    return f"{first} \N{EN DASH} {last}"


class ResultHead(QFrame):
    """Title, period and the figures that matter most.

    Attributes:
        tiles: by the key of the figure.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setProperty("surface", "toolbar")
        self.title = label(part="title")
        self.facts = label(part="caption")
        for part in (self.title, self.facts):
            part.setMinimumWidth(1)
        self.verdict = Pill(desk.theme, translated("Findings"))
        self.tiles = {
            spec.key: Tile(translated(spec.title, "figures"), translated(spec.meaning, "figures")) for spec in _TILES
        }
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.title)
        line.addWidget(self.facts, 1)
        line.addWidget(self.verdict)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(8)
        column.addLayout(line)
        important = [self.tiles[key] for key in _IMPORTANT]
        self.grid = TileGrid(list(self.tiles.values()), important=important)
        column.addWidget(self.grid)

    def show_figures(self, title: str, figures: BacktestFigures, findings: tuple[RunFinding, ...]) -> None:
        """Show a run; doubtful figures lose their color."""
        doubtful = is_doubtful(findings)
        self.title.setText(title)
        self.facts.setText(
            " \N{MIDDLE DOT} ".join(
                (
                    period_text(figures),
                    formats.count(figures.bars, "{0} market event", "{0} market events"),
                    translated("replayed in {0}").format(formats.milliseconds(figures.seconds * 1000)),
                )
            )
        )
        self.facts.setToolTip(self.facts.text())
        self._show_verdict(findings, doubtful=doubtful)
        for spec in _TILES:
            value = spec.value(figures)
            tone = Tone.MUTED if doubtful else spec.tone(value)
            text = f"{spec.text(value)} ?" if doubtful and value is not None and spec.better else spec.text(value)
            self.tiles[spec.key].show_value(text, tone, _more(spec.key, figures, doubtful=doubtful))

    def _show_verdict(self, findings: tuple[RunFinding, ...], *, doubtful: bool) -> None:
        counts = counts_text(findings)
        if doubtful:
            self.verdict.show_state(translated("Doubtful"), Tone.DANGER, "error", counts)
        elif findings:
            self.verdict.show_state(counts, Tone.WARNING, "warning", translated("Open the findings"))
        else:
            self.verdict.show_state(
                translated("No findings"), Tone.MUTED, "check", translated("No check found anything to doubt.")
            )


def _more(key: str, figures: BacktestFigures, *, doubtful: bool) -> str:
    lines = []
    if key == "costs":
        parts = (
            (translated("Commission"), figures.commission),
            (translated("Slippage"), figures.slippage),
            (translated("Financing"), figures.financing),
            (translated("Dividends received"), figures.dividends),
        )
        lines += [f"{name}: {formats.money(value)}" for name, value in parts]
    if key == "total_return" and figures.final_equity is not None:
        lines.append(translated("Final equity: {0}").format(formats.money(figures.final_equity)))
    if key == "trades":
        lines.append(formats.count(figures.fills, "{0} fill", "{0} fills"))
    if doubtful:
        lines.append(translated("Doubtful: see the findings."))
    return "\n".join(lines)


class _FindingsPage(ResultPage):
    """All findings in full."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.list = FindingsList(desk.theme)
        self.column.addWidget(self.list)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        self.list.show_findings(result.report.findings)


class BacktestView(QWidget):
    """Head, banner and pages.

    Attributes:
        head, banner, pages: top to bottom.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.head = ResultHead(desk)
        self.pages = ResultPages(translated("Pages of the result"))
        self.banner = FindingsBanner(desk.theme, partial(self.pages.open, "findings"))
        self.head.verdict.clicked.connect(partial(self.pages.open, "findings"))
        for key, title, page in (
            ("overview", translated("Overview"), OverviewPage),
            ("trades", translated("Trades"), TradesPage),
            ("months", translated("Months"), MonthsPage),
            ("distribution", translated("Distribution"), DistributionPage),
            ("exposure", translated("Exposure"), ExposurePage),
            ("costs", translated("Costs"), CostsPage),
            ("orders", translated("Orders"), OrdersPage),
            ("log", translated("Log"), LogPage),
            ("findings", translated("Findings"), _FindingsPage),
        ):
            self.pages.add(key, title, partial(page, desk))
        holder = QWidget()
        held = QVBoxLayout(holder)
        held.setContentsMargins(10, 8, 10, 8)
        held.addWidget(self.banner)
        self._holder = holder
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(holder)
        column.addWidget(self.pages, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the most important figures and the gravest finding's title where there is little room."""
        super().resizeEvent(event)
        low = event.size().height() < _LOW
        self.head.grid.set_one_row(low)
        self.banner.set_brief(low)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        findings = result.report.findings
        self.head.show_figures(result.run.title or result.run.id, result.report.figures, findings)
        self.banner.show_findings(findings)
        self._holder.setVisible(not self.banner.isHidden())
        number = f" ({len(findings)})" if findings else ""
        self.pages.set_title("findings", translated("Findings") + number)
        self.pages.show_result(result)
