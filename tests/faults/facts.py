"""What must hold of a journal and of the paper broker's own books, whatever was killed and when."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ares_desktop.domain.events import (
    JournalEvent,
    OrderDenied,
    OrderFilled,
    OrderSubmitted,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.orders import OrderState
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore
from ares_desktop.engine.trading.fold import Fold

ACCOUNT = AccountId("PAPER")
_SURE = {OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.TRIGGERED}


class Books(NamedTuple):
    """What an account holds."""

    cash: dict[str, Decimal]
    positions: dict[str, Decimal]


def folded(events: Iterable[JournalEvent]) -> Fold:
    """Return the state that follows from a journal."""
    fold = Fold()
    for event in events:
        fold.apply(event)
    return fold


def our_books(fold: Fold) -> Books:
    """Return what the journal says the account holds."""
    ledger = fold.ledger
    cash = {currency: ledger.account_cash(ACCOUNT, currency) for currency in ledger.currencies(ACCOUNT)}
    return Books(cash, {str(name): quantity for name, quantity in ledger.net_positions(ACCOUNT).items() if quantity})


class PaperAccount(NamedTuple):
    """What the paper broker's database says."""

    books: Books
    fills: tuple[Fill, ...]
    clock_ns: int


def paper_account(folder: Path) -> PaperAccount:
    """Read the database of a paper broker that does not run."""
    store = PaperStore(folder)
    try:
        state = store.load(PaperSettings())
        held = {str(item.instrument): item.position.quantity for item in state.holdings if item.position.quantity}
        return PaperAccount(Books(state.cash, held), store.fills(None), state.counters.clock_ns)
    finally:
        store.close()


def check_nothing_twice(events: Sequence[JournalEvent]) -> None:
    """No client order id is submitted twice, no execution is booked twice."""
    submitted = Counter(
        event.payload.intent.client_order_id for event in events if isinstance(event.payload, OrderSubmitted)
    )
    trades = Counter(event.payload.fill.trade_id for event in events if isinstance(event.payload, OrderFilled))
    twice = [name for names in (submitted, trades) for name, count in names.items() if count > 1]
    assert not twice, twice


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
    """Our books and the broker's agree to the last digit, execution by execution."""
    fold = folded(events)
    paper = paper_account(folder)
    assert our_books(fold) == paper.books
    assert {fill.trade_id: fill for fill in fold.registry.fills()} == {fill.trade_id: fill for fill in paper.fills}
    doubtful = [(order.id, order.state.name) for order in fold.registry.working() if order.state not in _SURE]
    assert not doubtful, doubtful
    assert fold.ledger.check()
