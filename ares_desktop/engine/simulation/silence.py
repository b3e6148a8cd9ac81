"""Market orders of a market that has gone silent: no event comes that would fill them."""

from collections.abc import Callable, Iterator

from ares_desktop.domain.orders import OrderIntent, OrderType
from ares_desktop.engine.simulation.book import OrderBook
from ares_desktop.engine.simulation.execution import Execution
from ares_desktop.engine.simulation.liquidity import Liquidity
from ares_desktop.engine.simulation.marks import Marks, price_of
from ares_desktop.engine.simulation.working import WorkingOrder


def waiting(book: OrderBook) -> Iterator[WorkingOrder]:
    """Yield the market orders that work."""
    return (order for order in book.all_working() if order.intent.type is OrderType.MARKET and order.armed)


def fill_waiting(
    book: OrderBook, marks: Marks, execution: Execution, is_silent: Callable[[OrderIntent], bool], at_ns: int
) -> None:
    """Fill those of silent markets at the last known price, so that a dead feed holds nothing."""
    for order in list(waiting(book)):
        event = marks.last.get(order.intent.instrument)
        price = None if event is None else price_of(event, buys=order.buys)
        if price is not None and is_silent(order.intent):
            execution.execute(order, price, Liquidity.unbounded(), maker=False, at_ns=at_ns)
