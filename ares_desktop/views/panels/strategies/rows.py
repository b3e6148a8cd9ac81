"""Rows of the strategies table: an instance with its book, or a file that can't be used."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.strategies import CatalogEntry, Fault, StrategyState, StrategyStatus
from ares_desktop.views.formats import age, clock_time, moment, percent, translated, word
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import gain_column
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.cell_painters import paint_switch_cell

STATE_LOOKS: Final = {
    StrategyState.STOPPED: (Tone.MUTED, "stop"),
    StrategyState.STARTING: (Tone.ACCENT, "ring"),
    StrategyState.WARMING_UP: (Tone.ACCENT, "half"),
    StrategyState.RUNNING: (Tone.POSITIVE, "play"),
    StrategyState.CLOSE_ONLY: (Tone.WARNING, "down"),
    StrategyState.PAUSED: (Tone.WARNING, "pause"),
    StrategyState.STOPPING: (Tone.ACCENT, "ring"),
    StrategyState.STALLED: (Tone.NEGATIVE, "clock"),
    StrategyState.FAULTED: (Tone.NEGATIVE, "error"),
}
_BUSY: Final = frozenset({StrategyState.STARTING, StrategyState.WARMING_UP, StrategyState.STOPPING})
_QUIET: Final = frozenset(
    {StrategyState.STOPPED, StrategyState.FAULTED, StrategyState.PAUSED, StrategyState.CLOSE_ONLY}
)
_LATE_HEARTBEAT_S: Final = 2.0

REMEDIES: Final = {
    "syntax": "Correct the file; it is checked again when it is saved.",
    "import": "Install or correct what the file imports, then save it.",
    "parameters": "Correct the parameters, then enable it.",
    "exception": "Correct the file, then enable it again.",
    "memory": "Let it keep less, or raise its memory limit, then enable it again.",
    "stalled": "Its code does not return: shorten the work in its handlers, then enable it again.",
    "exited": "Look at the log for the reason, then enable it again.",
}


class StrategyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    Attributes:
        status: None for a file without an instance.
        entry: the faulty catalog entry of such a file.
    """

    name: str
    status: StrategyStatus | None = None
    book: BookSnapshot | None = None
    entry: CatalogEntry | None = None

    @property
    def fault(self) -> Fault | None:
        """Why it does not run."""
        if self.status is not None:
            return self.status.fault
        return self.entry.faults[0] if self.entry is not None and self.entry.faults else None

    @property
    def on(self) -> bool:
        """Whether it is asked to run."""
        return self.status is not None and self.status.instance.active

    @property
    def pnl(self) -> Decimal | None:
        """What the book has earned over its capital."""
        book = self.book
        return None if book is None or book.equity is None else book.equity - book.capital


def file_key(entry: CatalogEntry) -> str:
    """Return the name of the row of a file without an instance."""
    return f"file {entry.file.rpartition('/')[2]}"


def fault_text(fault: Fault) -> str:
    """Return a fault in one line: file, line, what happened, what to do."""
    place = fault.file.rpartition("/")[2]
    if place and fault.line is not None:
        place = f"{place}:{fault.line}"
    remedy = translated(REMEDIES.get(fault.kind, REMEDIES["exited"]))
    return f"{place}{': ' if place else ''}{fault.message}. {remedy}".replace("..", ".")


def _state(row: StrategyRow) -> tuple[Tone, str]:
    return (Tone.NEGATIVE, "error") if row.status is None else STATE_LOOKS[row.status.state]


def _state_text(row: StrategyRow) -> str:
    if row.status is None:
        return translated("Faulty file")
    text = word(row.status.state)
    told = row.status.trading and row.status.state not in _QUIET
    return f"{text}, {row.status.trading.lower()}" if told else text


def _state_hint(row: StrategyRow) -> str:
    if row.status is None:
        return "" if row.fault is None else fault_text(row.fault)
    since = translated("{0} since {1}").format(_state_text(row), moment(row.status.since))
    return f"{since}\n{fault_text(row.fault)}" if row.fault is not None else since


def _beat(row: StrategyRow) -> float | None:
    return None if row.status is None else row.status.heartbeat_age_s


def _beat_tone(row: StrategyRow) -> Tone:
    beat = _beat(row)
    return Tone.MUTED if beat is None or beat < _LATE_HEARTBEAT_S else Tone.NEGATIVE


def _since(row: StrategyRow) -> datetime | None:
    return None if row.status is None else row.status.since


def _drawdown(row: StrategyRow) -> float | None:
    return None if row.book is None or row.book.drawdown is None else abs(row.book.drawdown)


def _restarts(row: StrategyRow) -> int | None:
    return None if row.status is None else row.status.restarts


def _stale(row: StrategyRow) -> bool:
    return row.book is not None and row.book.stale


def _memory(row: StrategyRow) -> float | None:
    return None if row.status is None else row.status.memory_mb


def shade(row: StrategyRow) -> RowShade:
    """Return the row's background: red for what failed."""
    failed = row.status is None or row.status.state in {StrategyState.FAULTED, StrategyState.STALLED}
    return RowShade.FAULT if failed else RowShade.NONE


def strategy_columns() -> tuple[Column[StrategyRow], ...]:
    """Return the columns of the strategies table."""
    muted = Tone.MUTED
    return (
        Column(
            key="switch",
            title="",
            value=lambda r: (r.on, r.status is not None and r.status.state in _BUSY, r.status is not None),
            text=lambda v: translated("on") if v[0] else translated("off"),
            sort=lambda r: not r.on,
            plain=lambda r: r.on,
            painter=paint_switch_cell,
            tooltip=lambda r: (
                translated("Switch {0} off").format(r.name) if r.on else translated("Switch {0} on").format(r.name)
            ),
            width=44,
        ),
        Column(key="name", title="Strategy", value=lambda r: r.name, width=100),
        Column(
            key="state",
            title="State",
            value=_state_text,
            tone=lambda r: _state(r)[0],
            glyph=lambda r: _state(r)[1],
            tooltip=_state_hint,
            width=104,
        ),
        gain_column("pnl", "P&L", lambda r: r.pnl, stale=_stale, width=72),
        Column(
            key="drawdown",
            title="DD",
            value=_drawdown,
            text=lambda v: percent(v, 1),
            align=Align.RIGHT,
            tone=lambda r: Tone.NORMAL if _drawdown(r) else muted,
            width=48,
        ),
        Column(key="beat", title="Beat", value=_beat, text=age, align=Align.RIGHT, tone=_beat_tone, width=48),
        Column(
            key="restarts",
            title="Rst",
            value=_restarts,
            text=lambda v: str(v) if v else "",
            align=Align.RIGHT,
            tone=lambda _: Tone.WARNING,
            tooltip=lambda r: translated("Restarts after a fault: {0}").format(_restarts(r) or 0),
            width=40,
        ),
        Column(
            key="fault",
            title="Fault",
            value=lambda r: "" if r.fault is None else fault_text(r.fault),
            tone=lambda _: Tone.NEGATIVE,
            tooltip=lambda r: "" if r.fault is None else f"{fault_text(r.fault)}\n{r.fault.trace}".strip(),
            width=260,
        ),
        Column(key="since", title="Since", value=_since, text=clock_time, tone=lambda _: muted, width=70),
        Column(
            key="instruments",
            title="Instruments",
            value=lambda r: "" if r.status is None else ", ".join(r.status.instance.instruments),
            tone=lambda _: muted,
            width=140,
        ),
        Column(key="file", title="File", value=_file, tone=lambda _: muted, width=100),
        Column(
            key="memory",
            title="MB",
            value=_memory,
            text=lambda v: "" if v is None else f"{v:.0f}",
            align=Align.RIGHT,
            width=46,
        ),
        Column(
            key="pid",
            title="Process",
            value=lambda r: r.status and r.status.pid,
            text=_number,
            align=Align.RIGHT,
            hidden=True,
        ),
    )


def _file(row: StrategyRow) -> str:
    file = row.status.instance.file if row.status is not None else row.entry.file if row.entry is not None else ""
    return file.rpartition("/")[2]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
