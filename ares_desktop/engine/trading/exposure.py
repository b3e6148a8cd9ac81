"""What working orders would still trade, kept by book, account and instrument."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Final

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderIntent, Side

Key = tuple[AccountId, StrategyId, InstrumentId]
Group = tuple[Key, Side, str]
_NOTHING: Final = (ZERO, ZERO)


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
        if group[2]:
            before = max(self._groups[group].values())
            del self._groups[group][order]
            after = max(self._groups[group].values(), default=ZERO)
            if not self._groups[group]:
                del self._groups[group]
            self._shift(group, after - before)
        else:
            self._shift(group, -remaining)

    def _put(self, intent: OrderIntent, remaining: Decimal) -> None:
        order = intent.client_order_id
        key = (intent.account, intent.strategy, intent.instrument)
        group = (key, intent.side, intent.oco_group)
        remaining = ZERO if intent.reduce_only else remaining
        if self._orders.get(order) == (group, remaining):
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
        bought, sold = (change, ZERO) if side is Side.BUY else (ZERO, change)
        account = (key[0], key[2])
        book = self._books.get(key, _NOTHING)
        total = self._accounts.get(account, _NOTHING)
        self._books[key] = (book[0] + bought, book[1] + sold)
        self._accounts[account] = (total[0] + bought, total[1] + sold)
        if self._books[key] == _NOTHING:
            del self._books[key]
        if self._accounts[account] == _NOTHING:
            del self._accounts[account]

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
        return any(key != (account, instrument) and key[0] == account for key in self._accounts)

    def book_instruments(self, account: AccountId, strategy: StrategyId) -> set[InstrumentId]:
        """Return the instruments in which a book has working orders."""
        return {key[2] for key in self._books if key[0] == account and key[1] == strategy}

    def account_instruments(self, account: AccountId) -> set[InstrumentId]:
        """Return the instruments in which an account has working orders."""
        return {key[1] for key in self._accounts if key[0] == account}
