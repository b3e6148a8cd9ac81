"""One strategy's sub-ledger in one account."""

from decimal import Decimal
from typing import Final, NamedTuple

from msgspec.structs import replace

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill, given, repriced, split, trade
from ares_desktop.domain.events import CarryBooked, CashFlowRecorded, PositionAdjusted, PositionMoved, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.trading.postings import Heading, Postings

_CASH: Final = Heading.CASH
_INVENTORY: Final = Heading.INVENTORY
_REALIZED: Final = Heading.REALIZED
_COMMISSION: Final = Heading.COMMISSION
"""Looked up once: the members of an enumeration cost more than the postings themselves."""


class BookKey(NamedTuple):
    """Whose book it is."""

    account: AccountId
    strategy: StrategyId


class Change(NamedTuple):
    """What one fact did: units of the instrument that came, and money that came."""

    quantity: Decimal
    cash: Decimal


class Book:
    """Positions, and double-entry balances by currency.

    Attributes:
        key: whose book it is.
        positions: every holding there ever was, closed ones with their realized profit.
        quantities: of the open holdings alone.
        currency: by instrument, what its holding is paid in.
        postings: by currency.
        fills: how many executions were booked.
    """

    __slots__ = ("currency", "fills", "key", "positions", "postings", "quantities")

    def __init__(self, key: BookKey) -> None:
        self.key = key
        self.positions: dict[InstrumentId, BookPosition] = {}
        self.quantities: dict[InstrumentId, Decimal] = {}
        self.currency: dict[InstrumentId, str] = {}
        self.postings: dict[str, Postings] = {}
        self.fills = 0

    def fill(self, fill: Fill) -> Change:
        """Book an execution with the commission it carries."""
        name = fill.instrument
        before = self.positions.get(name, FLAT)
        after = apply_fill(before, fill)
        received = self._exchange(name, fill.currency, before, after, _CASH)
        commission = fill.commission
        if commission:
            self.postings[fill.currency].post(_COMMISSION, _CASH, commission)
            received -= commission
        self.fills += 1
        return Change(after.quantity - before.quantity, received)

    def fill_all(self, count: int, last: Fill, after: BookPosition) -> Change:
        """Book ``count`` executions in the instrument of the ``last`` one, which led to the position ``after``."""
        before = self.positions.get(last.instrument, FLAT)
        received = self._exchange(last.instrument, last.currency, before, after, _CASH)
        commission = after.commission - before.commission
        if commission:
            self.postings[last.currency].post(_COMMISSION, _CASH, commission)
            received -= commission
        self.fills += count
        return Change(after.quantity - before.quantity, received)

    def charge(self, fill: Fill, difference: Decimal) -> Change:
        """Add to the commission that ``fill`` was booked with."""
        before = self.positions[fill.instrument]
        self.put(fill.instrument, fill.currency, replace(before, commission=before.commission + difference))
        self.postings[fill.currency].post(Heading.COMMISSION, Heading.CASH, difference)
        return Change(ZERO, -difference)

    def flow(self, flow: CashFlowRecorded) -> Change:
        """Book money that came or went."""
        self._in(flow.currency).post(Heading.CASH, Heading.CAPITAL, flow.amount)
        return Change(ZERO, flow.amount)

    def adjust(self, adjustment: PositionAdjusted) -> Change:
        """Book a holding that came or went without a trade, at its price against the capital in kind."""
        before = self.positions.get(adjustment.instrument, FLAT)
        after = trade(before, adjustment.quantity, adjustment.price, multiplier=adjustment.multiplier)
        self._exchange(adjustment.instrument, adjustment.currency, before, after, Heading.IN_KIND)
        if adjustment.mark is not None:
            gained = adjustment.quantity * (adjustment.mark - adjustment.price) * adjustment.multiplier
            self.postings[adjustment.currency].post(Heading.HANDED, Heading.IN_KIND, gained)
        return Change(adjustment.quantity, ZERO)

    def move(self, move: PositionMoved, sign: int) -> Change:
        """Take a holding over from another book (``sign`` 1) or hand it over (-1), at its cost.

        Its capital goes along at its value, and the open profit between both to those that were handed over.
        """
        before = self.positions.get(move.instrument, FLAT)
        after = given(before, sign * move.quantity, sign * move.cost, move.multiplier)
        self._exchange(move.instrument, move.currency, before, after, Heading.IN_KIND)
        if move.value is not None:
            self.postings[move.currency].post(Heading.HANDED, Heading.IN_KIND, sign * (move.value - move.cost))
        return Change(sign * move.quantity, ZERO)

    def reprice(self, fill: Fill, quantity: Decimal, value: Decimal) -> Change:
        """Correct what ``quantity`` units of an execution were booked for, ``value``, to the price of ``fill``."""
        before = self.positions.get(fill.instrument, FLAT)
        sign = 1 if fill.signed_quantity > 0 else -1
        difference = sign * (quantity * fill.price - value) * fill.multiplier
        after = repriced(before, sign * quantity, difference)
        return Change(ZERO, self._exchange(fill.instrument, fill.currency, before, after, _CASH))

    def carry(self, carry: CarryBooked) -> Change:
        """Book what a holding or a debt earned or cost."""
        self._in(carry.currency).post(Heading.CASH, Heading.CARRY, carry.amount)
        return Change(ZERO, carry.amount)

    def split(self, action: PositionSplit) -> Change:
        """Change the units of a holding; what was paid for a fraction of one comes as cash."""
        before = self.positions.get(action.instrument, FLAT)
        after = split(before, action)
        received = self._exchange(action.instrument, action.currency, before, after, Heading.CASH)
        return Change(after.quantity - before.quantity, received)

    def put(self, instrument: InstrumentId, currency: str, position: BookPosition) -> None:
        """Set a holding, without any posting."""
        before = self.positions.get(instrument)
        self._in(currency).cost += position.cost if before is None else position.cost - before.cost
        self._hold(instrument, currency, position)

    def _hold(self, instrument: InstrumentId, currency: str, position: BookPosition) -> None:
        self.positions[instrument] = position
        self.currency[instrument] = currency
        if position.quantity:
            self.quantities[instrument] = position.quantity
        else:
            self.quantities.pop(instrument, None)

    def balance(self, currency: str, heading: Heading) -> Decimal:
        """Return a balance, zero where nothing was posted."""
        postings = self.postings.get(currency)
        return ZERO if postings is None else postings.balances[heading]

    def check(self) -> bool:
        """Say whether the postings add up to zero and the inventory to the cost of the positions."""
        inventory: dict[str, Decimal] = {}
        for instrument, position in self.positions.items():
            currency = self.currency[instrument]
            inventory[currency] = inventory.get(currency, ZERO) + position.cost
        return all(
            postings.balanced and postings.balances[Heading.INVENTORY] == inventory.get(currency, ZERO)
            for currency, postings in self.postings.items()
        )

    def _exchange(
        self,
        instrument: InstrumentId,
        currency: str,
        before: BookPosition,
        after: BookPosition,
        against: Heading,
    ) -> Decimal:
        """Book the change of a holding, its profit against its cost and the rest ``against``; return that rest."""
        postings = self._in(currency)
        profit = after.realized - before.realized
        added = after.cost - before.cost
        paid = added - profit
        postings.cost += added
        if profit:
            postings.post(_INVENTORY, _REALIZED, profit)
        postings.post(_INVENTORY, against, paid)
        self._hold(instrument, currency, after)
        return -paid

    def _in(self, currency: str) -> Postings:
        postings = self.postings.get(currency)
        if postings is None:
            postings = self.postings[currency] = Postings()
        return postings
