"""What working orders would still trade, kept by book, account and instrument."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Final, TypeVar

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderIntent, Side

Key = tuple[AccountId, StrategyId, InstrumentId]
K = TypeVar("K", bound=tuple[str, ...])
Group = tuple[Key, Side, str]
_NOTHING: Final = (ZERO, ZERO)
_BUY: Final = Side.BUY


class WorkingExposure:
    """Remaining quantities of working orders, bought and sold, reserved from the moment an intent is approved.

    Orders of one OCO group count once, with the largest of them: only one can trade. Reduce-only orders count as
    nothing: the venue cuts them to the position, so they can neither open nor flip one.
    """

    def __init__(self) -> None:
        self._orders: dict[ClientOrderId, tuple[Group, Decimal]] = {}
        self._groups: defaultdict[Group, dict[ClientOrderId, Decimal]] = defaultdict(dict)
        self._books: dict[Key, tuple[Decimal, Decimal]] = {}
        self._accounts: dict[tuple[AccountId, InstrumentId], tuple[Decimal, Decimal]] = {}
        self._open: Counter[StrategyId] = Counter()

    def reserve(self, intent: OrderIntent) -> None:
        """Count an approved intent before the journal and the broker know it."""
        self._put(intent, intent.quantity)

    def update(self, order: Order) -> None:
        """Take an order's present remainder."""
        if order.is_working:
            self._put(order.intent, order.remaining)
        else:
            self.release(order.id)

    def release(self, order: ClientOrderId) -> None:
        """Forget an order; an unknown one changes nothing."""
        entry = self._orders.pop(order, None)
        if entry is None:
            return
        group, remaining = entry
        self._open[group[0][1]] -= 1
        if not group[2]:
            if remaining:
                self._shift(group, -remaining)
        else:
            before = max(self._groups[group].values())
            del self._groups[group][order]
            after = max(self._groups[group].values(), default=ZERO)
            if not self._groups[group]:
                del self._groups[group]
            self._shift(group, after - before)

    def _put(self, intent: OrderIntent, remaining: Decimal) -> None:
        order = intent.client_order_id
        key = (intent.account, intent.strategy, intent.instrument)
        group = (key, intent.side, intent.oco_group)
        if intent.reduce_only:
            remaining = ZERO
        known = self._orders.get(order)
        if known is not None:
            if known == (group, remaining):
                return
            self.release(order)
        self._orders[order] = (group, remaining)
        self._open[intent.strategy] += 1
        if intent.oco_group:
            members = self._groups[group]
            before = max(members.values(), default=ZERO)
            members[order] = remaining
            self._shift(group, max(members.values()) - before)
        else:
            self._shift(group, remaining)

    def _shift(self, group: Group, change: Decimal) -> None:
        key, side, _ = group
        buys = side is _BUY
        _add(self._books, key, change, buys=buys)
        _add(self._accounts, (key[0], key[2]), change, buys=buys)

    def __contains__(self, order: object) -> bool:
        return order in self._orders

    def open_orders(self, strategy: StrategyId) -> int:
        """Return how many orders of a strategy work."""
        return self._open[strategy]

    def remaining(self, key: Key) -> tuple[Decimal, Decimal]:
        """Return the quantities that a book may still buy and sell."""
        return self._books.get(key, _NOTHING)

    def account_remaining(self, account: AccountId, instrument: InstrumentId) -> tuple[Decimal, Decimal]:
        """Return the same summed over the books of an account."""
        return self._accounts.get((account, instrument), _NOTHING)

    def account_has_others(self, account: AccountId, instrument: InstrumentId) -> bool:
        """Say whether an account may still trade anything but one instrument."""
        mine = (account, instrument)
        return any(key != mine and key[0] == account for key in self._accounts)

    def book_instruments(self, account: AccountId, strategy: StrategyId) -> set[InstrumentId]:
        """Return the instruments in which a book has working orders."""
        return {key[2] for key in self._books if key[0] == account and key[1] == strategy}

    def account_instruments(self, account: AccountId) -> set[InstrumentId]:
        """Return the instruments in which an account has working orders."""
        return {key[1] for key in self._accounts if key[0] == account}


def _add(sums: dict[K, tuple[Decimal, Decimal]], key: K, change: Decimal, *, buys: bool) -> None:
    """Add to what is bought or sold under a key; what is nothing has no entry."""
    found = sums.get(key)
    if found is None:
        if change:
            sums[key] = (change, ZERO) if buys else (ZERO, change)
        return
    bought, sold = found
    if buys:
        bought += change
    else:
        sold += change
    if bought or sold:
        sums[key] = (bought, sold)
    else:
        del sums[key]
