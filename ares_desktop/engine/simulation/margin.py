"""What an order needs, what the account has left, and why an order is beyond it."""

from decimal import ROUND_DOWN, Decimal
from typing import Final

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.money import ZERO, decimal
from ares_desktop.domain.simulation import AccountMode
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.marks import Marks
from ares_desktop.engine.simulation.working import WorkingOrder

_REG_T: Final = Decimal("0.5")
"""Initial margin of shares, Federal Reserve Regulation T, 12 CFR 220.12."""
_CENT: Final = Decimal("0.01")
_ROUNDING: Final = 1e-6


class Margin:
    """Regulation T style margin on the net position and all working orders.

    An instrument needs ``margin_rate`` of the greater of its value if all buys filled and its value if all sales
    filled; exits of brackets and other reduce-only orders need nothing. A short sale needs the same rate on top of its
    proceeds, which stay in the account's cash and are balanced by the negative value of the position (the 150 % of
    Regulation T). A cash account needs the whole value and can't sell short.
    """

    def __init__(self, account: Account, marks: Marks, mode: AccountMode) -> None:
        self._account = account
        self._marks = marks
        self._mode = mode
        self._reserved: dict[InstrumentId, list[float]] = {}

    def release(self, order: WorkingOrder) -> None:
        """Leave an order out until it is reserved again."""
        self.reserve(order, nothing=True)

    def restore(self, order: WorkingOrder) -> None:
        """Take over what a saved order had reserved: a market order keeps the price of its time."""
        if order.reserved:
            self._reserved.setdefault(order.intent.instrument, [0.0, 0.0])[not order.buys] += order.reserved

    def reserve(self, order: WorkingOrder, *, nothing: bool = False) -> None:
        """Make the reserve of an order what its remaining quantity is worth, nothing once it has ended."""
        value = 0.0
        if order.is_live and not order.only_reduces and not nothing:
            value = float(order.remaining) * self._unit_value(order)
        if value == order.reserved:
            return
        sides = self._reserved.setdefault(order.intent.instrument, [0.0, 0.0])
        sides[not order.buys] += value - order.reserved
        order.reserved = value

    def _unit_value(self, order: WorkingOrder) -> float:
        price = order.limit or order.stop or self._marks.mark(order.intent.instrument) or 0.0
        return price * float(self._marks.instruments[order.intent.instrument].multiplier)

    def refusal(self, order: WorkingOrder) -> str:
        """Return why the account can't carry an order, which is not reserved yet; empty when it can."""
        if order.only_reduces:
            return ""
        instrument = self._marks.instruments[order.intent.instrument]
        unit = self._unit_value(order)
        if not unit or self._marks.rate(instrument.currency) is None:
            what = f"price of {instrument.id}" if not unit else f"rate from {instrument.currency}"
            return f"no {what} is known, so its margin can't be computed"
        extra = [0.0, 0.0]
        extra[not order.buys] = float(order.remaining) * unit
        needs = self._need(instrument.id, extra) - self._need(instrument.id)
        free = self.free() if needs > 0 else 0.0
        if free is None:
            return "the account's equity is unknown: a held position has no price"
        if needs <= free + _ROUNDING or needs <= 0:
            return ""
        return f"needs {needs:,.2f} {self._marks.currency} of margin, {max(free, 0.0):,.2f} is free"

    def free(self) -> float | None:
        """Return equity less what positions and working orders need, None when a price or rate is missing."""
        total = 0.0
        for currency, amount in self._account.cash.items():
            rate = self._marks.rate(currency) if amount else 1.0
            if rate is None:
                return None
            total += float(amount) * rate
        for name, position in self._account.positions.items():
            if position.quantity:
                value = self._value(name)
                if value is None:
                    return None
                total += value
        return total - sum(self._need(name) for name in self._reserved.keys() | self._account.positions.keys())

    def _value(self, name: InstrumentId) -> float | None:
        instrument = self._marks.instruments[name]
        mark, rate = self._marks.mark(name), self._marks.rate(instrument.currency)
        if mark is None or rate is None:
            return None
        return float(self._account.quantity(name)) * mark * float(instrument.multiplier) * rate

    def _need(self, name: InstrumentId, extra: list[float] | None = None) -> float:
        buys, sales = self._reserved.get(name, (0.0, 0.0))
        if extra is not None:
            buys, sales = buys + extra[0], sales + extra[1]
        held = self._value(name) if self._account.quantity(name) else 0.0
        if not buys and not sales and not held:
            return 0.0
        instrument = self._marks.instruments[name]
        rate = self._marks.rate(instrument.currency) or 0.0
        held = held or 0.0
        worst = max(abs(held), abs(held + buys * rate), abs(held - sales * rate))
        return worst * (float(instrument.margin_rate) if self._mode is AccountMode.MARGIN else 1.0)

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
