"""Past engagements of the kill switch and its drills, what it does at each account, and the way to a drill."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import KillMode, KillSwitchReport
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import milliseconds, translated, word
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ares_desktop.domain.events import KillSwitchDrilled
    from ares_desktop.engine.managers.kill_reports import KillRecord
    from ares_desktop.views.charts.pane import Pane
    from ares_desktop.views.charts.series_chart import SeriesChart
    from ares_desktop.views.desk import Desk

_CHART_PX: Final = 150


class KillRow(msgspec.Struct, frozen=True, kw_only=True):
    """An engagement or a drill, as the table shows it."""

    report: KillSwitchReport
    outcome: str


def kill_columns() -> tuple[Column[KillRow], ...]:
    """Return the columns of engagements and drills."""

    def took(key: str, title: str, get: Callable[[KillSwitchReport], float | None], width: int) -> Column[KillRow]:
        return Column(
            key=key, title=title, value=lambda row: get(row.report), text=milliseconds, align=Align.RIGHT, width=width
        )

    return (
        time_column("at", "Engaged", lambda row: row.report.at),
        Column(
            key="kind",
            title="What",
            value=lambda row: "drill" if row.report.drill else row.report.scope,
            text=lambda text: word(text) if text == "drill" else text,
            glyph=lambda row: "check" if row.report.finished and not row.report.residue else "warning",
            width=84,
        ),
        Column(
            key="reason",
            title="Why",
            value=lambda row: row.report.reason,
            tooltip=lambda row: "\n".join((row.report.reason, *row.report.further_reasons)),
            width=130,
        ),
        took("latched", "Latched", lambda report: report.latched_ms, 68),
        took("sent", "Cancels sent", lambda report: report.cancel_sent_ms, 88),
        took("confirmed", "Confirmed", lambda report: report.cancel_confirmed_ms, 76),
        took("flat", "Flat", lambda report: report.flat_ms, 60),
        Column(
            key="left",
            title="Left",
            value=lambda row: len(row.report.residue),
            align=Align.RIGHT,
            tone=lambda row: Tone.WARNING if row.report.residue else Tone.MUTED,
            width=48,
        ),
        Column(key="source", title="By", value=lambda row: row.report.source, tone=lambda _: Tone.MUTED, width=90),
        Column(key="orders", title="Orders", value=lambda row: row.report.orders_canceled, align=Align.RIGHT, width=60),
        Column(
            key="positions",
            title="Positions",
            value=lambda row: row.report.positions_flattened,
            align=Align.RIGHT,
            width=70,
        ),
        Column(key="outcome", title="Outcome", value=lambda row: row.outcome, width=200),
    )


class KillPage(RiskPage):
    """What the kill switch did so far, how fast, and what it would do at each account."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        state = desk.managers.state
        self.model = RecordTableModel(
            kill_columns(), key=lambda row: f"{row.report.scope} {row.report.at} {row.report.drill}", parent=self
        )
        self.table = RecordTable(
            desk,
            self.model,
            "kill reports",
            empty=translated("Never engaged, never drilled. A drill on paper shows how fast it is."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} report", "{0} reports"),
        )
        bar, row = strip("toolbar", margins=(6, 3, 6, 3), spacing=4)
        self.drill = push_button(
            translated("Hold a drill"),
            self.hold_drill,
            role="primary",
            tooltip=translated("Measure every step on orders and a position of its own, on paper"),
        )
        row.addWidget(self.drill)
        row.addWidget(push_button(translated("Export selected"), self.export_selected))
        self.told = label(tone=Tone.MUTED)
        row.addWidget(self.told, 1)
        self._add_question()
        self.chart: SeriesChart | None = None
        self._pane: Pane | None = None
        self.column.addWidget(bar)
        self.column.addWidget(self.table, 1)
        state.drilled.connect(self._again_soon)
        state.kill_switch_changed.connect(self._changed)
        self._ask()
        self._again()

    # what an account's mode is

    def _add_question(self) -> None:
        self.question = QWidget()
        self.asked = QLabel()
        self.asked.setWordWrap(True)
        asking = QHBoxLayout(self.question)
        asking.setContentsMargins(8, 4, 8, 4)
        asking.addWidget(self.asked, 1)
        for mode, title in (
            (KillMode.CANCEL, translated("Cancel only")),
            (KillMode.FLATTEN, translated("Cancel and flatten")),
        ):
            asking.addWidget(push_button(title, partial(self._choose, mode)))
        self.column.addWidget(self.question)

    def _ask(self) -> None:
        """Ask for each live account what shall be done there, until somebody has chosen."""
        accounts = self.desk.managers.state.unchosen_accounts()
        self.question.setVisible(bool(accounts))
        text = translated("What shall the kill switch do at the live account {0}? Until you choose it only cancels.")
        self.asked.setText(text.format(accounts[0]) if accounts else "")

    def _choose(self, mode: KillMode, *_: object) -> None:
        accounts = self.desk.managers.state.unchosen_accounts()
        if accounts:
            self.choose(accounts[0], mode)

    def choose(self, account: AccountId, mode: KillMode) -> None:
        """Keep what shall be done at an account."""
        self.desk.runner.run(
            translated("Choose what the kill switch does"),
            lambda: self.desk.managers.state.choose_kill_mode(account, mode, source=SOURCE),
            done=lambda _: self._ask(),
            arguments={"account": account, "mode": mode.value},
        )

    # reports

    def hold_drill(self) -> None:
        """Measure the kill switch."""
        self.drill.setEnabled(False)
        self.told.setText(translated("A drill is held ..."))
        self.desk.runner.run(
            translated("Hold a drill of the kill switch"),
            self._hold_drill,
        )

    async def _hold_drill(self) -> None:
        try:
            drilled = await self.desk.managers.state.drill(source=SOURCE)
        except BaseException:
            self.told.setText("")
            raise
        finally:
            self.drill.setEnabled(True)
        flat = milliseconds(drilled.report.flat_ms)
        self.told.setText(
            translated("Flat after {0}; it cost {1} {2}").format(flat, f"{drilled.cost:,.2f}", drilled.currency)
        )

    def export_selected(self) -> None:
        """Write the selected reports, or the newest one, as HTML and as JSON."""
        rows = self.table.selected() or list(self.model.records())[:1]
        reports = self.desk.managers.state.reports
        for row in rows:
            self.desk.runner.read(
                translated("Export the kill switch's report"),
                partial(reports.keep, row.report),
                done=lambda file: self.desk.notices.inform(translated("The report was written"), str(file)),
            )

    def _changed(self, report: KillSwitchReport) -> None:
        if report.finished and not report.drill:
            self._again_soon()

    def _again_soon(self, *_: object) -> None:
        """Read once what is being told now is told to everybody."""
        QTimer.singleShot(0, self, self._again)

    def _again(self, *_: object) -> None:
        self.desk.runner.read(translated("Read the kill switch's reports"), self._read)

    async def _read(self) -> None:
        reports = self.desk.managers.state.reports
        engagements, drills = await reports.engagements(), await reports.drills()
        self.model.reset([*map(_engaged_row, engagements), *map(_drill_row, drills)])
        self._show_trend(drills)

    def _show_trend(self, drills: Sequence[KillSwitchDrilled]) -> None:
        """Draw how fast the drills were, oldest first, once there are two."""
        found = [drill for drill in reversed(drills) if drill.report.at is not None]
        if len(found) < 2:  # noqa: PLR2004 - a trend needs two points
            return
        if self.chart is None:
            from ares_desktop.views.charts.axes import ValueText  # noqa: PLC0415 - pyqtgraph is heavy
            from ares_desktop.views.charts.series_chart import SeriesChart  # noqa: PLC0415 - see above

            tokens = self.desk.theme.tokens
            self.chart = SeriesChart(
                self.desk.theme, color=lambda name: tokens.color(Tone.ACCENT if name == _FLAT else Tone.WARNING)
            )
            self._pane = self.chart.add_plot(ValueText(lambda value, _: milliseconds(value), milliseconds))
            self.chart.setMinimumHeight(_CHART_PX // 2)
            self.chart.setMaximumHeight(_CHART_PX)
            self.column.addWidget(self.chart, 1)
        if self._pane is None:
            return
        for name, get in ((_FLAT, _flat_ms), (_SENT, _sent_ms)):
            points = [(drill.report.at.timestamp(), get(drill.report)) for drill in found if drill.report.at]
            known = [(x, y) for x, y in points if y is not None]
            self.chart.set_curve(self._pane, name, [x for x, _ in known], [y for _, y in known], bold=name == _FLAT)
        self.chart.refresh()


_FLAT: Final = "flat"
_SENT: Final = "cancels sent"


def _flat_ms(report: KillSwitchReport) -> float | None:
    return report.flat_ms


def _sent_ms(report: KillSwitchReport) -> float | None:
    return report.cancel_sent_ms


def _engaged_row(record: KillRecord) -> KillRow:
    left = len(record.report.residue)
    told = translated("released by {0}").format(record.released_by) if record.released_by else translated("engaged")
    return KillRow(report=record.report, outcome=told if not left else f"{told}, {left} left")


def _drill_row(drill: KillSwitchDrilled) -> KillRow:
    return KillRow(report=drill.report, outcome=translated("cost {0} {1}").format(f"{drill.cost:,.2f}", drill.currency))
