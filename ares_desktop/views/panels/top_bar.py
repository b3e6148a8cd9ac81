"""The top bar: money, trading state, connections, feed, clock, and the kill switch."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QWidget

from ares_desktop.domain.accounts import AccountSnapshot
from ares_desktop.domain.audit import CommandKind
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus, HealthReport
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, TradingState, TradingStateChanged
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import (
    clock_time,
    milliseconds,
    moment,
    money,
    percent,
    signed_money,
    signed_percent,
    stale_after,
    translated,
    word,
)
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.models.columns import sign_tone
from ares_desktop.views.panels.connections import CONNECTION_LOOKS
from ares_desktop.views.panels.feed_control import FeedControl
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, push_button, separator
from ares_desktop.views.widgets.figure import Figure
from ares_desktop.views.widgets.pill import Pill

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_SLOW_MS: Final = 8.0
_STUCK_MS: Final = 50.0
_MONEY_MS: Final = 100
_REASON_CHARS: Final = 28
_SLACK: Final = 40
"""Pixels to spare before what made room comes back."""

STATE_LOOKS: Final = {
    TradingState.ACTIVE: (Tone.POSITIVE, "play"),
    TradingState.REDUCING: (Tone.WARNING, "down"),
    TradingState.PAUSED: (Tone.WARNING, "pause"),
    TradingState.HALTED: (Tone.DANGER, "critical"),
}


class TopBar(QFrame):
    """What must be seen at all times.

    Signals:
        checklist_asked: a person wants to see what the engaged kill switch does, or to put it away.
    """

    checklist_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._account: AccountSnapshot | None = None
        self.setProperty("surface", "top")
        self.setFixedHeight(56)
        self.equity = Figure(translated("Equity"), pixels=18)
        self.day = Figure(translated("Day P&L"))
        self.drawdown = Figure(translated("Drawdown"))
        self.state = Pill(desk.theme, translated("Trading state"))
        self.pause = IconButton(desk.theme, "pause", translated("Pause trading (Ctrl+P)"), tone=Tone.NORMAL)
        self.connection = Pill(desk.theme, translated("Connection"))
        self.feed = FeedControl(desk)
        self.lag = Figure(translated("Loop lag"), pixels=13)
        self.market_clock = Figure(translated("Market time"), pixels=13)
        self.wall_clock = Figure(translated("UTC"), pixels=13)
        self.kill: QPushButton = push_button(translated("KILL SWITCH"), lambda: self.press_kill(), role="danger")  # noqa: PLW0108 - a click brings an argument along
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self.kill.setObjectName("kill_switch")
        self.kill.setMinimumSize(124, 36)
        self.kill.setToolTip(translated("Stop all trading at once: cancel, flatten, stop strategies (Ctrl+Shift+K)"))
        # A click leaves the keyboard where it is: in the checklist, whose word releases.
        self.kill.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.state.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pause.clicked.connect(self.toggle_pause)
        self.state.clicked.connect(self._ask_checklist)
        self._mark = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 10, 0)
        row.setSpacing(12)
        row.addWidget(self._mark)
        for widget in (self.equity, self.day, self.drawdown, separator()):
            row.addWidget(widget)
        trading = QHBoxLayout()
        trading.setSpacing(4)
        trading.addWidget(self.state)
        trading.addWidget(self.pause)
        row.addLayout(trading)
        row.addWidget(self.connection)
        row.addWidget(separator())
        row.addWidget(self.feed)
        row.addStretch(1)
        for widget in (self.lag, self.market_clock, self.wall_clock):
            row.addWidget(widget)
        row.addWidget(self.kill)
        self._yielding = (self.lag, self.wall_clock, self.market_clock, self.feed, self.drawdown, self.connection)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for what matters most."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Show what fits, what matters most first: the kill switch is never cut off."""
        row = self.layout()
        if row is None:
            return
        rooms = {widget: _room(widget, row) for widget in self._yielding}
        shown = sum(room for widget, room in rooms.items() if not widget.isHidden())
        spare = self.width() - row.sizeHint().width() + shown
        for widget in reversed(self._yielding):
            # What is hidden comes back with room to spare: figures that grow and shrink would make it flicker.
            fits = rooms[widget] + (_SLACK if widget.isHidden() else 0) <= spare
            widget.setVisible(fits)
            spare -= rooms[widget] if fits else 0

    def _connect(self) -> None:
        managers = self._desk.managers
        # Money moves with every tick; the eye needs ten figures a second, not a thousand.
        self._money = QTimer(self)
        self._money.setSingleShot(True)
        self._money.setInterval(_MONEY_MS)
        self._money.timeout.connect(self._show_money)
        managers.portfolio.account_changed.connect(self._account_changed)
        managers.state.trading_state_changed.connect(self._state_changed)
        managers.state.kill_switch_changed.connect(self._kill_changed)
        managers.connections.connection_changed.connect(self._connection_changed)
        managers.health.reported.connect(self.show_health)
        self._desk.theme.changed.connect(self._theme_changed)
        self._account = managers.portfolio.account()
        self._show_money()
        self._show_state()
        self._show_connections()
        self.show_health(managers.health.report())
        self.tick()
        self._theme_changed()

    def _theme_changed(self) -> None:
        color = self._desk.theme.tokens.accent
        self._mark.setPixmap(icon_pixmap("mark", color, 20, self.devicePixelRatioF()))

    # money

    def _account_changed(self, account: AccountSnapshot) -> None:
        self._account = account
        if not self._money.isActive():
            self._money.start()

    def _show_money(self) -> None:
        account = self._account
        if account is None:
            for figure in (self.equity, self.day, self.drawdown):
                figure.show_value(money(None), Tone.MUTED)
            return
        seconds = (self._desk.managers.data.now() - account.at).total_seconds() if account.stale else None
        equity = money(account.equity)
        tone = Tone.WARNING if account.stale else Tone.NORMAL
        hint = translated("{0} {1}, cash {2}").format(account.account, account.currency, money(account.cash))
        self.equity.show_value(stale_after(equity, seconds) if account.stale else equity, tone, hint)
        day_tone = Tone.MUTED if account.stale else sign_tone(account.day_pnl)
        self.day.show_value(f"{signed_money(account.day_pnl)}{_share_of_day(account)}", day_tone)
        fall = None if account.drawdown is None else abs(account.drawdown)
        hint = translated("Greatest so far {0}").format(percent(_absolute(account.max_drawdown)))
        self.drawdown.show_value(percent(fall), Tone.NEGATIVE if fall else Tone.MUTED, hint)

    # states

    def _state_changed(self, change: TradingStateChanged) -> None:
        del change
        self._show_state()

    def _kill_changed(self, report: KillSwitchReport) -> None:
        del report
        self._show_state()

    def _show_state(self) -> None:
        current = self._desk.managers.state.state()
        tone, icon = STATE_LOOKS[current.state]
        partial = [one for one in self._desk.managers.state.states() if one.state > current.state]
        text = word(current.state.name)
        if current.reason and current.state is not TradingState.ACTIVE:
            cause = shorten(current.reason, _REASON_CHARS, placeholder="\N{HORIZONTAL ELLIPSIS}")
            text = f"{text}: {cause}"
        elif partial:
            text = translated("{0}, {1} restricted").format(text, len(partial))
        lines = [
            f"{one.scope}: {word(one.state.name)}, {one.reason} ({one.source}, {moment(one.since)})" for one in partial
        ]
        hint = "\n".join([f"{current.reason} ({current.source}, {moment(current.since)})", *lines])
        self.state.show_state(text, tone, icon, hint)
        paused = current.state is TradingState.PAUSED
        self.pause.set_icon("play" if paused else "pause")
        self.pause.setToolTip(translated("Resume trading (Ctrl+P)") if paused else translated("Pause trading (Ctrl+P)"))
        self.pause.setEnabled(current.state is not TradingState.HALTED)
        self.kill.setText(translated("HALTED \N{MIDDLE DOT} show") if self._all_halted else translated("KILL SWITCH"))

    @property
    def _all_halted(self) -> bool:
        """Whether nothing is left to stop; where one strategy is halted, the button still stops the others."""
        return any(report.scope == ALL_SCOPE for report in self._desk.managers.state.engaged())

    def _connection_changed(self, status: ConnectionStatus) -> None:
        del status
        self._show_connections()

    def _show_connections(self) -> None:
        known = self._desk.managers.connections.connections()
        if not known:
            self.connection.show_state(translated("No broker"), Tone.MUTED, "ring")
            return
        worst = min(known, key=lambda one: _BADNESS[one.state])
        tone, icon = CONNECTION_LOOKS[worst.state]
        money_word = translated("paper") if worst.paper else translated("LIVE")
        name = worst.name if worst.name.casefold() == money_word.casefold() else f"{worst.name} {money_word}"
        lines = [f"{one.name}: {word(one.state)} {one.detail}".strip() for one in known]
        self.connection.show_state(f"{name} {word(worst.state).lower()}", tone, icon, "\n".join(lines))

    def show_health(self, report: HealthReport | None) -> None:
        """Show how smoothly the loop runs."""
        if report is None:
            self.lag.show_value(milliseconds(None), Tone.MUTED)
            return
        tone = (
            Tone.NORMAL
            if report.lag_p99_ms <= _SLOW_MS
            else Tone.WARNING
            if report.lag_p99_ms <= _STUCK_MS
            else Tone.NEGATIVE
        )
        hint = translated("p50 {0}, p99 {1}, max {2} of the last seconds; max of the run {3}").format(
            *(
                milliseconds(v)
                for v in (report.lag_p50_ms, report.lag_p99_ms, report.lag_max_ms, report.lag_max_total_ms)
            )
        )
        self.lag.show_value(milliseconds(report.lag_p99_ms), tone, hint)

    def tick(self) -> None:
        """Let the clocks go on and give grown texts their room; called once a second."""
        self._make_room()
        now = datetime.now(UTC)
        self.wall_clock.show_value(clock_time(now))
        status = self._desk.managers.data.feed()
        market = from_ns(status.market_time_ns) if status.market_time_ns else None
        self.market_clock.show_value(moment(market), Tone.ACCENT if status.progress is not None else Tone.NORMAL)
        if self._account is not None and self._account.stale:
            self._show_money()

    # commands

    def toggle_pause(self) -> None:
        """Pause trading, or resume it."""
        state = self._desk.managers.state
        active = state.state().state is TradingState.ACTIVE
        wanted = TradingState.PAUSED if active else TradingState.ACTIVE
        command = self._desk.runner.reduce if active else self._desk.runner.run
        command(
            translated("Pause trading") if active else translated("Resume trading"),
            lambda: state.set_state(wanted, reason=translated("by hand"), source=SOURCE),
        )

    def _ask_checklist(self) -> None:
        if self._desk.managers.state.engaged():
            self.checklist_asked.emit()

    def press_kill(self, via: str = SOURCE) -> None:
        """Engage the kill switch at once; where it is engaged for everything, show its checklist.

        ``via`` says where it was pressed: the window, the hot key or the tray.
        """
        state = self._desk.managers.state
        if self._all_halted:
            self.checklist_asked.emit()
        else:
            reason = translated("kill switch button") if via == SOURCE else translated("kill switch, {0}").format(via)
            self._desk.runner.run(
                translated("Engage the kill switch"),
                lambda: state.engage(reason=reason, source=via),
                kind=CommandKind.REDUCES,
                via=via,
            )


_BADNESS: Final = {
    ConnectionState.FAILED: 0,
    ConnectionState.DISCONNECTED: 1,
    ConnectionState.CONNECTING: 2,
    ConnectionState.CONNECTED: 3,
    ConnectionState.RECONCILED: 4,
}


def _room(widget: QWidget, row: QLayout) -> int:
    return widget.sizeHint().width() + row.spacing()


def _absolute(value: float | None) -> float | None:
    return None if value is None else abs(value)


def _share_of_day(account: AccountSnapshot) -> str:
    if account.day_pnl is None or account.equity is None:
        return ""
    before = account.equity - account.day_pnl
    return f"  {signed_percent(account.day_pnl / before)}" if before > 0 else ""
