"""Why the simulated venue refuses an order before it could match."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import is_multiple
from ares_desktop.domain.orders import OrderIntent, OrderType
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.simulation.account import Account
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.contracts import Contract
from ares_desktop.engine.simulation.margin import Margin
from ares_desktop.engine.simulation.marks import Marks
from ares_desktop.engine.simulation.working import WorkingOrder

_NEEDS_LIMIT = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_NEEDS_STOP = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


class Admission:
    """Finds out what is wrong with an order by itself, for the account's holdings and for its means."""

    def __init__(
        self, settings: SimulationSettings, book: OrderBook, account: Account, margin: Margin, marks: Marks
    ) -> None:
        self._account_id = settings.account
        self._book = book
        self._account = account
        self._margin = margin
        self._marks = marks

    def problem(self, order: WorkingOrder, contract: Contract | None) -> str:
        """Return why a new order is refused, empty when it is not; it knows its prices afterwards."""
        intent = order.intent
        problem = defect(intent, self._account_id, None if contract is None else contract.instrument)
        if problem or contract is None:
            return problem
        if contract.expiry_ns <= order.arrived_ns:
            return f"{intent.instrument} expired at {contract.instrument.expiry}"
        order.take_prices()
        return self._unfit(order, contract)

    def _unfit(self, order: WorkingOrder, contract: Contract) -> str:
        problem = misfit(order, self._book, self._account, contract)
        if problem or order.only_reduces:
            return problem
        return self._margin.refusal(order, self._margin.value(order))

    def change_problem(self, found: WorkingOrder | None, changes: Mapping[str, Decimal]) -> str:
        """Return why an order can't be changed, empty when it can."""
        if found is None:
            return "this order is not known here"
        if not found.is_live:
            return f"it is {found.state.value} already"
        unfit = {"limit_price": found.limit, "stop_price": found.stop}
        for name in changes:
            if name in unfit and unfit[name] is None:
                return f"a {found.intent.type} order has no {name.replace('_', ' ')}"
        changed = msgspec.structs.replace(found.intent, **changes)
        contract = self._marks.contracts[changed.instrument]
        problem = defect(changed, self._account_id, contract.instrument)
        if problem:
            return problem
        quantity = changed.quantity - found.taken if "quantity" in changes else found.quantity
        if quantity <= found.filled:
            return f"{found.filled} of it are filled already"
        trial = WorkingOrder(
            intent=changed,
            venue_order_id=found.venue_order_id,
            quantity=quantity - found.filled,
            arrived_ns=0,
            updated_ns=0,
        )
        trial.take_prices()
        self._margin.release(found)
        problem = self._unfit(trial, contract)
        self._margin.reserve(found)
        return problem


def defect(intent: OrderIntent, account: AccountId, instrument: Instrument | None) -> str:
    """Return what is wrong with an intent by itself, empty when nothing is."""
    if intent.account != account:
        return f"this is account {account}, the order is for {intent.account}"
    if instrument is None:
        return f"instrument {intent.instrument} is not known here"
    if not instrument.tradable:
        return f"instrument {intent.instrument} can't be traded"
    return _quantity_defect(intent.quantity, instrument) or _price_defect(intent)


def _quantity_defect(quantity: Decimal, instrument: Instrument) -> str:
    if not quantity.is_finite() or quantity <= 0:
        return f"quantity must be positive, was {quantity}"
    if not is_multiple(quantity, instrument.lot_size):
        return f"quantity must be a multiple of {instrument.lot_size}, was {quantity}"
    return ""


def _price_defect(intent: OrderIntent) -> str:
    if intent.type is OrderType.MARKET and intent.limit_price is intent.stop_price is intent.trail is None:
        return ""
    wanted = {
        "a limit price": (intent.type in _NEEDS_LIMIT, intent.limit_price),
        "a stop price": (intent.type in _NEEDS_STOP, intent.stop_price),
        "a trailing distance": (intent.type is OrderType.TRAILING_STOP, intent.trail),
    }
    for name, (needed, price) in wanted.items():
        if needed and price is None:
            return f"{intent.type} needs {name}"
        if price is not None and not (price.is_finite() and price > 0):
            return f"{name} must be positive, was {price}"
    return ""


def misfit(order: WorkingOrder, book: OrderBook, account: Account, contract: Contract) -> str:
    """Return why an order does not fit what the account holds and has working, empty when it does."""
    intent = order.intent
    if intent.parent is not None:
        return _parent_misfit(intent.parent, intent.instrument, book)
    if intent.reduce_only:
        return "" if account.reducible(intent) else "reduce-only: there is no position to reduce"
    if contract.short_sales or order.buys:
        return ""
    working = sum(
        (
            other.remaining
            for other in book.working(intent.instrument)
            if not other.buys and not other.only_reduces and other.intent.client_order_id != intent.client_order_id
        ),
        Decimal(0),
    )
    if working + order.remaining <= account.quantity(intent.instrument):
        return ""
    why = "can't be sold short in a cash account" if contract.instrument.shortable else "can't be sold short"
    return f"{intent.instrument} {why}"


def _parent_misfit(parent: ClientOrderId, instrument: InstrumentId, book: OrderBook) -> str:
    entry = book.find(parent)
    if entry is None:
        return f"the entry {parent} that this exit belongs to is not known here"
    if entry.intent.instrument != instrument:
        return f"the entry {parent} is for {entry.intent.instrument}"
    if not entry.is_live and not entry.filled:
        return f"the entry {parent} ended without a fill"
    return ""
