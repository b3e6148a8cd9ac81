"""Every execution once: fills by account and trade id, with commissions that may come later."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from ares_desktop.domain.events import CommissionReported
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, TradeId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.trading.archive import Archive


class ExecutionState(msgspec.Struct, frozen=True):
    """What a snapshot keeps of :class:`Executions`; ``keys`` are account and trade id of each fill."""

    fills: list[bytes]
    keys: list[tuple[AccountId, TradeId]]
    early: list[tuple[AccountId, TradeId, Decimal]]


class Executions:
    """The fills of all accounts; a trade id counts once in its account."""

    def __init__(self) -> None:
        self._fills = Archive(Fill)
        self._index: dict[tuple[AccountId, TradeId], int] = {}
        self._early: dict[tuple[AccountId, TradeId], Decimal] = {}

    def __len__(self) -> int:
        return len(self._fills)

    def all(self) -> tuple[Fill, ...]:
        """Return all fills, oldest first, each with its newest commission."""
        return tuple(self._fills)

    def has(self, account: AccountId, trade_id: TradeId) -> bool:
        """Say whether this execution is known."""
        return (account, trade_id) in self._index

    def record(self, fill: Fill) -> Fill | None:
        """Keep a fill and return it as it counts; None when it is known.

        A commission that was reported before the fill itself replaces the fill's own.
        """
        key = (fill.account, fill.trade_id)
        if key in self._index:
            return None
        early = self._early.pop(key, None)
        if early is not None:
            fill = replace(fill, commission=early)
        self._index[key] = self._fills.append(fill, complete=True)
        return fill

    def correct(self, report: CommissionReported) -> tuple[Fill, Decimal] | None:
        """Replace a fill's commission; return the fill and what is to be charged more, None when nothing changes."""
        key = (report.fill.account, report.fill.trade_id)
        index = self._index.get(key)
        if index is None:
            self._early[key] = report.commission
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
        return ExecutionState(self._fills.dump(), list(self._index), early)

    def load(self, state: ExecutionState) -> None:
        """Replace everything by what :meth:`dump` returned."""
        self._fills.load(state.fills)
        self._index = {key: number for number, key in enumerate(state.keys)}
        self._early = {(account, trade): commission for account, trade, commission in state.early}
