"""What a person decides about the books: holdings that move between them, and money that comes or goes."""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from ares_desktop.domain.book_records import MoveRecord
from ares_desktop.domain.books import BookPosition
from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.events import CashFlowRecorded, PositionMoved
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.ports.broker import PlayMoney
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.book_checks import BookChecks
from ares_desktop.engine.trading.book_history import SWEEP
from ares_desktop.engine.trading.ledger_reads import PositionKey
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder

ASSIGN: Final = "assign"
SPLIT: Final = "split"
MERGE: Final = "merge"
UNDO: Final = "undo"
_COST_STEP: Final = Decimal("1E-10")

Mark = Callable[[PositionKey], Decimal | None]
"""The price at which a holding is valued, None when there is none."""


class Bookkeeper:
    """Checks and records moves and cash flows, one at a time; everything that is wrong is said at once.

    Args:
        mark: values what moves.
        free: what may leave an account without a margin call, None when that is not known.
    """

    def __init__(
        self,
        recorder: Recorder,
        links: Mapping[AccountId, BrokerLink],
        *,
        wall: Clock,
        mark: Mark,
        free: Callable[[AccountId], Decimal | None],
    ) -> None:
        self._recorder = recorder
        self._links = links
        self._wall = wall
        self._mark = mark
        self._checks = BookChecks(recorder, links, free)
        self._one_at_a_time = asyncio.Lock()

    async def move(
        self,
        instrument: InstrumentId,
        giver: StrategyId,
        taker: StrategyId,
        *,
        quantity: Decimal | None,
        price: Decimal | None,
        account: AccountId | None,
        source: str,
    ) -> PositionMoved:
        """Give a holding (a part of it where ``quantity`` is given, as a positive number) to another book.

        It moves at its cost, and its capital at ``price``, else at the mark.

        Raises:
            UsageError: with everything that is wrong.
            BrokerError, StorageError: when it could not be recorded; then nothing was changed.
        """
        async with self._one_at_a_time:
            where = self._checks.account(account)
            key = PositionKey(where, giver, instrument)
            held = self._recorder.fold.ledger.position(*key)
            mark = price if price is not None else self._mark(key)
            self._checks.move(key, taker, held, quantity, mark)
            signed = held.quantity if quantity is None else quantity.copy_sign(held.quantity)
            cost = held.cost if signed == held.quantity else (held.cost * signed / held.quantity).quantize(_COST_STEP)
            whole = signed == held.quantity
            kind = ASSIGN if giver == UNASSIGNED else MERGE if whole else SPLIT
            move = self._moved(key, taker, held, signed, cost, by=(kind, source), mark=mark)
            await self._links[where].book(move)
            return move

    async def undo_move(self, move: str, *, source: str) -> PositionMoved:
        """Take a move back: both books hold again exactly what they did before it.

        Raises:
            UsageError: for an unknown move.
            RefusedError: when it was undone before, or either book traded the instrument since.
            BrokerError, StorageError: when it could not be recorded; then nothing was changed.
        """
        async with self._one_at_a_time:
            record = self._checks.undone_move(move)
            self._checks.undo(record)
            known = record.move
            key = PositionKey(known.account, known.taker, known.instrument)
            held = self._recorder.fold.ledger.position(*key)
            mark = self._mark(key)
            taken = self._moved(
                key, known.giver, held, known.quantity, known.cost, by=(UNDO, source), mark=mark, undoes=move
            )
            await self._links[known.account].book(taken)
            return taken

    def _moved(
        self,
        key: PositionKey,
        taker: StrategyId,
        held: BookPosition,
        quantity: Decimal,
        cost: Decimal,
        *,
        by: tuple[str, str],
        mark: Decimal | None,
        undoes: str = "",
    ) -> PositionMoved:
        """Return the event; ``by`` is its kind and its source."""
        return PositionMoved(
            account=key.account,
            instrument=key.instrument,
            giver=key.strategy,
            taker=taker,
            quantity=quantity,
            cost=cost,
            currency=self._recorder.fold.ledger.currency(key),
            multiplier=held.multiplier,
            kind=by[0],
            move=self._next("M"),
            source=by[1],
            at=self._wall.now(),
            undoes=undoes,
            value=None if mark is None else quantity * mark * held.multiplier,
        )

    async def transfer(
        self,
        amount: Decimal,
        giver: StrategyId,
        taker: StrategyId,
        *,
        currency: str | None,
        account: AccountId | None,
        source: str,
        note: str = "",
        kind: str = "transfer",
    ) -> tuple[CashFlowRecorded, CashFlowRecorded]:
        """Move cash from one book to another of the same account.

        Raises:
            UsageError: with everything that is wrong.
            StorageError: when it could not be recorded; then nothing was changed.
        """
        async with self._one_at_a_time:
            where = self._checks.account(account)
            unit = currency or self._checks.currency(where)
            self._checks.transfer(where, giver, taker, amount, unit)
            return await self._transfer(where, giver, taker, amount, unit, source=source, note=note, kind=kind)

    async def _transfer(
        self,
        account: AccountId,
        giver: StrategyId,
        taker: StrategyId,
        amount: Decimal,
        currency: str,
        *,
        source: str,
        note: str,
        kind: str,
    ) -> tuple[CashFlowRecorded, CashFlowRecorded]:
        key, now = self._next("T"), self._wall.now()
        out, into = (
            CashFlowRecorded(
                account=account,
                strategy=strategy,
                currency=currency,
                amount=signed,
                kind=kind,
                at=now,
                transfer=key,
                key=f"{key}-{side}",
                note=note,
                source=source,
            )
            for strategy, signed, side in ((giver, -amount, "out"), (taker, amount, "in"))
        )
        await self._recorder.record(out, into)
        return out, into

    async def pay(
        self,
        amount: Decimal,
        book: StrategyId,
        *,
        kind: str,
        currency: str | None,
        account: AccountId | None,
        source: str,
        note: str = "",
    ) -> CashFlowRecorded:
        """Pay money into a paper account, or out of it: ``amount`` is negative for a withdrawal.

        Raises:
            UsageError: with everything that is wrong.
            RefusedError: at a real broker, where money is paid in and out at the broker itself.
            BrokerError, StorageError: when it could not be recorded; then nothing was changed.
        """
        async with self._one_at_a_time:
            where = self._checks.account(account)
            unit = currency or self._checks.currency(where)
            self._checks.payment(where, book, amount, unit)
            link = self._links[where]
            if not isinstance(link.broker, PlayMoney):
                raise RefusedError(
                    "AT_THE_BROKER",
                    f"{link.broker.name} holds real money: pay in or out there; the next comparison finds it and "
                    "offers to book it",
                )
            flow = self._flow(where, book, amount, unit, kind=kind, source=source, note=note)
            await link.book(flow)
            return flow

    async def sweep(
        self,
        book: StrategyId,
        *,
        amount: Decimal | None,
        withdraw: bool,
        currency: str | None,
        account: AccountId | None,
        source: str,
    ) -> Decimal:
        """Take realized profit above the high-water mark out of a book, to the unassigned one or out of the account.

        Raises:
            UsageError: with everything that is wrong.
            RefusedError: when it is to leave an account of real money; then it is in the unassigned book.
            BrokerError, StorageError: when it could not be recorded.
        """
        async with self._one_at_a_time:
            where = self._checks.account(account)
            unit = currency or self._checks.currency(where)
            chosen = self._checks.sweep(where, book, amount, unit, self.sweepable(book, where, unit))
            await self._transfer(where, book, UNASSIGNED, chosen, unit, source=source, note="", kind=SWEEP)
        if withdraw:
            await self.pay(-chosen, UNASSIGNED, kind="withdrawal", currency=unit, account=where, source=source)
        return chosen

    def sweepable(self, book: StrategyId, account: AccountId | None = None, currency: str | None = None) -> Decimal:
        """Return the realized profit of a book, after costs, above what was swept before; zero where there is none.

        Raises:
            UsageError: for an unknown account.
        """
        where = self._checks.account(account)
        unit = currency or self._checks.currency(where)
        ledger, history = self._recorder.fold.ledger, self._recorder.fold.history
        earned = ledger.realized(where, book, unit) + ledger.carry(where, book, unit)
        earned -= ledger.commission(where, book, unit)
        return max(ZERO, earned - history.swept(where, book, unit))

    async def book_difference(
        self, account: AccountId, amount: Decimal, currency: str, *, kind: str, source: str
    ) -> CashFlowRecorded:
        """Book money that the broker has and the books lack (negative the other way round) as unassigned.

        Raises:
            StorageError: when it could not be recorded; then nothing was changed.
        """
        flow = self._flow(account, UNASSIGNED, amount, currency, kind=kind, source=source, note="found at the broker")
        await self._recorder.record(flow)
        return flow

    def _flow(
        self, account: AccountId, book: StrategyId, amount: Decimal, currency: str, *, kind: str, source: str, note: str
    ) -> CashFlowRecorded:
        return CashFlowRecorded(
            account=account,
            strategy=book,
            currency=currency,
            amount=amount,
            kind=kind,
            at=self._wall.now(),
            key=self._next("C"),
            note=note,
            source=source,
        )

    def moves(self) -> tuple[MoveRecord, ...]:
        """Return every move, oldest first, with why it can't be undone any more."""
        records = self._recorder.fold.history.moves.values()
        return tuple(replace(record, why_not=self._checks.why_not_undone(record)) for record in records)

    def _next(self, letter: str) -> str:
        """Return a key that no decision had before: the place in the journal after which it is made, and the time."""
        return f"{letter}{self._recorder.fold.last_sequence}-{self._wall.now_ns() % 1_000_000_000:09d}"
