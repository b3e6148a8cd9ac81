"""Capital of the books: moved out of the unassigned one, as a transfer with two sides."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import CashFlowRecorded
from ares_desktop.domain.ids import UNASSIGNED, AccountId
from ares_desktop.domain.money import round_down
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.recorder import Recorder

_CENT = Decimal("0.01")


class Funding:
    """Gives an instance its capital when it first starts.

    Args:
        currency: of the account; capital is given in no other.
    """

    def __init__(self, recorder: Recorder, wall: Clock, currency: str = "USD") -> None:
        self._recorder = recorder
        self._wall = wall
        self._currency = currency
        self._one_at_a_time = asyncio.Lock()

    async def ensure(self, instance: StrategyInstance) -> None:
        """Give an instance that has nothing yet its capital, from the unassigned book.

        The capital is what the instance asks for, else its weight times everything that was paid into the account.

        Raises:
            UsageError: when the unassigned book does not hold that much.
        """
        # Instances start together, and the same money must not be given to two of them.
        async with self._one_at_a_time:
            await self._ensure(instance)

    async def _ensure(self, instance: StrategyInstance) -> None:
        if self._is_funded(instance):
            return
        wanted = self._wanted(instance)
        self._refuse_more_than_free(instance, wanted, wanted)
        await self._transfer(instance.account, instance, wanted)

    @asynccontextmanager
    async def change(
        self, present: StrategyInstance, wanted: StrategyInstance
    ) -> AsyncIterator[tuple[CashFlowRecorded, ...]]:
        """Give the transfer that a change of configuration needs, to be recorded together with it inside the block.

        Of a book that is funded already, what was paid in becomes what the new configuration asks for: its capital,
        else its weight times everything that was paid into the account. Profits and losses stay where they are. A
        book that changes its account gives all its cash back; the other account funds it at its next start.

        Raises:
            UsageError: when the unassigned book does not hold as much as is asked for, or the strategy's own book not
                as much cash as is to be taken out.
        """
        if not self.due(present, wanted):
            yield ()
            return
        async with self._one_at_a_time:
            amount = self.due(present, wanted)
            if amount > 0:
                self._refuse_more_than_free(wanted, self._wanted(wanted), amount)
            yield self._sides(present.account, present, amount) if amount else ()

    @asynccontextmanager
    async def divide(
        self, amounts: Sequence[tuple[StrategyInstance, Decimal]]
    ) -> AsyncIterator[tuple[CashFlowRecorded, ...]]:
        """Give the transfers that move money between the unassigned book and several others, to be recorded together.

        Args:
            amounts: positive into the instance's book, negative out of it.

        Raises:
            UsageError: with every finding: a book without that much cash, an account without that much free.
        """
        async with self._one_at_a_time:
            findings = [self._lack_of_cash(item, amount) for item, amount in amounts]
            findings += [
                self._lack_of_free(account, sum(moved for item, moved in amounts if item.account == account))
                for account in sorted({item.account for item, _ in amounts})
            ]
            found = [finding for finding in findings if finding is not None]
            if found:
                raise UsageError(*found)
            # What is given back comes first: it pays for what is given.
            ordered = sorted(amounts, key=lambda pair: pair[1])
            sides = (self._sides(item.account, item, amount) for item, amount in ordered if amount)
            yield tuple(side for pair in sides for side in pair)

    def _lack_of_cash(self, instance: StrategyInstance, amount: Decimal) -> Finding | None:
        cash = self._recorder.fold.ledger.cash(instance.account, instance.name, self._currency)
        if amount >= 0 or -amount <= cash:
            return None
        return Finding(
            place=f"capital of {instance.name}",
            value=f"{amount:f}",
            problem=f"would take out {-amount:f}, but its book has {cash:f} {self._currency} in cash",
            remedy="Let it close positions first, or take out less.",
        )

    def _lack_of_free(self, account: AccountId, amount: Decimal | int) -> Finding | None:
        free = self._recorder.fold.ledger.cash(account, UNASSIGNED, self._currency)
        if amount <= free:
            return None
        return Finding(
            place=f"account {account}",
            value=f"{amount:f}",
            problem=f"is more than the {free:f} {self._currency} that no strategy has",
            remedy="Give the strategies less in all.",
        )

    def due(self, present: StrategyInstance, wanted: StrategyInstance) -> Decimal:
        """Return what :meth:`change` moves into an instance's book at this moment, negative for out of it.

        Raises:
            UsageError: when the strategy's own book does not hold as much cash as is to be taken out.
        """
        if not self._is_funded(present):
            return Decimal(0)
        cash = self._recorder.fold.ledger.cash(present.account, present.name, self._currency)
        if wanted.account != present.account:
            return -cash
        asked = (present.capital, None if present.capital is not None else present.weight)
        if asked == (wanted.capital, None if wanted.capital is not None else wanted.weight):
            return Decimal(0)
        capital = self._recorder.fold.ledger.capital(present.account, present.name, self._currency)
        amount = self._wanted(wanted) - capital
        if -amount > cash:
            raise UsageError(
                Finding(
                    place=f"capital of {present.name}",
                    value=f"{self._wanted(wanted):f}",
                    problem=f"would take out {-amount:f}, but its book has {cash:f} {self._currency} in cash",
                    remedy="Let it close positions first, or take out less.",
                ),
            )
        return amount

    async def give_back(self, instance: StrategyInstance) -> None:
        """Return a removed instance's cash to the unassigned book."""
        cash = self._recorder.fold.ledger.cash(instance.account, instance.name, self._currency)
        if cash:
            await self._transfer(instance.account, instance, -cash)

    def _paid_in(self, account: AccountId) -> Decimal:
        ledger = self._recorder.fold.ledger
        return sum((ledger.capital(account, book, self._currency) for book in ledger.books(account)), Decimal(0))

    def _wanted(self, instance: StrategyInstance) -> Decimal:
        if instance.capital is not None:
            return instance.capital
        return round_down(instance.weight * self._paid_in(instance.account), _CENT)

    def _is_funded(self, instance: StrategyInstance) -> bool:
        ledger, account, strategy = self._recorder.fold.ledger, instance.account, instance.name
        # Not the capital: a book that was emptied by a removal keeps what it had won or lost.
        return bool(ledger.cash(account, strategy, self._currency) or ledger.book_positions(account, strategy))

    def _refuse_more_than_free(self, instance: StrategyInstance, wanted: Decimal, amount: Decimal) -> None:
        free = self._recorder.fold.ledger.cash(instance.account, UNASSIGNED, self._currency)
        if amount > free:
            more = "is" if amount == wanted else f"needs {amount:f} more, which is"
            raise UsageError(
                Finding(
                    place=f"capital of {instance.name}",
                    value=f"{wanted:f}",
                    problem=f"{more} more than the {free:f} {self._currency} that no strategy has",
                    remedy="Give it less capital, or remove another strategy first.",
                ),
            )

    async def _transfer(self, account: AccountId, instance: StrategyInstance, amount: Decimal) -> None:
        await self._recorder.record(*self._sides(account, instance, amount))

    def _sides(self, account: AccountId, instance: StrategyInstance, amount: Decimal) -> tuple[CashFlowRecorded, ...]:
        now = self._wall.now()
        transfer = f"{instance.name}:{now.isoformat()}"
        return tuple(
            CashFlowRecorded(
                account=account,
                strategy=strategy,
                currency=self._currency,
                amount=sign * amount,
                kind="transfer",
                at=now,
                transfer=transfer,
            )
            for strategy, sign in ((UNASSIGNED, -1), (instance.name, 1))
        )
