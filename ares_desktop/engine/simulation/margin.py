"""What an order needs, what the account has left, and why an order is beyond it."""

from decimal import ROUND_DOWN, Decimal
from typing import Final

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.money import ZERO, decimal
from ares_desktop.domain.orders import Side
from ares_desktop.domain.simulation import AccountMode
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.marks import Marks
from ares_desktop.engine.simulation.option_terms import OptionTerms
from ares_desktop.engine.simulation.working import WorkingOrder

_REG_T: Final = Decimal("0.5")
"""Initial margin of shares, Federal Reserve Regulation T, 12 CFR 220.12."""
_CENT: Final = Decimal("0.01")
_BUY: Final = Side.BUY
_ROUNDING: Final = 1e-6


class Margin:
    """Regulation T style margin on the net position and all working orders.

    An instrument needs ``margin_rate`` of the greater of its value if all buys filled and its value if all sales
    filled; exits of brackets and other reduce-only orders need nothing. A short sale needs the same rate on top of its
    proceeds, which stay in the account's cash and are balanced by the negative value of the position (the 150 % of
    Regulation T). A cash account needs the whole value and can't sell short. An option that is held needs its whole
    value, one sold short what :meth:`OptionTerms.short_margin` says; the price of its underlying must be known for it.
    """

    def __init__(self, account: Account, marks: Marks, mode: AccountMode) -> None:
        self._account = account
        self._marks = marks
        self._mode = mode
        self._reserved: dict[InstrumentId, list[float]] = {}

    @property
    def reserves(self) -> bool:
        """Whether any working order reserves something."""
        return bool(self._reserved)

    def is_reserved(self, name: InstrumentId) -> bool:
        """Say whether a working order of the instrument reserves something."""
        return name in self._reserved

    def release(self, order: WorkingOrder) -> None:
        """Leave an order out until it is reserved again."""
        self.set_aside(order, 0.0)

    def restore(self, order: WorkingOrder) -> None:
        """Take over what a saved order had reserved: a market order keeps the price of its time."""
        if order.reserved:
            self._reserved.setdefault(order.intent.instrument, [0.0, 0.0])[not order.buys] += order.reserved

    def reserve(self, order: WorkingOrder) -> None:
        """Make the reserve of an order what its remaining quantity is worth, nothing once it has ended."""
        self.set_aside(order, self.value(order) if order.is_live and not order.only_reduces else 0.0)

    def set_aside(self, order: WorkingOrder, value: float) -> None:
        """Make ``value`` the reserve of an order."""
        change = value - order.reserved
        if not change:
            return
        name = order.intent.instrument
        sides = self._reserved.get(name)
        if sides is None:
            sides = self._reserved[name] = [0.0, 0.0]
        sides[order.intent.side is not _BUY] += change
        order.reserved = value
        if not sides[0] and not sides[1]:
            del self._reserved[name]

    def value(self, order: WorkingOrder) -> float:
        """Return what the remaining quantity is worth at the order's price or else at the mark, 0 when unknown.

        A sale of options is told by its units instead, since it is the underlying's price that it needs margin for.
        """
        name = order.intent.instrument
        option = self._marks.contracts[name].option
        if option is not None and not order.buys:
            return 0.0 if self._marks.mark(option.underlying) is None else float(order.remaining)
        price = order.limit or order.stop or self._marks.mark(name) or 0.0
        return float(order.remaining) * (price * self._marks.contracts[name].multiplier)

    def refusal(self, order: WorkingOrder, value: float) -> str:
        """Return why the account can't carry an order of ``value``, not reserved yet; empty when it can."""
        name, marks = order.intent.instrument, self._marks
        currency = marks.instruments[name].currency
        if not value or marks.rate(currency) is None:
            what = f"price of {self._priced_by(order)}" if not value else f"rate from {currency}"
            return f"no {what} is known, so its margin can't be computed"
        before = self._need(name, 0.0, 0.0)
        needs = (self._need(name, value, 0.0) if order.buys else self._need(name, 0.0, value)) - before
        if needs <= 0:
            return ""
        free = self.free()
        if free is None:
            return "the account's equity is unknown: a held position has no price"
        if needs <= free + _ROUNDING:
            return ""
        return f"needs {needs:,.2f} {marks.currency} of margin, {max(free, 0.0):,.2f} is free"

    def _priced_by(self, order: WorkingOrder) -> InstrumentId:
        name = order.intent.instrument
        option = self._marks.contracts[name].option
        return name if option is None or order.buys else option.underlying

    def free(self) -> float | None:
        """Return equity less what positions and working orders need, None when a price or rate is missing."""
        account, marks = self._account, self._marks
        total = 0.0
        for currency, amount in account.cash.items():
            rate = 1.0 if currency == marks.currency or not amount else marks.rate(currency)
            if rate is None:
                return None
            total += float(amount) * rate
        for name in account.held:
            value = self._value(name)
            if value is None:
                return None
            total += value
        return total - sum(self._need(name, 0.0, 0.0) for name in self._reserved.keys() | account.held.keys())

    def _value(self, name: InstrumentId) -> float | None:
        marks = self._marks
        contract = marks.contracts[name]
        mark, rate = marks.mark(name), marks.rate(contract.instrument.currency)
        if mark is None or rate is None:
            return None
        return self._account.held[name] * mark * contract.multiplier * rate

    def _need(self, name: InstrumentId, buys: float, sales: float) -> float:
        """Return what the position and the working orders of an instrument need, with further buys and sales."""
        sides = self._reserved.get(name)
        if sides is not None:
            buys, sales = buys + sides[0], sales + sides[1]
        held = (self._value(name) or 0.0) if name in self._account.held else 0.0
        if not buys and not sales and not held:
            return 0.0
        contract = self._marks.contracts[name]
        rate = self._marks.rate(contract.instrument.currency) or 0.0
        if contract.option is not None:
            return self._option_need(name, contract.option, held, buys * rate, sales)
        return max(abs(held), abs(held + buys * rate), abs(held - sales * rate)) * contract.margin

    def _option_need(self, name: InstrumentId, option: OptionTerms, held: float, buys: float, sold: float) -> float:
        """Return what options need: ``held`` and ``buys`` by their value, ``sold`` in units of working sales."""
        marks = self._marks
        contract, units = marks.contracts[name], self._account.held.get(name, 0.0)
        short = max(sold - units, -units, 0.0)
        each = option.short_margin(marks.mark(option.underlying) or option.strike) * contract.multiplier
        rate = marks.rate(contract.instrument.currency) or 0.0
        return max(held, held + buys, short * each * rate, 0.0)

    def balance(self) -> BrokerAccount:
        """Return cash, equity and what shares may still be bought for; equity is None when a price is missing."""
        equity: Decimal | None = ZERO
        for currency, amount in self._account.cash.items():
            equity = _plus(equity, amount, self._marks.rate(currency) if amount else 1.0)
        for name, position in self._account.positions.items():
            if position.quantity:
                mark = self._marks.mark(name)
                value = None if mark is None else position.market_value(decimal(mark))
                equity = _plus(equity, value, self._marks.rate(self._marks.instruments[name].currency))
        free = self.free()
        power = decimal(max(free or 0.0, 0.0))
        if self._mode is AccountMode.MARGIN:
            power /= _REG_T
        return BrokerAccount(
            account=self._account.id,
            cash=dict(self._account.cash),
            buying_power=power.quantize(_CENT, rounding=ROUND_DOWN),
            equity=equity,
            currency=self._marks.currency,
            sequence=self._account.sequence,
        )


def _plus(total: Decimal | None, amount: Decimal | None, rate: float | None) -> Decimal | None:
    if total is None or amount is None or rate is None:
        return None
    return total + (amount if rate == 1.0 else amount * decimal(rate))
