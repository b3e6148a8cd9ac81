"""What must hold of a journal and of a paper broker's own books, whatever ended and when."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from ares_desktop.domain.events import JournalEvent, OrderFilled, OrderSubmitted
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.orders import OrderState
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.adapters.brokers.paper.store import PaperStore
from ares_desktop.engine.trading.fold import Fold

_SURE: Final = frozenset({OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.TRIGGERED})


class PaperAccount(NamedTuple):
    """What a paper broker's database says."""

    cash: dict[str, Decimal]
    positions: dict[str, Decimal]
    fills: tuple[Fill, ...]
    working: frozenset[str]


def paper_account(folder: Path) -> PaperAccount:
    """Read the database of a paper broker that does not run.

    Raises:
        StorageError: when it can't be read.
    """
    store = PaperStore(folder)
    try:
        state = store.load(PaperSettings())
        held = {str(item.instrument): item.position.quantity for item in state.holdings if item.position.quantity}
        working = frozenset(str(order.intent.client_order_id) for order in state.orders if order.is_live)
        return PaperAccount(state.cash, held, store.fills(None), working)
    finally:
        store.close()


def folded(events: Iterable[JournalEvent]) -> Fold:
    """Return the state that follows from a journal."""
    fold = Fold()
    for event in events:
        fold.apply(event)
    return fold


def doubled(events: Sequence[JournalEvent]) -> list[str]:
    """Return the orders that were submitted twice and the executions that were booked twice."""
    submitted = Counter(
        event.payload.intent.client_order_id for event in events if isinstance(event.payload, OrderSubmitted)
    )
    trades = Counter(event.payload.fill.trade_id for event in events if isinstance(event.payload, OrderFilled))
    found = [f"order {name} was submitted {count} times" for name, count in submitted.items() if count > 1]
    return found + [f"execution {name} was booked {count} times" for name, count in trades.items() if count > 1]


def differences(fold: Fold, account: AccountId, folder: Path) -> list[str]:
    """Return where the books and a paper broker that does not run differ: money, holdings, executions, orders."""
    paper, ledger = paper_account(folder), fold.ledger
    found: list[str] = []
    cash = {currency: ledger.account_cash(account, currency) for currency in ledger.currencies(account)}
    found += _unlike("cash", cash, paper.cash)
    held = {str(name): quantity for name, quantity in ledger.net_positions(account).items() if quantity}
    found += _unlike("position", held, paper.positions)
    ours, theirs = (
        {fill.trade_id: fill for fill in fold.registry.fills()},
        {fill.trade_id: fill for fill in paper.fills},
    )
    found += [f"execution {name} is lost" for name in theirs.keys() - ours.keys()]
    found += [f"execution {name} is not the broker's" for name in ours.keys() - theirs.keys()]
    found += [f"execution {name} differs" for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]]
    working = {str(order.id): order.state for order in fold.registry.working()}
    found += [f"order {name} works at the broker and is not known here" for name in paper.working - working.keys()]
    found += [f"order {name} is {state} and not the broker's" for name, state in working.items() if state not in _SURE]
    found += [f"order {name} works only here" for name in working.keys() - paper.working if working[name] in _SURE]
    return found if ledger.check() else [*found, "the ledger's own sums do not agree"]


def _unlike(what: str, ours: dict[str, Decimal], theirs: dict[str, Decimal]) -> list[str]:
    zero = Decimal(0)
    return [
        f"{what} {name}: {ours.get(name, zero)} here, {theirs.get(name, zero)} at the broker"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name, zero) != theirs.get(name, zero)
    ]
