"""The end of contracts that expire: a position rolls to the next contract, or is settled."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from ares_desktop.domain.events import OrderSubmitted
from ares_desktop.domain.ids import VENUE, InstrumentId, StrategyId, VenueOrderId, client_order_id
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.money import decimal
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderState, Side, TimeInForce
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.execution import Execution
from ares_desktop.engine.simulation.liquidity import Liquidity
from ares_desktop.engine.simulation.marks import Marks, price_of
from ares_desktop.engine.simulation.session import NEVER_NS
from ares_desktop.engine.simulation.state import Counters
from ares_desktop.engine.simulation.working import WorkingOrder

_SATURDAY: Final = 5
_SIDES: Final = (True, False)


class Expiring:
    """Rolls and settles, for each strategy what it holds.

    A roll closes the position and opens as many of the next contract of its root, both as market orders at the last
    known prices with slippage and commission, once both prices are known. Working orders of the old contract are
    canceled, exits of brackets too: their prices mean nothing for the next one. What was not rolled is settled in cash
    at the last price when trading ends, without a commission. Sessions before the expiry are counted in weekdays.
    Options never roll; they are settled in cash at what exercise is worth at the last price of the underlying, or at
    their own last price where the underlying has none. That is the rule of index options; those on shares are
    delivered really, which comes to the same money at that moment.

    Attributes:
        next_ns: nothing ends or rolls at or before it.
    """

    def __init__(
        self, roll_days: int, book: OrderBook, account: Account, marks: Marks, execution: Execution, counters: Counters
    ) -> None:
        self._roll_days = roll_days
        self._book = book
        self._account = account
        self._marks = marks
        self._execution = execution
        self._counters = counters
        self._rolls: dict[InstrumentId, int] = {}
        self._ends: dict[InstrumentId, int] = {}
        self.next_ns = NEVER_NS

    def register(self, instrument: Instrument) -> None:
        """Watch a contract that expires after the present time."""
        end_ns = self._marks.contracts[instrument.id].expiry_ns
        if end_ns == NEVER_NS or end_ns < self._counters.clock_ns:
            return
        self._ends[instrument.id] = end_ns
        roll_ns = NEVER_NS if instrument.asset_class is AssetClass.OPTION else self._roll_ns(instrument)
        if self._roll_days and NEVER_NS > roll_ns >= self._counters.clock_ns:
            self._rolls[instrument.id] = roll_ns
        self._plan()

    def _plan(self) -> None:
        self.next_ns = min([*self._rolls.values(), *self._ends.values()], default=NEVER_NS)

    def _roll_ns(self, instrument: Instrument) -> int:
        if instrument.expiry is None:
            return NEVER_NS
        moment, left = instrument.expiry, self._roll_days
        while left:
            moment -= timedelta(days=1)
            # The session that ends at this moment is the one of the day before when it ends at midnight.
            left -= (moment - timedelta(microseconds=1)).weekday() < _SATURDAY
        return to_ns(moment)

    def by_clock(self, now_ns: int) -> None:
        """Roll and settle what is due before ``now_ns``."""
        for name in sorted(name for name, roll_ns in self._rolls.items() if roll_ns < now_ns):
            if self._roll(name, self._rolls[name]):
                del self._rolls[name]
        for name in sorted(name for name, end_ns in self._ends.items() if end_ns < now_ns):
            self._settle(name, self._ends.pop(name))
            self._rolls.pop(name, None)
        self._plan()

    def _roll(self, name: InstrumentId, at_ns: int) -> bool:
        """Roll a contract; False when it must wait for a price."""
        held = self._account.holders(name)
        if not held:
            return True
        target = self._successor(name, at_ns)
        old = self._marks.last.get(name)
        if target is None or old is None:
            return target is None
        new = self._marks.last.get(target)
        if new is None:
            return False
        prices = {
            (item, buys): price_of(event, buys=buys) for item, event in ((name, old), (target, new)) for buys in _SIDES
        }
        if None in prices.values():
            return False
        at_ns = max(at_ns, old.ts, new.ts)
        self._end_orders(name, OrderState.CANCELED, at_ns, f"its contract was rolled to {target}")
        for strategy, quantity in held:
            for item, signed in ((name, -quantity), (target, quantity)):
                order = self._place(strategy, item, signed, f"rolled from {name} to {target}", at_ns)
                price = prices[item, signed > 0] or 0.0
                self._execution.execute(order, price, Liquidity.unbounded(), maker=False, at_ns=at_ns)
        return True

    def _successor(self, name: InstrumentId, now_ns: int) -> InstrumentId | None:
        """Return the next contract of the chain that is not itself due to roll."""
        contract = self._marks.contracts[name]
        chain = sorted(
            (other.expiry_ns, other.instrument.id)
            for other in self._marks.contracts.values()
            if other.instrument.root == contract.instrument.root
            and other.instrument.venue == contract.instrument.venue
            and contract.expiry_ns < other.expiry_ns < NEVER_NS
        )
        later = [item for _, item in chain if self._rolls.get(item, NEVER_NS) > now_ns]
        return later[0] if later and contract.instrument.root else None

    def _settle(self, name: InstrumentId, at_ns: int) -> None:
        self._end_orders(name, OrderState.EXPIRED, at_ns, "its contract expired")
        mark = self._worth(name)
        if mark is None:
            return
        for strategy, quantity in self._account.holders(name):
            order = self._place(strategy, name, -quantity, "settled at expiry", at_ns)
            self._execution.references.append(mark)
            contract = self._marks.contracts[name]
            self._execution.fill(order, abs(quantity), decimal(mark), contract, maker=False, at_ns=at_ns, free=True)

    def _worth(self, name: InstrumentId) -> float | None:
        """Return the price that a contract is settled at, None when nothing tells one."""
        option = self._marks.contracts[name].option
        price = None if option is None else self._marks.mark(option.underlying)
        return self._marks.mark(name) if option is None or price is None else option.intrinsic(price)

    def _end_orders(self, name: InstrumentId, state: OrderState, at_ns: int, reason: str) -> None:
        for order in self._book.working(name):
            self._execution.end(order, state, at_ns, reason)

    def _place(
        self, strategy: StrategyId, name: InstrumentId, signed: Decimal, reason: str, at_ns: int
    ) -> WorkingOrder:
        counters = self._counters
        counters.orders += 1
        counters.own_orders += 1
        at = self._execution.time(at_ns)
        intent = OrderIntent(
            client_order_id=client_order_id(VENUE, counters.own_orders),
            strategy=strategy,
            account=self._account.id,
            instrument=name,
            side=Side.BUY if signed > 0 else Side.SELL,
            quantity=abs(signed),
            created_at=at,
            tif=TimeInForce.GTC,
            purpose=OrderPurpose.VENUE,
            reason=reason,
        )
        order = WorkingOrder(
            intent=intent,
            venue_order_id=VenueOrderId(f"V-{counters.orders:06d}"),
            quantity=intent.quantity,
            arrived_ns=at_ns,
            updated_ns=at_ns,
        )
        self._execution.events.append(OrderSubmitted(intent=intent, at=at))
        self._execution.accept(order, 0.0)
        return order
