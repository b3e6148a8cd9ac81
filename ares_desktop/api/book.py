"""The money of one instance, folded from its own fills."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import MONEY_CONTEXT, ZERO, decimal
from ares_desktop.domain.positions import Position


class Holding:
    """One instrument's position by the average-cost rule."""

    __slots__ = ("average_price", "commission", "quantity", "realized")

    def __init__(self, quantity: Decimal = ZERO, average_price: Decimal | None = None) -> None:
        self.quantity = quantity
        self.average_price = average_price
        self.realized = ZERO
        self.commission = ZERO

    def apply(self, fill: Fill) -> None:
        """Take an execution in: a part that closes is realized against the average, a flip opens at its price."""
        signed, before = fill.signed_quantity, self.quantity
        self.commission += fill.commission
        self.quantity = before + signed
        if before == 0 or before.is_signed() == signed.is_signed():
            cost = (self.average_price or ZERO) * before + fill.price * signed
            self.average_price = cost / self.quantity if self.quantity else None
            return
        closed = min(abs(before), abs(signed)).copy_sign(before)
        self.realized += (fill.price - (self.average_price or ZERO)) * closed * fill.multiplier
        if not self.quantity:
            self.average_price = None
        elif self.quantity.is_signed() != before.is_signed():
            self.average_price = fill.price


class Book:
    """Cash and positions of one instance.

    Attributes:
        cash: may be negative when borrowed.
    """

    def __init__(
        self, strategy: StrategyId, account: AccountId, instruments: Mapping[InstrumentId, Instrument], cash: Decimal
    ) -> None:
        self.cash = cash
        self.marks: dict[InstrumentId, float] = {}
        self._strategy = strategy
        self._account = account
        self._instruments = instruments
        self._holdings: dict[InstrumentId, Holding] = {}
        self._seen: set[TradeId] = set()

    def restore(self, positions: Iterable[Position]) -> None:
        """Start from positions that the ledger gave."""
        for position in positions:
            holding = Holding(position.quantity, position.average_price)
            holding.realized, holding.commission = position.realized, position.commission
            self._holdings[position.instrument] = holding

    def apply(self, fill: Fill) -> bool:
        """Take an execution in; return False for one that came before."""
        if fill.trade_id in self._seen:
            return False
        self._seen.add(fill.trade_id)
        with localcontext(MONEY_CONTEXT):
            self._holdings.setdefault(fill.instrument, Holding()).apply(fill)
            self.cash -= fill.signed_quantity * fill.price * fill.multiplier + fill.commission
        return True

    def quantity(self, instrument: InstrumentId) -> Decimal:
        """Return the signed quantity held."""
        holding = self._holdings.get(instrument)
        return ZERO if holding is None else holding.quantity

    def value(self, instrument: InstrumentId) -> Decimal:
        """Return the signed market value; a position without a mark counts at cost."""
        holding = self._holdings.get(instrument)
        if holding is None or not holding.quantity:
            return ZERO
        mark = self.marks.get(instrument)
        price = (holding.average_price or ZERO) if mark is None else decimal(mark)
        return holding.quantity * price * self._multiplier(instrument)

    @property
    def equity(self) -> Decimal:
        """Cash plus market value."""
        with localcontext(MONEY_CONTEXT):
            return self.cash + sum((self.value(instrument) for instrument in self._holdings), ZERO)

    @property
    def open_instruments(self) -> tuple[InstrumentId, ...]:
        """What is held."""
        return tuple(instrument for instrument, holding in self._holdings.items() if holding.quantity)

    def position(self, instrument: InstrumentId) -> Position:
        """Return the position, also a flat one."""
        holding = self._holdings.get(instrument) or Holding()
        mark = self.marks.get(instrument)
        unrealized = value = None
        if mark is not None or not holding.quantity:
            value = self.value(instrument)
            cost = holding.quantity * (holding.average_price or ZERO) * self._multiplier(instrument)
            unrealized = value - cost
        return Position(
            account=self._account,
            strategy=self._strategy,
            instrument=instrument,
            quantity=holding.quantity,
            average_price=holding.average_price,
            realized=holding.realized,
            commission=holding.commission,
            mark=None if mark is None else decimal(mark),
            unrealized=unrealized,
            market_value=value,
        )

    def _multiplier(self, instrument: InstrumentId) -> Decimal:
        known = self._instruments.get(instrument)
        return Decimal(1) if known is None else known.multiplier
