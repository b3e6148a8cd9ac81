"""What a broker said and the journal does not hold yet."""

import asyncio
from collections import deque
from collections.abc import Callable

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import (
    CarryBooked,
    CashFlowRecorded,
    EventDraft,
    OrderFilled,
    OrderSubmitted,
    PositionMoved,
    PositionSplit,
)
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.ports.broker import BrokerBooking, BrokerOrderEvent
from ares_desktop.engine.trading.claims import claimed
from ares_desktop.engine.trading.reconcile import draft
from ares_desktop.engine.trading.recorder import Recorder

_FIRST_RETRY_S = 0.2
_LAST_RETRY_S = 10.0

BrokerNews = BrokerOrderEvent | BrokerBooking | BrokerAccount | NetPosition
Report = Callable[[BrokerAccount | NetPosition], None]


class BrokerInbox:
    """Commits a broker's events in its order, a batch at a time; what can't be committed is kept and tried again.

    Reports of positions and cash take their place among the events, so that they are compared with the same state;
    ``reported`` is called after each batch.
    """

    def __init__(self, recorder: Recorder, report: Report, reported: Callable[[], None] = lambda: None) -> None:
        self._recorder = recorder
        self._report = report
        self._reported = reported
        self._news: deque[BrokerNews] = deque()
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, news: BrokerNews) -> None:
        """Take an event."""
        self._news.append(news)
        self._idle.clear()
        self._arrived.set()

    async def settled(self) -> None:
        """Return once everything taken so far is committed and folded."""
        await self._idle.wait()

    async def pump(self) -> None:
        """Commit what arrives, for ever."""
        retry_s = _FIRST_RETRY_S
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            batch = tuple(self._news)
            try:
                await self._commit(batch)
            except StorageError:
                self._arrived.set()
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _LAST_RETRY_S)
                continue
            retry_s = _FIRST_RETRY_S
            for _ in batch:
                self._news.popleft()
            if not self._news:
                self._idle.set()

    async def _commit(self, batch: tuple[BrokerNews, ...]) -> None:
        drafts: list[EventDraft] = []
        for news in batch:
            if isinstance(news, BrokerAccount | NetPosition):
                continue
            drafts.append(draft(self._claimed(news), _order(news)))
        if drafts:
            await self._recorder.append(*drafts)
        for news in batch:
            if isinstance(news, BrokerAccount | NetPosition):
                self._report(news)
        self._reported()

    def _claimed(self, news: BrokerOrderEvent | BrokerBooking) -> BrokerOrderEvent | BrokerBooking:
        return OrderFilled(fill=claimed(news.fill, self._recorder.fold)) if isinstance(news, OrderFilled) else news


def _order(news: BrokerOrderEvent | BrokerBooking) -> ClientOrderId | None:
    match news:
        case OrderFilled(fill=fill):
            return fill.client_order_id
        case OrderSubmitted(intent=intent):
            return intent.client_order_id
        case CarryBooked() | PositionSplit() | CashFlowRecorded() | PositionMoved():
            return None
        case _:
            return news.client_order_id
