"""Columns of the strategies table, the most important ones first."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter

from ares_desktop.views.charts.sparkline import paint_sparkline
from ares_desktop.views.formats import age, clock_time, fixed, moment, percent, signed_quantity, translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import gain_column
from ares_desktop.views.panels.strategies.rows import (
    BUSY,
    StrategyRow,
    due_text,
    fault_text,
    state_look,
    state_text,
)
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.cell_painters import paint_switch_cell

IMPORTANCE: Final = (
    "switch",
    "name",
    "state",
    "pnl",
    "age",
    "positions",
    "memory",
    "cpu",
    "rate",
    "beat",
    "trail",
    "restarts",
    "dropped",
    "reload",
    "drawdown",
    "version",
    "fault",
    "instruments",
    "file",
)
"""Which columns stay where there is little room, from the first to the last."""
_LATE_HEARTBEAT_S: Final = 2.0
_NEAR_BOUND: Final = 0.8
_BUSY_CPU: Final = 90.0

Row = StrategyRow
_Columns = tuple[Column[Row], ...]


def _state_hint(row: Row) -> str:
    if row.status is None:
        return "" if row.fault is None else fault_text(row.fault)
    lines = [translated("{0} since {1} UTC").format(state_text(row), moment(row.status.since))]
    if row.status.restart_at is not None:
        lines.append(translated("Starts again at {0} UTC").format(clock_time(row.status.restart_at)))
    if row.fault is not None:
        lines.append(fault_text(row.fault))
    return "\n".join(lines)


def _of(row: Row, field: str) -> Any:  # noqa: ANN401 - any field of a status
    """Return a field of a row's status, None for a file."""
    return None if row.status is None else getattr(row.status, field)


def _worker(row: Row, field: str) -> Any:  # noqa: ANN401 - any figure of a worker
    """Return a figure of a living worker; without a worker it does not apply."""
    return _of(row, field) if row.alive else None


def _beat(row: Row) -> float | None:
    beat = _worker(row, "heartbeat_age_s")
    return None if beat is None else round(float(beat), 1)


def _late(row: Row) -> Tone:
    beat = _beat(row)
    return Tone.MUTED if beat is None or beat < _LATE_HEARTBEAT_S else Tone.NEGATIVE


def _memory(row: Row) -> tuple[int, int] | None:
    used = _worker(row, "memory_mb")
    return None if used is None or row.status is None else (round(used), row.status.instance.memory_mb)


def _memory_tone(row: Row) -> Tone:
    memory = _memory(row)
    return Tone.WARNING if memory is not None and memory[0] >= _NEAR_BOUND * memory[1] else Tone.NORMAL


def _cpu(row: Row) -> int | None:
    used = _worker(row, "cpu_percent")
    return None if used is None else round(used)


def _drawdown(row: Row) -> float | None:
    return None if row.book is None or row.book.drawdown is None else abs(row.book.drawdown)


def _news(row: Row) -> tuple[bool, str] | None:
    """Return whether the newest file was refused and when it took over, None when neither happened."""
    status = row.status
    if status is None or (status.reload_fault is None and status.reloaded_at is None):
        return None
    return status.reload_fault is not None, clock_time(status.reloaded_at)[:5]


def _news_text(news: tuple[bool, str] | None) -> str:
    if news is None:
        return ""
    return translated("New file refused") if news[0] else translated("Reloaded {0}").format(news[1])


def _news_hint(row: Row) -> str:
    if row.refused is not None:
        return translated("The changed file was refused; the one before it runs on.\n{0}").format(
            fault_text(row.refused)
        )
    at = _of(row, "reloaded_at")
    return "" if at is None else translated("The changed file took over at {0} UTC").format(moment(at))


def _file(row: Row) -> str:
    file = row.status.instance.file if row.status is not None else row.entry.file if row.entry is not None else ""
    return file.rpartition("/")[2]


def _known(value: Any, text: str = "{0}") -> str:  # noqa: ANN401 - a figure or None
    return "" if value is None else text.format(value)


def _paint_trail(painter: QPainter, box: QRect, value: tuple[float, ...], theme: Theme) -> None:
    if value:
        tone = Tone.POSITIVE if value[-1] >= value[0] else Tone.NEGATIVE
        paint_sparkline(painter, QRectF(box).adjusted(0, 5, 0, -5), value, theme.tokens.color(tone))


def strategy_columns() -> _Columns:
    """Return the columns of the strategies table."""
    return (*_identity(), *_money(), *_resources(), *_life(), *_configuration())


def _identity() -> _Columns:
    return (
        Column(
            key="switch",
            title="",
            value=lambda r: (r.on, r.state in BUSY, r.status is not None),
            text=lambda v: translated("on") if v[0] else translated("off"),
            sort=lambda r: not r.on,
            plain=lambda r: r.on,
            painter=paint_switch_cell,
            tooltip=lambda r: (
                translated("Switch {0} off").format(r.name) if r.on else translated("Switch {0} on").format(r.name)
            ),
            width=42,
        ),
        Column(
            key="name",
            title="Strategy",
            value=lambda r: r.name,
            glyph=lambda r: "warning" if r.refused is not None else "",
            tooltip=lambda r: _news_hint(r) if r.refused is not None else r.name,
            width=112,
        ),
        Column(
            key="state",
            title="State",
            value=state_text,
            tone=lambda r: state_look(r)[0],
            glyph=lambda r: state_look(r)[1],
            tooltip=_state_hint,
            width=96,
        ),
        Column(
            key="age",
            title="For",
            value=lambda r: r.state_s,
            text=lambda s: "" if s is None else age(float(max(s, 2))) if s else translated("now"),
            sort=lambda r: r.state_s,
            align=Align.RIGHT,
            tone=lambda _: Tone.MUTED,
            tooltip=_state_hint,
            width=52,
        ),
    )


def _money() -> _Columns:
    return (
        gain_column("pnl", "P&L", lambda r: r.pnl, stale=lambda r: r.stale, width=74),
        Column(
            key="trail",
            title="Return",
            value=lambda r: r.trail,
            text=lambda _: "",
            sort=lambda r: r.trail[-1] if r.trail else None,
            plain=lambda r: r.trail[-1] if r.trail else None,
            tooltip=lambda r: translated("Return {0}").format(percent(r.trail[-1])) if r.trail else "",
            painter=_paint_trail,
            width=72,
        ),
        Column(
            key="positions",
            title="Pos",
            value=lambda r: len(r.holdings) if r.status is not None else None,
            text=_known,
            align=Align.RIGHT,
            tone=lambda r: Tone.NORMAL if r.holdings else Tone.MUTED,
            tooltip=lambda r: "\n".join(f"{name} {signed_quantity(amount)}" for name, amount in r.holdings),
            width=40,
        ),
        Column(
            key="drawdown",
            title="DD",
            value=_drawdown,
            text=lambda v: percent(v, 1),
            align=Align.RIGHT,
            tone=lambda r: Tone.NORMAL if _drawdown(r) else Tone.MUTED,
            width=50,
        ),
    )


def _resources() -> _Columns:
    return (
        Column(
            key="cpu",
            title="CPU",
            value=_cpu,
            text=lambda v: _known(v, "{0}%"),
            align=Align.RIGHT,
            tone=lambda r: Tone.WARNING if (_cpu(r) or 0) >= _BUSY_CPU else Tone.NORMAL,
            width=48,
        ),
        Column(
            key="memory",
            title="Memory",
            value=_memory,
            text=lambda v: "" if v is None else translated("{0} MB").format(f"{v[0]:,}"),
            sort=lambda r: _worker(r, "memory_mb"),
            plain=lambda r: _worker(r, "memory_mb"),
            align=Align.RIGHT,
            tone=_memory_tone,
            glyph=lambda r: "warning" if _memory_tone(r) is Tone.WARNING else "",
            tooltip=lambda r: _known(_memory(r) and translated("{0:,} of {1:,} MB").format(*(_memory(r) or (0, 0)))),
            width=86,
        ),
        Column(
            key="rate",
            title="Msg/s",
            value=lambda r: _worker(r, "messages_per_s"),
            text=lambda v: "" if v is None else fixed(v, 1),
            align=Align.RIGHT,
            tooltip=lambda _: translated("What its worker sent: intents, cancels, lines, values and topics"),
            width=54,
        ),
        Column(
            key="beat",
            title="Beat",
            value=_beat,
            text=lambda v: "" if v is None else age(v),
            align=Align.RIGHT,
            tone=_late,
            tooltip=lambda _: translated("Since its worker's last sign of life"),
            width=50,
        ),
        Column(
            key="dropped",
            title="Dropped",
            value=lambda r: _worker(r, "dropped"),
            text=lambda v: "" if v is None else f"{v:,}",
            align=Align.RIGHT,
            tone=lambda r: Tone.WARNING if _of(r, "dropped") else Tone.MUTED,
            tooltip=lambda _: translated("Bars, prints and messages that it was too slow for since it started"),
            width=62,
        ),
    )


def _life() -> _Columns:
    return (
        Column(
            key="restarts",
            title="Restarts",
            value=lambda r: None if r.status is None else (r.status.restarts, due_text(r)),
            text=lambda v: "" if v is None else f"{v[0]}, {v[1]}" if v[1] else str(v[0]),
            sort=lambda r: _of(r, "restarts"),
            plain=lambda r: _of(r, "restarts"),
            align=Align.RIGHT,
            tone=lambda r: Tone.WARNING if _of(r, "restarts") or r.due_s is not None else Tone.MUTED,
            tooltip=lambda r: translated("Restarts after a fault: {0}").format(_of(r, "restarts") or 0),
            width=104,
        ),
        Column(
            key="reload",
            title="File news",
            value=_news,
            text=_news_text,
            plain=lambda r: _news_text(_news(r)),
            tone=lambda r: Tone.WARNING if r.refused is not None else Tone.MUTED,
            glyph=lambda r: "" if _news(r) is None else "warning" if r.refused is not None else "refresh",
            tooltip=_news_hint,
            width=128,
        ),
        Column(
            key="fault",
            title="Fault",
            value=lambda r: "" if r.fault is None else fault_text(r.fault),
            tone=lambda _: Tone.NEGATIVE,
            tooltip=lambda r: "" if r.fault is None else f"{fault_text(r.fault)}\n{r.fault.trace}".strip(),
            width=260,
        ),
    )


def _configuration() -> _Columns:
    muted = Tone.MUTED
    return (
        Column(
            key="version",
            title="Version",
            value=lambda r: _of(r, "version"),
            text=_known,
            align=Align.RIGHT,
            tone=lambda _: muted,
            width=56,
        ),
        Column(
            key="instruments",
            title="Instruments",
            value=lambda r: "" if r.status is None else ", ".join(r.status.instance.instruments),
            tone=lambda _: muted,
            width=140,
        ),
        Column(key="file", title="File", value=_file, tone=lambda _: muted, width=110),
        Column(
            key="since",
            title="Since",
            value=lambda r: _of(r, "since"),
            text=clock_time,
            tone=lambda _: muted,
            width=70,
            hidden=True,
        ),
        Column(key="pid", title="Process", value=lambda r: _of(r, "pid"), text=_known, align=Align.RIGHT, hidden=True),
    )
