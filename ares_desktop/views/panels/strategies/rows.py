"""Rows of the strategies table: an instance with its money, or a file that can't be used."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.strategies import CatalogEntry, Fault, StrategyState, StrategyStatus
from ares_desktop.views.formats import age, translated, word
from ares_desktop.views.models.columns import RowShade
from ares_desktop.views.tokens import Tone

STATE_LOOKS: Final = {
    StrategyState.STOPPED: (Tone.MUTED, "stop"),
    StrategyState.STARTING: (Tone.ACCENT, "ring"),
    StrategyState.WARMING_UP: (Tone.ACCENT, "half"),
    StrategyState.RUNNING: (Tone.POSITIVE, "play"),
    StrategyState.CLOSE_ONLY: (Tone.WARNING, "down"),
    StrategyState.PAUSED: (Tone.WARNING, "pause"),
    StrategyState.STOPPING: (Tone.ACCENT, "minus"),
    StrategyState.STALLED: (Tone.NEGATIVE, "clock"),
    StrategyState.FAULTED: (Tone.NEGATIVE, "error"),
}
BUSY: Final = frozenset({StrategyState.STARTING, StrategyState.WARMING_UP, StrategyState.STOPPING})
ALIVE: Final = frozenset(StrategyState) - {StrategyState.STOPPED, StrategyState.FAULTED}
"""States in which there is a worker."""
_QUIET: Final = frozenset(
    {StrategyState.STOPPED, StrategyState.FAULTED, StrategyState.PAUSED, StrategyState.CLOSE_ONLY}
)

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
        holdings: open positions, signed.
        trail: the latest points of the book's return, oldest first.
        state_s: since it came into its state, in seconds.
        due_s: until it is started again, None when it is not.
    """

    name: str
    status: StrategyStatus | None = None
    book: BookSnapshot | None = None
    entry: CatalogEntry | None = None
    holdings: tuple[tuple[InstrumentId, Decimal], ...] = ()
    trail: tuple[float, ...] = ()
    state_s: int | None = None
    due_s: int | None = None

    @property
    def fault(self) -> Fault | None:
        """Why it does not run."""
        if self.status is not None:
            return self.status.fault
        return self.entry.faults[0] if self.entry is not None and self.entry.faults else None

    @property
    def refused(self) -> Fault | None:
        """Why its changed file did not take over."""
        return None if self.status is None else self.status.reload_fault

    @property
    def on(self) -> bool:
        """Whether it is asked to run."""
        return self.status is not None and self.status.instance.active

    @property
    def state(self) -> StrategyState | None:
        """Its state, None for a file."""
        return None if self.status is None else self.status.state

    @property
    def alive(self) -> bool:
        """Whether it has a worker."""
        return self.state in ALIVE

    @property
    def pnl(self) -> Decimal | None:
        """What the book has earned over its capital."""
        book = self.book
        return None if book is None or book.equity is None else book.equity - book.capital

    @property
    def stale(self) -> bool:
        """Whether the book rests on old prices."""
        return self.book is not None and self.book.stale


def file_key(entry: CatalogEntry) -> str:
    """Return the name of the row of a file without an instance."""
    return f"file {entry.file.rpartition('/')[2]}"


def place_text(fault: Fault) -> str:
    """Return where a fault is: ``breakout.py:41``, empty when it is not known."""
    place = fault.file.rpartition("/")[2]
    return f"{place}:{fault.line}" if place and fault.line is not None else place


def remedy_text(fault: Fault) -> str:
    """Return what to do about a fault."""
    return translated(REMEDIES.get(fault.kind, REMEDIES["exited"]))


def fault_text(fault: Fault) -> str:
    """Return a fault in one line: file, line, what happened, what to do."""
    place = place_text(fault)
    return f"{place}{': ' if place else ''}{fault.message}. {remedy_text(fault)}".replace("..", ".")


def state_look(row: StrategyRow) -> tuple[Tone, str]:
    """Return tone and icon of a row's state."""
    return (Tone.NEGATIVE, "error") if row.status is None else STATE_LOOKS[row.status.state]


def state_text(row: StrategyRow) -> str:
    """Return a row's state in words, with what restricts its trading."""
    if row.status is None:
        return translated("Faulty file")
    text = word(row.status.state)
    told = row.status.trading and row.status.state not in _QUIET
    return f"{text}, {row.status.trading.lower()}" if told else text


def due_text(row: StrategyRow) -> str:
    """Return when a row's worker starts again; empty when it does not."""
    return "" if row.due_s is None else translated("again in {0}").format(age(float(max(2, row.due_s))))


def shade(row: StrategyRow) -> RowShade:
    """Return the row's background: red for what failed, amber for a file that was refused."""
    if row.status is None or row.status.state in {StrategyState.FAULTED, StrategyState.STALLED}:
        return RowShade.FAULT
    return RowShade.WARNING if row.refused is not None else RowShade.NONE
