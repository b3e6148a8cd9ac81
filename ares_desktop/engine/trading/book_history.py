"""What happened to the books without a trade, as far as it matters later: moves that can be undone, flows, sweeps."""

from collections import deque
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.book_records import FlowRecord, MoveRecord
from ares_desktop.domain.books import BookPosition
from ares_desktop.domain.events import CashFlowRecorded, PositionMoved, Reconciled
from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.money import ZERO

SWEEP: Final = "sweep"
_KEPT_FLOWS: Final = 5000


class HistoryState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of :class:`BookHistory`."""

    moves: list[MoveRecord] = []
    flows: list[FlowRecord] = []
    swept: list[tuple[AccountId, StrategyId, str, Decimal]] = []
    reconciled: dict[AccountId, datetime] = {}


class BookHistory:
    """Follows the journal.

    Attributes:
        moves: by their ids, oldest first.
        flows: the newest ones, oldest first.
        reconciled: when each account's books were last compared with its broker.
    """

    def __init__(self, state: HistoryState | None = None) -> None:
        known = state or HistoryState()
        self.moves = {record.move.move: record for record in known.moves}
        self.flows: deque[FlowRecord] = deque(known.flows, maxlen=_KEPT_FLOWS)
        self.reconciled = dict(known.reconciled)
        self._swept = {(account, book, currency): amount for account, book, currency, amount in known.swept}

    def swept(self, account: AccountId, strategy: StrategyId, currency: str) -> Decimal:
        """Return the high-water mark of a book: the profit that was swept out of it so far."""
        return self._swept.get((account, strategy, currency), ZERO)

    def take_flow(self, sequence: int, flow: CashFlowRecorded) -> None:
        """Keep a cash flow."""
        self.flows.append(FlowRecord(sequence=sequence, flow=flow))
        if flow.kind == SWEEP and flow.amount < 0:
            key = (flow.account, flow.strategy, flow.currency)
            self._swept[key] = self._swept.get(key, ZERO) - flow.amount

    def take_move(
        self,
        sequence: int,
        move: PositionMoved,
        before: tuple[BookPosition, BookPosition],
        after: tuple[BookPosition, BookPosition],
    ) -> None:
        """Keep a move with the holdings of giver and taker; one that undoes another marks that."""
        self.moves[move.move] = MoveRecord(
            sequence=sequence,
            move=move,
            giver_before=before[0],
            taker_before=before[1],
            giver_after=after[0],
            taker_after=after[1],
        )
        undone = self.moves.get(move.undoes)
        if undone is not None:
            self.moves[move.undoes] = msgspec.structs.replace(undone, undone_by=move.move)

    def take_comparison(self, compared: Reconciled) -> None:
        """Keep when an account was compared."""
        self.reconciled[compared.account] = compared.at

    def dump(self) -> HistoryState:
        """Return the state for a snapshot."""
        return HistoryState(
            moves=list(self.moves.values()),
            flows=list(self.flows),
            swept=[(*key, amount) for key, amount in self._swept.items()],
            reconciled=self.reconciled,
        )
