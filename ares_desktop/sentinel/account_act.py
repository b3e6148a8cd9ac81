"""What the sentinel does in one account: cancel, be sure of it, close what strategies hold, be sure of that twice."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.ids import SENTINEL, AccountId, InstrumentId, StrategyId, order_owner
from ares_desktop.domain.orders import FINAL_STATES, OrderIntent, OrderPurpose, OrderState, Side, TimeInForce
from ares_desktop.domain.risk import Residue
from ares_desktop.domain.sentinel import GuardedAccount, SentinelPolicy
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.engine.ports.guarded_broker import GuardedBroker
from ares_desktop.engine.trading.states import covers
from ares_desktop.sentinel.books import Book, Books, to_close
from ares_desktop.sentinel.record import ActRecord

_log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.05
_CONFIRM_WITHIN_S: Final = 5.0
_FLAT_WITHIN_S: Final = 8.0
_REFUSED_PAUSE_S: Final = 0.5
_BETWEEN_LOOKS_S: Final = 0.2
_AGAIN: Final = "tried again until it is gone"


class View(NamedTuple):
    """What the broker answered in one look, with what follows from it.

    Attributes:
        working: live orders in scope that are not the sentinel's own.
        closing: books that an order of the sentinel's closes already.
        left: signed quantity of each book in scope that is still to be closed.
        refused: newest reason of a refusal of the sentinel's own orders, by book.
        newest: the newest time of any order or execution, None when there is none.
    """

    working: Sequence[OrderReport]
    closing: frozenset[Book]
    left: dict[Book, Decimal]
    refused: dict[Book, str]
    newest: datetime | None


class AccountAct:
    """One account's part of an act; a pass may be repeated and goes on where things are."""

    def __init__(
        self,
        guarded: GuardedAccount,
        broker: GuardedBroker,
        record: ActRecord,
        *,
        scope: str,
        books: Callable[[], Awaitable[Books]],
        fenced: Callable[[], Awaitable[None]],
        now: Callable[[], datetime] | None,
        wall: Callable[[], datetime],
    ) -> None:
        self._guarded = guarded
        self._broker = broker
        self._record = record
        self._scope = scope
        self._books = books
        self._fenced = fenced
        self._now = now
        self._wall = wall

    @property
    def account(self) -> AccountId:
        """Whose orders and positions it ends."""
        return self._guarded.account

    @property
    def _flattens(self) -> bool:
        return self._guarded.policy is SentinelPolicy.FLATTEN

    async def run(self) -> tuple[Residue, ...]:
        """Do one pass and return what is left; nothing when the broker said twice that nothing is."""
        try:
            await self._broker.connect()
            await self._cancel()
            await self._flatten()
            return await self._verify()
        except BrokerError as error:
            _log.warning("broker_failed account=%s error=%s", self.account, error)
            for name in ("cancel", "confirm", "flatten", "verify"):
                self._record.begin(name)
                self._record.part(name, self.account, str(error), ok=False)
            return (Residue(item=self.account, detail=str(error), next_action="asked again once it answers"),)

    async def close(self) -> None:
        """Close the session."""
        try:
            await self._broker.disconnect()
        except BrokerError as error:
            _log.warning("not_disconnected account=%s error=%s", self.account, error)

    def _covers(self, strategy: StrategyId, instrument: InstrumentId) -> bool:
        return covers(self._scope, self.account, strategy, instrument)

    def _working(self, orders: Sequence[OrderReport]) -> list[OrderReport]:
        return [
            report
            for report in orders
            if report.state not in FINAL_STATES
            and order_owner(report.intent.client_order_id) != SENTINEL
            and self._covers(report.intent.strategy, report.intent.instrument)
        ]

    async def _cancel(self) -> None:
        record, account = self._record, self.account
        record.begin("cancel")
        working = self._working(await self._broker.orders())
        names = [report.intent.client_order_id for report in working]
        record.cancels(names)
        if names:
            await self._broker.cancel(names)
        record.update(cancel_sent_ms=record.elapsed_ms())
        record.part("cancel", account, f"{len(names)} cancels sent")
        record.begin("confirm")
        deadline = time.monotonic() + _CONFIRM_WITHIN_S
        left = self._working(await self._broker.orders())
        while left and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_EVERY_S)
            left = self._working(await self._broker.orders())
        if not left:
            record.update(cancel_confirmed_ms=record.elapsed_ms())
        text = f"{len(left)} orders not confirmed" if left else "no order works"
        record.part("confirm", account, text, ok=not left)

    async def _flatten(self) -> None:
        record = self._record
        record.begin("flatten")
        if not self._flattens:
            record.part("flatten", self.account, "cancel only, as chosen")
            return
        view = await self._look()
        count, deadline = len(view.left), time.monotonic() + _FLAT_WITHIN_S
        while view.left and time.monotonic() < deadline:
            missing = {book: quantity for book, quantity in view.left.items() if book not in view.closing}
            if missing:
                await self._close(missing, view)
                await asyncio.sleep(_REFUSED_PAUSE_S if missing.keys() & view.refused.keys() else 0)
            await asyncio.sleep(_LOOK_EVERY_S)
            view = await self._look()
        record.update(positions_flattened=len({self._book(order) for order in record.act.orders}))
        note = (await self._books()).note
        text = f"{count - len(view.left)} of {count} positions closed" + (f"; {note}" if note else "")
        record.part("flatten", self.account, text, ok=not view.left)

    @staticmethod
    def _book(intent: OrderIntent) -> Book:
        return intent.strategy, intent.instrument

    async def _look(self) -> View:
        books = await self._books()
        orders, fills = await self._broker.orders(), await self._broker.fills()
        net = {position.instrument: position.quantity for position in await self._broker.positions()}
        ours = [report for report in orders if order_owner(report.intent.client_order_id) == SENTINEL]
        self._record.numbers_from(report.intent.client_order_id for report in orders)
        self._record.numbers_from(fill.client_order_id for fill in fills)
        held = to_close(books.holdings(self.account, fills), net)
        times = [*(report.updated_at for report in orders), *(fill.at for fill in fills)]
        return View(
            working=self._working(orders),
            closing=frozenset(self._book(report.intent) for report in ours if report.state not in FINAL_STATES),
            left={book: quantity for book, quantity in held.items() if self._covers(*book)},
            refused={self._book(item.intent): item.reason for item in ours if item.state is OrderState.REJECTED},
            newest=max(times, default=None),
        )

    async def _close(self, missing: dict[Book, Decimal], view: View) -> None:
        """Send orders for what nothing closes yet: those that were written down and never arrived, else new ones."""
        intents = [await self._unsent(book, quantity) for book, quantity in missing.items()]
        created = (self._now() if self._now is not None else view.newest) or self._wall()
        ready = [
            intent or self._intent(book, quantity, created)
            for intent, (book, quantity) in zip(intents, missing.items(), strict=True)
        ]
        self._record.plan(ready)
        await self._broker.submit(ready)

    async def _unsent(self, book: Book, quantity: Decimal) -> OrderIntent | None:
        for intent in self._record.act.orders:
            same = self._book(intent) == book and intent.side.sign * intent.quantity == -quantity
            if same and intent.account == self.account and await self._broker.order(intent.client_order_id) is None:
                return intent
        return None

    def _intent(self, book: Book, quantity: Decimal, created: datetime) -> OrderIntent:
        strategy, instrument = book
        return OrderIntent(
            client_order_id=self._record.next_id(),
            strategy=strategy,
            account=self.account,
            instrument=instrument,
            side=Side.SELL if quantity > 0 else Side.BUY,
            quantity=abs(quantity),
            created_at=created,
            tif=TimeInForce.GTC,
            reduce_only=True,
            purpose=OrderPurpose.KILL_SWITCH,
            reason=f"sentinel: {self._record.act.report.reason}",
        )

    async def _verify(self) -> tuple[Residue, ...]:
        record = self._record
        record.begin("verify")
        view = await self._look()
        if not self._residue(view):
            await asyncio.sleep(_BETWEEN_LOOKS_S)
            # An application that still lives may have sent something until it learned of the act.
            await self._fenced()
            view = await self._look()
        residue = self._residue(view)
        text = f"{len(residue)} items left" if residue else "clean twice in a row"
        record.part("verify", self.account, text, ok=not residue)
        return residue

    def _residue(self, view: View) -> tuple[Residue, ...]:
        left = [
            Residue(
                item=report.intent.client_order_id,
                detail=f"order is {report.state}",
                next_action=_AGAIN,
            )
            for report in view.working
        ]
        if self._flattens:
            left += [
                Residue(
                    item=book[1],
                    detail=f"{book[0]} holds {quantity}" + (f"; {view.refused[book]}" if book in view.refused else ""),
                    next_action=_AGAIN,
                )
                for book, quantity in view.left.items()
            ]
        return tuple(left)
