"""Every execution once: fills by account and trade id, with commissions that may come later."""

from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from ares_desktop.domain.events import CommissionReported
from ares_desktop.domain.fills import INFERRED, Fill, corrected_trade
from ares_desktop.domain.ids import AccountId, ClientOrderId, TradeId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.trading.archive import Archive, ArchiveState

_STEP: Final = Decimal("1E-10")


class Booking(NamedTuple):
    """What of an execution is to be booked.

    Attributes:
        fresh: how much of its quantity is new, negative where a correction took some away.
        corrected: how much of it was booked before, for ``value`` (price times units).
        commission: to be charged with it.
    """

    fill: Fill
    fresh: Decimal
    corrected: Decimal
    value: Decimal
    commission: Decimal


class _Guess(msgspec.Struct, frozen=True, array_like=True):
    """Units that were inferred and that the broker has not told yet, and what they were booked for."""

    place: int
    quantity: Decimal
    value: Decimal


class ExecutionState(msgspec.Struct, frozen=True):
    """What a snapshot keeps of :class:`Executions`; ``index`` has the places of trades by account."""

    fills: ArchiveState
    index: dict[AccountId, dict[TradeId, int]]
    early: list[tuple[AccountId, TradeId, Decimal]]
    guesses: list[tuple[AccountId, ClientOrderId, _Guess]] = []
    revisions: list[tuple[AccountId, str, TradeId]] = []


class Executions:
    """The fills of all accounts; a trade id counts once in its account.

    An execution that was inferred from an order's report gives way to the broker's own once that is told, and a later
    revision of an execution replaces the earlier: the units that both have are corrected, and only the rest is new.
    """

    def __init__(self, state: ExecutionState | None = None) -> None:
        self._fills = Archive(Fill, state.fills if state is not None else None)
        self._index = state.index if state is not None else {}
        early = state.early if state is not None else ()
        self._early = {(account, trade): commission for account, trade, commission in early}
        self._guesses = {(a, order): guess for a, order, guess in state.guesses} if state is not None else {}
        self._revisions = {(a, base): trade for a, base, trade in state.revisions} if state is not None else {}

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

    def record(self, fill: Fill) -> Fill | Booking | None:
        """Keep a fill and return it as it counts; a booking where a part counts already, None when all of it does.

        A commission that was reported before the fill itself replaces the fill's own.
        """
        places = self._index.get(fill.account)
        if places is None:
            places = self._index[fill.account] = {}
        trade = fill.trade_id
        if trade in places:
            return None
        if self._early:
            early = self._early.pop((fill.account, trade), fill.commission)
            fill = replace(fill, commission=early)
        if trade[-3:-2] == "." and (revision := corrected_trade(trade)) is not None:
            base, number = revision
            known = self._revisions.get((fill.account, base))
            if known is not None:
                return self._revise(places, fill, known, number)
            self._revisions[fill.account, base] = trade
        if trade.startswith(INFERRED):
            return self._guess(places, fill)
        if self._guesses and (fill.account, fill.client_order_id) in self._guesses:
            return self._confirm(places, fill)
        places[trade] = self._fills.append(fill, complete=True)
        return fill

    def _revise(self, places: dict[TradeId, int], fill: Fill, known: TradeId, number: int) -> Booking | None:
        """Take another revision of an execution: an older one counts for nothing, a newer one replaces the known."""
        place = places[fill.trade_id] = places[known]
        newest, before = corrected_trade(known), self._fills[place]
        if newest is None or number < newest[1]:
            return None
        self._revisions[fill.account, newest[0]] = fill.trade_id
        self._fills.put(place, fill, complete=True)
        value, commission = before.quantity * before.price, fill.commission - before.commission
        return Booking(fill, fill.quantity - before.quantity, before.quantity, value, commission)

    def _guess(self, places: dict[TradeId, int], fill: Fill) -> Fill:
        """Keep an inferred execution; an order has one at most, which grows."""
        key = (fill.account, fill.client_order_id)
        known = self._guesses.get(key)
        if known is None:
            place = places[fill.trade_id] = self._fills.append(fill, complete=True)
            self._guesses[key] = _Guess(place, fill.quantity, fill.quantity * fill.price)
            return fill
        quantity, value = known.quantity + fill.quantity, known.value + fill.quantity * fill.price
        places[fill.trade_id] = known.place
        grown = replace(self._fills[known.place], quantity=quantity, price=value / quantity)
        self._fills.put(known.place, grown, complete=True)
        self._guesses[key] = _Guess(known.place, quantity, value)
        return fill

    def _confirm(self, places: dict[TradeId, int], fill: Fill) -> Booking:
        """Let the broker's own execution take the place of units that were inferred; what is left of it is new."""
        key = (fill.account, fill.client_order_id)
        guess = self._guesses.pop(key)
        both = min(guess.quantity, fill.quantity)
        value = guess.value if both == guess.quantity else (guess.value * both / guess.quantity).quantize(_STEP)
        if both == guess.quantity:
            places[fill.trade_id] = guess.place
            self._fills.put(guess.place, fill, complete=True)
        else:
            # The rest of the guess stays, and the broker's execution stands beside it.
            left = _Guess(guess.place, guess.quantity - both, guess.value - value)
            self._guesses[key] = left
            rest = replace(self._fills[guess.place], quantity=left.quantity)
            self._fills.put(guess.place, rest, complete=True)
            places[fill.trade_id] = self._fills.append(fill, complete=True)
        return Booking(fill, fill.quantity - both, both, value, fill.commission)

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
        return ExecutionState(
            self._fills.dump(),
            self._index,
            early,
            [(*key, guess) for key, guess in self._guesses.items()],
            [(*key, trade) for key, trade in self._revisions.items()],
        )
