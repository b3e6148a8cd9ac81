"""What holdings and debts earn and cost over time: dividends, funding, borrow fees and interest, and splits."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

import msgspec

from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.money import ZERO, decimal, round_down
from ares_desktop.domain.orders import OrderState
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.execution import Execution
from ares_desktop.engine.simulation.margin import Margin
from ares_desktop.engine.simulation.marks import Marks
from ares_desktop.engine.simulation.working import WorkingOrder

_YEAR: Final = Decimal(360)
"""Days of a year of interest in dollars and of borrow fees."""
_STEP: Final = Decimal("1E-6")
_BORROWED: Final = frozenset({AssetClass.EQUITY, AssetClass.CRYPTO})
"""What must be borrowed to be sold short."""
_MARGINED: Final = frozenset({AssetClass.FUTURE, AssetClass.FX})
"""What is not paid for when it is bought, so that its value is no debt."""


class Carry:
    """Books to each strategy what its own holdings bring about, and moves the account's cash by the sum.

    A dividend is paid in full to who held the share before its ex-date and by who was short of it; tax withheld at the
    source is not modelled, and the prices of working orders are not lowered by it. A night's borrow fee is charged on
    the net short position of the account, interest on what it owes in a currency, both for actual days over 360; what
    no strategy's purchases explain goes to the unassigned book. Credit balances earn nothing. Holding a currency pair
    over night costs and earns nothing.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        book: OrderBook,
        account: Account,
        margin: Margin,
        marks: Marks,
        execution: Execution,
    ) -> None:
        self._borrow_rate = decimal(settings.borrow_rate)
        self._interest_rate = decimal(settings.interest_rate)
        self._book = book
        self._account = account
        self._margin = margin
        self._marks = marks
        self._execution = execution

    @property
    def charges_nights(self) -> bool:
        """Whether a night can cost anything."""
        return bool(self._borrow_rate or self._interest_rate)

    def act(self, action: MarketAction) -> None:
        """Carry out a dividend, a split or funding on what is held."""
        match action.kind:
            case ActionKind.SPLIT:
                self._split(action)
            case ActionKind.DIVIDEND:
                each = decimal(action.value)
                self._pay_holders(action, "dividend", each)
            case ActionKind.FUNDING:
                mark = self._marks.mark(action.instrument)
                multiplier = self._marks.instruments[action.instrument].multiplier
                if mark is not None:
                    self._pay_holders(action, "funding", -decimal(action.value) * decimal(mark) * multiplier)

    def _pay_holders(self, action: MarketAction, kind: str, each: Decimal) -> None:
        for strategy, quantity in self._account.holders(action.instrument):
            currency = self._marks.instruments[action.instrument].currency
            self._pay(strategy, action.instrument, kind, quantity * each, currency, action.ts)

    def nights(self, count: int, at_ns: int) -> None:
        """Charge for borrowed shares and borrowed cash."""
        if self._borrow_rate:
            for name in list(self._account.held):
                self._charge_borrowing(name, self._borrow_rate * count / _YEAR, at_ns)
        if self._interest_rate:
            for currency in list(self._account.cash):
                self._charge_interest(currency, self._interest_rate * count / _YEAR, at_ns)

    def _charge_borrowing(self, name: InstrumentId, share: Decimal, at_ns: int) -> None:
        instrument, net, mark = self._marks.instruments[name], self._account.quantity(name), self._marks.mark(name)
        if net >= 0 or mark is None or instrument.asset_class not in _BORROWED:
            return
        short = [(strategy, quantity) for strategy, quantity in self._account.holders(name) if quantity < 0]
        whole = sum(quantity for _, quantity in short)
        for strategy, quantity in short:
            value = net * quantity / whole * decimal(mark) * instrument.multiplier
            self._pay(strategy, name, "borrow", value * share, instrument.currency, at_ns)

    def _charge_interest(self, currency: str, share: Decimal, at_ns: int) -> None:
        owed = -self._account.cash[currency]
        bought: dict[StrategyId, Decimal] = {}
        for name, value, margined in self._values(currency):
            owed -= value if margined else ZERO
            if not margined:
                for strategy, quantity in self._account.holders(name):
                    if quantity > 0:
                        part = value * quantity / self._account.quantity(name)
                        bought[strategy] = bought.get(strategy, ZERO) + part
        if owed <= 0:
            return
        whole = sum(bought.values(), ZERO)
        parts = [(name, part / whole) for name, part in bought.items()] if whole > 0 else [(UNASSIGNED, Decimal(1))]
        for strategy, part in sorted(parts):
            self._pay(strategy, None, "interest", -owed * part * share, currency, at_ns)

    def _values(self, currency: str) -> Iterator[tuple[InstrumentId, Decimal, bool]]:
        for name in self._account.held:
            instrument, mark = self._marks.instruments[name], self._marks.mark(name)
            if instrument.currency == currency and mark is not None:
                value = self._account.quantity(name) * decimal(mark) * instrument.multiplier
                yield name, value, instrument.asset_class in _MARGINED

    def _pay(
        self, strategy: StrategyId, name: InstrumentId | None, kind: str, amount: Decimal, currency: str, at_ns: int
    ) -> None:
        amount = amount.quantize(_STEP)
        if not amount:
            return
        self._account.pay(currency, amount)
        self._execution.book(
            CarryBooked(
                account=self._account.id,
                strategy=strategy,
                instrument=name,
                kind=kind,
                amount=amount,
                currency=currency,
                key=self._execution.next_key(),
                at=self._execution.time(at_ns),
            ),
        )

    def _split(self, action: MarketAction) -> None:
        if action.ratio <= 0 or action.ratio == 1:
            return
        name, ratio, mark = action.instrument, action.ratio, self._marks.mark(action.instrument)
        instrument = self._marks.instruments[name]
        price = decimal(mark or 0.0) * ratio.denominator / ratio.numerator
        for strategy, before in self._account.holders(name):
            whole = before * ratio.numerator / ratio.denominator
            after = round_down(whole, instrument.lot_size)
            fact = PositionSplit(
                account=self._account.id,
                strategy=strategy,
                instrument=name,
                before=before,
                after=after,
                numerator=ratio.numerator,
                denominator=ratio.denominator,
                cash=((whole - after) * price * instrument.multiplier).quantize(_STEP),
                price=price,
                currency=instrument.currency,
                key=self._execution.next_key(),
                at=self._execution.time(action.ts),
            )
            self._account.split(fact)
            self._execution.book(fact)
            self._execution.moved[name] = None
            self._execution.touched[strategy, name] = None
        self._split_orders(action)

    def _split_orders(self, action: MarketAction) -> None:
        """Give working orders the units and prices of after the split; those less than a lot end."""
        up, down = Decimal(action.ratio.numerator), Decimal(action.ratio.denominator)
        orders = self._book.working(action.instrument)
        parents = {order.intent.parent for order in orders if order.intent.parent is not None}
        for parent in sorted(parents):
            entry = self._book.find(parent)
            if entry is not None:
                entry.extra = (entry.filled + entry.extra) * up / down - entry.filled
                self._execution.dirty[parent] = entry
        for order in orders:
            self._split_order(order, up, down, action.ts)

    def _split_order(self, order: WorkingOrder, up: Decimal, down: Decimal, at_ns: int) -> None:
        instrument = self._marks.instruments[order.intent.instrument]
        rest = round_down(order.remaining * up / down, instrument.lot_size)
        if not rest:
            self._execution.end(order, OrderState.CANCELED, at_ns, "a split leaves less than one lot of it")
            return
        intent, tick = order.intent, instrument.tick_size
        order.taken = round_down(order.taken * up / down, instrument.lot_size)
        order.quantity = order.filled + rest
        # Each price is rounded to where it is reached later: buys at a limit down, buys at a stop up.
        order.intent = msgspec.structs.replace(
            intent,
            quantity=order.quantity + order.taken,
            limit_price=_rounded(intent.limit_price, up, down, tick, lower=order.buys),
            stop_price=_rounded(intent.stop_price, up, down, tick, lower=not order.buys),
            trail=_rounded(intent.trail, up, down, tick, lower=False),
        )
        level = order.stop
        order.take_prices()
        if intent.stop_price is None and level is not None:
            order.stop = level * float(down / up)
        self._margin.reserve(order)
        self._execution.updated(order, at_ns)


def _rounded(price: Decimal | None, up: Decimal, down: Decimal, tick: Decimal, *, lower: bool) -> Decimal | None:
    if price is None or not tick:
        return price if price is None else price * down / up
    steps = (price * down / up / tick).to_integral_value(rounding=ROUND_FLOOR if lower else ROUND_CEILING)
    return max(steps, Decimal(1)) * tick
