"""Capital of the books: moved out of the unassigned one, as a transfer with two sides."""

import asyncio
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
        ledger = self._recorder.fold.ledger
        account, strategy = instance.account, instance.name
        # Not the capital: a book that was emptied by a removal keeps what it had won or lost.
        if ledger.cash(account, strategy, self._currency) or ledger.book_positions(account, strategy):
            return
        wanted = instance.capital
        if wanted is None:
            wanted = round_down(instance.weight * self._paid_in(account), _CENT)
        free = ledger.cash(account, UNASSIGNED, self._currency)
        if wanted > free:
            raise UsageError(
                Finding(
                    place=f"capital of {strategy}",
                    value=f"{wanted:f}",
                    problem=f"is more than the {free:f} {self._currency} that no strategy has",
                    remedy="Give it less capital, or remove another strategy first.",
                ),
            )
        await self._transfer(account, instance, wanted)

    async def give_back(self, instance: StrategyInstance) -> None:
        """Return a removed instance's cash to the unassigned book."""
        cash = self._recorder.fold.ledger.cash(instance.account, instance.name, self._currency)
        if cash:
            await self._transfer(instance.account, instance, -cash)

    def _paid_in(self, account: AccountId) -> Decimal:
        ledger = self._recorder.fold.ledger
        return sum((ledger.capital(account, book, self._currency) for book in ledger.books(account)), Decimal(0))

    async def _transfer(self, account: AccountId, instance: StrategyInstance, amount: Decimal) -> None:
        now = self._wall.now()
        transfer = f"{instance.name}:{now.isoformat()}"
        sides = (
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
        await self._recorder.record(*sides)
