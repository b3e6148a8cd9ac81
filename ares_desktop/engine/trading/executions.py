"""Every execution once: fills by account and trade id, with commissions that may come later."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from ares_desktop.domain.events import CommissionReported
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, TradeId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.trading.archive import Archive, ArchiveState


class ExecutionState(msgspec.Struct, frozen=True):
    """What a snapshot keeps of :class:`Executions`; ``index`` has the places of trades by account."""

    fills: ArchiveState
    index: dict[AccountId, dict[TradeId, int]]
    early: list[tuple[AccountId, TradeId, Decimal]]


class Executions:
    """The fills of all accounts; a trade id counts once in its account."""

    def __init__(self, state: ExecutionState | None = None) -> None:
        self._fills = Archive(Fill, state.fills if state is not None else None)
        self._index = state.index if state is not None else {}
        early = state.early if state is not None else ()
        self._early = {(account, trade): commission for account, trade, commission in early}

    def __len__(self) -> int:
        return len(self._fills)

    def all(self) -> tuple[Fill, ...]:
        """Return all fills, oldest first, each with its newest commission."""
        return tuple(self._fills)

    def at(self, place: int) -> Fill:
        """Return the fill at a place, of ``len()`` ones from the oldest to the newest; safe from any thread."""
        return self._fills[place]

    def has(self, account: AccountId, trade_id: TradeId) -> bool:
        """Say whether this execution is known."""
        return trade_id in self._index.get(account, ())

    def record(self, fill: Fill) -> Fill | None:
        """Keep a fill and return it as it counts; None when it is known.

        A commission that was reported before the fill itself replaces the fill's own.
        """
        places = self._index.get(fill.account)
        if places is None:
            places = self._index[fill.account] = {}
        if fill.trade_id in places:
            return None
        if self._early:
            early = self._early.pop((fill.account, fill.trade_id), fill.commission)
            fill = replace(fill, commission=early)
        places[fill.trade_id] = self._fills.append(fill, complete=True)
        return fill

    def correct(self, report: CommissionReported) -> tuple[Fill, Decimal] | None:
        """Replace a fill's commission; return the fill and what is to be charged more, None when nothing changes."""
        account, trade_id = report.fill.account, report.fill.trade_id
        index = self._index.get(account, {}).get(trade_id)
        if index is None:
            self._early[account, trade_id] = report.commission
            return None
        fill = self._fills[index]
        difference = report.commission - fill.commission
        if difference == ZERO:
            return None
        fill = replace(fill, commission=report.commission)
        self._fills.put(index, fill, complete=True)
        return fill, difference

    def dump(self) -> ExecutionState:
        """Return the state for a snapshot."""
        early = [(*key, commission) for key, commission in self._early.items()]
        return ExecutionState(self._fills.dump(), self._index, early)
