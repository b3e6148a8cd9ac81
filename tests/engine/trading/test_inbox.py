"""What a broker says is committed in its order, and nothing is lost while the journal fails."""

import asyncio
from decimal import Decimal

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import CarryBooked, EventDraft, JournalEvent, OrderFilled
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.trading.inbox import BrokerInbox
from ares_desktop.engine.trading.recorder import Recorder
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill, accepted, submitted
from tests.engine.trading.desk import Desk


class Flaky(Recorder):
    """Fails a number of times."""

    failures = 0

    async def append(self, *drafts: EventDraft) -> tuple[JournalEvent, ...]:
        if self.failures:
            self.failures -= 1
            raise StorageError("disk full")
        return await super().append(*drafts)


async def test_reports_take_their_place_behind_the_events_before_them(desk: Desk) -> None:
    seen: list[tuple[str, Decimal]] = []

    def report(news: BrokerAccount | NetPosition) -> None:
        seen.append((type(news).__name__, desk.fold.ledger.net(PAPER, AAPL)))

    await desk.recorder.record(submitted())
    inbox = BrokerInbox(desk.recorder, report)
    pumping = asyncio.ensure_future(inbox.pump())
    inbox.put(accepted())
    inbox.put(OrderFilled(fill=a_fill()))
    inbox.put(NetPosition(account=PAPER, instrument=AAPL, quantity=Decimal(10)))
    await inbox.settled()
    pumping.cancel()
    assert seen == [("NetPosition", Decimal(10))]
    assert desk.state() == "FILLED"


async def test_what_could_not_be_committed_is_committed_once_later(desk: Desk) -> None:
    await desk.recorder.record(submitted())
    recorder = Flaky(desk.journal, desk.fold)
    recorder.failures = 1
    inbox = BrokerInbox(recorder, lambda _: None)
    pumping = asyncio.ensure_future(inbox.pump())
    inbox.put(OrderFilled(fill=a_fill("4", trade="1")))
    await asyncio.sleep(0)
    inbox.put(OrderFilled(fill=a_fill("6", trade="2")))
    await inbox.settled()
    pumping.cancel()
    assert [fill.quantity for fill in desk.fold.registry.fills()] == [Decimal(4), Decimal(6)]
    assert desk.state() == "FILLED"


async def test_an_inbox_that_heard_nothing_is_settled(desk: Desk) -> None:
    await BrokerInbox(desk.recorder, lambda _: None).settled()


async def test_what_a_venue_does_by_itself_is_booked_once_however_often_it_says_so(desk: Desk) -> None:
    placed = submitted()
    dividend = CarryBooked(
        account=PAPER,
        strategy=TREND,
        instrument=AAPL,
        kind="dividend",
        amount=Decimal("2.5"),
        currency="USD",
        key="B-1",
        at=NOW,
    )
    inbox = BrokerInbox(desk.recorder, lambda _: None)
    pumping = asyncio.ensure_future(inbox.pump())
    for _ in range(2):
        inbox.put(placed)
        inbox.put(accepted())
        inbox.put(OrderFilled(fill=a_fill()))
        inbox.put(dividend)
    await inbox.settled()
    pumping.cancel()
    ledger = desk.fold.ledger
    assert desk.state() == "FILLED"
    assert (ledger.net(PAPER, AAPL), ledger.carry(PAPER, TREND)) == (Decimal(10), Decimal("2.5"))
    assert ledger.check()
