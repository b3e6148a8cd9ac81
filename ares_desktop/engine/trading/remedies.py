"""What a person does about a difference to a broker."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import OrderCanceled, PositionAdjusted, RemedyApplied
from ares_desktop.domain.ids import UNASSIGNED, ClientOrderId, InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Discrepancy, Remedy
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.bookkeeping import Bookkeeper
from ares_desktop.engine.trading.ledger_reads import LedgerReads
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder

_PRICE_STEP: Final = Decimal("1E-10")
_BOOKED_AS: Final[Mapping[Remedy, str]] = {
    Remedy.DEPOSIT: "deposit",
    Remedy.WITHDRAWAL: "withdrawal",
    Remedy.FEE: "fee",
    Remedy.DIVIDEND: "dividend",
    Remedy.INTEREST: "interest",
}


class Remedies:
    """Carries out what a person chose for a difference, journals the choice, and compares again.

    Args:
        mark: newest market price of an instrument, None when there is none.
    """

    def __init__(
        self,
        recorder: Recorder,
        links: Sequence[BrokerLink],
        bookkeeper: Bookkeeper,
        *,
        wall: Clock,
        mark: Callable[[InstrumentId], Decimal | None],
    ) -> None:
        self._recorder = recorder
        self._links = links
        self._bookkeeper = bookkeeper
        self._wall = wall
        self._mark = mark

    async def apply(self, discrepancy: str, remedy: Remedy, *, source: str) -> bool:
        """Do something about a difference; return whether it is gone.

        Raises:
            UsageError: when there is no such difference, it has changed, or this is no remedy for it.
            BrokerError, StorageError: when it could not be done.
        """
        link, item = self._find(discrepancy)
        if remedy not in item.remedies:
            choices = ", ".join(item.remedies)
            raise UsageError(_wrong("remedy", remedy, f"does not help with {item.id}", f"Choose one of: {choices}."))
        adjusted = self._adoption(link, item) if remedy is Remedy.ADOPT else None
        amount = self._difference(link, item) if remedy in _BOOKED_AS else ZERO
        await self._recorder.record(
            RemedyApplied(
                account=item.account,
                discrepancy=item.id,
                remedy=remedy,
                ours=item.ours,
                broker=item.broker,
                source=source,
                at=self._wall.now(),
            ),
        )
        if adjusted is not None:
            await self._recorder.record(adjusted)
        elif remedy in _BOOKED_AS:
            await self._bookkeeper.book_difference(
                item.account, amount, item.item, kind=_BOOKED_AS[remedy], source=source
            )
        elif remedy is Remedy.CANCEL:
            await link.broker.cancel([ClientOrderId(item.item)])
        elif remedy is Remedy.FORGET:
            reason = "the broker no longer knows it"
            await self._recorder.record(
                OrderCanceled(client_order_id=ClientOrderId(item.item), at=self._wall.now(), reason=reason)
            )
        link.differences.note_action(item.id, f"{remedy}, {source}")
        return all(found.id != item.id for found in await link.reconcile())

    def _find(self, discrepancy: str) -> tuple[BrokerLink, Discrepancy]:
        for link in self._links:
            found = link.discrepancies.get(discrepancy)
            if found is not None:
                return link, found
        known = ", ".join(name for link in self._links for name in link.discrepancies) or "none at the moment"
        raise UsageError(_wrong("discrepancy", discrepancy, "is not open", f"Open ones: {known}."))

    def _difference(self, link: BrokerLink, item: Discrepancy) -> Decimal:
        ours = self._recorder.fold.ledger.account_cash(link.account, item.item)
        amount = link.cash.get(item.item, ZERO) - ours
        if (str(ours), str(ours + amount)) != (item.ours, item.broker):
            problem = f"has changed since: the books have {ours:f}, the broker {ours + amount:f}"
            raise UsageError(_wrong(item.id, item.broker, problem, "Compare again, and look at it once more."))
        return amount

    def _adoption(self, link: BrokerLink, item: Discrepancy) -> PositionAdjusted:
        """Return what makes the unassigned book hold what no strategy claims, at the residual cost."""
        name, ledger = InstrumentId(item.item), self._recorder.fold.ledger
        held, ours = link.positions.get(name), ledger.net(link.account, name)
        quantity = ZERO if held is None else held.quantity
        if (str(ours), str(quantity)) != (item.ours, item.broker):
            problem = f"has changed since: the books have {ours:f}, the broker {quantity:f}"
            raise UsageError(_wrong(item.id, item.broker, problem, "Compare again, and look at it once more."))
        instrument = link.instruments.get(name) or Instrument(id=name)
        mark = self._mark(name)
        price = None
        if held is not None and held.average_price is not None:
            whole = held.average_price * quantity * instrument.multiplier
            price = residual_price(ledger, link, name, quantity - ours, whole, instrument.multiplier)
        price = price if price is not None else mark
        if price is None:
            problem = "has no cost at the broker and no market price"
            raise UsageError(_wrong(item.id, name, problem, "Wait for market data of it, then adopt it."))
        return PositionAdjusted(
            account=link.account,
            strategy=UNASSIGNED,
            instrument=name,
            quantity=quantity - ours,
            price=price,
            reason="held at the broker and claimed by no strategy",
            at=self._wall.now(),
            currency=instrument.currency,
            multiplier=instrument.multiplier,
            mark=mark,
        )


def residual_price(
    ledger: LedgerReads, link: BrokerLink, name: InstrumentId, quantity: Decimal, whole: Decimal, multiplier: Decimal
) -> Decimal | None:
    """Return what a unit of what no book has costs: the broker's cost less that of every book, by the residual.

    None where the broker's average and ours contradict each other, so that the residual would cost nothing or less.
    """
    known = sum((ledger.position(link.account, book, name).cost for book in ledger.books(link.account)), ZERO)
    price = ((whole - known) / (quantity * multiplier)).quantize(_PRICE_STEP)
    return price if price > 0 else None


def _wrong(place: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding(place=place, value=value, problem=problem, remedy=remedy)
