"""What working orders would still trade, kept by book, account and instrument."""

from collections import Counter, defaultdict
from collections.abc import Mapping
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


class Family:
    """A bracket: what its entry has filled, and its exits with what they may still close.

    Attributes:
        filled: by the entry.
        exits: intent and remainder of each.
    """

    __slots__ = ("exits", "filled")

    def __init__(self) -> None:
        self.filled = ZERO
        self.exits: dict[ClientOrderId, tuple[OrderIntent, Decimal]] = {}


class WorkingExposure:
    """Remaining quantities of working orders, bought and sold, reserved from the moment an intent is approved.

    Two sums are kept. :meth:`remaining` is what may open or grow a position: reduce-only orders count as nothing in it.
    :meth:`exits` is what those may trade on top, so that both together are everything that may fill, should the venue
    cut nothing. Orders of one OCO group count once, with the largest of them: only one can trade. A bracket's exits
    count for what their entry has filled.
    """

    def __init__(self) -> None:
        self._orders: dict[ClientOrderId, tuple[Group, Decimal, Decimal]] = {}
        self._groups: defaultdict[Group, dict[ClientOrderId, tuple[Decimal, Decimal]]] = defaultdict(dict)
        self._books: dict[Key, tuple[Decimal, Decimal]] = {}
        self._accounts: dict[tuple[AccountId, InstrumentId], tuple[Decimal, Decimal]] = {}
        self._exits: dict[Key, tuple[Decimal, Decimal]] = {}
        self._families: dict[ClientOrderId, Family] = {}
        self._entry_of: dict[ClientOrderId, ClientOrderId] = {}
        self._open: Counter[StrategyId] = Counter()
        self._open_in: Counter[AccountId] = Counter()
        self._open_of: Counter[InstrumentId] = Counter()

    def reserve(self, intent: OrderIntent) -> None:
        """Count an approved intent before the journal and the broker know it."""
        if intent.bracket is not None:
            self._families.setdefault(intent.client_order_id, Family())
        self._put(intent, intent.quantity)

    def update(self, order: Order) -> None:
        """Take an order's present remainder."""
        if order.intent.bracket is not None:
            self._entry_filled(order.id, order.filled)
        if order.is_working:
            self._put(order.intent, order.remaining)
        else:
            self.release(order.id)

    def release(self, order: ClientOrderId) -> None:
        """Forget an order; an unknown one changes nothing."""
        self._remove(order)
        if self._families:
            self._leave_family(order)

    def _remove(self, order: ClientOrderId) -> None:
        entry = self._orders.pop(order, None)
        if entry is None:
            return
        group, remaining, exits = entry
        self._open[group[0][1]] -= 1
        self._open_in[group[0][0]] -= 1
        self._open_of[group[0][2]] -= 1
        if not group[2]:
            if remaining:
                self._shift(group, -remaining)
            if exits:
                self._shift_exits(group, -exits)
        else:
            self._regroup(group, order, None)

    def _put(self, intent: OrderIntent, remaining: Decimal) -> None:
        order = intent.client_order_id
        key = (intent.account, intent.strategy, intent.instrument)
        group = (key, intent.side, intent.oco_group)
        exits = ZERO
        if intent.reduce_only or intent.parent is not None:
            exits = remaining if intent.parent is None else self._armed(intent, remaining)
            if intent.reduce_only:
                remaining = ZERO
            else:
                exits = ZERO
        known = self._orders.get(order)
        if known is not None:
            if known == (group, remaining, exits):
                return
            self._remove(order)
        self._orders[order] = (group, remaining, exits)
        self._open[intent.strategy] += 1
        self._open_in[intent.account] += 1
        self._open_of[intent.instrument] += 1
        if intent.oco_group:
            self._regroup(group, order, (remaining, exits))
            return
        if remaining:
            self._shift(group, remaining)
        if exits:
            self._shift_exits(group, exits)

    def _regroup(self, group: Group, order: ClientOrderId, amounts: tuple[Decimal, Decimal] | None) -> None:
        """Put an order of an OCO group in, or out, and count the group anew with the largest of its orders."""
        members = self._groups[group]
        growing, whole = _largest(members)
        if amounts is None:
            members.pop(order, None)
        else:
            members[order] = amounts
        growing_now, whole_now = _largest(members)
        if not members:
            del self._groups[group]
        self._shift(group, growing_now - growing)
        self._shift_exits(group, (whole_now - growing_now) - (whole - growing))

    def _armed(self, intent: OrderIntent, remaining: Decimal) -> Decimal:
        """Return how much of a bracket's exit may trade: what its entry has filled, less what it closed of that."""
        if intent.parent is None:
            return remaining
        family = self._families.get(intent.parent)
        if family is None:
            return remaining
        family.exits[intent.client_order_id] = (intent, remaining)
        self._entry_of[intent.client_order_id] = intent.parent
        return min(remaining, max(family.filled - (intent.quantity - remaining), ZERO))

    def _entry_filled(self, entry: ClientOrderId, filled: Decimal) -> None:
        family = self._families.setdefault(entry, Family())
        if family.filled != filled:
            family.filled = filled
            for intent, remaining in list(family.exits.values()):
                self._put(intent, remaining)

    def _leave_family(self, order: ClientOrderId) -> None:
        """Forget who waits for whom once neither the entry nor an exit of it works."""
        entry = self._entry_of.pop(order, order)
        family = self._families.get(entry)
        if family is not None:
            family.exits.pop(order, None)
            if not family.exits and entry not in self._orders:
                del self._families[entry]

    def _shift(self, group: Group, change: Decimal) -> None:
        key, side, _ = group
        buys = side is _BUY
        _add(self._books, key, change, buys=buys)
        _add(self._accounts, (key[0], key[2]), change, buys=buys)

    def _shift_exits(self, group: Group, change: Decimal) -> None:
        key, side, _ = group
        _add(self._exits, key, change, buys=side is _BUY)

    def __contains__(self, order: object) -> bool:
        return order in self._orders

    def open_orders(self, strategy: StrategyId) -> int:
        """Return how many orders of a strategy work."""
        return self._open[strategy]

    def account_orders(self, account: AccountId) -> int:
        """Return how many orders of an account work."""
        return self._open_in[account]

    def instrument_orders(self, instrument: InstrumentId) -> int:
        """Return how many orders of an instrument work."""
        return self._open_of[instrument]

    def all_orders(self) -> int:
        """Return how many orders work."""
        return len(self._orders)

    def exits(self, key: Key) -> tuple[Decimal, Decimal]:
        """Return what a book may buy and sell by orders that only reduce, beyond what :meth:`remaining` says."""
        return self._exits.get(key, _NOTHING)

    def joined(self, intent: OrderIntent) -> Decimal:
        """Return what an intent's OCO group counts for already: the intent adds only what is beyond it."""
        if not intent.oco_group:
            return ZERO
        key = (intent.account, intent.strategy, intent.instrument)
        members = self._groups.get((key, intent.side, intent.oco_group))
        return ZERO if members is None else _largest(members)[1]

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


def _largest(members: Mapping[ClientOrderId, tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal]:
    """Return the largest growing remainder of a group, and the largest of all its remainders."""
    growing = max((amounts[0] for amounts in members.values()), default=ZERO)
    return growing, max((max(amounts) for amounts in members.values()), default=ZERO)


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
