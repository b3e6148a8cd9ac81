"""The money of one instance, folded from its own fills."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import MONEY_CONTEXT, ZERO, decimal
from ares_desktop.domain.positions import Position


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
            self.cash -= fill.signed_quantity * fill.price * fill.multiplier + fill.commission
        return True

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
        """Cash plus market value."""
        with localcontext(MONEY_CONTEXT):
            return self.cash + sum((self.value(instrument) for instrument in self._holdings), ZERO)

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
        )

    def _multiplier(self, instrument: InstrumentId) -> Decimal:
        known = self._instruments.get(instrument)
        return Decimal(1) if known is None else known.multiplier
