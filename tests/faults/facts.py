"""What must hold of a journal and of the paper broker's own books, whatever was killed and when."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ares_desktop.domain.events import JournalEvent, OrderDenied, OrderFilled, OrderSubmitted
from ares_desktop.domain.ids import AccountId
from ares_desktop.engine.adapters.rehearsals import proof
from ares_desktop.engine.adapters.rehearsals.proof import folded, paper_account

__all__ = ["ACCOUNT", "check_market_time", "check_nothing_twice", "check_same_account", "folded", "paper_account"]

ACCOUNT = AccountId("PAPER")


def check_nothing_twice(events: Sequence[JournalEvent]) -> None:
    """No client order id is submitted twice, no execution is booked twice."""
    found = proof.doubled(events)
    assert not found, found


def check_market_time(events: Sequence[JournalEvent]) -> None:
    """Market time never goes back: nothing is decided before something that was decided or executed earlier."""
    newest: datetime | None = None
    for event in events:
        payload = event.payload
        if isinstance(payload, OrderSubmitted | OrderDenied):
            assert newest is None or payload.at >= newest, f"row {event.sequence}: {payload.at} after {newest}"
            newest = payload.at
        elif isinstance(payload, OrderFilled) and (newest is None or payload.fill.at > newest):
            newest = payload.fill.at


def check_same_account(events: Sequence[JournalEvent], folder: Path) -> None:
    """Our books and the broker's agree to the last digit, execution by execution and order by order."""
    found = proof.differences(proof.folded(events), ACCOUNT, folder)
    assert not found, found
