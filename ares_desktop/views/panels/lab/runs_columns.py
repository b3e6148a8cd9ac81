"""Columns of the list of runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.runs import Run, RunKind, RunState
from ares_desktop.views.formats import age, fixed, optional, percent, signed_percent, word
from ares_desktop.views.models.columns import Align, Column, RowShade, sign_tone
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.tokens import Tone

EDITABLE: Final = ("notes", "tags")
"""Columns that are typed into in their place."""

_LOOKS: Final = {
    RunState.WAITING: (Tone.MUTED, "clock"),
    RunState.PREPARING: (Tone.ACCENT, "half"),
    RunState.RUNNING: (Tone.ACCENT, "play"),
    RunState.DONE: (Tone.POSITIVE, "check"),
    RunState.FAILED: (Tone.NEGATIVE, "error"),
    RunState.CANCELED: (Tone.MUTED, "cross"),
    RunState.INTERRUPTED: (Tone.WARNING, "warning"),
}


def run_shade(run: Run) -> RowShade:
    """Return the background of a run's row."""
    if run.state is RunState.FAILED:
        return RowShade.FAULT
    return RowShade.WARNING if run.state is RunState.INTERRUPTED else RowShade.NONE


def duration_s(run: Run) -> float | None:
    """Return how long a run took, or has taken until now; None before it began."""
    if run.started_at is None:
        return None
    end = run.ended_at or (None if run.state.is_final else datetime.now(UTC))
    return None if end is None else (end - run.started_at).total_seconds()


def data_text(names: tuple[str, ...]) -> str:
    """Return names of data in short, files without their folders."""
    return ", ".join(Path(name).name if "/" in name or "\\" in name else name for name in names)


def run_columns() -> tuple[Column[Run], ...]:
    """Return the columns of the table of runs."""
    return (
        Column(
            key="state",
            title="State",
            value=lambda r: r.state,
            text=word,
            tone=lambda r: _LOOKS[r.state][0],
            glyph=lambda r: _LOOKS[r.state][1],
            tooltip=lambda r: r.error,
            width=96,
        ),
        Column(key="kind", title="Kind", value=lambda r: r.kind, text=word, width=128),
        Column(key="title", title="Title", value=lambda r: r.title or r.id, tooltip=_whole_title, width=190),
        _figure("return", "Return", lambda f: f.total_return, signed_percent, tone=sign_tone),
        _figure("sharpe", "Sharpe", lambda f: f.sharpe, lambda v: fixed(v, 2), width=60),
        _figure("drawdown", "Drawdown", lambda f: f.max_drawdown, percent),
        _figure("trades", "Trades", lambda f: f.trades, lambda v: f"{v:,}", width=60),
        Column(
            key="score",
            title="Score",
            value=lambda r: r.score,
            text=lambda v: optional(lambda one: fixed(one, 3), v),
            align=Align.RIGHT,
            width=64,
        ),
        Column(
            key="findings",
            title="Findings",
            value=lambda r: r.findings if r.state is RunState.DONE else None,
            text=lambda v: "" if v is None else f"{v}",
            tone=lambda r: Tone.WARNING if r.findings else Tone.MUTED,
            glyph=lambda r: "warning" if r.findings else "",
            align=Align.RIGHT,
            width=66,
        ),
        Column(key="strategies", title="Strategies", value=lambda r: ", ".join(r.strategies), width=110),
        Column(
            key="data",
            title="Data",
            value=lambda r: data_text(r.data),
            tooltip=lambda r: "\n".join(r.data),
            width=110,
        ),
        time_column("created", "Created", lambda r: r.created_at),
        Column(
            key="duration",
            title="Duration",
            value=duration_s,
            text=lambda v: "" if v is None else age(v),
            align=Align.RIGHT,
            tone=lambda _: Tone.MUTED,
            width=68,
        ),
        Column(key="tags", title="Tags", value=lambda r: ", ".join(r.tags), tone=lambda _: Tone.ACCENT, width=90),
        Column(key="notes", title="Notes", value=lambda r: r.notes, tooltip=lambda r: r.notes, width=180),
        Column(key="parent", title="Made from", value=lambda r: r.parent, width=90, hidden=True),
        Column(key="id", title="Id", value=lambda r: r.id, width=110, hidden=True),
    )


def _whole_title(run: Run) -> str:
    return "\n".join(part for part in (run.title or run.id, run.error) if part)


def _figure(
    key: str,
    title: str,
    get: Callable[[BacktestFigures], Any],
    text: Callable[[Any], str],
    *,
    tone: Callable[[Any], Tone] | None = None,
    width: int = 74,
) -> Column[Run]:
    """Return a column of a figure: empty where the run has none, a dash where it could not be computed."""

    def value(run: Run) -> tuple[bool, Any]:
        return (False, None) if run.figures is None else (True, get(run.figures))

    return Column(
        key=key,
        title=title,
        value=value,
        text=lambda pair: text(pair[1]) if pair[0] else "",
        sort=lambda run: value(run)[1],
        plain=lambda run: value(run)[1],
        tone=None if tone is None else lambda run: tone(value(run)[1]),
        align=Align.RIGHT,
        width=width,
    )


def has_result(run: Run) -> bool:
    """Say whether there is something to look at."""
    return run.state is RunState.DONE and run.kind is not RunKind.LIVE
