"""When the proof last held, and which event broke it: each item is compared as soon as the broker has reported it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.events import (
    CarryBooked,
    CashFlowRecorded,
    CommissionReported,
    JournalEvent,
    OrderFilled,
    PositionAdjusted,
    PositionSplit,
)
from ares_desktop.domain.ids import AccountId, InstrumentId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Proof
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.proof_lines import proof_line
from ares_desktop.engine.trading.recorder import Recorder

Item = tuple[AccountId, str]
"""An account, and an instrument or ``cash USD``."""
_CENT: Final = Decimal("0.01")
CASH: Final = "cash "


class Prover:
    """Follows the journal and the brokers' reports.

    An item that an event touched is proven by the broker's next report of it; until then it waits, and is neither
    held nor broken. All that is compared at a report is what was touched or reported.
    """

    def __init__(self, recorder: Recorder, links: Sequence[BrokerLink], now: Callable[[], datetime]) -> None:
        self._fold = recorder.fold
        self._links = {link.account: link for link in links}
        self._now = now
        self._touched: dict[Item, int] = {}
        self._wrong: dict[Item, int] = {}
        self._held_at: datetime | None = None
        self._held_sequence = 0
        self._broken_at: datetime | None = None
        recorder.subscribe(self._recorded)
        for link in links:
            link.on_report(self.reported)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        for item in _items(event.payload):
            self._touched.setdefault(item, event.sequence)

    def reported(self, account: AccountId, items: Iterable[str]) -> None:
        """Compare items of an account that its broker has just reported."""
        link = self._links[account]
        ledger = self._fold.ledger
        for name in items:
            item = (account, name)
            if name.startswith(CASH):
                currency = name.removeprefix(CASH)
                ours, theirs, step = ledger.account_cash(account, currency), link.cash.get(currency, ZERO), _CENT
            else:
                instrument = InstrumentId(name)
                held = link.positions.get(instrument)
                ours, theirs = ledger.net(account, instrument), ZERO if held is None else held.quantity
                step = link.steps.get(instrument, ZERO)
            since = self._touched.pop(item, self._fold.last_sequence)
            if proof_line(account, name, ours, ZERO, theirs, step).balanced:
                self._wrong.pop(item, None)
            else:
                self._wrong.setdefault(item, since)
        self._conclude()

    def _conclude(self) -> None:
        if self._wrong or self._fold.broken_by:
            if self._broken_at is None:
                self._broken_at = self._now()
            return
        self._broken_at = None
        if not self._touched and all(link.balance is not None for link in self._links.values()):
            self._held_at, self._held_sequence = self._now(), self._fold.last_sequence

    def prove(self) -> Proof:
        """Return every line of the proof, and since when it holds or does not."""
        self._conclude()
        positions: dict[tuple[AccountId, InstrumentId], Decimal] = {}
        cash: dict[tuple[AccountId, str], Decimal] = {}
        steps: dict[InstrumentId, Decimal] = {}
        for account, link in self._links.items():
            positions |= {(account, item): held.quantity for item, held in link.positions.items()}
            cash |= {(account, currency): amount for currency, amount in link.cash.items()}
            steps |= link.steps
        fold = self._fold
        broken = [*self._wrong.values(), *([fold.broken_by] if fold.broken_by else [])]
        return msgspec.structs.replace(
            fold.ledger.proof(positions, cash, self._now(), steps),
            sequence=fold.last_sequence,
            held_at=self._held_at,
            held_sequence=self._held_sequence,
            broken_by=min(broken, default=0),
            broken_at=self._broken_at,
            fault=fold.ledger.fault,
        )


def _items(payload: object) -> tuple[Item, ...]:
    """Return what of which account an event changes in the books."""
    match payload:
        case OrderFilled(fill=fill) | CommissionReported(fill=fill):
            return (fill.account, fill.instrument), (fill.account, CASH + fill.currency)
        case PositionSplit() as split:
            return (split.account, split.instrument), (split.account, CASH + split.currency)
        case CashFlowRecorded() | CarryBooked() as paid:
            return ((paid.account, CASH + paid.currency),)
        case PositionAdjusted() as adjusted:
            return ((adjusted.account, adjusted.instrument),)
        case _:
            return ()
