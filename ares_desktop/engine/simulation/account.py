"""Cash and positions of the simulated account, as its fills made them."""

from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill, split
from ares_desktop.domain.events import PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, Side
from ares_desktop.domain.positions import NetPosition

BY_PERSON = frozenset({OrderPurpose.MANUAL, OrderPurpose.FLATTEN, OrderPurpose.KILL_SWITCH})
"""Purposes of orders that a person, or the kill switch for them, placed."""


_BUY: Final = Side.BUY


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Net position of the account in one instrument."""

    instrument: InstrumentId
    position: BookPosition


class StrategyHolding(msgspec.Struct, frozen=True, kw_only=True):
    """Signed quantity that one strategy's own orders brought about."""

    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal


class Account:
    """One account: every fill moves cash by its value and its commission, whatever the asset class.

    So cash plus the market value of all positions is the equity at any time, for short sales too, whose proceeds are
    part of the cash. What a position cost is only reckoned when it is asked for.

    Attributes:
        cash: by currency, negative when borrowed.
        held: net quantities that are not zero, as floats for the margin.
        sequence: grows with each change.
    """

    def __init__(self, account: AccountId, cash: dict[str, Decimal]) -> None:
        self.id = account
        self.cash = dict(cash)
        self.held: dict[InstrumentId, float] = {}
        self.sequence = 0
        self._quantities: dict[InstrumentId, Decimal] = {}
        self._positions: dict[InstrumentId, BookPosition] = {}
        self._unreckoned: list[Fill] = []
        self._books: dict[tuple[StrategyId, InstrumentId], Decimal] = {}

    def apply(self, fill: Fill, value: Decimal) -> None:
        """Book an execution of an absolute ``value``."""
        name, signed, cash = fill.instrument, fill.quantity, self.cash
        if fill.side is _BUY:
            value = -value
        else:
            signed = -signed
        value -= fill.commission
        self._unreckoned.append(fill)
        self._move((fill.strategy, name), signed)
        cash[fill.currency] = cash[fill.currency] + value if fill.currency in cash else value
        self.sequence += 1

    def apply_all(
        self, fills: list[Fill], book: tuple[StrategyId, InstrumentId], units: Decimal, currency: str, money: Decimal
    ) -> None:
        """Book executions of one strategy in one instrument that came to ``units`` and ``money`` together."""
        self._unreckoned += fills
        self._move(book, units)
        self.cash[currency] = self.cash.get(currency, ZERO) + money
        self.sequence += len(fills)

    def _move(self, book: tuple[StrategyId, InstrumentId], signed: Decimal) -> None:
        name = book[1]
        total = self._quantities.get(name, ZERO) + signed
        self._quantities[name] = total
        if total:
            self.held[name] = float(total)
        elif name in self.held:
            del self.held[name]
        self._books[book] = self._books.get(book, ZERO) + signed

    def assign(self, strategy: StrategyId, instrument: InstrumentId, quantity: Decimal) -> None:
        """Count a quantity (signed) to a strategy's own holding; what the account holds stays."""
        book = (strategy, instrument)
        self._books[book] = self._books.get(book, ZERO) + quantity
        self.sequence += 1

    def pay(self, currency: str, amount: Decimal) -> None:
        """Move cash."""
        cash = self.cash
        cash[currency] = cash[currency] + amount if currency in cash else amount
        self.sequence += 1

    def split(self, action: PositionSplit) -> None:
        """Change the units of one strategy's holding and take the cash for a fraction of one."""
        instrument = action.instrument
        self.positions[instrument] = split(self.position(instrument), action)
        self._move((action.strategy, instrument), action.after - action.before)
        self.pay(action.currency, action.cash)

    @property
    def positions(self) -> dict[InstrumentId, BookPosition]:
        """Net by instrument, flat ones included while they show realized profit."""
        positions = self._positions
        for fill in self._unreckoned:
            positions[fill.instrument] = apply_fill(positions.get(fill.instrument, FLAT), fill)
        self._unreckoned.clear()
        return positions

    def position(self, instrument: InstrumentId) -> BookPosition:
        """Return the net position."""
        return self.positions.get(instrument, FLAT)

    def quantity(self, instrument: InstrumentId) -> Decimal:
        """Return the signed net quantity."""
        return self._quantities.get(instrument, ZERO)

    def holders(self, instrument: InstrumentId) -> list[tuple[StrategyId, Decimal]]:
        """Return the strategies whose own orders left them with a position, with its signed quantity, by name."""
        books = self._books.items()
        return sorted((strategy, held) for (strategy, name), held in books if held and name == instrument)

    def reducible(self, intent: OrderIntent) -> Decimal:
        """Return how much of a position an order that may only reduce can close.

        Strategies share the account, so the position meant is the one of the order's own strategy, also where another
        strategy holds the opposite. A strategy that never traded the instrument here, and orders placed by a person or
        the kill switch, may reduce the account's net position.
        """
        net = _against(intent.side, self.quantity(intent.instrument))
        own = self._books.get((intent.strategy, intent.instrument))
        if own is None:
            return ZERO if intent.parent is not None else net
        book = _against(intent.side, own)
        return max(book, net) if intent.purpose in BY_PERSON and intent.parent is None else book

    def net_position(self, instrument: InstrumentId) -> NetPosition:
        """Return the net position as a report, also when it is flat."""
        position = self.position(instrument)
        return NetPosition(
            account=self.id,
            instrument=instrument,
            quantity=position.quantity,
            average_price=position.average_price,
        )

    def net_positions(self) -> list[NetPosition]:
        """Return the positions that are not flat."""
        return [self.net_position(name) for name, position in self.positions.items() if position.quantity]

    def strategy_holding(self, strategy: StrategyId, instrument: InstrumentId) -> StrategyHolding:
        """Return what a strategy's own orders brought about."""
        quantity = self._books.get((strategy, instrument), ZERO)
        return StrategyHolding(strategy=strategy, instrument=instrument, quantity=quantity)

    def strategy_holdings(self) -> list[StrategyHolding]:
        """Return every strategy's holdings, flat ones included."""
        return [self.strategy_holding(*book) for book in self._books]

    def restore(self, holdings: list[Holding], books: list[StrategyHolding], sequence: int) -> None:
        """Take over what was saved."""
        self._positions = {holding.instrument: holding.position for holding in holdings}
        self._quantities = {name: position.quantity for name, position in self._positions.items()}
        self.held = {name: float(quantity) for name, quantity in self._quantities.items() if quantity}
        self._books = {(book.strategy, book.instrument): book.quantity for book in books}
        self.sequence = sequence


def _against(side: Side, quantity: Decimal) -> Decimal:
    return max(-quantity if side is Side.BUY else quantity, ZERO)
