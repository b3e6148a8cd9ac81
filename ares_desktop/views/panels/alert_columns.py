"""Columns of alerts, their history and their channels."""

from __future__ import annotations

from typing import Final

from ares_desktop.domain.alerting import AlertMoment, ChannelState, ChannelStatus
from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.notice import SEVERITY_TONES

_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}
_STATES: Final = {
    ChannelState.OFF: (Tone.FAINT, "minus"),
    ChannelState.UNTRIED: (Tone.MUTED, "ring"),
    ChannelState.OK: (Tone.POSITIVE, "check"),
    ChannelState.FAILING: (Tone.NEGATIVE, "warning"),
}


def _quiet(alert: Alert) -> Tone:
    return Tone.MUTED if alert.acknowledged else Tone.NORMAL


def _seen(alert: Alert) -> str:
    if alert.acknowledged:
        return alert.acknowledged_by or translated("passed")
    return translated("muted") if alert.muted_until is not None else ""


def alert_columns() -> tuple[Column[Alert], ...]:
    """Return the columns of the alerts table."""
    return (
        Column(
            key="severity",
            title="Severity",
            value=lambda a: a.severity,
            text=word,
            sort=lambda a: _RANKS[a.severity],
            tone=lambda a: Tone.FAINT if a.acknowledged else SEVERITY_TONES[a.severity],
            glyph=lambda a: a.severity.value,
            width=92,
        ),
        time_column("at", "Time", lambda a: a.at),
        Column(key="title", title="What", value=lambda a: a.title, tone=_quiet, width=210),
        Column(
            key="detail", title="Detail", value=lambda a: a.detail, tone=_quiet, tooltip=lambda a: a.detail, width=260
        ),
        Column(
            key="remedy",
            title="What to do",
            value=lambda a: a.remedy,
            tone=_quiet,
            tooltip=lambda a: a.remedy,
            width=240,
        ),
        Column(key="count", title="Count", value=lambda a: a.count, align=Align.RIGHT, width=52),
        Column(key="seen", title="Seen by", value=_seen, tone=lambda _: Tone.MUTED, width=84),
        time_column("first", "First", lambda a: a.first_at or a.at),
        Column(key="source", title="Source", value=lambda a: a.source, tone=lambda _: Tone.MUTED),
    )


def moment_columns() -> tuple[Column[AlertMoment], ...]:
    """Return the columns of the history."""
    return (
        time_column("at", "Time", lambda m: m.at),
        Column(
            key="severity",
            title="Severity",
            value=lambda m: m.severity,
            text=word,
            sort=lambda m: _RANKS[m.severity],
            tone=lambda m: SEVERITY_TONES[m.severity],
            glyph=lambda m: m.severity.value,
            width=92,
        ),
        Column(key="what", title="What happened", value=lambda m: m.what, width=130),
        Column(key="title", title="Alert", value=lambda m: m.title, width=280),
        Column(key="by", title="By", value=lambda m: m.by, width=100),
        Column(key="key", title="Key", value=lambda m: m.key, tone=lambda _: Tone.MUTED, width=180),
        Column(key="number", title="No.", value=lambda m: m.number, align=Align.RIGHT, hidden=True, width=60),
    )


def channel_columns() -> tuple[Column[ChannelStatus], ...]:
    """Return the columns of the channels."""
    return (
        Column(key="name", title="Channel", value=lambda c: c.name.value, width=90),
        Column(
            key="state",
            title="State",
            value=lambda c: c.state.value,
            tone=lambda c: _STATES[c.state][0],
            glyph=lambda c: _STATES[c.state][1],
            width=110,
        ),
        time_column("since", "Since", lambda c: c.since),
        Column(key="delivered", title="Delivered", value=lambda c: c.delivered, align=Align.RIGHT, width=76),
        Column(key="waiting", title="Waiting", value=lambda c: c.waiting, align=Align.RIGHT, width=66),
        Column(key="dropped", title="Given up", value=lambda c: c.dropped, align=Align.RIGHT, width=72),
        Column(key="error", title="Last error", value=lambda c: c.error, tooltip=lambda c: c.error, width=320),
        Column(key="target", title="Reaches", value=lambda c: c.target, tone=lambda _: Tone.MUTED, width=240),
    )
