"""Whatever happens in whatever order: the books equal the broker, orders keep to their table, none is sent twice."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId, client_order_id
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import OrderState, OrderType, Side
from ares_desktop.engine.ports.broker import BrokerSession
from tests.engine.trading.books_builders import AAPL, PAPER, TREND, a_flow
from tests.engine.trading.desk import Desk, ObedientBroker

LIVE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
Step = tuple[str, int]
ORDERS: Final = ("buy", "sell", "limit", "exit", "late", "refuse")
NEWS: Final = ("fill", "part", "fill", "part", "cancel")
TROUBLE: Final = ("deaf", "lose", "look", "restart")
STEPS = st.lists(
    st.tuples(st.sampled_from(ORDERS) | st.sampled_from(NEWS) | st.sampled_from(TROUBLE), st.integers(1, 20)),
    min_size=4,
    max_size=24,
)


class Story:
    """One desk after the other on the same journal and the same broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = ObedientBroker()
        self.desk = self._desk()

    def _desk(self) -> Desk:
        return Desk(self.folder / "journal.sqlite", self.broker)

    async def take(self, step: Step) -> None:
        name, number = step
        actions: dict[str, Callable[[int], Awaitable[None]]] = {
            "fill": self.fill,
            "part": self.part,
            "cancel": self.cancel,
            "deaf": self.deaf,
            "late": self.late,
            "refuse": self.refuse,
            "lose": self.lose,
            "look": self.look,
            "restart": self.restart,
        }
        if name in actions:
            await actions[name](number)
        else:
            await self.submit(name, number)
        await self.desk.settled()
        self.check()

    async def submit(self, name: str, number: int) -> None:
        fields: dict[str, object] = {"side": Side.BUY if name == "buy" else Side.SELL}
        if name == "limit":
            fields |= {"side": Side.BUY, "type": OrderType.LIMIT, "limit_price": Decimal(90)}
        if name == "exit":
            fields |= {"reduce_only": True}
        sequence = self.desk.fold.registry.last_sequence(TREND) + 1
        await self.desk.buy(client_order_id(TREND, sequence), str(number), **fields)

    def _live(self) -> list[ClientOrderId]:
        return [order for order, report in self.broker.book.items() if report.state in LIVE]

    async def fill(self, number: int) -> None:
        if live := self._live():
            self.broker.fill(live[number % len(live)])

    async def part(self, number: int) -> None:
        if live := self._live():
            order = live[number % len(live)]
            report = self.broker.book[order]
            self.broker.fill(order, min(Decimal(number), report.intent.quantity - report.filled))

    async def cancel(self, number: int) -> None:
        if working := self.desk.fold.registry.working():
            await self.desk.router.cancel([working[number % len(working)].id], reason="test")

    async def deaf(self, number: int) -> None:
        self.broker.deaf = bool(number % 2)

    async def late(self, number: int) -> None:
        """Let an order's outcome be unknown: it was handed over, or not."""
        submit = self.broker.submit

        async def silent(intents: object) -> None:
            if number % 2:
                await submit(intents)  # type: ignore[arg-type]
            raise BrokerTimeoutError("no answer")

        self.broker.submit = silent  # type: ignore[method-assign]
        await self.submit("buy", number)
        self.broker.submit = submit  # type: ignore[method-assign]

    async def refuse(self, number: int) -> None:
        self.broker.fails = BrokerError("not connected")
        await self.submit("buy", number)
        self.broker.fails = None

    async def lose(self, number: int) -> None:
        del number
        self.broker.tell(BrokerSession(connected=False, detail="lost"))
        await self.desk.link.reconnect()

    async def look(self, number: int) -> None:
        del number
        await self.desk.link.reconcile()

    async def restart(self, number: int) -> None:
        del number
        await self.desk.close()
        self.desk = self._desk()
        await self.desk.open()

    def check(self) -> None:
        fold = self.desk.fold
        assert fold.ledger.check()
        sent = [intent.client_order_id for intent in self.broker.submitted]
        assert len(sent) == len(set(sent))
        assert fold.registry.anomaly_count == 0
        working = [order for order in fold.registry.working() if not order.intent.reduce_only]
        buying = sum((order.remaining for order in working if order.intent.side is Side.BUY), ZERO)
        selling = sum((order.remaining for order in working if order.intent.side is Side.SELL), ZERO)
        assert self.desk.gate.exposure.remaining((PAPER, TREND, AAPL)) == (buying, selling)

    async def run(self, steps: list[Step]) -> None:
        try:
            await self.desk.open()
            await self.desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
            for step in steps:
                await self.take(step)
            self.broker.deaf = False
            await self.restart(0)
            self.check()
            assert self.desk.link.discrepancies == {}
            ledger = self.desk.fold.ledger
            assert ledger.net(PAPER, AAPL) == self.broker.held.get(AAPL, ZERO)
            assert ledger.account_cash(PAPER) == self.broker.cash
        finally:
            await self.desk.close()


@settings(max_examples=40)
@given(STEPS)
def test_books_orders_and_broker_agree_after_any_sequence_of_events(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(Story(Path(folder)).run(steps))
