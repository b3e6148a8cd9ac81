"""Moves and cash flows of the books, as they are kept and shown."""

import msgspec

from ares_desktop.domain.book_events import CashFlowRecorded, PositionMoved
from ares_desktop.domain.books import BookPosition


class MoveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A move, and the holdings of both books before and after it.

    Attributes:
        sequence: its place in the journal.
        undone_by: the move that took it back, empty while it stands.
        why_not: why it can't be undone any more, empty when it can; known where it is asked for.
    """

    sequence: int
    move: PositionMoved
    giver_before: BookPosition
    taker_before: BookPosition
    giver_after: BookPosition
    taker_after: BookPosition
    undone_by: str = ""
    why_not: str = ""


class FlowRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A cash flow and its place in the journal."""

    sequence: int
    flow: CashFlowRecorded
