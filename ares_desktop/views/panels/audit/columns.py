"""Columns of the audit's table."""

from __future__ import annotations

from typing import Final

from ares_desktop.domain.audit import AuditRow
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.tokens import Tone

_TONES: Final = {
    "OrderDenied": Tone.WARNING,
    "OrderRejected": Tone.WARNING,
    "OrderOutcomeUnknown": Tone.NEGATIVE,
    "KillSwitchEngaged": Tone.DANGER,
    "InstanceFaulted": Tone.NEGATIVE,
    "LimitsChanged": Tone.ACCENT,
    "CommandIssued": Tone.ACCENT,
}
_GLYPHS: Final = {
    "OrderDenied": "minus",
    "OrderRejected": "cross",
    "OrderOutcomeUnknown": "warning",
    "KillSwitchEngaged": "critical",
    "InstanceFaulted": "error",
    "LimitsChanged": "risk",
    "CommandIssued": "command",
    "CommandFinished": "check",
    "OrderFilled": "fills",
}


def event_words(kind: str) -> str:
    """Return the name of an event type as words, such as ``order submitted``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()


def audit_columns() -> tuple[Column[AuditRow], ...]:
    """Return the columns."""
    return (
        Column(key="sequence", title="No.", value=lambda r: r.sequence, align=Align.RIGHT, width=72),
        time_column("at", "Time", lambda r: r.at),
        Column(
            key="kind",
            title="Event",
            value=lambda r: r.kind,
            text=event_words,
            tone=lambda r: _TONES.get(r.kind, Tone.NORMAL),
            glyph=lambda r: _GLYPHS.get(r.kind, "dot"),
            width=160,
        ),
        Column(
            key="summary",
            title="Content",
            value=lambda r: r.summary,
            tooltip=lambda r: r.summary,
            tone=lambda _: Tone.MUTED,
            width=360,
        ),
        Column(key="who", title="Who", value=lambda r: r.who, width=120),
        Column(key="subject", title="Concerns", value=lambda r: r.subject, width=120),
        Column(key="instrument", title="Instrument", value=lambda r: r.instrument, width=110),
        Column(key="order", title="Order", value=lambda r: r.order, width=130),
        Column(key="cause", title="Cause", value=lambda r: r.cause, hidden=True, width=140),
        Column(key="correlation", title="Correlation", value=lambda r: r.correlation, hidden=True, width=140),
    )
