"""The money of one instance, folded from its own fills."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from decimal import Decimal, localcontext
from typing import Final

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill, given, split
from ares_desktop.domain.events import BookNews, CarryBooked, CashFlowRecorded, PositionMoved
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import MONEY_CONTEXT, ONE, ZERO, decimal
from ares_desktop.domain.orders import Side
from ares_desktop.domain.positions import Position

_UNKNOWN: Final = Decimal("NaN")


class Book:
    """Cash and positions of one instance.

    Args:
        cash: in the account's ``currency`` at the start.
        marks: newest price by instrument, kept up to date by the owner.
        rate: what one unit of a currency is worth in the account's, None when it is not known.

    Attributes:
        cash: in the account's currency, may be negative when borrowed.
        foreign: cash in other currencies, from what was traded in them.
    """

    def __init__(
        self,
        strategy: StrategyId,
        account: AccountId,
        instruments: Mapping[InstrumentId, Instrument],
        cash: Decimal,
        currency: str = "USD",
        marks: MutableMapping[InstrumentId, float] | None = None,
        rate: Callable[[str], Decimal | None] = lambda _: None,
    ) -> None:
        self.cash = cash
        self.foreign: dict[str, Decimal] = {}
        self.marks: MutableMapping[InstrumentId, float] = {} if marks is None else marks
        self._currency = currency
        self._rate = rate
        self._strategy = strategy
        self._account = account
        self._instruments = instruments
        self._holdings: dict[InstrumentId, BookPosition] = {}
        self._seen: set[TradeId] = set()

    def restore(self, positions: Iterable[Position]) -> None:
        """Start from positions that the ledger gave."""
        for position in positions:
            multiplier = self._multiplier(position.instrument)
            self._holdings[position.instrument] = BookPosition(
                quantity=position.quantity,
                cost=position.quantity * (position.average_price or ZERO) * multiplier,
                realized=position.realized,
                commission=position.commission,
                multiplier=multiplier,
            )

    def apply(self, fill: Fill) -> bool:
        """Take an execution in; return False for one that came before."""
        if fill.trade_id in self._seen:
            return False
        self._seen.add(fill.trade_id)
        with localcontext(MONEY_CONTEXT):
            self._holdings[fill.instrument] = apply_fill(self._holdings.get(fill.instrument, FLAT), fill)
            self.pay(fill.currency, -(fill.signed_quantity * fill.price * fill.multiplier + fill.commission))
        return True

    def take_over(self, fill: Fill, position: BookPosition) -> None:
        """Take in an execution that comes once, with the position that the ledger reckoned for it."""
        self._holdings[fill.instrument] = position
        value = fill.quantity * fill.price * fill.multiplier
        self.pay(fill.currency, (-value if fill.side is Side.BUY else value) - fill.commission)

    def pay(self, currency: str, amount: Decimal) -> None:
        """Take money in (positive) or give it out."""
        if currency == self._currency:
            self.cash += amount
        else:
            self.foreign[currency] = self.foreign.get(currency, ZERO) + amount

    def take(self, booking: BookNews) -> None:
        """Take in money that came or went without a trade, or units after a split or that changed their book."""
        with localcontext(MONEY_CONTEXT):
            if isinstance(booking, CarryBooked | CashFlowRecorded):
                self.pay(booking.currency, booking.amount)
                return
            if isinstance(booking, PositionMoved):
                sign = 1 if booking.taker == self._strategy else -1
                before = self._holdings.get(booking.instrument, FLAT)
                after = given(before, sign * booking.quantity, sign * booking.cost, booking.multiplier)
                self._holdings[booking.instrument] = after
                return
            holding = self._holdings.get(booking.instrument, FLAT)
            self._holdings[booking.instrument] = split(holding, booking)
            self.pay(booking.currency, booking.cash)

    def quantity(self, instrument: InstrumentId) -> Decimal:
        """Return the signed quantity held."""
        holding = self._holdings.get(instrument)
        return ZERO if holding is None else holding.quantity

    def value(self, instrument: InstrumentId) -> Decimal:
        """Return the signed market value; a position without a mark counts at cost."""
        holding = self._holdings.get(instrument, FLAT)
        mark = self.marks.get(instrument)
        return holding.cost if mark is None or not holding.quantity else holding.market_value(decimal(mark))

    @property
    def equity(self) -> Decimal:
        """Cash plus market value in the account's currency; NaN when a rate that it needs is not known."""
        with localcontext(MONEY_CONTEXT):
            total = self.cash
            for currency, amount in self.foreign.items():
                total += self._converted(amount, currency)
            for instrument, holding in self._holdings.items():
                if holding.quantity:
                    total += self._converted(self.value(instrument), self._currency_of(instrument))
            return total

    def _converted(self, amount: Decimal, currency: str) -> Decimal:
        if currency == self._currency or not amount:
            return amount
        rate = self._rate(currency)
        return _UNKNOWN if rate is None else amount * rate

    def _currency_of(self, instrument: InstrumentId) -> str:
        known = self._instruments.get(instrument)
        return self._currency if known is None else known.currency

    @property
    def open_instruments(self) -> tuple[InstrumentId, ...]:
        """What is held."""
        return tuple(instrument for instrument, holding in self._holdings.items() if holding.quantity)

    def position(self, instrument: InstrumentId) -> Position:
        """Return the position, also a flat one."""
        holding = self._holdings.get(instrument, FLAT)
        mark = None if instrument not in self.marks else decimal(self.marks[instrument])
        known = mark is not None or not holding.quantity
        value = self.value(instrument) if known else None
        return Position(
            account=self._account,
            strategy=self._strategy,
            instrument=instrument,
            quantity=holding.quantity,
            average_price=holding.average_price,
            realized=holding.realized,
            commission=holding.commission,
            mark=mark,
            unrealized=None if value is None else value - holding.cost,
            market_value=value,
            currency=self._currency_of(instrument),
        )

    def _multiplier(self, instrument: InstrumentId) -> Decimal:
        known = self._instruments.get(instrument)
        return ONE if known is None else known.multiplier
